"""From the replies of Lambda, Cognito, transit gateways, endpoint services and WorkSpaces to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Connection,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.cognito import POOL
from scanner.providers.aws.functions import FUNCTION
from scanner.providers.aws.gateways import SERVICE, TRANSIT
from scanner.providers.aws.workspaces import WORKSPACE
from tests.scanner.providers.aws.states import ABSENT, AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

NAME = "arn:aws:lambda:eu-west-2:111111111111:function:sum"
ITEM = {"FunctionArn": NAME, "FunctionName": "sum"}
ANYBODY: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl"}
BY_URL = {**ANYBODY, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}
BY_EVENTS = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction"}


def _by_url_and(key: str, fixed: str) -> dict[str, object]:
    return {**ANYBODY, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE", key: fixed}}}


def _policy(*statements: object) -> dict[str, Any]:
    return {"Policy": {"Statement": list(statements)}}


def _urls(kind: object, name: str = NAME) -> dict[str, Any]:
    return {"FunctionUrlConfigs": [{"FunctionArn": name, "AuthType": kind}]}


NO_URL: dict[str, Any] = {"FunctionUrlConfigs": []}
ALONE: dict[str, Any] = {"aliases": {"Aliases": []}, "versions": {"Versions": [{"Version": "$LATEST"}]}}


@pytest.mark.parametrize(
    ("policy", "urls", "public"),
    [
        (ABSENT, NO_URL, False),
        (_policy(BY_EVENTS), NO_URL, False),
        (_policy(ANYBODY), NO_URL, True),
        (_policy(BY_URL), NO_URL, False),
        (_policy(BY_URL), _urls("AWS_IAM"), False),
        (_policy(BY_URL), _urls("NONE"), True),
        (_policy(BY_EVENTS), _urls("NONE"), False),
        (_policy(_by_url_and("aws:SourceVpc", "vpc-1")), _urls("NONE"), False),
        (_policy(_by_url_and("aws:SourceIp", "192.0.2.0/24")), _urls("NONE"), Reason.UNDECIDED),
        (_policy({**ANYBODY, "Condition": "lambda:FunctionUrlAuthType"}), _urls("NONE"), Reason.UNDECIDED),
        (_policy(BY_URL), _urls("?"), Reason.SHAPE),
        (_policy(BY_URL), REFUSED, Reason.REFUSED),
        (REFUSED, NO_URL, Reason.REFUSED),
        (ABSENT, _urls("NONE", f"{NAME}:live"), Reason.NOT_ASKED),
    ],
)
def test_a_function_is_open_by_its_policy_and_its_url(policy: object, urls: object, public: object) -> None:
    assert told(FUNCTION, Exposure.public, ITEM, {**ALONE, "policy": policy, "urls": urls}) == public


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({"aliases": {"Aliases": [{"AliasArn": f"{NAME}:live"}]}}, Reason.NOT_ASKED),
        ({"aliases": REFUSED}, Reason.REFUSED),
        ({"versions": {"Versions": [{"Version": "$LATEST"}, {"Version": "1"}]}}, Reason.NOT_ASKED),
        ({"versions": REFUSED}, Reason.REFUSED),
        ({"versions": {"Versions": [{}]}}, Reason.SHAPE),
        ({"aliases": REFUSED, "policy": _policy(ANYBODY)}, True),
    ],
)
def test_aliases_and_versions_have_policies_of_their_own(change: dict[str, Any], public: object) -> None:
    assert told(FUNCTION, Exposure.public, ITEM, {"policy": ABSENT, "urls": NO_URL, **ALONE, **change}) == public


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        ({**ITEM, "KMSKeyArn": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({**ITEM, "KMSKeyArn": KEY}, REFUSED, Reason.REFUSED, KEY),
        (ITEM, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED),
        ({**ITEM, "KMSKeyArn": 7}, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_of_a_function(item: object, key: object, owner: object, name: object) -> None:
    assert told(FUNCTION, EncryptionAtRest.state, item) == AtRest.ENCRYPTED
    assert told(FUNCTION, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(FUNCTION, EncryptionAtRest.key, item) == name


def test_a_replica_of_a_function_at_an_edge_comes_from_its_master() -> None:
    master = NAME.replace("eu-west-2", "us-east-1")
    assert refs(FUNCTION, Lineage.origins, {**ITEM, "MasterArn": f"{master}:3"}) == [master]
    assert refs(FUNCTION, Lineage.origins, {**ITEM, "MasterArn": master}) == [master]
    assert refs(FUNCTION, Lineage.origins, ITEM) == []
    assert told(FUNCTION, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(FUNCTION, Tagging.tags, ITEM, {"tags": {"Tags": {"a": "b"}}}) == {"a": "b"}


# Cognito

POOL_ITEM = {"Id": "eu-west-2_x"}
POOL_ARN = "arn:aws:cognito-idp:eu-west-2:111111111111:userpool/eu-west-2_x"


def _pool(**fields: object) -> dict[str, Any]:
    return {"UserPool": {"Arn": POOL_ARN, **fields}}


@pytest.mark.parametrize(
    ("pool", "key", "owner", "name"),
    [
        (_pool(KeyConfiguration={"KeyType": "AWS_OWNED_KEY"}), UNASKED, KeyOwner.PROVIDER, "provider"),
        (
            _pool(KeyConfiguration={"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY}),
            OWN_KEY,
            KeyOwner.CUSTOMER,
            KEY,
        ),
        (_pool(KeyConfiguration={"KeyType": "CUSTOMER_MANAGED_KEY"}), UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (_pool(), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_encryption_of_a_user_pool(pool: object, key: object, owner: object, name: object) -> None:
    replies = {"pool": pool, "key": key}
    assert told(POOL, EncryptionAtRest.state, POOL_ITEM, replies) == AtRest.ENCRYPTED
    assert told(POOL, EncryptionAtRest.algorithms, POOL_ITEM, replies) == Reason.UNDECIDED
    assert told(POOL, EncryptionAtRest.owner, POOL_ITEM, replies) == owner
    assert told(POOL, EncryptionAtRest.key, POOL_ITEM, replies) == name


@pytest.mark.parametrize(
    ("regions", "found"),
    [
        (None, []),
        ([], []),
        (["us-east-1"], [("replica", "aws:us-east-1", POOL_ARN.replace(":eu-west-2:", ":us-east-1:"))]),
        (["eu-west-2"], []),
        ([7], [Reason.SHAPE]),
        ("everywhere", [Reason.SHAPE]),
    ],
)
def test_replicas_of_a_user_pool(regions: object, found: object) -> None:
    assert copies(POOL, Location.copies, {**POOL_ITEM, "ReplicaRegions": regions}) == found
    assert told(POOL, Location.homes, POOL_ITEM, {"pool": _pool()}) == ["aws:eu-west-2"]
    assert told(POOL, Tagging.tags, POOL_ITEM, {"pool": _pool(UserPoolTags={"a": "b"})}) == {"a": "b"}


# Transit gateways and endpoint services

GATEWAY = {"TransitGatewayId": "tgw-1", "OwnerId": "111111111111", "Tags": []}


def _attached(state: object = "available", form: str = "vpc", gateway: str = "tgw-1") -> dict[str, Any]:
    attachment = {
        "TransitGatewayId": gateway,
        "State": state,
        "ResourceType": form,
        "ResourceOwnerId": "222222222222",
        "ResourceId": "vpc-1",
    }
    return {"TransitGatewayAttachments": [attachment]}


@pytest.mark.parametrize(
    ("item", "reply", "ends"),
    [
        (GATEWAY, _attached(), ["arn:aws:ec2:eu-west-2:222222222222:vpc/vpc-1"]),
        (GATEWAY, _attached("pendingAcceptance"), ["arn:aws:ec2:eu-west-2:222222222222:vpc/vpc-1"]),
        (GATEWAY, _attached("deleted"), []),
        (GATEWAY, _attached(gateway="tgw-2"), []),
        (GATEWAY, _attached(form="vpn"), [Reason.UNDECIDED]),
        (GATEWAY, _attached("?"), [Reason.SHAPE]),
        ({**GATEWAY, "OwnerId": "222222222222"}, _attached(gateway="tgw-2"), [Reason.UNDECIDED]),
        (GATEWAY, {}, [Reason.SHAPE]),
        (GATEWAY, REFUSED, [Reason.REFUSED]),
    ],
)
def test_the_ends_of_a_transit_gateway(item: object, reply: object, ends: object) -> None:
    assert refs(TRANSIT, Connection.ends, item, {"attachments": reply}) == ends


@pytest.mark.parametrize(
    ("item", "reply", "public"),
    [
        ({"AcceptanceRequired": False}, {"AllowedPrincipals": [{"Principal": "*"}]}, True),
        ({"AcceptanceRequired": True}, {"AllowedPrincipals": [{"Principal": "*"}]}, False),
        ({"AcceptanceRequired": False}, {"AllowedPrincipals": [{"Principal": "arn:aws:iam::1:root"}]}, False),
        ({"AcceptanceRequired": False}, {"AllowedPrincipals": []}, False),
        ({}, {"AllowedPrincipals": [{"Principal": "*"}]}, Reason.SHAPE),
        ({"AcceptanceRequired": False}, REFUSED, Reason.REFUSED),
    ],
)
def test_an_endpoint_service_lets_everybody_in(item: object, reply: object, public: object) -> None:
    assert told(SERVICE, Exposure.public, item, {"permissions": reply}) == public
    assert told(SERVICE, Location.homes, item) == ["aws:eu-west-2"]


# WorkSpaces


def _desktop(root: object = True, user: object = True, **fields: object) -> dict[str, Any]:
    return {"RootVolumeEncryptionEnabled": root, "UserVolumeEncryptionEnabled": user, **fields}


@pytest.mark.parametrize(
    ("item", "key", "state", "owner"),
    [
        (_desktop(VolumeEncryptionKey=KEY), AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT),
        (_desktop(VolumeEncryptionKey=KEY), REFUSED, AtRest.ENCRYPTED, Reason.REFUSED),
        (_desktop(user=False, VolumeEncryptionKey=KEY), OWN_KEY, AtRest.NONE, Inapplicable),
        (_desktop(root=None), UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_desktop_is_encrypted_where_both_volumes_are(item: object, key: object, state: object, owner: object) -> None:
    assert told(WORKSPACE, EncryptionAtRest.state, item) == state
    assert told(WORKSPACE, EncryptionAtRest.owner, item, {"key": key}) == owner


def test_where_a_desktop_and_its_standby_are() -> None:
    standby = {"Type": "STANDBY", "Region": "us-east-1", "WorkspaceId": "ws-2"}
    arn = "arn:aws:workspaces:us-east-1:111111111111:workspace/ws-2"
    zone = {"subnets": {"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": "eu-west-2a"}]}}
    assert told(WORKSPACE, Location.homes, _desktop(SubnetId="subnet-1"), zone) == ["aws:eu-west-2"]
    assert told(WORKSPACE, Location.homes, _desktop(), zone) == [Reason.SHAPE]
    assert copies(WORKSPACE, Location.copies, _desktop()) == []
    assert copies(WORKSPACE, Location.copies, _desktop(RelatedWorkspaces=[standby])) == [
        ("replica", "aws:us-east-1", arn)
    ]
    assert refs(WORKSPACE, Lineage.origins, _desktop(RelatedWorkspaces=[standby])) == []
    assert refs(WORKSPACE, Lineage.origins, _desktop(RelatedWorkspaces=[{**standby, "Type": "PRIMARY"}])) == [arn]
    assert copies(WORKSPACE, Location.copies, _desktop(RelatedWorkspaces=[{"Type": "STANDBY"}])) == [Reason.SHAPE]
    assert told(WORKSPACE, EncryptionInTransit.plaintext, _desktop()) == Reason.NOT_ASKED
    assert told(WORKSPACE, Tagging.tags, _desktop(), {"tags": {"TagList": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}
