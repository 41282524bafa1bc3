"""Organisations, credentials that run out, Resource Explorer and AWS Backup, against moto's server and its gate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner.collect.model import EVERYTHING, OTHERS, Account, Call, CallError, CredentialError, Discovery, Gap, Unit
from scanner.collect.plan import Plan
from scanner.collect.runner import collect
from scanner.facts import Cover, Kind, Protection, Reason, Seen, Unknown
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.backup import PLAN
from scanner.providers.aws.explorer import EXPLORED
from scanner.providers.aws.session import AwsSession
from tests.contract.aws_server import Gate, items, opened, scanned, value

ONE, TWO, OWN, REGION = "111111111111", "222222222222", "123456789012", "eu-west-2"
ROLE = "asdeclared-reader"
SCOPE: Mapping[str, object] = {"accounts": [ONE, TWO], "role": ROLE, "regions": [REGION]}
VOLUMES = Call("ec2:DescribeVolumes", "ec2.describe_volumes", items="/Volumes")


def _organisation(gate: Gate, **states: str) -> None:
    """The accounts that the organisation lists: a name is "a" and the account's id."""
    accounts = [{"Id": name[1:], "State": state} for name, state in states.items()]
    gate.answers["AWSOrganizationsV20161128.ListAccounts"] = {"Accounts": accounts}


def _reached(found: Discovery) -> list[str]:
    return [account.id for account in found.accounts]


def _of(found: Discovery, account: str) -> list[Gap]:
    return [gap for gap in found.gaps if gap.account == account and not gap.region]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("SUSPENDED", "the account is suspended"),
        ("PENDING_CLOSURE", "the account is being closed"),
        ("CLOSED", "AWS keeps what it holds for 90 days"),
    ],
)
def test_an_account_that_is_shut_is_a_gap_and_nobody_tries_to_enter_it(
    endpoint: str, gate: Gate, state: str, why: str
) -> None:
    _organisation(gate, **{f"a{ONE}": "ACTIVE", f"a{TWO}": state})
    found = opened(endpoint, {"role": ROLE, "regions": [REGION]}).discover()
    assert _reached(found) == [ONE]
    (gap,) = _of(found, TWO)
    assert why in gap.detail
    assert (gap.reason, gap.types, gap.permission) == (Reason.UNREACHED, (EVERYTHING,), "")
    assert not [request for request in gate.seen if "Action=AssumeRole" in request and TWO in request]


def test_an_account_that_is_not_activated_holds_nothing_and_is_told(endpoint: str, gate: Gate) -> None:
    _organisation(gate, **{f"a{ONE}": "ACTIVE", f"a{TWO}": "PENDING_ACTIVATION"})
    found = opened(endpoint, {"role": ROLE, "regions": [REGION]}).discover()
    assert (_reached(found), _of(found, TWO)) == ([ONE], [])
    assert [limit for limit in found.limits if TWO in limit]


def test_an_organisation_that_tells_no_state_tells_a_status(endpoint: str, gate: Gate) -> None:
    accounts = [{"Id": ONE, "Status": "ACTIVE"}, {"Id": TWO, "Status": "SUSPENDED"}]
    gate.answers["AWSOrganizationsV20161128.ListAccounts"] = {"Accounts": accounts}
    found = opened(endpoint, {"role": ROLE, "regions": [REGION]}).discover()
    assert _reached(found) == [ONE]
    assert "suspended" in _of(found, TWO)[0].detail


@pytest.mark.parametrize(("state", "call"), [("CLOSED", "organizations.list_accounts"), ("ACTIVE", "sts.assume_role")])
def test_why_an_account_of_the_policy_is_missing(endpoint: str, gate: Gate, state: str, call: str) -> None:
    _organisation(gate, **{f"a{TWO}": state})
    gate.refuse = lambda request: "Action=AssumeRole" in request and TWO in request
    found = opened(endpoint, SCOPE).discover()
    assert _reached(found) == [ONE]
    (gap,) = _of(found, TWO)
    assert (gap.call, gap.reason, gap.types) == (call, Reason.UNREACHED, (EVERYTHING,))


def test_an_account_of_the_policy_is_missing_where_the_organisation_tells_nothing(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "ListAccounts" in request or ("Action=AssumeRole" in request and TWO in request)
    (gap,) = _of(opened(endpoint, SCOPE).discover(), TWO)
    assert (gap.call, gap.permission) == ("sts.assume_role", "sts:AssumeRole")


def test_the_organisation_is_not_asked_where_all_accounts_of_the_policy_are_reached(endpoint: str, gate: Gate) -> None:
    assert _reached(opened(endpoint, SCOPE).discover()) == [ONE, TWO]
    assert not [request for request in gate.seen if "ListAccounts" in request]


def test_a_delegated_administrator_reads_its_own_account_without_a_role(endpoint: str, gate: Gate) -> None:
    _organisation(gate, **{f"a{OWN}": "ACTIVE", f"a{ONE}": "ACTIVE"})
    found = opened(endpoint, {"role": ROLE, "external_id": "x-1", "regions": [REGION]}).discover()
    assert _reached(found) == [OWN, ONE]
    assumed = [request for request in gate.seen if "Action=AssumeRole" in request]
    assert len(assumed) == 1
    assert f"{ONE}%3Arole%2F{ROLE}" in assumed[0]
    assert "ExternalId=x-1" in assumed[0]


def test_an_organisation_all_of_which_is_shut_reaches_nothing(endpoint: str, gate: Gate) -> None:
    _organisation(gate, **{f"a{ONE}": "CLOSED"})
    gate.refuse = lambda request: "Action=AssumeRole" in request
    found = opened(endpoint, {"role": ROLE, "regions": [REGION]}).discover()
    assert (_reached(found), len(_of(found, ONE))) == ([OWN], 1)


def test_a_refused_identity_tells_of_partitions(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "GetCallerIdentity" in request
    with pytest.raises(CredentialError, match=r"in eu-west-2: one of China, GovCloud .* scope\.aws\.regions"):
        opened(endpoint, SCOPE).discover()


# Credentials


def _volumes(session: AwsSession, account: str) -> list[object]:
    return list(session.pages(Unit(Account("aws", account), REGION), VOLUMES, {}))


def _later(session: AwsSession, minutes: int) -> None:
    """Move the clock by which the credentials of an account run out."""
    credentials = session.client(ONE, "ec2")._request_signer._credentials
    credentials._time_fetcher = lambda: datetime.now(UTC) + timedelta(minutes=minutes)


def test_a_long_scan_goes_on_with_a_renewed_role(endpoint: str, gate: Gate) -> None:
    session = opened(endpoint, SCOPE)
    session.discover()
    gate.seen.clear()
    gate.keys.clear()
    assert len(_volumes(session, ONE)) == 1
    (before,) = gate.keys
    _later(session, 51)
    gate.keys.clear()
    _volumes(session, ONE)
    assert before not in gate.keys
    assert [request for request in gate.seen if "Action=AssumeRole" in request and ONE in request]


def test_a_role_that_can_no_longer_be_assumed_is_refused(endpoint: str, gate: Gate) -> None:
    session = opened(endpoint, SCOPE)
    session.discover()
    _later(session, 51)
    gate.refuse = lambda request: "Action=AssumeRole" in request
    with pytest.raises(CallError, match=r"sts\.assume_role refused") as caught:
        _volumes(session, ONE)
    assert caught.value.refused


# Resource Explorer

VIEW = f"arn:aws:resource-explorer-2:{REGION}:{OWN}:view/all/1"
ROOT = f"arn:aws:iam::{OWN}:root"
WORK = f"arn:aws:appsync:{REGION}:{OWN}:apis/work"
SHOWN = {
    "Resources": [
        {
            "Arn": WORK,
            "Region": REGION,
            "ResourceType": "appsync:apis",
            "Properties": [{"Name": "tags", "Data": [{"Key": "env", "Value": "prod"}]}],
        },
        {"Arn": f"arn:aws:new:{REGION}:{OWN}:thing/1", "Region": REGION, "CfnResourceType": "AWS::New::Thing"},
        {"Arn": f"arn:aws:new:{REGION}:{OWN}:other/1", "Region": REGION, "CfnResourceType": "<b>"},
        {"Arn": f"arn:aws:iam::{OWN}:role/reader", "Region": "global"},
        {"Arn": "arn:aws:s3:::data", "Region": REGION},
    ]
}


def _index(region: str, kind: str = "LOCAL") -> Mapping[str, str]:
    return {"Region": region, "Type": kind, "Arn": f"arn:aws:resource-explorer-2:{region}:{OWN}:index/1"}


def _explorer(gate: Gate, *indexes: object, scope: str = ROOT, filtered: str = "") -> None:
    gate.answers |= {
        "POST  /ListIndexes?": {"Indexes": list(indexes)},
        "POST  /GetDefaultView?": {"ViewArn": VIEW},
        "POST  /GetView?": {"View": {"ViewArn": VIEW, "Scope": scope, "Filters": {"FilterString": filtered}}},
        "POST  /ListResources?": SHOWN,
    }


def _swept(endpoint: str) -> Any:
    session = opened(endpoint, {"regions": [REGION, "eu-west-1"]})
    return collect(PROVIDER, session, Plan({}, {}), workers=4)


def _explored(endpoint: str) -> tuple[Discovery, list[object]]:
    """What the discovery finds, and the resources that are listed then."""
    session = opened(endpoint, {"regions": [REGION, "eu-west-1"]})
    found = session.discover()
    pages = session.pages(Unit(Account("aws", OWN)), EXPLORED.each, EXPLORED.each.give)
    return found, [item for page in pages if isinstance(page, dict) for item in page["Resources"]]


def _asked(gate: Gate, operation: str) -> list[str]:
    return [request for request in gate.seen if f"/{operation}?" in request]


def test_resource_explorer_shows_what_was_never_tagged(endpoint: str, gate: Gate) -> None:
    _explorer(gate, _index(REGION, "AGGREGATOR"), _index("eu-west-1"))
    found = _swept(endpoint)
    records = {record.id: record for record in found.records}
    assert records[WORK].type == "AWS::AppSync::GraphQLApi"
    assert records[WORK].region == REGION
    assert records[f"arn:aws:new:{REGION}:{OWN}:thing/1"].type == "AWS::New::Thing"
    assert records[f"arn:aws:new:{REGION}:{OWN}:other/1"].type == "aws:new/other"
    assert records[f"arn:aws:new:{REGION}:{OWN}:other/1"].kind is Kind.UNCLASSIFIED
    # What is modelled has a listing of its own.
    assert "arn:aws:s3:::data" not in records
    (gap,) = (gap for gap in found.gaps if gap.call == EXPLORED.each.operation)
    assert (gap.account, gap.reason, gap.types, gap.permission) == (OWN, Reason.INCOMPLETE, (OTHERS,), "")
    assert gap.detail.endswith("in regions with an index (eu-west-1, eu-west-2)")
    (asked,) = _asked(gate, "ListResources")
    assert VIEW in asked
    assert '"MaxResults": 500' in asked


def test_each_region_with_an_index_is_asked_where_none_has_them_all(endpoint: str, gate: Gate) -> None:
    _explorer(gate, _index(REGION), _index("eu-west-1"), _index("us-east-1", "AGGREGATOR"))
    assert len(_explored(endpoint)[1]) == 2 * len(SHOWN["Resources"])
    assert len(_asked(gate, "ListResources")) == 2
    assert len(_asked(gate, "ListIndexes")) == 1


def test_nothing_is_searched_where_there_is_no_index(endpoint: str, gate: Gate) -> None:
    _explorer(gate)
    found, items = _explored(endpoint)
    assert items == []
    assert not [gap for gap in found.gaps if gap.call.startswith("resource-explorer-2")]
    assert not [request for name in ("ListResources", "GetDefaultView", "GetView") for request in _asked(gate, name)]


@pytest.mark.parametrize(
    ("scope", "filtered"), [(ROOT, "service:ec2"), (f"arn:aws:organizations::{OWN}:organization/o-1", "")]
)
def test_a_view_of_less_or_more_than_the_account_is_not_searched(
    endpoint: str, gate: Gate, scope: str, filtered: str
) -> None:
    _explorer(gate, _index(REGION), scope=scope, filtered=filtered)
    found, items = _explored(endpoint)
    assert items == []
    (gap,) = (gap for gap in found.gaps if gap.call.startswith("resource-explorer-2"))
    assert (gap.region, gap.reason, gap.types, gap.permission) == (REGION, Reason.NOT_ASKED, (OTHERS,), "")
    assert not _asked(gate, "ListResources")


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("ListIndexes", "resource-explorer-2:ListIndexes"),
        ("GetDefaultView", "resource-explorer-2:GetDefaultView"),
        ("GetView", "resource-explorer-2:GetView"),
    ],
)
def test_a_refusal_of_resource_explorer_is_a_gap(endpoint: str, gate: Gate, operation: str, permission: str) -> None:
    _explorer(gate, _index(REGION))
    gate.refuse = lambda request: f"/{operation}?" in request
    gaps = [gap for gap in _explored(endpoint)[0].gaps if gap.reason is Reason.REFUSED]
    assert [(gap.permission, gap.types) for gap in gaps] == [(permission, (OTHERS,))]


def test_a_resource_that_the_tagging_api_shows_too_is_there_once(endpoint: str, gate: Gate) -> None:
    _explorer(gate, _index(REGION))
    tagged = {"ResourceTagMappingList": [{"ResourceARN": WORK, "Tags": []}]}
    gate.answers["ResourceGroupsTaggingAPI_20170126.GetResources"] = tagged
    (record,) = (record for record in _swept(endpoint).records if record.id == WORK)
    assert record.replies["item"].call == "resourcegroupstaggingapi.get_resources"


def test_a_refused_search_is_a_gap_of_the_listing(endpoint: str, gate: Gate) -> None:
    _explorer(gate, _index(REGION))
    gate.refuse = lambda request: "/ListResources?" in request
    with pytest.raises(CallError, match=r"resource-explorer-2\.list_resources refused"):
        _explored(endpoint)
    assert EXPLORED.each.permission == "resource-explorer-2:Search"


# AWS Backup


def _backed_up(gate: Gate, selections: Mapping[str, object]) -> None:
    """A plan as moto has it not: with its selections, and the settings of the region."""
    plan = {"BackupPlanId": "p-1", "BackupPlanArn": f"arn:aws:backup:{REGION}:{OWN}:backup-plan:p-1"}
    rule = {"TargetBackupVaultName": "main", "Lifecycle": {"DeleteAfterDays": 35}}
    listed = [{"BackupPlanId": "p-1", "SelectionId": name} for name in selections]
    gate.answers |= {
        **{
            f"GET  /backup/plans/p-1/selections/{name}?": {"BackupSelection": each} for name, each in selections.items()
        },
        "GET  /backup/plans/p-1/selections/?": {"BackupSelectionsList": listed},
        "GET  /backup/plans/p-1/?": {**plan, "BackupPlan": {"Rules": [rule]}},
        "GET  /backup/plans/?": {"BackupPlansList": [plan]},
        "GET  /account-settings?": {"ResourceTypeOptInPreference": {"DynamoDB": True, "EBS": False}},
        "GET  /tags/": {"Tags": {}},
    }


def _kept(cover: Cover) -> str:
    """How long its plan keeps; a cover of types whose service the settings do not tell is undecided."""
    return str(cover.plan.reason if isinstance(cover.plan, Unknown) else cover.plan.retention)


def test_the_selections_of_a_plan_are_read_and_told_as_what_it_covers(endpoint: str, gate: Gate) -> None:
    orders = f"arn:aws:dynamodb:{REGION}:{OWN}:table/orders"
    _backed_up(gate, {"s-1": {"Resources": [orders]}, "s-2": {"Resources": ["arn:aws:ec2:*:*:volume/*"]}})
    found = scanned(endpoint, {"regions": [REGION]}, [PLAN])
    (record,) = (record for record in found.records if record.type == PLAN.name)
    covers = items(record, Protection.covers)
    assert [(cover.refs, _kept(cover)) for cover in covers if isinstance(cover, Cover)] == [
        ((orders,), "35 days"),
        ((orders,), "undecided"),
        (("arn:aws:ec2:*:*:volume/*",), "35 days"),
        (("arn:aws:ec2:*:*:volume/*",), "undecided"),
    ]
    asked = [request.partition("?")[0] for request in gate.seen if "/selections/" in request]
    assert sorted(asked) == [f"GET  /backup/plans/p-1/selections/{name}" for name in ("", "s-1", "s-2")]
    gate.refuse = lambda request: "/selections/s-2?" in request
    (record,) = (each for each in scanned(endpoint, {"regions": [REGION]}, [PLAN]).records if each.type == PLAN.name)
    told = value(record, Protection.covers)
    assert isinstance(told, Seen)
    assert {cover.refs for cover in told.items if isinstance(cover, Cover)} == {(orders,)}
    assert [gap.reason for gap in told.gaps] == [Reason.REFUSED]
