"""Virtual machines and disk encryption sets. The disks of a machine are resources of their own; what its host keeps of
them, and its temporary disk, is not.

Documents relied upon: the models SecurityProfile and EncryptionSetProperties of azure-mgmt-compute, and "Overview of
managed disk encryption options" on learn.microsoft.com/azure/virtual-machines.
"""

from __future__ import annotations

from scanner.facts import AtRest, EncryptionAtRest, KeyOwner, Kind, NotKnown, Reason, Unknown, View, flag
from scanner.providers.azure.graph import EDGE_HOMES, HOMES, TAGS, words
from scanner.providers.azure.parts import key_uri, listed

MACHINES, SETS = "Microsoft.Compute/virtualMachines", "Microsoft.Compute/diskEncryptionSets"
HOST = "item:/properties/securityProfile/encryptionAtHost"
KEY_TYPE, KEY = "item:/properties/encryptionType", "item:/properties/activeKey/keyUrl"

OWNERS = words(
    dict.fromkeys(
        (
            "EncryptionAtRestWithCustomerKey",
            "EncryptionAtRestWithPlatformAndCustomerKeys",
            "ConfidentialVmEncryptedWithCustomerKey",
        ),
        KeyOwner.CUSTOMER,
    )
)
ON_HOST = "the host does not encrypt what it caches of the disks, and the temporary disk, if there is any of it"


def _state(view: View) -> AtRest:
    # "The Encryption at host will be disabled unless this property is set to true" (model SecurityProfile).
    if not view.at(HOST, flag, missing=False):
        raise NotKnown(Unknown(Reason.UNDECIDED, ON_HOST))
    return AtRest.ENCRYPTED


MACHINE = listed(
    "azure.compute.virtual-machine",
    MACHINES,
    (TAGS, EDGE_HOMES, EncryptionAtRest.state.by(_state, HOST)),
    kind=Kind.CONFIG,
)
SET = listed(
    "azure.compute.disk-encryption-set",
    SETS,
    (TAGS, HOMES, EncryptionAtRest.owner.at(KEY_TYPE, OWNERS), EncryptionAtRest.key.at(KEY, key_uri)),
    kind=Kind.CONFIG,
)
TYPES = (MACHINE, SET)
