"""From the replies of EC2 to the ends of networks and of peerings, and to what is recorded of a network's traffic."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Connection, FlowLog, Reason
from scanner.providers.aws.vpc import PEERING, VPC
from tests.scanner.providers.aws.states import REFUSED, told


def _peering(status: object, **change: object) -> dict[str, object]:
    requester = {"OwnerId": "111111111111", "VpcId": "vpc-1", "Region": "eu-west-2"}
    accepter = {"OwnerId": "222222222222", "VpcId": "vpc-2", "Region": "eu-west-1", **change}
    return {"Status": {"Code": status}, "RequesterVpcInfo": requester, "AccepterVpcInfo": accepter}


ENDS = [
    ("arn:aws:ec2:eu-west-2:111111111111:vpc/vpc-1", "111111111111"),
    ("arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-2", "222222222222"),
]


@pytest.mark.parametrize(
    ("kind", "item", "ends"),
    [
        (VPC, {"VpcId": "vpc-1", "OwnerId": "111111111111"}, ENDS[:1]),
        (VPC, {"VpcId": "vpc-1"}, [Reason.SHAPE]),
        *((PEERING, _peering(each), ENDS) for each in ("active", "pending-acceptance")),
        *((PEERING, _peering(each), ENDS) for each in ("provisioning", "initiating-request")),
        *((PEERING, _peering(each), []) for each in ("deleted", "deleting", "rejected", "failed", "expired")),
        (PEERING, _peering("active", VpcId=None), [*ENDS[:1], Reason.SHAPE]),
        (PEERING, _peering("odd"), [Reason.SHAPE]),
        (PEERING, {}, [Reason.SHAPE]),
    ],
)
def test_ends_of_a_connection(kind: ResourceType, item: object, ends: object) -> None:
    found = told(kind, Connection.ends, item)
    assert isinstance(found, list)
    assert [(each.ref, each.account) if hasattr(each, "ref") else each for each in found] == ends


def _log(resource: str = "vpc-1", **change: object) -> dict[str, object]:
    good = {"FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "SUCCESS", "TrafficType": "ALL"}
    return {**good, "ResourceId": resource, "LogGroupName": "flows", **change}


HALVES = [_log(TrafficType="ACCEPT"), _log(TrafficType="REJECT")]


@pytest.mark.parametrize(
    ("logs", "recorded"),
    [
        pytest.param([_log()], True, id="all"),
        pytest.param([], False, id="none"),
        pytest.param(HALVES, True, id="both halves"),
        pytest.param(HALVES[:1], False, id="what is let through"),
        pytest.param(HALVES[1:], False, id="what is not let through"),
        pytest.param([_log("vpc-2")], False, id="another network's"),
        pytest.param([_log(DeliverLogsStatus="FAILED")], False, id="not delivered"),
        pytest.param([_log(DeliverLogsStatus=None)], Reason.SHAPE, id="delivery untold"),
        pytest.param([_log(FlowLogStatus="ODD")], Reason.SHAPE, id="an unforeseen status"),
        pytest.param([_log(TrafficType="ODD")], Reason.SHAPE, id="unforeseen traffic"),
        pytest.param([_log(TrafficType="ODD"), _log()], True, id="one is enough"),
        pytest.param([_log("subnet-1")], Reason.UNDECIDED, id="of a subnet"),
        pytest.param([_log("eni-1"), *HALVES[:1]], Reason.UNDECIDED, id="of an interface"),
        pytest.param([_log("subnet-1"), _log()], True, id="of a subnet besides"),
        pytest.param([_log("tgw-1")], False, id="of a gateway"),
        pytest.param([_log(ResourceId=None)], Reason.SHAPE, id="of nothing"),
    ],
)
def test_traffic_is_recorded(logs: list[object], recorded: object) -> None:
    replies = {"flows": {"FlowLogs": logs}, "caller": {"Account": "111111111111"}}
    assert told(VPC, FlowLog.recorded, {"VpcId": "vpc-1", "OwnerId": "111111111111"}, replies) == recorded


@pytest.mark.parametrize(
    ("replies", "recorded"),
    [
        ({"flows": {"FlowLogs": []}, "caller": {"Account": "222222222222"}}, Reason.NOT_ASKED),
        ({"flows": {"FlowLogs": []}, "caller": REFUSED}, Reason.REFUSED),
        ({"flows": REFUSED, "caller": {"Account": "111111111111"}}, Reason.REFUSED),
    ],
)
def test_flow_logs_are_told_to_the_owner_of_a_network(replies: dict[str, object], recorded: object) -> None:
    assert told(VPC, FlowLog.recorded, {"VpcId": "vpc-1", "OwnerId": "111111111111"}, replies) == recorded
