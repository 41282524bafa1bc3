"""What can be asked of a cloud, as data: calls, resource types, sweeps; and the two interfaces of a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from scanner.facts import JSON, Answer, Facet, Kind, Projection, Reason, canonical
from scanner.facts.reply import formless, split

EMPTY: Mapping[str, Any] = MappingProxyType({})
EVERYTHING = "*"
"""In a gap's types: it may hide resources of any type."""
OTHERS = "others"
"""In a gap's types: it may hide resources of types that are not modelled."""


class Per(StrEnum):
    """How often a listing is made."""

    ACCOUNT = "account"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Join:
    """How the items of a listing tell of other resources: by the name at the pointer `at`. A resource's names are at
    the pointers of `names` in its own item, each with a text that is put before it.
    """

    at: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One read-only API operation.

    `permission` is what the caller needs. `operation` is the provider's name of it ("s3.get_bucket_encryption",
    "GET /{id}/transparentDataEncryption/current", "cloudasset.assets.list"). `items` is the JSON pointer of the list in
    a reply that is a listing; pages are joined there. A listing without it lists the reply itself, once. `give` holds
    literal parameters; `take` maps a parameter to a pointer into the listed item (or `@account`, `@region`); a pointer
    with `*` makes one call for each value. `follows` names another ask of the same type: the call is made after it, and
    takes from its reply instead of from the item. `absent` are the error codes by which the vendor says "no such
    configuration". A call is not made for an item that has a value at `unless`. `decode` are pointers in the reply that
    hold JSON as text. An ask that is `per` account is made there once, wherever the resources are that ask it. `apart`
    is for requests made for each of several values, which may fare differently: the reply is a list that has for each
    the values that were taken at "of", and what came at "body", or the code or what went wrong at "absent", "refused"
    or "failed". One that follows it takes from bodies. A call with a `join` is one listing for the unit, whatever the
    number of resources that ask for it; the reply to each is that listing with the items that tell of it, of which
    there may be none.
    """

    permission: str
    operation: str
    items: str = ""
    give: Mapping[str, JSON] = field(default_factory=lambda: EMPTY)
    take: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    absent: frozenset[str] = frozenset()
    unless: str = ""
    per: Per = Per.REGION
    decode: tuple[str, ...] = ()
    follows: str = ""
    apart: bool = False
    join: Join | None = None

    @property
    def single(self) -> str:
        """Where the reply to a single request stands in the whole reply."""
        return "/*/body" if self.apart else ""

    @property
    def key(self) -> str:
        """What makes two listings the same request."""
        return self.operation + canonical(dict(self.give)).decode()


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource: how it is listed, what is asked of each, and how the replies answer facts.

    `native` is the vendor's own name of the type, as its inventory writes it. `id` is a template of pointers into the
    item and `@account`, `@region`, `@partition`, in braces: "arn:{@partition}:s3:::{/Name}"; "{/id|lower}" writes the
    value in lower case, for ids whose case means nothing; "{/url|last}" writes what follows its last slash; "{}" is the
    item itself, where it is a plain text. `label` is the pointer of the name. `region` and `account` are the pointers
    of the item's own ones where the listing does not fix them. `only` tells apart types that share a listing: pointer
    to the accepted values, compared without case. `without` names the facets that make no sense for the type, and why.
    A `container` is an account, resource group or project: it holds other resources, and the engine fills its members.
    `covered_by` names the types whose `Protection.covers` may protect it, and `points_of` the types of which it is a
    recovery point: where its facts ask, those are listed too. `unordered` are lists whose order means nothing, as
    "item:/Tags" or "source:/pointer"; they are sorted.
    """

    name: str
    native: str
    kind: Kind
    each: Call
    id: str
    label: str
    facts: tuple[Answer, ...]
    ask: Mapping[str, Call] = field(default_factory=lambda: EMPTY)
    region: str = ""
    account: str = ""
    only: Mapping[str, frozenset[str]] = field(default_factory=lambda: EMPTY)
    without: Mapping[type[Facet], str] = field(default_factory=dict)
    unordered: tuple[str, ...] = ()
    container: bool = False
    covered_by: tuple[str, ...] = ()
    points_of: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        """The provider's name: the first word of the type's name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A listing that sees types nobody modelled. `native` names the type of an item, read from `paths`. What it answers
    is known of any resource (its tags, its home), and never complete. `blind` tells what such a listing cannot show: it
    is then a gap of each account, and "" only where the listing is known to show every resource.
    """

    each: Call
    native: Callable[[Mapping[str, JSON]], str]
    id: str
    label: str
    facts: tuple[Answer, ...]
    region: str = ""
    account: str = ""
    paths: tuple[str, ...] = ()
    blind: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account, Azure subscription or GCP project (or a parent of projects) that was reached."""

    provider: str
    id: str
    name: str = ""
    regions: tuple[str, ...] = ()
    partition: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """Where a listing is made: an account, and a region unless the listing is one for the account."""

    account: Account
    region: str = ""

    @property
    def key(self) -> str:
        """A name for logs, recordings and order."""
        return f"{self.account.provider}/{self.account.id}/{self.region or '-'}"


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that may hold resources and could not be seen: itself a subject of verdicts.

    `types` are the resource types that it may hide; EVERYTHING and OTHERS stand for more than the modelled ones.
    """

    provider: str
    account: str
    region: str
    call: str
    permission: str
    reason: Reason
    detail: str
    types: tuple[str, ...]

    @property
    def id(self) -> str:
        """A name that is the same in the next run."""
        return f"gap:{self.provider}/{self.account}/{self.region or '-'}/{self.call}/{self.reason}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """The accounts that were reached, what was not, and what a reader must know of how it was found out.

    `aliases` are other names of accounts that items carry ("projects/100000000001" for "acme-prod").
    """

    accounts: tuple[Account, ...]
    gaps: tuple[Gap, ...] = ()
    limits: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: EMPTY)


class CallError(Exception):
    """A call that brought no good reply. `code` is the vendor's error code. The vendor's message is not kept: it may
    name identities and changes with each request.
    """

    def __init__(self, code: str, *, refused: bool, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.refused = refused
        self.detail = detail or code


class Decoded(dict[str, JSON]):
    """A reply body that was just decoded from JSON and that nobody else holds: the runner need not copy it."""


class Session(Protocol):
    """An open connection to one provider's accounts. Nothing but reads can leave it."""

    def discover(self) -> Discovery:
        """Find the accounts in scope. What cannot be reached is a gap, not an exception."""

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The reply bodies of a call, page by page; any may be `Decoded`. Raises CallError, also between pages."""

    def close(self) -> None:
        """Let go of connections."""


class Provider(Protocol):
    """A cloud: its resource types, and how to open it. Registered by the entry point `asdeclared.providers`."""

    @property
    def name(self) -> str:
        """The first word of its types' names, such as "aws"."""

    @property
    def types(self) -> tuple[ResourceType, ...]:
        """The modelled types."""

    @property
    def sweeps(self) -> tuple[Sweep, ...]:
        """The listings that see the other types."""

    def kind(self, native: str) -> Kind:
        """The class of a native type by the provider's catalogue."""

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """Open the scope that the policy declares for this provider. Raises ScopeError for a scope that makes no
        sense, and CredentialError where nothing can be reached at all.
        """

    def role(self, permissions: frozenset[str]) -> str:
        """A ready policy or role with exactly these permissions and those of the discovery."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to open a provider: an endpoint other than the vendor's (command line only), and how many threads."""

    endpoint: str = ""
    workers: int = 16


class ScopeError(ValueError):
    """The policy's scope for a provider makes no sense."""


class CredentialError(Exception):
    """No usable credential, or no account could be reached."""


def take(value: JSON, pointer: str) -> list[JSON]:
    """The values at a pointer, where `*` stands for each item of a list. Nulls and missing ones are left out."""
    steps = split(pointer)
    for number, step in enumerate(steps):
        if step == "*":
            return _take([value], steps[number:])
        if not isinstance(value, dict) or step not in value:
            return []
        value = value[step]
    return [] if value is None else [value]


def _take(found: list[JSON], steps: tuple[str, ...]) -> list[JSON]:
    for step in steps:
        if step == "*":
            found = [item for each in found if isinstance(each, list) for item in each]
        else:
            found = [each[step] for each in found if isinstance(each, dict) and step in each]
    return [each for each in found if each is not None]


def declared(spec: ResourceType | Sweep, source: str) -> frozenset[str]:
    """Every pointer of one reply that the type's facts are answered by."""
    paths = (path.partition(":") for answer in spec.facts for path in answer.paths)
    asks = spec.ask if isinstance(spec, ResourceType) else {}
    taken = {
        asks[source].single + pointer
        for call in asks.values()
        if call.follows == source
        for pointer in call.take.values()
        if _points(pointer)
    }
    if source in asks and (join := asks[source].join):
        taken.add(f"{asks[source].items}/*{join.at}")
    return frozenset({formless(pointer) for name, _, pointer in paths if name == source} | taken)


def pointers(spec: ResourceType | Sweep) -> frozenset[str]:
    """Every pointer of the listed item that the type declares: what it answers by, is named by, and asks by."""
    own = declared(spec, "item")
    ids = {part.partition("}")[0].partition("|")[0] for part in spec.id.split("{")[1:]}
    named = {each for each in (spec.label, spec.region, spec.account) if each}
    if isinstance(spec, ResourceType):
        named |= set(spec.only)
        for call in spec.ask.values():
            named |= {call.unless} - {""}
            named |= set(call.join.names) if call.join else set()
            named |= set() if call.follows else set(call.take.values())
    else:
        named |= set(spec.paths)
    return frozenset(own | {pointer for pointer in ids | named if _points(pointer)})


def _points(pointer: str) -> bool:
    """Whether it points into a reply ("" at the whole of it), rather than to an account or a region."""
    return not pointer.startswith("@")


def projections(kind: ResourceType) -> dict[str, Projection]:
    """The allow-list of each of the type's replies, by source name."""
    asked = {source: Projection.of(declared(kind, source)) for source in kind.ask}
    return asked | {"item": Projection.of(pointers(kind))}
