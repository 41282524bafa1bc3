"""Azure AI Search.

Documents relied upon: the models SearchService and EncryptionWithCmk of azure-mgmt-search, and on learn.microsoft.com/
azure/search: "Security in Azure AI Search", "Configure customer-managed keys".
"""

from __future__ import annotations

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
)
from scanner.providers.azure.graph import HOMES, TAGS, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    at_rest,
    listed,
)

NATIVE = "Microsoft.Search/searchServices"
SECURITY = "https://learn.microsoft.com/azure/search/search-security-overview"
ENFORCED = "item:/properties/encryptionWithCmk/enforcement"
COMPLIANT = "item:/properties/encryptionWithCmk/encryptionComplianceStatus"
OF_EACH = "each index has its own key, which only the data plane tells"


def _owner(view: View) -> KeyOwner:
    """The customer's where the service refuses objects without the customer's key, and has none of them."""
    enforced = view.at(ENFORCED, words({"Enabled": True, "Disabled": False, "Unspecified": False}))
    if enforced and view.at(COMPLIANT, words({"Compliant": True, "NonCompliant": False})):
        return KeyOwner.CUSTOMER
    raise NotKnown(Unknown(Reason.NOT_ASKED, OF_EACH))


SERVICE = listed(
    "azure.search.service",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.none(SECURITY),
        *at_rest(SECURITY),
        EncryptionAtRest.owner.by(_owner, ENFORCED, COMPLIANT),
        EncryptionAtRest.key.unseen(OF_EACH),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.unseen("no setting of a search service tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a key or a token of Entra.
        Exposure.public.documented(False, SECURITY),
        Lineage.origins.gap("what the indexers read is told by the data plane alone"),
    ),
    without={
        Backup: "Azure makes no backups of an index, which can be built again from its source",
        LogStore: "an index is not a store of logs",
        Trust: BY_ROLES,
    },
)
TYPES = (SERVICE,)
