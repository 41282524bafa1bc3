"""Whom a storage account lets in by name: the accounts that it replicates objects with, and the resources that its
firewall names. Keys and signatures name nobody, and roles are resources of their own.

Documents relied upon: the models ObjectReplicationPolicyProperties, ResourceAccessRule and StorageAccountProperties of
azure-mgmt-storage, and on learn.microsoft.com/azure/storage: "Prevent object replication across Microsoft Entra
tenants".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import JSON, Grantee, Reason, Trust, Unknown, View, flag, text
from scanner.providers.azure.graph import seen
from scanner.providers.azure.parts import subscription_of

OWN, NAME, POLICIES = "item:/id", "item:/name", "replication:/value"
SIDES = ("/properties/sourceAccount", "/properties/destinationAccount")
RESOURCES, RESOURCE = "item:/properties/networkAcls/resourceAccessRules", "/resourceId"
SFTP, SIGNED = "item:/properties/isSftpEnabled", "item:/properties/allowCrossTenantDelegationSas"
PATHS = (OWN, NAME, SFTP, SIGNED, f"{RESOURCES}/*{RESOURCE}", *(f"{POLICIES}/*{side}" for side in SIDES))

ONLY_NAME = Unknown(Reason.UNDECIDED, "an account of another tenant is told by its name alone")
LOCAL = Unknown(Reason.NOT_ASKED, "the local users that sign in over SFTP are not read")
SIGNATURES = Unknown(Reason.UNDECIDED, "signatures for users of other tenants may be given, and none is recorded")


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    own = view.at(OWN, lambda value: subscription_of(text(value)))
    named = [seen(partial(rule.at, RESOURCE, _other)) for rule in view.each(RESOURCES, missing=True)]
    named += [seen(partial(policy.at, side, _other)) for policy in view.each(POLICIES) for side in SIDES]
    for other in dict.fromkeys(named):
        found = other if isinstance(other, Unknown) else _grantee(view, own, other)
        if found is not None:
            yield found
    # Both are off unless somebody turns them on (model StorageAccountProperties).
    if view.at(SFTP, flag, missing=False):
        yield LOCAL
    if view.at(SIGNED, flag, missing=False):
        yield SIGNATURES


def _grantee(view: View, own: str, other: str) -> Grantee | None:
    """Who is named, unless it is of the same subscription, as the account itself is."""
    if "/" not in other:
        return None if other == view.at(NAME, text).lower() else Grantee(other, ONLY_NAME)
    account = subscription_of(other)
    return None if account == own else Grantee(other, account)


def _other(value: JSON) -> str:
    """A resource by its id, or an account by its name."""
    found = text(value).lower().rstrip("/")
    if "/" in found:
        subscription_of(found)
    return found


GRANTEES = Trust.grantees.items(_grantees, *PATHS)
