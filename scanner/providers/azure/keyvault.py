"""Key vaults: what they hold is copied to the paired region, and what is deleted from them can be recovered a while.
And managed HSMs, which hold keys alone, and are copied to the regions that somebody adds.

Documents relied upon: the models VaultProperties and ManagedHsmProperties of azure-mgmt-keyvault, and on
learn.microsoft.com/azure/key-vault/general: "Azure Key Vault availability and redundancy", "Azure Key Vault soft-delete
overview", "Authentication in Azure Key Vault", "Azure Key Vault security"; in /secrets: "About Azure Key Vault
secrets".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    text,
    whole,
)
from scanner.places import place
from scanner.providers.azure.graph import HOMES, TAGS, TENANT, documented, home, pair_of, seen
from scanner.providers.azure.parts import CERTIFICATE, LOCATION, guid, home_and_pair, listed

NATIVE, HSMS = "Microsoft.KeyVault/vaults", "Microsoft.KeyVault/managedHSMs"
COPIED = "https://learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance"
SECRETS = "https://learn.microsoft.com/azure/key-vault/secrets/about-secrets"
SECURITY = "https://learn.microsoft.com/azure/key-vault/general/security-features"
TOKENS = "https://learn.microsoft.com/azure/key-vault/general/authentication"
SOFT_DELETE = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"

SOFT, DAYS = "item:/properties/enableSoftDelete", "item:/properties/softDeleteRetentionInDays"
PURGE = "item:/properties/enablePurgeProtection"
BY_ROLES, POLICIES = "item:/properties/enableRbacAuthorization", "item:/properties/accessPolicies"
DIRECTORY = "item:/properties/tenantId"
TRUST_PATHS = (BY_ROLES, TENANT, DIRECTORY, f"{POLICIES}/*/tenantId", f"{POLICIES}/*/objectId")
REGIONS = "item:/properties/regions"
ALONE = frozenset({"azure:brazilsouth", "azure:westus3"})
"""Regions that have a pair, and whose vaults are not copied to it ("availability and redundancy")."""


def _copied(view: View) -> bool:
    """Whether the vault is copied to the paired region; a region without one keeps it. Raises NotKnown for a region
    that nobody knows.
    """
    own = view.at(LOCATION, home)
    known = place(own)
    if known is None:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"whether {own} has a paired region is not known"))
    return known.pair is not None and own not in ALONE


def _copies(view: View) -> Iterator[Copy | Unknown]:
    documented(view, COPIED)
    if _copied(view):
        yield Copy(CopyKind.GEO_PAIR, pair_of(view.at(LOCATION, home)))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete; once on it stays on, and only a vault older than that may have it off."""
    if not view.at(SOFT, flag):
        return
    documented(view, SOFT_DELETE)
    yield Plan(
        kind=PlanKind.SNAPSHOT,
        # A vault that does not tell of days keeps for 90 of them ("soft-delete overview").
        retention=seen(lambda: Duration.of(view.at(DAYS, whole, missing=90))),
        every=Unknown(Reason.UNDECIDED, "soft delete has no interval"),
        places=seen(lambda: home_and_pair(view, geo=_copied(view))),
        encrypted=True,
        # The property does not take false as a value, so that a missing one is how it is off (model VaultProperties).
        immutable=seen(lambda: view.at(PURGE, flag, missing=False)),
    )


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    """The vault's directory, where it is not that of its subscription, and whom its access policies name. They are
    ignored where roles decide, which is off unless somebody turns it on (model VaultProperties). All of them should be
    of the vault's directory, which a subscription that moved to another leaves behind.
    """
    own = view.at(TENANT, guid)
    if view.at(BY_ROLES, flag, missing=False):
        directory = view.at(DIRECTORY, guid)
        if directory != own:
            yield Grantee(directory, directory)
        return
    for policy in view.each(POLICIES):
        tenant = seen(partial(policy.at, "/tenantId", guid))
        if tenant != own:
            yield Grantee(policy.at("/objectId", text), tenant)


def _regions(view: View) -> Iterator[Copy | Unknown]:
    """The regions that were added to an HSM; it may name its own among them."""
    own = view.at(LOCATION, home)
    for region in view.each(REGIONS, missing=True):
        place = seen(partial(region.at, "/name", home))
        if place != own:
            yield Copy(CopyKind.REPLICA, place)


def _hsm_plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete, which is always on, for 90 days unless it says otherwise (model ManagedHsmProperties)."""
    documented(view, SOFT_DELETE)
    yield Plan(
        kind=PlanKind.SNAPSHOT,
        retention=seen(lambda: Duration.of(view.at(DAYS, whole, missing=90))),
        every=Unknown(Reason.UNDECIDED, "soft delete has no interval"),
        places=seen(lambda: tuple(sorted({view.at(LOCATION, home), *_hsm_places(view)}))),
        encrypted=True,
        immutable=seen(lambda: view.at(PURGE, flag)),
    )
    yield Unknown(Reason.NOT_ASKED, "backups of an HSM go to a storage account by a call, and are not told afterwards")


def _hsm_places(view: View) -> Iterator[str]:
    return (region.at("/name", home) for region in view.each(REGIONS, missing=True))


VAULT = listed(
    "azure.keyvault.vault",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, LOCATION),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, SECRETS),
        EncryptionAtRest.algorithms.unseen("the documents name the modules that protect the keys, and no cipher"),
        EncryptionAtRest.owner.documented(KeyOwner.PROVIDER, SECRETS),
        EncryptionAtRest.key.documented("provider", SECRETS),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.unseen("no setting of a vault tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra, whatever the network rules.
        Exposure.public.documented(False, TOKENS),
        Backup.plans.items(_plans, SOFT, DAYS, PURGE, LOCATION),
        Lineage.origins.gap("Azure does not tell whether a key or secret was restored from a backup of another vault"),
        Trust.grantees.items(_grantees, *TRUST_PATHS),
    ),
    without={LogStore: "a vault is not a store of logs"},
    unordered=(POLICIES,),
)
HSM = listed(
    "azure.keyvault.managed-hsm",
    HSMS,
    (
        TAGS,
        HOMES,
        Location.copies.items(_regions, LOCATION, f"{REGIONS}/*/name"),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.unseen("no setting of an HSM tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra, whatever the network rules.
        Exposure.public.documented(False, TOKENS),
        Backup.plans.items(_hsm_plans, DAYS, PURGE, LOCATION, f"{REGIONS}/*/name"),
        Trust.grantees.gap("the roles inside an HSM are told by the HSM alone"),
    ),
    kind=Kind.CONFIG,
    unordered=(REGIONS,),
)
TYPES = (VAULT, HSM)
