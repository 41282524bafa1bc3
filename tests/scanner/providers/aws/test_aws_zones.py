"""A local zone may be in another country than its region: what lies in one is told to lie there."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Location
from scanner.places import place
from scanner.providers.aws.balancers import BALANCER, CLASSIC
from scanner.providers.aws.dax import CLUSTER as DAX
from scanner.providers.aws.dms import INSTANCE as REPLICATOR
from scanner.providers.aws.ebs import SNAPSHOT, VOLUME
from scanner.providers.aws.efs import FILE_SYSTEM
from scanner.providers.aws.elasticache import CLUSTER as CACHE
from scanner.providers.aws.fsx import FILE_SYSTEM as FSX
from scanner.providers.aws.influxdb import CLUSTER as INFLUX_CLUSTER
from scanner.providers.aws.influxdb import INSTANCE as INFLUX
from scanner.providers.aws.mq import BROKER
from scanner.providers.aws.rds import INSTANCE as DATABASE
from scanner.providers.aws.rds import SNAPSHOT as DATABASE_SNAPSHOT
from scanner.providers.aws.redshift import CLUSTER as WAREHOUSE
from scanner.providers.aws.workspaces import WORKSPACE
from tests.scanner.providers.aws.states import told

# Istanbul, of the region in Frankfurt; and a zone that no table has.
ISTANBUL, UNHEARD = "eu-central-1-ist-1a", "eu-central-1-xyz-1a"


def _in(zone: str) -> list[object]:
    named = {"AvailabilityZone": zone}
    balanced = {"LoadBalancerArn": "arn:x", "AvailabilityZones": [{"ZoneName": zone}]}
    listed = {"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": zone}]}
    return [
        pytest.param(VOLUME, named, {}, id="volume"),
        pytest.param(SNAPSHOT, named, {}, id="snapshot"),
        pytest.param(DATABASE, named, {}, id="database"),
        pytest.param(DATABASE_SNAPSHOT, {"SnapshotTarget": "local", "SnapshotAvailabilityZone": zone}, {}, id="kept"),
        pytest.param(BALANCER, balanced, {}, id="balancer"),
        pytest.param(CLASSIC, {"AvailabilityZones": [zone]}, {}, id="classic balancer"),
        pytest.param(REPLICATOR, named, {}, id="replicator"),
        pytest.param(DAX, {"Nodes": [named]}, {}, id="accelerator"),
        pytest.param(CACHE, {"PreferredAvailabilityZone": zone}, {}, id="cache"),
        pytest.param(FILE_SYSTEM, {"AvailabilityZoneName": zone}, {}, id="one zone"),
        pytest.param(WAREHOUSE, named, {}, id="warehouse"),
        pytest.param(INFLUX, {}, {"db": {"availabilityZone": zone}}, id="influx"),
        pytest.param(INFLUX_CLUSTER, {}, {"db": {"vpcSubnetIds": ["subnet-1"]}, "subnets": listed}, id="influx nodes"),
        pytest.param(FSX, {"SubnetIds": ["subnet-1"]}, {"subnets": listed}, id="files"),
        pytest.param(WORKSPACE, {"SubnetId": "subnet-1"}, {"subnets": listed}, id="desktop"),
        pytest.param(BROKER, {}, {"broker": {"SubnetIds": ["subnet-1"]}, "subnets": listed}, id="broker"),
    ]


@pytest.mark.parametrize(("kind", "item", "replies"), _in(ISTANBUL))
def test_what_is_in_a_local_zone_is_in_its_country(
    kind: ResourceType, item: object, replies: dict[str, object]
) -> None:
    assert told(kind, Location.homes, item, replies) == ["aws:eu-central-1-ist-1"]


@pytest.mark.parametrize(("kind", "item", "replies"), _in(UNHEARD))
def test_a_zone_that_nobody_knows_is_not_its_region(
    kind: ResourceType, item: object, replies: dict[str, object]
) -> None:
    assert told(kind, Location.homes, item, replies) == [f"aws:{UNHEARD}"]
    assert place(f"aws:{UNHEARD}") is None


def test_istanbul_is_not_in_germany() -> None:
    found = place("aws:eu-central-1-ist-1")
    assert found is not None
    assert found.countries == ("TR",)
