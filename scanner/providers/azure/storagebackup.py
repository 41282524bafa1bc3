"""What a storage account keeps of what is deleted or overwritten in it.

Documents relied upon: the models BlobServicePropertiesProperties, FileServicePropertiesProperties and ManagementPolicy
of azure-mgmt-storage, and on learn.microsoft.com/azure/storage: "Soft delete for blobs", "Blob versioning",
"Point-in-time restore for block blobs", "Enable soft delete on Azure file shares", "Azure Blob Storage lifecycle
management overview".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    FOREVER,
    JSON,
    Backup,
    Duration,
    Node,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    always,
    flag,
    text,
    whole,
)
from scanner.providers.azure.graph import PLACED, documented, home, placed, seen, words

SOFT_DELETE = "https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview"
VERSIONS = "https://learn.microsoft.com/azure/storage/blobs/versioning-overview"

SKU, SECONDARY, KIND = "item:/sku/name", "item:/properties/secondaryLocation", "item:/kind"
POLICIES = ("deleteRetentionPolicy", "containerDeleteRetentionPolicy", "restorePolicy")
POLICY_PATHS = tuple(f"blob:/properties/{policy}/{part}" for policy in POLICIES for part in ("enabled", "days"))
VERSIONED = "blob:/properties/isVersioningEnabled"
SHARES = "files:/properties/shareDeleteRetentionPolicy"
SHARE_PATHS = (f"{SHARES}/enabled", f"{SHARES}/days")
RULES, ENABLED = "lifecycle:/properties/policy/rules", "/enabled"
AGE = "/definition/actions/version/delete/daysAfterCreationGreaterThan"
FILTERS = tuple(f"/definition/filters/{name}" for name in ("prefixMatch", "blobIndexMatch"))
RULE_PATHS = tuple(f"{RULES}/*{part}" for part in (ENABLED, AGE, *FILTERS))

GEO = dict.fromkeys(("lrs", "zrs"), False) | dict.fromkeys(("grs", "ragrs", "gzrs", "ragzrs"), True)
HAS_BLOBS = words(
    {"StorageV2": True, "Storage": True, "BlobStorage": True, "BlockBlobStorage": True, "FileStorage": False}
)
HAS_FILES = words(
    {"StorageV2": True, "Storage": True, "BlobStorage": False, "BlockBlobStorage": False, "FileStorage": True}
)
NO_INTERVAL = Unknown(Reason.UNDECIDED, "soft delete has no interval")


def is_geo(view: View) -> bool:
    """Whether the account's redundancy copies it to the secondary region."""
    return view.at(SKU, lambda value: GEO[text(value).lower().partition("_")[2]])


def _places(view: View) -> tuple[str, ...]:
    homes = (placed(view),)
    return (*homes, view.at(SECONDARY, home)) if is_geo(view) else homes


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete keeps what is deleted or overwritten; versions do too, until somebody or a rule removes them;
    point-in-time restore brings back any moment.
    """
    if seen(lambda: view.at(KIND, HAS_BLOBS)) is not False:
        for policy in POLICIES:
            plan = seen(partial(_policy, view, policy))
            if plan is not None:
                yield plan
        yield from _versions(view)
    if seen(lambda: view.at(KIND, HAS_FILES)) is not False:
        shares = seen(lambda: _shares(view))
        if shares is not None:
            yield shares


def _plan(view: View, retention: Duration | Unknown, *, continuous: bool = False) -> Plan:
    return Plan(
        kind=PlanKind.CONTINUOUS if continuous else PlanKind.SNAPSHOT,
        retention=retention,
        every=Duration.of(0) if continuous else NO_INTERVAL,
        places=seen(lambda: _places(view)),
        encrypted=True,
        immutable=False,
    )


def _policy(view: View, policy: str) -> Plan | None:
    # The reply always has the policy of blobs. The other two are off, and missing, until somebody turns them on.
    path = f"blob:/properties/{policy}/enabled"
    on = view.at(path, flag) if policy == "deleteRetentionPolicy" else view.at(path, flag, missing=False)
    if not on:
        return None
    documented(view, SOFT_DELETE)
    days = seen(lambda: Duration.of(view.at(f"blob:/properties/{policy}/days", whole)))
    return _plan(view, days, continuous=policy == "restorePolicy")


def _shares(view: View) -> Plan | None:
    # Soft delete of shares is on for new accounts, and off for those made before; either tells it.
    if not view.at(SHARE_PATHS[0], flag):
        return None
    return _plan(view, seen(lambda: Duration.of(view.at(SHARE_PATHS[1], whole))))


def _versions(view: View) -> Iterator[Plan | Unknown]:
    """One plan for each time after which versions go: each overwritten or deleted blob leaves one."""
    on = seen(lambda: view.at(VERSIONED, flag, missing=False))
    if isinstance(on, Unknown):
        yield on
    elif on:
        documented(view, VERSIONS)
        for kept in dict.fromkeys(_kept(view)):
            yield kept if isinstance(kept, Unknown) else _plan(view, kept, continuous=True)


def _kept(view: View) -> Iterator[Duration | Unknown]:
    """How long versions stay: for ever, unless a rule that is on removes those of every blob."""
    general = False
    for rule in view.each(RULES, absent=True):
        kept = seen(partial(_rule, rule))
        if kept is not None:
            yield kept
            general |= isinstance(kept, Duration) and not any(_is_filtered(rule))
    if not general:
        yield FOREVER


def _rule(rule: Node) -> Duration | None:
    """After what time a rule removes versions; None for a rule that is off, or about something else."""
    if not rule.at(ENABLED, flag, missing=True):
        return None
    return rule.at(AGE, lambda value: Duration.of(_days(value)), missing=None)


def _days(value: JSON) -> int:
    """Whole days, that the model has as a number with a fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError("not a number of days")
    return int(value)


def _is_filtered(rule: Node) -> list[bool]:
    return [rule.at(path, always(True), missing=False) for path in FILTERS]


PLANS = Backup.plans.items(_plans, *POLICY_PATHS, VERSIONED, *SHARE_PATHS, *RULE_PATHS, SKU, SECONDARY, KIND, *PLACED)
