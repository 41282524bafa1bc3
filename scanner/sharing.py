"""Sharing: which resources are encrypted with the same key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scanner.estate import Resource, evidence_of, value_of
from scanner.facts import Evidence, Known, Reason, Seen, Sharer, State, Unknown
from scanner.facts.encryption import EncryptionAtRest
from scanner.facts.keys import KeyUse
from scanner.facts.membership import Membership

OF_PROVIDER = "provider"
MOST = 20
"""So many others are named as sharing a key, each of another environment or tenant: more would show nothing new."""
_NOT_TOLD = Unknown(Reason.UNDECIDED, "the key is the provider's own, which does not tell what else it encrypts")
_NO_TENANT = Unknown(Reason.UNDECIDED, "the policy names no tag of tenants")
_UNRESOLVED = Unknown(
    Reason.UNDECIDED, "an alias names its key, or it has several, and which these are is not resolved"
)
_AWS_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[0-9]*:(key/[^ ,]+|alias/aws/[^ ,]+)")
_VERSION = re.compile(r"(/keys/[^/]+)/[0-9a-f]{32}$|/cryptokeyversions/[0-9]+$")
_EVERY_REGION = re.compile(r"^(arn:[^:]*:kms:)[^:]*(:[0-9]*:key/mrk-)")


def material(key: str) -> str:
    """What tells two keys apart: not their version, and not the region of an AWS multi-Region key, whose replicas hold
    the same material (docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).
    """
    plain = _VERSION.sub(r"\1", key.casefold().rstrip("/"))
    return _EVERY_REGION.sub(r"\1*\2", plain)


@dataclass(slots=True)
class Keys:
    """Who uses each key: itself, and one of each other environment and tenant. A resource whose key is not known may
    use any: that is told of itself, not of each that it may share with. `resource` gives one of those that were added,
    with its readings named by digests.
    """

    resource: Callable[[str], Resource]
    users: defaultdict[str, dict[tuple[object, object], str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, resource: Resource) -> bool:
        """Take a resource into account, and tell whether it counts: of those that are alike in what counts, the first
        one is named.
        """
        key = _key(resource)
        if isinstance(key, str):
            group = _group(_sharer(resource))
            return self.users[key].setdefault(group, resource.id) == resource.id
        return False

    def share(self, resource: Resource) -> Resource:
        """The resource with those that use its key."""
        state = resource.states.get(EncryptionAtRest.key.key)
        if state is None:
            return resource
        key = _key(resource)
        told: State = _NOT_TOLD if key == OF_PROVIDER else _UNRESOLVED if isinstance(state, Known) else state
        if isinstance(key, str) and key != OF_PROVIDER:
            own = _group(_sharer(resource))
            others = [self.resource(each) for group, each in self.users[key].items() if group != own][:MOST]
            evidence = (each for one in others for each in _evidence(one))
            items = tuple(_sharer(each) for each in (resource, *others))
            told = Known(Seen(items), tuple(dict.fromkeys((*_evidence(resource), *evidence))))
        return replace(resource, states={**resource.states, KeyUse.sharers.key: told})

    def names(self, resource: Resource) -> bool:
        """Whether it is named itself as one that uses a key."""
        key = _key(resource)
        return isinstance(key, str) and key != OF_PROVIDER


def _placed(key: str, resource: Resource) -> str | None:
    """The whole name of a key: AWS takes a bare id or alias for one of the account and region. None for an alias of
    the customer's own, which stands for a key that has another name, and for several keys.
    """
    record = resource.record
    if ", " in key:
        return None
    if record.provider != "aws" or key == OF_PROVIDER:
        return key
    name = key if "/" in key else f"key/{key}"
    here = f"arn:{record.partition}:kms:{record.region}:{record.account}:"
    whole = name if name.startswith("arn:") else here + name
    return whole if _AWS_KEY.fullmatch(whole) else None


def _key(resource: Resource) -> str | None:
    match resource.states.get(EncryptionAtRest.key.key):
        case Known(str(key)) if whole := _placed(key, resource):
            return material(whole)
    return None


def _sharer(resource: Resource) -> Sharer:
    tenant = resource.states.get(Membership.tenant.key)
    return Sharer(resource.id, resource.environments, value_of(tenant) if tenant else _NO_TENANT)


def _group(sharer: Sharer) -> tuple[object, object]:
    return sharer.environments, sharer.tenant


def _evidence(resource: Resource) -> tuple[Evidence, ...]:
    facts = (EncryptionAtRest.key, Membership.environments, Membership.tenant)
    return tuple(each for fact in facts for each in evidence_of(resource.states.get(fact.key)))
