"""Amazon Cognito: user pools."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Tls,
    Trust,
    View,
    pairs,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, arn_home

ENCRYPTED = "docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html"
IN_TRANSIT = "docs.aws.amazon.com/cognito/latest/developerguide/infrastructure-security.html"
FORM, NAMED = "pool:/UserPool/KeyConfiguration/KeyType", "pool:/UserPool/KeyConfiguration/KmsKeyArn"
OWNED: dict[object, bool] = {"AWS_OWNED_KEY": True, "CUSTOMER_MANAGED_KEY": False}


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if view.at(FORM, OWNED) else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return "provider" if view.at(FORM, OWNED) else view.at(NAMED, text)


def _copies(view: View) -> Iterable[Copy]:
    # A pool is listed with its replicas where it has any.
    for each in view.each("item:/ReplicaRegions", missing=True):
        region = each.at("", text)
        if region != view.where.region:
            pool = f"userpool/{view.at('item:/Id', text)}"
            ref = f"arn:{view.where.partition}:cognito-idp:{region}:{view.where.account}:{pool}"
            yield Copy(CopyKind.REPLICA, aws(region), ref)


POOL = ResourceType(
    "aws.cognito.user-pool",
    "AWS::Cognito::UserPool",
    Kind.DATA,
    each=Call("cognito-idp:ListUserPools", "cognito-idp.list_user_pools", items="/UserPools", give={"MaxResults": 60}),
    id="arn:{@partition}:cognito-idp:{@region}:{@account}:userpool/{/Id}",
    label="/Name",
    ask={
        "pool": Call("cognito-idp:DescribeUserPool", "cognito-idp.describe_user_pool", take={"UserPoolId": "/Id"}),
        "key": keys.ask("/UserPool/KeyConfiguration/KmsKeyArn", follows="pool"),
    },
    facts=(
        Location.homes.one("pool:/UserPool/Arn", arn_home),
        Location.copies.items(_copies, "item:/ReplicaRegions", "item:/Id"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen("Cognito does not tell which cipher is used", Reason.UNDECIDED),
        EncryptionAtRest.owner.by(_owner, FORM, keys.MANAGER),
        EncryptionAtRest.key.by(_key, FORM, NAMED),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.unseen("the certificate of a custom domain is not looked up"),
        Lineage.origins.gap("Cognito does not tell what users were imported from"),
        Tagging.tags.at("pool:/UserPool/UserPoolTags", pairs, missing={}),
    ),
    without={
        Backup: "Cognito backs no user pool up",
        Exposure: "users see themselves, and only identities of the account see all of them",
        LogStore: "not a log store",
        Trust: "a user pool has no policy of its own: only identities of its account see its users",
    },
)

TYPES = (POOL,)
