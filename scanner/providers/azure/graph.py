"""The two listings that every Azure type shares, and what is answered alike for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from scanner.collect.model import Call, Per, Sweep
from scanner.facts import (
    JSON,
    Evidence,
    Location,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    folded,
    pairs,
    text,
)
from scanner.places import azure, place

T = TypeVar("T")

# Without an order by a unique column Resource Graph may repeat or lose rows between pages.
QUERY = (
    "resources | order by id asc"
    " | project id, name, type, tenantId, location, extendedLocation, tags, kind, sku, properties"
)
RESOURCES = Call(
    # It lists what the caller may read, and leaves out the rest without a word: only "*/read" shows everything.
    permission="*/read",
    operation="POST /providers/Microsoft.ResourceGraph/resources",
    items="/data",
    give={"api-version": "2021-03-01", "query": QUERY},
    per=Per.ACCOUNT,
)
GROUPS = Call(
    permission="Microsoft.Resources/subscriptions/resourceGroups/read",
    operation="GET /subscriptions/{@account}/resourcegroups",
    items="/value",
    give={"api-version": "2025-04-01"},
    per=Per.ACCOUNT,
)

ID = "{/id|lower}"
"""ARM ids are compared without case, and services write them in varying case."""


TENANT = "item:/tenantId"
"""The directory of the resource's subscription, which Resource Graph adds to each row."""


DATA_PROTECTION, RECOVERY = "azure.dataprotection.vault", "azure.recoveryservices.vault"
"""The types of the vaults of Azure Backup: what they cover, they tell."""


def only(native: str) -> Mapping[str, frozenset[str]]:
    """Tell apart one type in the shared listing."""
    return {"/type": frozenset({native.lower()})}


def child(permission: str, path: str, version: str, items: str = "") -> Call:
    """A GET below the listed resource's own id; `..` in the path steps up from it."""
    return Call(permission, f"GET /{{id}}/{path}", items, {"api-version": version}, {"id": "/id"}, per=Per.ACCOUNT)


def in_subscription(native: str, version: str, **give: str) -> Call:
    """The listing of a type in the whole subscription."""
    path = f"GET /subscriptions/{{@account}}/providers/{native}"
    return Call(f"{native}/read", path, "/value", {"api-version": version, **give}, per=Per.ACCOUNT)


def home(value: JSON) -> str:
    """The place of an Azure location."""
    return azure(text(value))


def words(table: Mapping[str, T]) -> Callable[[JSON], T]:
    """A table of an enum's values. ARM compares them without case (the SDKs' CaseInsensitiveEnumMeta)."""
    return folded({word.lower(): meaning for word, meaning in table.items()})


def pair_of(home_place: str) -> str:
    """The place of the paired region. Raises NotKnown where none is known."""
    found = place(home_place)
    if found is None or found.pair is None:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"the paired region of {home_place} is not known"))
    return found.pair


def arm_id(value: JSON) -> str:
    """The id of another resource, in the form that resources have here. Raises ValueError for anything else."""
    found = text(value).lower()
    if not found.startswith("/"):
        raise ValueError("not an ARM id")
    return found.rstrip("/")


"""What the engine finds out from the other resource that is named beside it."""


def seen(read: Callable[[], T]) -> T | Unknown:
    """The value, or why it is not known: for one part of a value whose other parts are."""
    try:
        return read()
    except NotKnown as error:
        return error.unknown


def documented(view: View, basis: str) -> None:
    """Note as evidence that a part of the value is what the vendor documents."""
    view.evidence.append(Evidence("", seen="documented", basis=basis))


# A resource without tags has null here: learn.microsoft.com/azure/governance/resource-graph, "Samples: tags".
TAGS = Tagging.tags.at("item:/tags", pairs, missing={})
HOMES = Location.homes.one("item:/location", home)
PLACED = ("item:/location", "item:/extendedLocation/name")
"""What tells the place of a resource that may lie in an edge zone."""


def placed(view: View) -> str:
    """The place of such a resource. Its location names the parent region, in which an edge zone need not be. Raises
    NotKnown.
    """
    location, edge = PLACED
    zone = view.at(edge, text, missing="")
    if zone:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"it is in the edge zone {zone}, whose place is not known"))
    return view.at(location, home)


def _placed(view: View) -> Iterator[str]:
    yield placed(view)


EDGE_HOMES = Location.homes.items(_placed, *PLACED)


def _swept_homes(view: View) -> Iterator[str | Unknown]:
    yield Unknown(Reason.UNMODELLED, "the type is not modelled, so only the location of the resource itself is known")
    yield view.at("item:/location", home)


def _native(item: Mapping[str, JSON]) -> str:
    found = item.get("type")
    return found.lower() if isinstance(found, str) else ""


SWEEP = Sweep(
    each=RESOURCES,
    native=_native,
    id=ID,
    label="/name",
    region="/location",
    facts=(TAGS, Location.homes.items(_swept_homes, "item:/location")),
    paths=("/type",),
)
