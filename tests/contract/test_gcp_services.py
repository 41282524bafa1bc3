"""An asset of every type of `scanner.providers.gcp.services`: of the form that Google's own models have, and collected
and linked by the real client from the simulated inventory.
"""

from __future__ import annotations

import pytest

from scanner import registry
from scanner.collect.model import Options
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import Inventory, collect
from scanner.demo.gcp import GcpCloud
from scanner.facts import Backup, Copy, CopyKind, Duration, Known, Location, Seen
from scanner.link import Estate, link
from scanner.policy import loads
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.services import TYPES
from scanner.providers.gcp.session import open_session
from tests.contract.gcp_platforms_estate import ORGANIZATION
from tests.contract.gcp_services_estate import ASSETS, estate

pytest.importorskip("googleapiclient", reason="the discovery documents come with google-api-python-client")

from tests.contract.test_gcp_models import faults

POLICY = """\
version: 1
name: services
scope:
  gcp: {parents: [organizations/123456789012]}
promises:
  - {id: places, says: In the EU., check: residency.places, with: {places: [EU]}}
"""


def collected() -> Inventory:
    facts = frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts)
    everything = plan(PROVIDER.types, [Wanted("all", facts, frozenset(kind.name for kind in PROVIDER.types))])
    with GcpCloud(estate()) as cloud:
        session = open_session({"parents": [ORGANIZATION]}, Options(endpoint=cloud.endpoint))
        try:
            return collect(PROVIDER, session, everything, workers=2)
        finally:
            session.close()


def linked() -> Estate:
    kinds = {kind.name: kind for kind in PROVIDER.types}
    facts = frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts)
    policy = loads(POLICY, "services.yaml", checks=registry.checks(), types=set(kinds), providers={"gcp": PROVIDER})
    return link([collected()], kinds, {"gcp": PROVIDER.sweeps}, facts, policy)


def copies(found: Estate, native: str) -> tuple[Copy, ...]:
    (resource,) = [each for each in found.resources if each.id == ASSETS[native][2]]
    state = resource.states[Location.copies.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    return state.value.items


def test_there_is_an_asset_of_every_type() -> None:
    assert set(ASSETS) == {kind.native for kind in TYPES}


@pytest.mark.parametrize("native", ASSETS)
def test_the_data_is_of_googles_own_schema(native: str) -> None:
    document, schema, _, data, _ = ASSETS[native]
    assert list(faults(data, {"$ref": schema}, document, schema)) == []


def test_every_asset_becomes_a_resource_of_its_type() -> None:
    inventory = collected()
    assert inventory.gaps == ()
    present = {record.type for record in inventory.records}
    asks = {call.key for kind in PROVIDER.types if kind.name in present for call in kind.ask.values()}
    assert inventory.calls == {"cloudasset.assets.list": 1 + len(asks)}
    found = {record.id: record for record in inventory.records}
    kinds = {kind.native: kind for kind in TYPES}
    for native, (_, _, name, _, _) in ASSETS.items():
        record = found[name]
        assert (record.type, record.modelled, record.kind) == (kinds[native].name, True, kinds[native].kind)
        assert record.account == "acme-prod"


def test_every_resource_has_a_name() -> None:
    named = {record.type: record.name for record in collected().records}
    assert named["gcp.bigquery.dataset"] == "sales"
    assert named["gcp.bigquery.table"] == "orders"
    assert named["gcp.sql.backup-run"] == "7"
    assert named["gcp.gke.cluster"] == "shop"


def test_copies_are_placed_where_what_holds_them_is() -> None:
    found = linked()
    (database,) = copies(found, "spanner.googleapis.com/Database")
    assert (database.kind, database.place) == (CopyKind.REPLICA, "gcp:europe-west2")
    (archive,) = copies(found, "pubsub.googleapis.com/Subscription")
    assert archive.place == "gcp:europe-west2"
    (sink,) = copies(found, "logging.googleapis.com/LogSink")
    assert (sink.kind, sink.place) == (CopyKind.LOG_SINK, "gcp:europe-west2")
    (second,) = copies(found, "alloydb.googleapis.com/Cluster")
    assert second.place == "gcp:europe-west3"
    (transfer,) = copies(found, "bigquerydatatransfer.googleapis.com/TransferConfig")
    assert copies(found, "bigquery.googleapis.com/Dataset") == (transfer,)
    assert (transfer.place, transfer.ref.rpartition("/")[2]) == ("gcp:europe-west3", "sales_copy")
    (profiles, samples) = copies(found, "dlp.googleapis.com/DiscoveryConfig")
    assert (profiles.place, samples.place) == ("gcp:europe-west2", "gcp:europe-west2")
    (vault,) = copies(found, "netapp.googleapis.com/BackupVault")
    assert (vault.kind, vault.place) == (CopyKind.BACKUP, "gcp:europe-west3")
    for native in ("compute.googleapis.com/BackendBucket", "compute.googleapis.com/BackendService"):
        (edge,) = copies(found, native)
        assert (edge.kind, edge.place) == (CopyKind.CDN, "global")


def test_an_instance_is_where_the_replicas_of_its_configuration_are() -> None:
    native = "spanner.googleapis.com/InstancePartition"
    (partition,) = [each for each in linked().resources if each.id == ASSETS[native][2]]
    state = partition.states[Location.homes.key]
    assert isinstance(state, Known)
    assert state.value == Seen(
        tuple(f"gcp:{each}" for each in ("europe-west2", "europe-west1", "europe-west4", "us-east1"))
    )


def test_what_a_plan_is_applied_to_is_backed_up_by_it() -> None:
    found = linked()
    # There is a management server, and what such a one backs up is not told.
    for native, every, unseen in (("file.googleapis.com/Instance", 4, 1), ("container.googleapis.com/Cluster", 1, 0)):
        (protected,) = [each for each in found.resources if each.id == ASSETS[native][2]]
        state = protected.states[Backup.plans.key]
        assert isinstance(state, Known)
        assert isinstance(state.value, Seen)
        (plan,) = state.value.items
        assert (plan.retention, plan.every, plan.places) == (Duration.of(14), Duration.of(every), ("gcp:europe-west2",))
        assert len(state.value.gaps) == unseen
