"""Organization policies, as Cloud Asset Inventory lists them in the form of `google.cloud.orgpolicy.v1.Policy`
(https://cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy).

The constraints that are read here allow everything where no policy is set. What a condition on tags excepts from a
policy is not in this form. Whether a policy has one is told by `google.cloud.orgpolicy.v2.Policy`, which the inventory
lists as assets; what it decides is then not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanner.facts import EncryptionInTransit, Node, NotKnown, Reason, Tls, Unknown, View, always, flag, text, texts
from scanner.providers.gcp.assets import ANCESTRY, ORG_POLICIES, ancestry

PREVENTION = "constraints/storage.publicAccessPrevention"
HTTPS = "constraints/storage.secureHttpTransport"
VERSIONS = "constraints/gcp.restrictTLSVersion"
POLICIES = "orgpolicy:/assets"
PARENT, NAMED = "/resource/parent", "/resource/data/name"
RULES, CONDITION = "/resource/data/spec/rules", "/condition/expression"
EACH = f"{POLICIES}/*/orgPolicy/*"
PATHS = (
    *ANCESTRY,
    f"{POLICIES}/*/name",
    *(f"{EACH}/{path}" for path in ("constraint", "restoreDefault", "booleanPolicy/enforced")),
    *(f"{EACH}/listPolicy/{path}" for path in ("allValues", "allowedValues", "deniedValues", "inheritFromParent")),
    *(f"rules:/assets/*{path}" for path in (PARENT, NAMED, f"{RULES}/*{CONDITION}")),
)
ALL = "*"
ALL_VALUES = frozenset({ALL})
FRONT_END = Unknown(
    Reason.UNDECIDED, "no policy here forbids old versions of TLS; which Google's front end takes varies"
)


def set_for(view: View, constraint: str) -> Iterator[Node]:
    """The policies of a constraint that are set for an asset, the closest first. Raises NotKnown once there may be one
    that was not listed.
    """
    policies = {each.at("/name", text): each for each in view.each(POLICIES)}
    conditional = frozenset(_conditional(view, constraint))
    for name, listed in ancestry(view):
        if not listed:
            why = f"the organization policies of {name.rpartition('.com/')[2]}, which hold here too, were not listed"
            raise NotKnown(Unknown(Reason.NOT_ASKED, why, ORG_POLICIES.operation, ORG_POLICIES.permission))
        if name in conditional:
            raise NotKnown(Unknown(Reason.UNDECIDED, f"{constraint} is set under conditions, which are not judged"))
        if asset := policies.get(name):
            own = asset.each("/orgPolicy", missing=True)
            yield from (each for each in own if each.at("/constraint", text) == constraint)


def _conditional(view: View, constraint: str) -> Iterator[str]:
    """The assets at which a rule of a constraint is set under a condition."""
    name = f"/policies/{constraint.removeprefix('constraints/')}"
    for policy in view.each("rules:/assets"):
        rules = policy.each(RULES, missing=True) if policy.at(NAMED, text).endswith(name) else ()
        if any(rule.at(CONDITION, text, missing="") for rule in rules):
            yield policy.at(PARENT, text)


def enforced(view: View, constraint: str) -> bool:
    """Whether a boolean constraint is enforced for an asset: the closest policy decides."""
    for policy in set_for(view, constraint):
        return not _restored(policy) and _told(policy, "booleanPolicy") and _enforced(policy)
    return False


def _restored(policy: Node) -> bool:
    return policy.at("/restoreDefault", always(True), missing=False)


def _told(policy: Node, form: str) -> bool:
    """Raises NotKnown for a policy of another form."""
    return policy.at(f"/{form}", always(True))


def _enforced(policy: Node) -> bool:
    """JSON leaves out what is false."""
    return policy.at("/booleanPolicy/enforced", flag, missing=False)


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a list constraint allows and denies to an asset. ALL is every value; a value that is denied is
    denied even where it is allowed, and where none is allowed by name, all are that are not denied.
    """

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    def __or__(self, other: Values) -> Values:
        return Values(self.allowed | other.allowed, self.denied | other.denied)


def values(view: View, constraint: str) -> Values:
    """Those of the closest policy, and of the next one above where that inherits. What restores the default allows
    all, as far as something inherits it.
    """
    found = Values()
    for policy in set_for(view, constraint):
        if _restored(policy):
            return found | Values(allowed=ALL_VALUES)
        own = _values(policy)
        found |= own
        if policy.at("/listPolicy/inheritFromParent", flag, missing=False):
            continue
        if own == Values():
            raise NotKnown(Unknown(Reason.SHAPE, f"a policy of {constraint} neither allows nor denies"))
        return found
    # With nothing above that sets one, the default is inherited.
    return found | Values(allowed=ALL_VALUES)


def _values(policy: Node) -> Values:
    """What one policy allows and denies. "is:" before a value changes nothing."""
    _told(policy, "listPolicy")
    allowed, denied = (policy.at(f"/listPolicy/{each}Values", texts, missing=()) for each in ("allowed", "denied"))
    every = policy.at("/listPolicy/allValues", EVERY, missing=Values())
    return every | Values(*(frozenset(value.removeprefix("is:") for value in each) for each in (allowed, denied)))


def prevented(view: View) -> bool | Unknown:
    """Whether access by the public is forbidden to all buckets here."""
    try:
        return enforced(view, PREVENTION)
    except NotKnown as error:
        return error.unknown


def lowest_tls(view: View) -> Tls:
    """The versions that Google's own names may be denied, whatever a client asks for
    (https://cloud.google.com/assured-workloads/docs/restrict-tls-versions).
    """
    denied = values(view, VERSIONS).denied
    if {"TLS_VERSION_1", "TLS_VERSION_1_1"} <= denied:
        return Tls.V1_2
    if "TLS_VERSION_1" in denied:
        return Tls.V1_1
    raise NotKnown(FRONT_END)


EVERY: Mapping[object, Values] = {
    "ALL_VALUES_UNSPECIFIED": Values(),
    "ALLOW": Values(allowed=ALL_VALUES),
    "DENY": Values(denied=ALL_VALUES),
}
PLAINTEXT = EncryptionInTransit.plaintext.by(lambda view: not enforced(view, HTTPS), *PATHS)
LOWEST_TLS = EncryptionInTransit.minimum_tls.by(lowest_tls, *PATHS)
