"""AWS KMS: keys. They hold no data, but who has one can read what it encrypts: where it is, and its replicas, count."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Copy,
    CopyKind,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    flag,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, principals
from scanner.providers.aws.common import arn_home, origin, parts

METADATA = "key:/KeyMetadata"
SEVERAL = f"{METADATA}/MultiRegion"
REGIONS = f"{METADATA}/MultiRegionConfiguration"
SERVICE = "GranteeServicePrincipal"
EXTERNAL = Unknown(Reason.UNDECIDED, "its material is in a store outside AWS, whose place KMS does not tell")
ORIGINS: dict[object, bool] = {"AWS_KMS": True, "EXTERNAL": True, "AWS_CLOUDHSM": True, "EXTERNAL_KEY_STORE": False}


def _home(view: View) -> Iterable[str]:
    if not view.at(f"{METADATA}/Origin", ORIGINS):
        raise NotKnown(EXTERNAL)
    yield view.at("item:/KeyArn", arn_home)


def _copies(view: View) -> Iterable[Copy]:
    if view.at(SEVERAL, flag):
        for each in view.each(f"{REGIONS}/ReplicaKeys"):
            # A replica names its primary and all replicas, itself among them.
            arn = each.at("/Arn", text)
            if arn != view.at("item:/KeyArn", text):
                yield Copy(CopyKind.REPLICA, aws(each.at("/Region", text)), arn)


def _origins(view: View) -> Iterable[Origin]:
    if view.at(SEVERAL, flag):
        primary = view.at(f"{REGIONS}/PrimaryKey/Arn", text)
        if primary != view.at("item:/KeyArn", text):
            yield origin(primary)


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/Policy/Statement", policies.statements)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(lambda: policies.grantees(_policy(view), view.where), lambda: _by_grants(view))


def _by_grants(view: View) -> Iterable[Grantee]:
    # A grant to a service of AWS may name it in a field of its own (botocore's model of GrantListEntry).
    grants = [each for each in view.each("grants:/Grants") if not each.at(f"/{SERVICE}", text, missing="")]
    return principals.let_in(dict.fromkeys(each.at("/GranteePrincipal", text) for each in grants), view.where)


def _tags(value: JSON) -> dict[str, str]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return {text(each["TagKey"]): str(each["TagValue"]) for each in value}


KEY = ResourceType(
    "aws.kms.key",
    "AWS::KMS::Key",
    Kind.CONFIG,
    each=Call("kms:ListKeys", "kms.list_keys", items="/Keys"),
    id="{/KeyArn}",
    label="/KeyId",
    ask={
        "key": keys.ask("/KeyArn"),
        "policy": Call(
            "kms:GetKeyPolicy",
            "kms.get_key_policy",
            give={"PolicyName": "default"},
            take={"KeyId": "/KeyArn"},
            decode=("/Policy",),
        ),
        "grants": Call("kms:ListGrants", "kms.list_grants", items="/Grants", take={"KeyId": "/KeyArn"}),
        "tags": Call("kms:ListResourceTags", "kms.list_resource_tags", items="/Tags", take={"KeyId": "/KeyArn"}),
    },
    facts=(
        Location.homes.items(_home, "item:/KeyArn", f"{METADATA}/Origin"),
        Location.copies.items(
            _copies, "item:/KeyArn", SEVERAL, f"{REGIONS}/ReplicaKeys/*/Arn", f"{REGIONS}/ReplicaKeys/*/Region"
        ),
        Lineage.origins.items(_origins, "item:/KeyArn", SEVERAL, f"{REGIONS}/PrimaryKey/Arn"),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *policies.paths("policy:/Policy")),
        Trust.grantees.items(
            _grantees,
            *policies.paths("policy:/Policy"),
            "grants:/Grants/*/GranteePrincipal",
            f"grants:/Grants/*/{SERVICE}",
        ),
        Tagging.tags.at("tags:/Tags", _tags),
    ),
    unordered=("tags:/Tags",),
)

TYPES = (KEY,)
