"""Virtual machines (https://cloud.google.com/compute/docs/reference/rest/v1/instances). Their disks are resources of
their own; a local SSD is part of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    UNRESOLVED,
    AtRest,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Reason,
    Unknown,
    View,
    text,
)
from scanner.places import gcp
from scanner.providers.gcp.assets import DATA, PROJECT, asset_type, compute_name, labels
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import not_for

ZONE, DISKS, SOURCE = f"{DATA}/zone", f"{DATA}/disks", f"{DATA}/sourceMachineImage"
TYPE = f"{DISKS}/*/type"
CARDS = f"{DATA}/networkInterfaces"
OUTSIDE = ("accessConfigs", "ipv6AccessConfigs")
ADDRESSES = tuple(f"{CARDS}/*/{name}/*/type" for name in OUTSIDE)
SCRATCH: Mapping[object, bool] = {"SCRATCH": True, "PERSISTENT": False}
LOCAL = "https://cloud.google.com/compute/docs/disks/local-ssd: always encrypted, with keys of Google"
REACHED = Unknown(Reason.UNDECIDED, "it has a public address; firewall rules, which are not joined, decide who gets in")
BALANCED = Unknown(
    Reason.UNDECIDED, "it has no public address of its own; whether a load balancer leads to it is not read"
)


def _local(view: View) -> None:
    """A disk is persistent unless it says otherwise. Raises NotApplicable for a machine that keeps nothing itself."""
    if not any(disk.at("/type", SCRATCH, missing=False) for disk in view.each(DISKS, missing=True)):
        raise not_for("it has no local SSD, and its disks are resources of their own")


def _state(view: View) -> AtRest:
    _local(view)
    return AtRest.ENCRYPTED


def _owner(view: View) -> KeyOwner:
    _local(view)
    return KeyOwner.PROVIDER


def _key(view: View) -> str:
    _local(view)
    return "provider"


def _public(view: View) -> bool:
    """Without an access configuration it has no address on the Internet."""
    cards = list(view.each(CARDS))
    open_to_it = [any(True for _ in card.each(f"/{name}", missing=True)) for card in cards for name in OUTSIDE]
    raise NotKnown(REACHED if any(open_to_it) else BALANCED)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    if told := view.at(SOURCE, text, missing=""):
        yield Origin(compute_name(told, view.at(PROJECT, text)), UNRESOLVED)
    yield Unknown(
        Reason.NOT_ASKED, "what was written to its local disks is not recorded, and others tell it themselves"
    )


INSTANCE = asset_type(
    "gcp.compute.instance",
    "compute.googleapis.com/Instance",
    Kind.CONFIG,
    (
        Location.homes.one(ZONE, lambda zone: gcp(text(zone))),
        Location.copies.none("https://cloud.google.com/compute/docs/instances: a machine is in one zone"),
        EncryptionAtRest.state.by(_state, TYPE),
        EncryptionAtRest.algorithms.unseen("by which cipher a local SSD is encrypted is not told"),
        EncryptionAtRest.owner.by(_owner, TYPE),
        EncryptionAtRest.key.by(_key, TYPE),
        Lineage.origins.items(_origins, PROJECT, SOURCE),
        Exposure.public.by(_public, *ADDRESSES),
        TRUST,
        labels(),
    ),
)
TYPES = (INSTANCE,)
