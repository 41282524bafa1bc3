"""What the types of several services say alike: how they are listed, their certificate, and who may connect."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from scanner.collect.model import EMPTY, Call, ResourceType
from scanner.facts import (
    JSON,
    Answer,
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Facet,
    Grantee,
    KeyOwner,
    Kind,
    Node,
    NotKnown,
    Origin,
    Reason,
    Source,
    Tls,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.providers.azure.graph import ID, RESOURCES, TENANT, documented, home, only, pair_of, words

LOCATION, NAME = "item:/location", "item:/name"
NETWORK = "item:/properties/publicNetworkAccess"
AES = frozenset({"AES-256"})
CLOSED = words({"Disabled": True, "Enabled": False})
DOTTED = words({"1.0": Tls.V1_0, "1.1": Tls.V1_1, "1.2": Tls.V1_2, "1.3": Tls.V1_3})
"""How Redis, Event Hubs, Service Bus and others write the lowest TLS version."""
CERTIFICATE = EncryptionInTransit.certificate_expires.inapplicable("the certificate is Microsoft's own")
BY_ROLES = "roles of Azure alone let somebody in by name; a key or a signature names nobody"
"""Why a type has no `Trust` of its own: the subscription answers for the assignments of roles."""
ON_OFF = words({"Enabled": True, "Disabled": False})

HALF, WIDE = 2**31, 2**24
"""Addresses: from which width on a range lets in everybody, and up to which it is taken for a list of invited ones."""
V6_EVERYBODY, V6_WIDE = 3, 32
"""Lengths of IPv6 prefixes: up to which one is the whole Internet, and up to which more than anybody invites."""
ALL_OF_AZURE = "a firewall rule lets in all of Azure, other customers' machines included"


def listed(
    name: str,
    native: str,
    facts: tuple[Answer, ...],
    *,
    kind: Kind = Kind.DATA,
    ask: Mapping[str, Call] = EMPTY,
    without: Mapping[type[Facet], str] | None = None,
    unordered: tuple[str, ...] = (),
    points_of: tuple[str, ...] = (),
    covered_by: tuple[str, ...] = (),
) -> ResourceType:
    """A type whose resources are rows of the shared listing, and say their own name and location."""
    return ResourceType(
        name,
        native=native.lower(),
        kind=kind,
        each=RESOURCES,
        only=only(native),
        id=ID,
        label="/name",
        region="/location",
        ask=ask,
        facts=facts,
        without=without or {},
        unordered=unordered,
        points_of=points_of,
        covered_by=covered_by,
    )


def at_rest(basis: str, algorithms: frozenset[str] = AES) -> tuple[Answer, ...]:
    """Encryption that the vendor documents as always on."""
    return (
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, basis),
        EncryptionAtRest.algorithms.documented(algorithms, basis),
    )


def own_key(path: str, basis: str) -> tuple[Answer, ...]:
    """The customer's key at a path that is there only if one is used; without it the provider's, as documented."""

    def key(view: View) -> str:
        found = view.at(path, key_uri, missing="")
        if not found:
            documented(view, basis)
        return found or "provider"

    def owner(view: View) -> KeyOwner:
        # That a key is named is enough: whose it is does not depend on how.
        if view.at(path, text, missing=""):
            return KeyOwner.CUSTOMER
        documented(view, basis)
        return KeyOwner.PROVIDER

    return EncryptionAtRest.owner.by(owner, path), EncryptionAtRest.key.by(key, path)


def home_and_pair(view: View, *, geo: bool) -> tuple[str, ...]:
    """The resource's place, and the paired one too where it copies there."""
    own = view.at(LOCATION, home)
    return (own, pair_of(own)) if geo else (own,)


def any_true(states: Iterable[bool | Unknown]) -> bool:
    """Whether one is true. Raises NotKnown where none is and one is not known."""
    unknown: Unknown | None = None
    for state in states:
        if state is True:
            return True
        if isinstance(state, Unknown):
            unknown = unknown or state
    if unknown is not None:
        raise NotKnown(unknown)
    return False


def lets_everybody(first: str, last: str) -> bool:
    """Whether a firewall rule from one IPv4 address to another lets in everybody. Raises NotKnown for one that lets in
    more than anybody invites, and ValueError for what is no range. 0.0.0.0 alone stands for all of Azure.
    """
    start, end = int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last))
    if end < start:
        raise ValueError("not a range")
    if start == end == 0:
        raise NotKnown(Unknown(Reason.UNDECIDED, ALL_OF_AZURE))
    width = end - start + 1
    if WIDE < width < HALF:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"a firewall rule lets in {width} addresses"))
    return width >= HALF


def network_lets_everybody(value: JSON) -> bool:
    """As `lets_everybody`, for an address or a network in CIDR notation, of either version of IP."""
    network = ipaddress.ip_network(text(value), strict=False)
    if network.version == 6:  # IPv6
        return _six_lets_everybody(network.prefixlen)
    return lets_everybody(str(network.network_address), str(network.broadcast_address))


def _six_lets_everybody(length: int) -> bool:
    if V6_EVERYBODY < length <= V6_WIDE:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"a rule lets in an IPv6 network of /{length}"))
    return length <= V6_EVERYBODY


def rule_lets_everybody(rule: Node, first: str, last: str) -> bool:
    """As `lets_everybody`, for a rule that has its first and last address at these pointers."""
    start = rule.at(first, _address)
    return rule.at(last, lambda end: lets_everybody(start, _address(end)))


def moment(value: JSON) -> datetime:
    """A moment with its time zone, as ISO 8601 writes it."""
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def key_uri(value: JSON) -> str:
    """A key of a vault without its version, so that a key is the same one however it is named."""
    url = urlsplit(text(value))
    kind, name = url.path.strip("/").split("/")[:2]
    if url.scheme != "https" or not url.hostname or not name:
        raise ValueError("not the address of a key")
    return f"https://{url.hostname}/{kind}/{name}".lower()


def key_in(vault: str) -> Callable[[JSON], str]:
    """As `key_uri`, for a key's name in a vault."""
    return lambda name: key_uri(f"{vault.rstrip('/')}/keys/{text(name)}")


def subscription_of(ref: str) -> str:
    """The subscription of a resource. Raises ValueError for what is not the id of one."""
    match ref.lower().split("/"):
        case ["", "subscriptions", str() as found, *_] if found:
            return found
    raise ValueError("not the id of a resource")


def native_of(ref: str) -> str:
    """The type of a resource, in lower case: "microsoft.sql/servers/databases"."""
    namespace, *parts = ref.lower().rpartition("/providers/")[2].split("/")
    return "/".join((namespace, *parts[::2]))


def sources(origins: Iterable[Origin | Unknown], points: Mapping[str, str]) -> Iterator[Source | Unknown]:
    """What a recovery point was made of, for a type that is recovery points of these: native types with their names.
    Whether something else is still there would have to be looked up, and is not.
    """
    for origin in origins:
        if isinstance(origin, Unknown):
            yield origin
        elif native_of(origin.ref) in points:
            yield Source(origin.ref)
        else:
            yield Unknown(Reason.NOT_ASKED, f"whether {origin.ref} is still there is not looked up")


def guid(value: JSON) -> str:
    """The id of a directory, in the form by which ids are compared."""
    return text(value).lower()


def written(value: JSON) -> str:
    """A text that may be empty."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def administrator(source: str) -> Answer:
    """The administrator of a directory that is not the subscription's. A server or an instance of SQL has one by Entra
    at most, and none unless somebody names one (models ServerExternalAdministrator and
    ManagedInstanceExternalAdministrator); who is made a user by it is of the same directory.
    """
    sid, tenant = (f"{source}:/properties/administrators/{part}" for part in ("sid", "tenantId"))

    def grantees(view: View) -> Iterator[Grantee]:
        who = view.at(sid, text, missing="")
        if who:
            directory = view.at(tenant, guid)
            if directory != view.at(TENANT, guid):
                yield Grantee(who, directory)

    return Trust.grantees.items(grantees, TENANT, sid, tenant)


def _address(value: JSON) -> str:
    return str(ipaddress.IPv4Address(text(value)))
