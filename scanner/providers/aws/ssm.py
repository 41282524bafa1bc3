"""AWS Systems Manager: parameters of the Parameter Store."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import MANAGERS, arn_home

IN_TRANSIT = "docs.aws.amazon.com/systems-manager/latest/userguide/data-protection.html"
SECURE: dict[object, bool] = {"SecureString": True, "String": False, "StringList": False}
# Only parameters of the advanced tier can be shared
# (docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html).
SHAREABLE: dict[object, bool] = {"Standard": False, "Advanced": True, "Intelligent-Tiering": True}
PLAIN = Unknown(Reason.UNDECIDED, "the vendor does not tell how the value of a String or StringList is encrypted")
TYPE = "item:/Type"
POLICIES = ("item:/Tier", *policies.paths("policies:/Policies/*/Policy"))


def _secure(view: View) -> None:
    if not view.at(TYPE, SECURE):
        raise NotKnown(PLAIN)


def _state(view: View) -> AtRest:
    _secure(view)
    return AtRest.ENCRYPTED


def _algorithms(view: View) -> frozenset[str]:
    # By KMS or the Encryption SDK (docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
    _secure(view)
    return frozenset({"AES-256"})


def _owner(view: View) -> KeyOwner:
    _secure(view)
    return view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    _secure(view)
    return view.at("item:/KeyId", text)


def _policies(view: View) -> Iterable[list[policies.Statement]]:
    """Its own policies, and those that AWS RAM writes where it is shared."""
    if view.at("item:/Tier", SHAREABLE):
        yield from (each.at("/Policy/Statement", policies.statements) for each in view.each("policies:/Policies"))


def _public(view: View) -> bool:
    return any(policies.lets_everybody(each) for each in _policies(view))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    for each in _policies(view):
        yield from policies.grantees(each, view.where)


PARAMETER = ResourceType(
    "aws.ssm.parameter",
    "AWS::SSM::Parameter",
    Kind.DATA,
    each=Call("ssm:DescribeParameters", "ssm.describe_parameters", items="/Parameters", give={"MaxResults": 50}),
    id="{/ARN}",
    label="/Name",
    ask={
        "key": keys.ask("/KeyId"),
        "policies": Call(
            "ssm:GetResourcePolicies",
            "ssm.get_resource_policies",
            items="/Policies",
            take={"ResourceArn": "/ARN"},
            decode=("/Policies/*/Policy",),
        ),
        "tags": Call(
            "ssm:ListTagsForResource",
            "ssm.list_tags_for_resource",
            give={"ResourceType": "Parameter"},
            take={"ResourceId": "/Name"},
        ),
    },
    facts=(
        Location.homes.one("item:/ARN", arn_home),
        Location.copies.none("the Parameter Store replicates nothing"),
        EncryptionAtRest.state.by(_state, TYPE),
        EncryptionAtRest.algorithms.by(_algorithms, TYPE),
        EncryptionAtRest.owner.by(_owner, TYPE, keys.MANAGER),
        EncryptionAtRest.key.by(_key, TYPE, "item:/KeyId"),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.by(_public, *POLICIES),
        Trust.grantees.items(_grantees, *POLICIES),
        Tagging.tags.at("tags:/TagList", key_values, missing={}),
    ),
    without={
        Backup: "the Parameter Store keeps versions of a parameter and backs none up",
        Lineage: "a parameter is written, not copied from another",
        LogStore: "not a log store",
    },
    unordered=("tags:/TagList",),
)

TYPES = (PARAMETER,)
