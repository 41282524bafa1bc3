"""Azure Site Recovery: where a vault has machines replicated to.

What arrives there are disks, which are resources of their own; a vault tells where they are to be before they are.

Documents relied upon: the models ReplicationProtectedItem, A2AReplicationDetails and InMageRcmReplicationDetails of
azure-mgmt-recoveryservicessiterecovery.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import Copy, CopyKind, Node, NotKnown, Reason, Unknown, View
from scanner.providers.azure.graph import child, home, seen, words

ITEMS, DETAILS = "replicated:/value", "/properties/providerSpecificDetails"
WAY = f"{DETAILS}/instanceType"
PATHS = tuple(f"{ITEMS}/*{DETAILS}/{part}" for part in ("instanceType", "recoveryFabricLocation", "targetLocation"))
CALL = child(
    "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
    "replicationProtectedItems",
    "2025-08-01",
    items="/value",
)
TARGETS = words(
    {"A2A": "recoveryFabricLocation", "A2ACrossClusterMigration": "", "InMageRcm": "targetLocation"}
    | dict.fromkeys(("HyperVReplicaAzure", "InMageAzureV2", "InMage", "InMageRcmFailback"), "")
    | dict.fromkeys(("HyperVReplica2012", "HyperVReplica2012R2", "HyperVReplicaBaseReplicationDetails"), "")
)
"""For each way of replicating, where it tells the region; "" for those that tell none."""
UNTOLD = Unknown(Reason.UNDECIDED, "a machine is replicated, and Azure does not tell to which region")


def copies(view: View) -> Iterator[Copy | Unknown]:
    """One copy for each region that machines are replicated to."""
    places = dict.fromkeys(seen(partial(_place, item)) for item in view.each(ITEMS))
    yield from (each if isinstance(each, Unknown) else Copy(CopyKind.REPLICA, each) for each in places)


def _place(item: Node) -> str:
    target = item.at(WAY, TARGETS)
    if not target:
        raise NotKnown(UNTOLD)
    return item.at(f"{DETAILS}/{target}", home)
