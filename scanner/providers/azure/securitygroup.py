"""Network security groups: whom their rules let in from the Internet.

A group answers for its rules alone: whether a machine behind it has a public address is another resource's answer.

Documents relied upon: the model SecurityRulePropertiesFormat of azure-mgmt-network, and on learn.microsoft.com/azure/
virtual-network: "Network security groups" (how rules are processed, default rules), "Virtual network service tags".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from scanner.facts import Exposure, Kind, Node, NotKnown, Reason, Unknown, View, text, texts, whole
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, seen, words
from scanner.providers.azure.parts import any_true, listed, network_lets_everybody, written

NATIVE = "Microsoft.Network/networkSecurityGroups"
RULES = "item:/properties/securityRules"
SOURCES = ("/properties/sourceAddressPrefix", "/properties/sourceAddressPrefixes")
TARGETS = ("/properties/destinationAddressPrefix", "/properties/destinationAddressPrefixes")
TARGET_GROUPS = "/properties/destinationApplicationSecurityGroups"
PORTS = ("/properties/destinationPortRange", "/properties/destinationPortRanges")
DIRECTION, ACCESS, PRIORITY = "/properties/direction", "/properties/access", "/properties/priority"
PROTOCOL = "/properties/protocol"
PATHS = tuple(
    f"{RULES}/*{part}"
    for part in (*SOURCES, *TARGETS, f"{TARGET_GROUPS}/*/id", *PORTS, DIRECTION, ACCESS, PRIORITY, PROTOCOL)
)

INBOUND = words({"Inbound": True, "Outbound": False})
ALLOWS = words({"Allow": True, "Deny": False})
ALL = frozenset({"*", "any", "internet"})
ALL_NETWORKS = frozenset({"0.0.0.0/0", "::/0"})
"""How a rule names the whole Internet, by one of these or by both of these; each of the latter is one version of IP."""
NOBODY = frozenset({"virtualnetwork", "azureloadbalancer", "gatewaymanager"})
"""Service tags that stand for the network itself, and for what serves it alone."""
ANYWHERE = frozenset({"*"})
TAG = "a rule lets in the service tag {}, whose addresses other customers may use"
OVERLAP = Unknown(Reason.UNDECIDED, "rules for several destinations overlap, and who is let in depends on them")
HALF_DENIED = Unknown(
    Reason.UNDECIDED, "an earlier rule turns a part of the Internet away, and who is left is not told"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """An inbound rule. `ports` are whole numbers."""

    allows: bool
    sources: frozenset[str]
    everybody: bool | Unknown
    targets: frozenset[str]
    protocol: str
    ports: frozenset[int]


def _names(rule: Node, parts: tuple[str, str]) -> frozenset[str]:
    """What a rule names, be it one or several. A rule for application security groups names no addresses."""
    one = rule.at(parts[0], written, missing="")
    found = {one} if one else set(rule.at(parts[1], texts, missing=()))
    return frozenset(each.lower() for each in found)


def _groups(rule: Node) -> set[str]:
    return {group.at("/id", arm_id) for group in rule.each(TARGET_GROUPS, missing=True)}


def _is_everybody(source: str) -> bool:
    if source in ALL:
        return True
    if source in NOBODY:
        return False
    if ":" in source or source[:1].isdigit():
        return network_lets_everybody(source)
    raise NotKnown(Unknown(Reason.UNDECIDED, TAG.format(source)))


def _ports(names: Iterable[str]) -> frozenset[int]:
    found: set[int] = set()
    for name in names:
        first, _, last = ("0-65535" if name == "*" else name).partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _rule(rule: Node) -> _Rule:
    sources, ports = _names(rule, SOURCES), _names(rule, PORTS)
    return _Rule(
        allows=rule.at(ACCESS, ALLOWS),
        sources=sources,
        everybody=seen(partial(_is_any_everybody, rule, sources)),
        targets=_names(rule, TARGETS) | _groups(rule),
        protocol=rule.at(PROTOCOL, text).lower(),
        ports=_readable(rule, ports),
    )


def _is_any_everybody(rule: Node, sources: frozenset[str]) -> bool:
    return any_true(seen(partial(_read, rule, source)) for source in sorted(sources))


def _read(rule: Node, source: str) -> bool:
    """Whether a source is everybody. Raises NotKnown, also for what is no address."""
    try:
        return _is_everybody(source)
    except ValueError as error:
        raise NotKnown(Unknown(Reason.SHAPE, f"{rule.pointer} names {source!r}, which is no network")) from error


def _readable(rule: Node, names: frozenset[str]) -> frozenset[int]:
    try:
        return _ports(names)
    except ValueError as error:
        raise NotKnown(Unknown(Reason.SHAPE, f"{rule.pointer} has a port that is none")) from error


def _inbound(view: View) -> list[_Rule]:
    """The inbound rules, in the order in which they are tried: the first that matches decides."""
    rules = [rule for rule in view.each(RULES) if rule.at(DIRECTION, INBOUND)]
    return [_rule(rule) for rule in sorted(rules, key=lambda rule: rule.at(PRIORITY, whole))]


def _public(view: View) -> bool:
    """Whether a rule lets anybody on the Internet in. The default rules, which are tried last, do not."""
    rules = _inbound(view)
    return any_true(seen(partial(_lets_in, rule, rules[:at])) for at, rule in enumerate(rules))


def _lets_in(rule: _Rule, before: list[_Rule]) -> bool:
    if not rule.allows or not any_true((rule.everybody,)):
        return False
    open_ = rule.ports
    for other in before:
        if not other.allows and other.everybody is True and other.protocol in {"*", rule.protocol}:
            open_ = _left(open_, rule, other)
    return bool(open_)


def _left(ports: frozenset[int], rule: _Rule, denied: _Rule) -> frozenset[int]:
    """The ports of a rule that an earlier one leaves open. Raises NotKnown where that depends on the destination, or on
    which part of the Internet it is.
    """
    here = denied.targets in (ANYWHERE, rule.targets)
    if here and _denies_all(denied.sources, rule.sources):
        return ports - denied.ports
    if ports <= denied.ports and (here or rule.targets != ANYWHERE):
        raise NotKnown(HALF_DENIED if here else OVERLAP)
    return ports


def _denies_all(denied: frozenset[str], allowed: frozenset[str]) -> bool:
    return bool(denied & ALL) or denied >= ALL_NETWORKS or allowed <= denied


GROUP = listed(
    "azure.network.security-group",
    NATIVE,
    (TAGS, HOMES, Exposure.public.by(_public, *PATHS)),
    kind=Kind.CONFIG,
    unordered=(RULES,),
)
TYPES = (GROUP,)
