"""Key vaults: what they hold is copied to the paired region, and what is deleted from them can be recovered a while.

Documents relied upon: the model VaultProperties of azure-mgmt-keyvault, and on learn.microsoft.com/azure/key-vault/
general: "Azure Key Vault availability and redundancy", "Azure Key Vault soft-delete overview", "Authentication in Azure
Key Vault", "Azure Key Vault security"; in /secrets: "About Azure Key Vault secrets".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    flag,
    whole,
)
from scanner.places import place
from scanner.providers.azure.graph import HOMES, TAGS, documented, home, pair_of, seen
from scanner.providers.azure.parts import CERTIFICATE, LOCATION, home_and_pair, listed

NATIVE = "Microsoft.KeyVault/vaults"
COPIED = "https://learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance"
SECRETS = "https://learn.microsoft.com/azure/key-vault/secrets/about-secrets"
SECURITY = "https://learn.microsoft.com/azure/key-vault/general/security-features"
TOKENS = "https://learn.microsoft.com/azure/key-vault/general/authentication"
SOFT_DELETE = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"

SOFT, DAYS = "item:/properties/enableSoftDelete", "item:/properties/softDeleteRetentionInDays"
PURGE = "item:/properties/enablePurgeProtection"
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
    ),
    without={LogStore: "a vault is not a store of logs"},
)
TYPES = (VAULT,)
