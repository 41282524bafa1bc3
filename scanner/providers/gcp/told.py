"""What many services of Google Cloud tell in the same form: places in names, names of resources, times and keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from ipaddress import IPv4Network, collapse_addresses, ip_network
from itertools import pairwise
from typing import TypeVar

from scanner.facts import (
    JSON,
    UNRESOLVED,
    Answer,
    AtRest,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Facet,
    Inapplicable,
    KeyOwner,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    text,
    texts,
)
from scanner.places import GLOBAL, UNPLACED, gcp, place
from scanner.providers.gcp.assets import AES_256, ENCRYPTION, LOCATION, PLACE, key_name, moment, owner

T = TypeVar("T")

ONE_POINT = Unknown(Reason.UNDECIDED, "one recovery point does not tell how often they are made")
INVENTORY = f"item:{LOCATION}"
GOOGLES_API: Mapping[type[Facet], str] = {
    EncryptionInTransit: "it has no endpoint of its own; the API of the service is Google's"
}
NO_LOGS: Mapping[type[Facet], str] = {LogStore: "not a store of logs"}

_LOCATED = re.compile(r"/(?:locations|regions|zones)/([^/]+)/")
_FILE = re.compile(r"gs://([^/*]+)(?:/|$)")
_LASTING = re.compile(r"(\d{1,12})(?:\.0{1,9})?s", re.ASCII)


def placed(value: JSON) -> str:
    """The place in a resource's name. "global" is no place: Google keeps such a resource where it likes."""
    found = _LOCATED.search(text(value))
    if found is None:
        raise ValueError("a name without a location")
    return located(found[1])


def located(value: JSON) -> str:
    """The place that is told by its own name, a zone, a region or a multi-region; see `placed`."""
    found = gcp(text(value))
    return UNPLACED if found == GLOBAL else found


HOME = Location.homes.one(PLACE, located)
"""Of what lies where its name says."""


def listed_region(view: View) -> str:
    """The inventory's location of a resource that tells none itself. Only a region will do: the same name of a
    multi-region stands for other regions in other services (declare INVENTORY). Raises NotKnown for anything else.
    """
    found = view.at(INVENTORY, located)
    known = place(found)
    if known is None or known.kind != "region":
        raise NotKnown(Unknown(Reason.UNDECIDED, f"the inventory tells its location as {found}, which is no region"))
    return found


def asset_name(service: str, told: str) -> str:
    """The asset name of a resource that is told by its path, such as "projects/P/..." or "//SERVICE/projects/P/..."."""
    return f"//{service}.googleapis.com/{re.sub(r'^(?://[^/]+)?/*', '', told)}"


def origins(view: View, service: str, *paths: str) -> Iterator[Origin]:
    """An origin for each path at which a resource of the service is told; most are told only where there is one."""
    for path in paths:
        if told := view.at(path, text, missing=""):
            yield Origin(asset_name(service, told), UNRESOLVED)


def origin_in(service: str) -> Callable[[JSON], Origin]:
    """A converter for the one origin that is always told."""
    return lambda value: Origin(asset_name(service, text(value)), UNRESOLVED)


def inside(collection: str) -> Callable[[JSON], Origin]:
    """A converter for what something lies in: the asset name before "/collection/" in its own."""

    def holder(value: JSON) -> Origin:
        name, found, _ = text(value).rpartition(f"/{collection}/")
        if not found:
            raise ValueError("a name without what it lies in")
        return Origin(name, UNRESOLVED)

    return holder


def copy_in(service: str) -> Callable[[JSON], Copy]:
    """A converter for a replica whose own name, at which it is told, has its place."""
    return lambda value: Copy(CopyKind.REPLICA, placed(value), asset_name(service, text(value)))


def bucket(value: JSON) -> str:
    """The asset name of the bucket of a file that is told as "gs://BUCKET/..."."""
    found = _FILE.match(text(value))
    if found is None:
        raise ValueError("not a file in a bucket")
    return f"//storage.googleapis.com/{found[1]}"


def in_buckets(value: JSON) -> tuple[Origin, ...]:
    """The buckets of files in a list, as origins, each once."""
    return tuple(Origin(each, UNRESOLVED) for each in dict.fromkeys(map(bucket, texts(value))))


def lasting(value: JSON) -> Duration:
    """A duration in the JSON form of protocol buffers: "604800s". Parts of a second are not foreseen."""
    found = _LASTING.fullmatch(text(value))
    if found is None:
        raise ValueError("not a duration in seconds")
    return Duration.of(int(found[1]), "second")


def between(view: View, made: str, expires: str) -> Duration:
    """How long a recovery point is kept: from the moment at one path to that at the other. To the minute, since the
    two moments are taken some seconds apart from each other.
    """
    seconds = (view.at(expires, moment) - view.at(made, moment)).total_seconds()
    return Duration(Fraction(round(seconds / 60), 1440))


def point(where: str | Unknown, kept: Duration | Unknown) -> Plan:
    """The plan of a recovery point that is itself a resource, encrypted as all of Google's storage, and that
    whoever has the right may delete.
    """
    return Plan(
        PlanKind.SNAPSHOT,
        retention=kept,
        every=ONE_POINT,
        places=where if isinstance(where, Unknown) else (where,),
        encrypted=True,
        immutable=False,
    )


def seen(read: Callable[[], T]) -> T | Unknown:
    """What a read brings, or why it brings nothing: for a part of something that is known as a whole. Raises NotKnown
    where there is no whole, since the reply was refused or failed.
    """
    try:
        return read()
    except NotKnown as error:
        if error.unknown.reason in {Reason.REFUSED, Reason.FAILED}:
            raise
        return error.unknown


def together(view: View, *parts: Callable[[View], Iterable[T | Unknown]]) -> Iterator[T | Unknown]:
    """What several functions yield of a view: what one of them cannot see hides nothing of the others."""
    for part in parts:
        try:
            yield from part(view)
        except NotKnown as error:
            yield error.unknown


ALWAYS = (
    EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTION),
    EncryptionAtRest.algorithms.documented(AES_256, ENCRYPTION),
)
KEPT_BY: Mapping[object, KeyOwner] = {
    "GOOGLE_DEFAULT_ENCRYPTION": KeyOwner.PROVIDER,
    "CUSTOMER_MANAGED_ENCRYPTION": KeyOwner.CUSTOMER,
}
"""The values of `encryptionType` in Spanner, Bigtable and AlloyDB."""


def at_rest_where(holds: Callable[[View], object], kms: str, *paths: str) -> tuple[Answer, ...]:
    """As `assets.at_rest`, of resources for which `holds` raises nothing; `paths` are those that it reads."""

    def after(answer: Callable[[View], T]) -> Callable[[View], T]:
        return lambda view: (holds(view), answer(view))[1]

    return (
        EncryptionAtRest.state.by(after(lambda _: AtRest.ENCRYPTED), *paths),
        EncryptionAtRest.algorithms.by(after(lambda _: AES_256), *paths),
        EncryptionAtRest.owner.by(after(lambda view: owner(key_name(view, kms))), *paths, kms),
        EncryptionAtRest.key.by(after(lambda view: key_name(view, kms)), *paths, kms),
    )


def at_rest_by_type(kind: str, version: str) -> tuple[Answer, ...]:
    """Encryption at rest where the type of it is told at one path and the version of the key, if any, at another."""

    def key(view: View) -> str:
        return "provider" if view.at(kind, KEPT_BY) is KeyOwner.PROVIDER else view.at(version, version_of)

    return (*ALWAYS, EncryptionAtRest.owner.at(kind, KEPT_BY), EncryptionAtRest.key.by(key, kind, version))


def version_of(value: JSON) -> str:
    """The key of a version of it in Cloud KMS."""
    return text(value).partition("/cryptoKeyVersions/")[0]


def schedule(kept: Duration | Unknown, every: Duration | Unknown, where: tuple[str, ...] | Unknown) -> Plan:
    """The plan that a schedule is: it makes recovery points as `point` tells of them."""
    return Plan(PlanKind.SNAPSHOT, retention=kept, every=every, places=where, encrypted=True, immutable=False)


def covered(plans: Callable[[], Iterable[Plan]], *refs: str) -> Iterator[Cover]:
    """The resources of these names, by what a schedule makes of them; unknown, where that is not understood."""
    made = seen(lambda: tuple(plans()))
    yield from (Cover(plan, refs) for plan in ((made,) if isinstance(made, Unknown) else made))


WEEK: Mapping[object, int] = {
    "MONDAY": 0,
    "TUESDAY": 1,
    "WEDNESDAY": 2,
    "THURSDAY": 3,
    "FRIDAY": 4,
    "SATURDAY": 5,
    "SUNDAY": 6,
}


def longest(days: Collection[int]) -> Duration:
    """The longest time between two of these days of every week. Raises NotKnown without any day."""
    if not days:
        raise NotKnown(Unknown(Reason.SHAPE, "its schedule names no day"))
    first, *others = sorted(set(days))
    return Duration.of(max(later - day for day, later in pairwise([first, *others, first + 7])))


HALF, WIDE = 2**31, 2**24
"""Addresses: from how many on networks let in everybody, and up to how many they are taken for invited ones."""


def network(value: JSON) -> IPv4Network:
    """A network in CIDR notation, or the address of one machine."""
    found = ip_network(text(value), strict=False)
    if not isinstance(found, IPv4Network):
        raise TypeError("not an IPv4 network")
    return found


def open_to_all(invited: Iterable[IPv4Network]) -> bool:
    """Whether these networks together let in everybody: half of the Internet or more. Raises NotKnown for fewer
    addresses than that, where they are still more than anybody invites.
    """
    width = sum(each.num_addresses for each in collapse_addresses(invited))
    if WIDE < width < HALF:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"its authorized networks let in {width} addresses"))
    return width >= HALF


def not_for(why: str) -> NotApplicable:
    """To raise where a question makes no sense for this one resource."""
    return NotApplicable(Inapplicable(why))
