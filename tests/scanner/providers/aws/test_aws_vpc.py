"""From the replies of EC2 to the ends of networks and of peerings."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Connection, Reason
from scanner.providers.aws.vpc import PEERING, VPC
from tests.scanner.providers.aws.states import told


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
