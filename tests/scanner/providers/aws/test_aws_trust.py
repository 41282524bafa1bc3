"""Who is let in by name: from the replies of each AWS type that has a way of it."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Grantee, Reason, Trust, Unknown
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.apigateway import DOMAIN as API_DOMAIN
from scanner.providers.aws.apigateway import REST
from scanner.providers.aws.backup import VAULT
from scanner.providers.aws.cloudfront import DISTRIBUTION
from scanner.providers.aws.cloudtrail import STORE
from scanner.providers.aws.clusters import DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT
from scanner.providers.aws.dynamodb import TABLE
from scanner.providers.aws.ebs import SNAPSHOT as DISK_SNAPSHOT
from scanner.providers.aws.ecr import REPOSITORY
from scanner.providers.aws.efs import FILE_SYSTEM
from scanner.providers.aws.fsx import FILE_SYSTEM as FSX
from scanner.providers.aws.functions import FUNCTION
from scanner.providers.aws.gateways import SERVICE
from scanner.providers.aws.images import IMAGE
from scanner.providers.aws.kinesis import STREAM
from scanner.providers.aws.kms import KEY
from scanner.providers.aws.logs import GROUP
from scanner.providers.aws.msk import CLUSTER as KAFKA
from scanner.providers.aws.opensearch import COLLECTION, DOMAIN
from scanner.providers.aws.rds import CLUSTER_SNAPSHOT, SNAPSHOT
from scanner.providers.aws.redshift import CLUSTER as WAREHOUSE
from scanner.providers.aws.redshift import SNAPSHOT as WAREHOUSE_SNAPSHOT
from scanner.providers.aws.redshift_serverless import NAMESPACE
from scanner.providers.aws.redshift_serverless import SNAPSHOT as SERVERLESS_SNAPSHOT
from scanner.providers.aws.s3 import BUCKET
from scanner.providers.aws.secrets import SECRET
from scanner.providers.aws.sns import TOPIC
from scanner.providers.aws.sqs import QUEUE
from scanner.providers.aws.ssm import PARAMETER
from tests.scanner.providers.aws.states import ABSENT, FAILED, REFUSED, UNASKED, told

OWN, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
CANONICAL, OWN_CANONICAL = "b" * 64, "a" * 64


def _policy(*accounts: object, **fields: object) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": "*"}
    return {"Statement": [{**allow, "Principal": {"AWS": each}, **fields} for each in accounts]}


def _found(kind: ResourceType, item: object, replies: dict[str, Any]) -> list[object]:
    """The account of each grantee, or his name where the account is unknown; and the reasons of the gaps."""
    found = told(kind, Trust.grantees, item, replies)
    assert isinstance(found, list), found
    return [_short(each) for each in found]


def _short(each: object) -> object:
    if not isinstance(each, Grantee):
        return each
    return ("?", each.ref) if isinstance(each.account, Unknown) else each.account


BY_POLICY: list[tuple[ResourceType, object, str, tuple[str, ...]]] = [
    (BUCKET, {"Name": "data"}, "policy", ("Policy",)),
    (TABLE, "orders", "policy", ("Policy",)),
    (VAULT, {}, "policy", ("Policy",)),
    (FILE_SYSTEM, {}, "policy", ("Policy",)),
    (QUEUE, "https://sqs.eu-west-2.amazonaws.com/111111111111/work", "attributes", ("Attributes", "Policy")),
    (TOPIC, {}, "attributes", ("Attributes", "Policy")),
    (SECRET, {}, "policy", ("ResourcePolicy",)),
    (STORE, {}, "policy", ("ResourcePolicy",)),
    (STREAM, {}, "policy", ("Policy",)),
    (KEY, {}, "policy", ("Policy",)),
    (REPOSITORY, {"repositoryArn": "arn:aws:ecr:eu-west-2:111111111111:repository/web"}, "policy", ("policyText",)),
    (KAFKA, {}, "policy", ("Policy",)),
    (WAREHOUSE, {"ClusterNamespaceArn": "n", "ClusterIdentifier": "dw"}, "policy", ("ResourcePolicy", "Policy")),
    (NAMESPACE, {"namespaceArn": "n"}, "policy", ("ResourcePolicy", "Policy")),
    (DOMAIN, {"DomainName": "search"}, "domain", ("DomainStatus", "AccessPolicies")),
    (FUNCTION, {}, "policy", ("Policy",)),
]
# What each asks besides, where nobody is let in by it.
NOBODY: dict[str, dict[str, Any]] = {
    BUCKET.name: {"ownership": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}},
    TABLE.name: {"table": {"Table": {}}},
    STREAM.name: {"consumers": {"Consumers": []}},
    KEY.name: {"grants": {"Grants": []}},
    WAREHOUSE.name: {"shares": {"DataShares": []}, "endpoints": {"EndpointAuthorizationList": []}},
    NAMESPACE.name: {"shares": {"DataShares": []}},
    REPOSITORY.name: {"permissions": ABSENT},
    DOMAIN.name: {"endpoints": {"AuthorizedPrincipalList": []}, "inbound": {"Connections": []}},
    FUNCTION.name: {"aliases": {"Aliases": []}, "versions": {"Versions": [{"Version": "$LATEST"}]}},
}
POLICIES = pytest.mark.parametrize(
    ("kind", "item", "source", "at"), BY_POLICY, ids=[each[0].name for each in BY_POLICY]
)


def _at(steps: tuple[str, ...], value: object) -> object:
    for step in reversed(steps):
        value = {step: value}
    return value


@POLICIES
@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (_policy(OTHER, OWN, f"arn:aws:iam::{THIRD}:role/x"), [OTHER, THIRD]),
        (_policy(OWN), []),
        (_policy("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example123"}}), ["o-example123"]),
        (_policy("AROAEXAMPLE0EXAMPLE00"), [("?", "AROAEXAMPLE0EXAMPLE00")]),
        (_policy("${aws:PrincipalArn}", OTHER), [OTHER, Reason.SHAPE]),
        ({"Statement": ["?"]}, [Reason.SHAPE]),
    ],
)
def test_a_policy_lets_others_in(
    kind: ResourceType, item: object, source: str, at: tuple[str, ...], policy: object, found: list[object]
) -> None:
    assert _found(kind, item, {**NOBODY.get(kind.name, {}), source: _at(at, policy)}) == found


@pytest.mark.parametrize(
    ("kind", "item", "source"), [each[:3] for each in BY_POLICY], ids=[each[0].name for each in BY_POLICY]
)
@pytest.mark.parametrize(("reply", "reason"), [(REFUSED, Reason.REFUSED), (FAILED, Reason.FAILED)])
def test_a_policy_that_is_not_told_leaves_it_open(
    kind: ResourceType, item: object, source: str, reply: object, reason: Reason
) -> None:
    assert _found(kind, item, {**NOBODY.get(kind.name, {}), source: reply}) == [reason]


@pytest.mark.parametrize(
    ("kind", "replies"),
    [
        *(
            (kind, {"policy": ABSENT})
            for kind in (BUCKET, TABLE, VAULT, FILE_SYSTEM, STORE, REPOSITORY, KAFKA, FUNCTION, WAREHOUSE, NAMESPACE)
        ),
        (QUEUE, {"attributes": {"Attributes": {}}}),
        (SECRET, {"policy": {}}),
        (STREAM, {"policy": {"Policy": ""}}),
        (STREAM, {"policy": {"Policy": {}}}),
        (DOMAIN, {"domain": {"DomainStatus": {"AccessPolicies": ""}}}),
    ],
    ids=lambda value: value.name if isinstance(value, ResourceType) else None,
)
def test_without_a_policy_nobody_is_let_in(kind: ResourceType, replies: dict[str, Any]) -> None:
    item = next(item for each, item, _, _ in BY_POLICY if each is kind)
    assert _found(kind, item, {**NOBODY.get(kind.name, {}), **replies}) == []


# Beside policies


def _acl(*grantees: dict[str, str]) -> dict[str, Any]:
    own = {"Grantee": {"Type": "CanonicalUser", "ID": OWN_CANONICAL}}
    return {"acl": {"Owner": {"ID": OWN_CANONICAL}, "Grants": [own, *({"Grantee": each} for each in grantees)]}}


def _owned(how: str) -> dict[str, Any]:
    return {"ownership": {"OwnershipControls": {"Rules": [{"ObjectOwnership": how}]}}}


PERSON = {"Type": "CanonicalUser", "ID": CANONICAL}
GROUP_OF_ALL = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        ({**_owned("BucketOwnerEnforced"), **_acl(PERSON)}, []),
        ({**_owned("ObjectWriter"), **_acl(PERSON, PERSON)}, [("?", CANONICAL), Reason.UNDECIDED]),
        ({"ownership": ABSENT, **_acl(PERSON)}, [("?", CANONICAL), Reason.UNDECIDED]),
        ({"ownership": ABSENT, **_acl(GROUP_OF_ALL)}, [Reason.UNDECIDED]),
        ({"ownership": ABSENT, **_acl({"Type": "AmazonCustomerByEmail"})}, [Reason.SHAPE]),
        ({"ownership": ABSENT, "acl": {"Grants": []}}, [Reason.SHAPE]),
        ({"ownership": ABSENT, "acl": REFUSED}, [Reason.REFUSED]),
        ({"ownership": REFUSED, **_acl()}, [Reason.REFUSED]),
        ({**_owned("Somebody"), **_acl()}, [Reason.SHAPE]),
    ],
)
def test_the_acl_of_a_bucket(replies: dict[str, Any], found: list[object]) -> None:
    assert _found(BUCKET, {"Name": "data"}, {"policy": ABSENT, **replies}) == found
    refused = _found(BUCKET, {"Name": "data"}, {"policy": REFUSED, **replies})
    assert sorted(map(str, refused)) == sorted(map(str, [Reason.REFUSED, *found]))


def test_a_bucket_that_leaves_access_to_access_points() -> None:
    policy = _policy("*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWN}})
    replies = {"policy": {"Policy": policy}, **NOBODY[BUCKET.name]}
    assert _found(BUCKET, {"Name": "data"}, replies) == [Reason.NOT_ASKED]


@pytest.mark.parametrize(
    ("table", "stream", "found"),
    [
        ({"Table": {"LatestStreamArn": "a-stream"}}, {"Policy": _policy(THIRD)}, [OTHER, THIRD]),
        ({"Table": {"LatestStreamArn": "a-stream"}}, ABSENT, [OTHER]),
        ({"Table": {"LatestStreamArn": "a-stream"}}, REFUSED, [OTHER, Reason.REFUSED]),
        ({"Table": {}}, UNASKED, [OTHER]),
        (REFUSED, UNASKED, [OTHER, Reason.REFUSED]),
    ],
)
def test_the_stream_of_a_table_has_a_policy_of_its_own(table: object, stream: object, found: list[object]) -> None:
    replies = {"policy": {"Policy": _policy(OTHER)}, "table": table, "stream": stream}
    assert _found(TABLE, "orders", replies) == found


def _apart(name: str, **replies: object) -> list[dict[str, Any]]:
    """Replies that are told apart, by what was taken for the parameter of the name."""
    return [
        {"of": {name: of}, **(reply if isinstance(reply, dict) else {"refused": "x"})} for of, reply in replies.items()
    ]


ONE = {"Consumers": [{"ConsumerARN": "one"}]}
BOTH = {"Consumers": [{"ConsumerARN": "one"}, {"ConsumerARN": "two"}]}


@pytest.mark.parametrize(
    ("consumers", "granted", "found"),
    [
        ({"Consumers": []}, UNASKED, []),
        (ONE, _apart("ResourceARN", one={"body": {"Policy": _policy(THIRD)}}), [THIRD]),
        (ONE, _apart("ResourceARN", one={"body": {"Policy": ""}}), []),
        (ONE, _apart("ResourceARN", one={"absent": "ResourceNotFoundException"}), []),
        (ONE, _apart("ResourceARN", two={"body": {"Policy": _policy(THIRD)}}), [Reason.NOT_ASKED]),
        (BOTH, _apart("ResourceARN", one=REFUSED, two={"body": {"Policy": _policy(THIRD)}}), [THIRD, Reason.REFUSED]),
        (ONE, REFUSED, [Reason.REFUSED]),
        (FAILED, UNASKED, [Reason.FAILED]),
    ],
)
def test_consumers_of_a_stream_have_policies_of_their_own(
    consumers: object, granted: object, found: list[object]
) -> None:
    replies = {"policy": {"Policy": _policy(OTHER)}, "consumers": consumers, "granted": granted}
    assert _found(STREAM, {}, replies) == [OTHER, *found]


@pytest.mark.parametrize(
    ("grants", "found"),
    [
        ({"Grants": [{"GranteePrincipal": f"arn:aws:iam::{OTHER}:role/x"}] * 2}, [OTHER]),
        ({"Grants": [{"GranteePrincipal": f"arn:aws:iam::{OWN}:role/x"}]}, []),
        ({"Grants": [{"GranteePrincipal": "rds.eu-west-2.amazonaws.com"}]}, []),
        ({"Grants": [{"GranteeServicePrincipal": "rds.amazonaws.com"}]}, []),
        ({"Grants": [{"GranteePrincipal": "AWS Internal"}]}, [("?", "AWS Internal")]),
        ({"Grants": [{}]}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_grants_of_a_key(grants: object, found: list[object]) -> None:
    assert _found(KEY, {}, {"policy": {"Policy": _policy(THIRD)}, "grants": grants}) == [THIRD, *found]


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("arn:aws:ecr:eu-west-2:111111111111:repository/*", [THIRD]),
        ("arn:aws:ecr:eu-west-2:111111111111:repository/other", []),
    ],
)
def test_the_policy_of_a_registry(resource: str, found: list[object]) -> None:
    item = {"repositoryArn": "arn:aws:ecr:eu-west-2:111111111111:repository/web"}
    permissions = {"policyText": _policy(THIRD, Resource=resource)}
    assert _found(REPOSITORY, item, {"policy": ABSENT, "permissions": permissions}) == found
    assert _found(REPOSITORY, item, {"policy": ABSENT, "permissions": REFUSED}) == [Reason.REFUSED]
    assert _found(REPOSITORY, item, {"policy": REFUSED, "permissions": permissions}) == [*found, Reason.REFUSED]


LOGS = "arn:aws:logs:eu-west-2:111111111111:log-group:"


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (f"{LOGS}/app", [OTHER]),
        (f"{LOGS}/app:*", [OTHER]),
        (f"{LOGS}/app:log-stream:*", [OTHER]),
        (f"{LOGS}/app:log-stream:one", [OTHER]),
        (f"{LOGS}/a*:log-stream:2026*", [OTHER]),
        (f"{LOGS}/apple:log-stream:one", []),
        (f"{LOGS}*", [OTHER]),
        ("*", [OTHER]),
        (f"{LOGS}/apple:*", []),
    ],
)
def test_the_policies_of_log_groups(resource: str, found: list[object]) -> None:
    item = {"logGroupName": "/app"}
    policies = {"resourcePolicies": [{"policyDocument": _policy(OTHER, Resource=resource)}]}
    none: dict[str, Any] = {"resourcePolicies": []}
    assert _found(GROUP, item, {"own": none, "policies": policies}) == found
    assert _found(GROUP, item, {"own": policies, "policies": none}) == found
    assert _found(GROUP, item, {"own": none, "policies": none}) == []
    assert _found(GROUP, item, {"own": REFUSED, "policies": policies}) == [*found, Reason.REFUSED]
    assert _found(GROUP, item, {"own": policies, "policies": REFUSED}) == [*found, Reason.REFUSED]
    assert _found(GROUP, item, {"own": none, "policies": {"resourcePolicies": [{}]}}) == [Reason.SHAPE]


BY_URL = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
LIVE = {"aliases": {"Aliases": [{"AliasArn": "live"}]}}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [OTHER]),
        ({"policy": {"Policy": _policy("*", Condition=BY_URL)}}, []),
        ({**LIVE, "granted": _apart("FunctionName", live={"body": {"Policy": _policy(THIRD)}})}, [OTHER, THIRD]),
        (
            {**LIVE, "granted": _apart("FunctionName", live={"body": {"Policy": _policy("*", Condition=BY_URL)}})},
            [OTHER],
        ),
        ({**LIVE, "granted": _apart("FunctionName", live={"absent": "ResourceNotFoundException"})}, [OTHER]),
        ({**LIVE, "granted": _apart("FunctionName", live=REFUSED)}, [OTHER, Reason.REFUSED]),
        ({**LIVE, "granted": ABSENT}, [OTHER, Reason.SHAPE]),
        ({"aliases": REFUSED}, [OTHER, Reason.REFUSED]),
        ({"versions": {"Versions": [{"Version": "$LATEST"}, {"Version": "1"}]}}, [OTHER, Reason.NOT_ASKED]),
        ({"versions": REFUSED}, [OTHER, Reason.REFUSED]),
        ({"policy": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_who_may_call_a_function(change: dict[str, Any], found: list[object]) -> None:
    replies = {**NOBODY[FUNCTION.name], "policy": {"Policy": _policy(OTHER)}, **change}
    assert _found(FUNCTION, {}, replies) == found


def _principals(*names: str, kind: str = "AWS_ACCOUNT") -> dict[str, Any]:
    return {"AuthorizedPrincipalList": [{"PrincipalType": kind, "Principal": name} for name in names]}


def _connection(code: object, *, name: str = "search", owner: str = THIRD) -> dict[str, Any]:
    ends = {"LocalDomainInfo": (owner, "theirs"), "RemoteDomainInfo": (OWN, name)}
    sides = {side: {"AWSDomainInformation": {"OwnerId": who, "DomainName": end}} for side, (who, end) in ends.items()}
    return {"Connections": [{**sides, "ConnectionStatus": {"StatusCode": code}}]}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"endpoints": _principals(OTHER, OWN)}, [OTHER]),
        ({"endpoints": _principals("application.opensearchservice.amazonaws.com", kind="AWS_SERVICE")}, []),
        ({"endpoints": _principals(OTHER, kind="?")}, [Reason.SHAPE]),
        ({"endpoints": REFUSED}, [Reason.REFUSED]),
        ({"inbound": _connection("ACTIVE")}, [THIRD]),
        ({"inbound": _connection("ACTIVE", owner=OWN)}, []),
        ({"inbound": _connection("ACTIVE", name="other")}, []),
        ({"inbound": _connection("PENDING_ACCEPTANCE")}, []),
        ({"inbound": _connection("DELETED")}, []),
        ({"inbound": _connection("?")}, [Reason.SHAPE]),
        ({"inbound": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_who_may_reach_a_search_domain_otherwise(change: dict[str, Any], found: list[object]) -> None:
    closed = {"domain": {"DomainStatus": {"AccessPolicies": ""}}}
    assert _found(DOMAIN, {"DomainName": "search"}, {**NOBODY[DOMAIN.name], **closed, **change}) == found


@pytest.mark.parametrize(
    ("tier", "policies", "found"),
    [
        ("Standard", REFUSED, []),
        ("Advanced", {"Policies": []}, []),
        ("Advanced", {"Policies": [{"Policy": _policy(OTHER)}, {"Policy": _policy(THIRD)}]}, [OTHER, THIRD]),
        ("Intelligent-Tiering", {"Policies": [{"Policy": "?"}]}, [Reason.SHAPE]),
        ("Advanced", REFUSED, [Reason.REFUSED]),
        ("Golden", {"Policies": []}, [Reason.SHAPE]),
    ],
)
def test_with_whom_a_parameter_is_shared(tier: str, policies: object, found: list[object]) -> None:
    assert _found(PARAMETER, {"Tier": tier}, {"policies": policies}) == found


# API Gateway writes a policy as the inside of a text.
PLAIN = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{OTHER}"}}}}]}}'
ESCAPED = PLAIN.replace('"', '\\"')


@pytest.mark.parametrize("kind", [REST, API_DOMAIN], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (ESCAPED, [OTHER]),
        (PLAIN, [OTHER]),
        ("\n" + PLAIN.replace("{", "{\n "), [OTHER]),
        (ESCAPED.replace("AWS", "A\\u0057S"), [OTHER]),
        (None, []),
        ("{}", [Reason.SHAPE]),
        ("[]", [Reason.SHAPE]),
        ('{"Statement', [Reason.SHAPE]),
        ("\\", [Reason.SHAPE]),
        ({"Statement": []}, [Reason.SHAPE]),
    ],
)
def test_the_policy_of_an_api(kind: ResourceType, policy: object, found: list[object]) -> None:
    assert _found(kind, {"policy": policy}, {}) == found


def test_the_management_policy_of_a_domain_name() -> None:
    other = PLAIN.replace(OTHER, THIRD)
    assert _found(API_DOMAIN, {"policy": PLAIN, "managementPolicy": other}, {}) == [OTHER, THIRD]
    assert _found(API_DOMAIN, {"policy": "?", "managementPolicy": other}, {}) == [THIRD, Reason.SHAPE]


# Shares


def _permissions(*fields: dict[str, str]) -> dict[str, Any]:
    return {"permissions": {"CreateVolumePermissions": list(fields), "LaunchPermissions": list(fields)}}


UNIT = {"OrganizationalUnitArn": "arn:aws:organizations::333333333333:ou/o-example123/ou-ab12-cdefghij"}
ORGANISATION = {"OrganizationArn": "arn:aws:organizations::333333333333:organization/o-example123"}


@pytest.mark.parametrize("kind", [DISK_SNAPSHOT, IMAGE], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("replies", "found"),
    [
        (_permissions(), []),
        (_permissions({"UserId": OTHER}, {"UserId": OWN}, {"Group": "all"}), [OTHER]),
        ({"permissions": {}}, []),
        ({"permissions": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_with_whom_an_image_or_a_snapshot_is_shared(
    kind: ResourceType, replies: dict[str, Any], found: list[object]
) -> None:
    assert _found(kind, {}, replies) == found


def test_an_image_may_be_shared_with_an_organisation() -> None:
    assert _found(IMAGE, {}, _permissions(ORGANISATION)) == ["o-example123"]
    assert _found(IMAGE, {}, _permissions(UNIT)) == ["o-example123"]


RESTORABLE = [SNAPSHOT, CLUSTER_SNAPSHOT, DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT]


def _restorable(kind: ResourceType, *values: str, name: str = "restore") -> dict[str, Any]:
    what = "DBSnapshotAttributes" if kind is SNAPSHOT else "DBClusterSnapshotAttributes"
    attributes = [{"AttributeName": "other"}, {"AttributeName": name, "AttributeValues": list(values)}]
    return {"attributes": {f"{what}Result": {what: attributes}}}


@pytest.mark.parametrize("kind", RESTORABLE, ids=lambda kind: kind.name)
def test_who_may_restore_a_snapshot_of_a_database(kind: ResourceType) -> None:
    manual, automated = {"SnapshotType": "manual"}, {"SnapshotType": "automated"}
    assert _found(kind, manual, _restorable(kind, OTHER, OWN, "all")) == [OTHER]
    assert _found(kind, manual, _restorable(kind)) == []
    assert _found(kind, manual, _restorable(kind, OTHER, name="odd")) == [Reason.SHAPE]
    assert _found(kind, manual, {"attributes": REFUSED}) == [Reason.REFUSED]
    assert _found(kind, automated, {"attributes": REFUSED}) == []
    assert _found(kind, {}, _restorable(kind, OTHER)) == [Reason.SHAPE]


def test_who_may_restore_a_snapshot_of_a_warehouse() -> None:
    accounts = [{"AccountId": OTHER}, {"AccountId": OWN}, {"AccountId": "amazon-redshift-support"}]
    found = [OTHER, ("?", "amazon-redshift-support")]
    assert _found(WAREHOUSE_SNAPSHOT, {"AccountsWithRestoreAccess": accounts}, {}) == found
    assert _found(WAREHOUSE_SNAPSHOT, {}, {}) == []
    assert _found(WAREHOUSE_SNAPSHOT, {"AccountsWithRestoreAccess": [{}]}, {}) == [Reason.SHAPE]
    item = {"accountsWithRestoreAccess": [OTHER], "accountsWithProvisionedRestoreAccess": [OTHER, THIRD]}
    assert _found(SERVERLESS_SNAPSHOT, item, {}) == [OTHER, THIRD]
    assert _found(SERVERLESS_SNAPSHOT, {"accountsWithRestoreAccess": [OTHER]}, {}) == [Reason.SHAPE]


OWN_SPACE = f"arn:aws:redshift:eu-west-2:{OWN}:namespace:00000000-0000-0000-0000-000000000001"
OWN_SERVERLESS = f"arn:aws:redshift-serverless:eu-west-2:{OWN}:namespace/00000000-0000-0000-0000-000000000001"
THEIR_SPACE = f"arn:aws:redshift:eu-west-2:{OTHER}:namespace:00000000-0000-0000-0000-000000000002"


def _shares(status: object, *consumers: object, producer: str = OWN_SPACE) -> dict[str, Any]:
    associations = [{"ConsumerIdentifier": each, "Status": status} for each in consumers]
    return {"shares": {"DataShares": [{"ProducerArn": producer, "DataShareAssociations": associations}]}}


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        (_shares("ACTIVE", THEIR_SPACE, OWN_SPACE), [OTHER]),
        (_shares("AUTHORIZED", THIRD), [THIRD]),
        (_shares("AVAILABLE", f"DataCatalog/{THIRD}"), [THIRD]),
        (_shares("REJECTED", THIRD), [THIRD]),
        (_shares("ACTIVE", "ADX"), [("?", "ADX")]),
        (_shares("DEAUTHORIZED", THIRD), []),
        (_shares("PENDING_AUTHORIZATION", THIRD), []),
        (_shares("ACTIVE", THIRD, producer=THEIR_SPACE), []),
        (_shares("?", THIRD), [Reason.SHAPE]),
        ({"shares": {"DataShares": [{"ProducerArn": OWN_SPACE}]}}, []),
        ({"shares": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_with_whom_live_data_of_a_warehouse_is_shared(replies: dict[str, Any], found: list[object]) -> None:
    cluster = {"ClusterNamespaceArn": OWN_SPACE, "ClusterIdentifier": "dw"}
    others = {"policy": ABSENT, "endpoints": {"EndpointAuthorizationList": []}}
    assert _found(WAREHOUSE, cluster, {**others, **replies}) == found
    assert _found(NAMESPACE, {"namespaceArn": OWN_SERVERLESS}, {"policy": ABSENT, **replies}) == found


@pytest.mark.parametrize(
    ("endpoints", "found"),
    [
        ({"EndpointAuthorizationList": [{"ClusterIdentifier": "dw", "Grantee": OTHER}]}, [OTHER]),
        ({"EndpointAuthorizationList": [{"ClusterIdentifier": "other", "Grantee": OTHER}]}, []),
        ({"EndpointAuthorizationList": [{"ClusterIdentifier": "dw"}]}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_who_may_make_an_endpoint_to_a_warehouse(endpoints: object, found: list[object]) -> None:
    cluster = {"ClusterNamespaceArn": OWN_SPACE, "ClusterIdentifier": "dw"}
    none = {"policy": ABSENT, "shares": {"DataShares": []}}
    assert _found(WAREHOUSE, cluster, {**none, "endpoints": endpoints}) == found
    assert _found(WAREHOUSE, {"ClusterIdentifier": "dw"}, {**none, "endpoints": endpoints}) == [
        *(each for each in found if not isinstance(each, Reason)),
        Reason.SHAPE,
        *(each for each in found if isinstance(each, Reason)),
    ]


# Networks and edges


def _connections(state: object, **fields: object) -> dict[str, Any]:
    return {"VpcEndpointConnections": [{"ServiceId": "vpce-svc-1", "VpcEndpointState": state, **fields}]}


@pytest.mark.parametrize(
    ("names", "connections", "found"),
    [
        ([], {"VpcEndpointConnections": []}, []),
        ([f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{OWN}:root", "*"], {"VpcEndpointConnections": []}, [OTHER]),
        ([None], {"VpcEndpointConnections": []}, [Reason.SHAPE]),
        (["*"], _connections("available", VpcEndpointOwner=OTHER), [OTHER]),
        (["*"], _connections("Available", VpcEndpointOwner=OWN), []),
        (["*"], _connections("pendingAcceptance", VpcEndpointOwner=OTHER), []),
        (["*"], _connections("rejected", VpcEndpointOwner=OTHER), []),
        (["*"], _connections("available", TransitGatewayAttachmentOwner=OTHER), [OTHER]),
        (["*"], _connections("available", VpcEndpointOwner=OTHER, ServiceId="vpce-svc-2"), []),
        (["*"], _connections("available"), [Reason.SHAPE]),
        (["*"], _connections("?", VpcEndpointOwner=OTHER), [Reason.SHAPE]),
        ([OTHER], REFUSED, [OTHER, Reason.REFUSED]),
    ],
)
def test_who_may_connect_to_an_endpoint_service(names: list[object], connections: object, found: list[object]) -> None:
    permissions = {"AllowedPrincipals": [{"Principal": name} for name in names]}
    replies = {"permissions": permissions, "connections": connections}
    assert _found(SERVICE, {"ServiceId": "vpce-svc-1"}, replies) == found


def test_an_endpoint_service_whose_permissions_are_refused() -> None:
    replies = {"permissions": REFUSED, "connections": _connections("available", VpcEndpointOwner=OTHER)}
    assert _found(SERVICE, {"ServiceId": "vpce-svc-1"}, replies) == [OTHER, Reason.REFUSED]


def _signed(*accounts: str) -> dict[str, Any]:
    return {"TrustedSigners": {"Enabled": True, "Items": list(accounts)}}


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"DefaultCacheBehavior": {}, "CacheBehaviors": {"Quantity": 0}}, []),
        ({"DefaultCacheBehavior": _signed("self", OTHER), "CacheBehaviors": {"Quantity": 0}}, [OTHER]),
        (
            {
                "DefaultCacheBehavior": _signed(OTHER),
                "CacheBehaviors": {"Quantity": 1, "Items": [_signed(OTHER, THIRD, OWN)]},
            },
            [OTHER, THIRD],
        ),
        ({"DefaultCacheBehavior": {}, "CacheBehaviors": {"Quantity": 1}}, [Reason.SHAPE]),
    ],
)
def test_who_may_sign_for_viewers_of_a_distribution(item: object, found: list[object]) -> None:
    assert _found(DISTRIBUTION, item, {}) == found


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("ONTAP", [Reason.NOT_ASKED]),
        ("OPENZFS", [Reason.NOT_ASKED]),
        ("WINDOWS", []),
        ("LUSTRE", []),
        ("?", [Reason.SHAPE]),
    ],
)
def test_volumes_of_a_file_system_may_have_access_points(form: str, found: list[object]) -> None:
    assert _found(FSX, {"FileSystemType": form}, {}) == found


def test_what_is_not_read_is_told() -> None:
    assert _found(COLLECTION, {}, {}) == [Reason.NOT_ASKED]


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_why_nobody_can_be_let_in_is_told(kind: ResourceType) -> None:
    assert len(kind.without.get(Trust, "it is told otherwise")) > 10
