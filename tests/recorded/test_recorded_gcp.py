"""Real assets of Google Cloud through the whole flow: each is one resource, whether its type is modelled or not.

From the tests of Google's policy library and of its converter of Terraform plans, and from recorded replies of the
services.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest

from scanner.facts import Exposure, Known, Seen, Trust, Unknown
from scanner.providers.gcp import PROVIDER
from tests.recorded.convert import RECORDED
from tests.recorded.flow import Outcome

Outcomes = Mapping[str, Outcome]
SOURCES = ("policy-library", "tgc", "flights")

# How many assets of each type each source holds, in the order of SOURCES, as counted in the files.
LISTED = {
    "accesscontextmanager.googleapis.com/accesspolicy": (0, 1, 0),
    "aiplatform.googleapis.com/batchpredictionjob": (0, 0, 21),
    "aiplatform.googleapis.com/customjob": (0, 0, 1),
    "aiplatform.googleapis.com/dataset": (0, 1, 2),
    "aiplatform.googleapis.com/endpoint": (0, 0, 7),
    "aiplatform.googleapis.com/hyperparametertuningjob": (0, 0, 3),
    "aiplatform.googleapis.com/modeldeploymentmonitoringjob": (0, 0, 9),
    "appengine.googleapis.com/version": (0, 1, 0),
    "artifactregistry.googleapis.com/repository": (0, 0, 2),
    "bigquery.googleapis.com/dataset": (0, 5, 2),
    "bigquery.googleapis.com/table": (0, 0, 1),
    "cloudfunctions.googleapis.com/cloudfunction": (0, 1, 2),
    "cloudkms.googleapis.com/cryptokey": (0, 2, 15),
    "cloudkms.googleapis.com/cryptokeyversion": (0, 1, 2),
    "cloudkms.googleapis.com/keyring": (0, 3, 11),
    "cloudresourcemanager.googleapis.com/folder": (0, 3, 1),
    "cloudresourcemanager.googleapis.com/organization": (0, 1, 0),
    "cloudresourcemanager.googleapis.com/project": (0, 0, 2),
    "compute.googleapis.com/address": (0, 1, 8),
    "compute.googleapis.com/autoscaler": (0, 0, 5),
    "compute.googleapis.com/backendbucket": (0, 0, 5),
    "compute.googleapis.com/backendservice": (0, 0, 1),
    "compute.googleapis.com/commitment": (0, 0, 1),
    "compute.googleapis.com/disk": (4, 1, 8),
    "compute.googleapis.com/firewall": (2, 1, 18),
    "compute.googleapis.com/forwardingrule": (2, 6, 1),
    "compute.googleapis.com/globaladdress": (0, 1, 0),
    "compute.googleapis.com/globalforwardingrule": (0, 1, 0),
    "compute.googleapis.com/healthcheck": (0, 0, 2),
    "compute.googleapis.com/httpshealthcheck": (0, 0, 1),
    "compute.googleapis.com/image": (0, 0, 1),
    "compute.googleapis.com/instance": (21, 3, 10),
    "compute.googleapis.com/network": (0, 4, 4),
    "compute.googleapis.com/regionbackendservice": (0, 2, 0),
    "compute.googleapis.com/route": (0, 1, 1),
    "compute.googleapis.com/router": (0, 1, 2),
    "compute.googleapis.com/securitypolicy": (0, 0, 1),
    "compute.googleapis.com/sslcertificate": (0, 1, 2),
    "compute.googleapis.com/sslpolicy": (0, 1, 4),
    "compute.googleapis.com/subnetwork": (0, 0, 20),
    "compute.googleapis.com/targethttpproxy": (0, 0, 2),
    "compute.googleapis.com/targethttpsproxy": (0, 1, 0),
    "compute.googleapis.com/targetpool": (0, 1, 1),
    "compute.googleapis.com/vpntunnel": (0, 1, 0),
    "container.googleapis.com/cluster": (36, 2, 3),
    "container.googleapis.com/nodepool": (0, 1, 0),
    "dataproc.googleapis.com/autoscalingpolicy": (0, 1, 0),
    "dataproc.googleapis.com/cluster": (0, 2, 1),
    "dataproc.googleapis.com/job": (1, 0, 0),
    "datastream.googleapis.com/connectionprofile": (0, 5, 0),
    "datastream.googleapis.com/stream": (0, 2, 0),
    "dns.googleapis.com/managedzone": (1, 1, 5),
    "dns.googleapis.com/policy": (0, 0, 1),
    "file.googleapis.com/instance": (0, 1, 0),
    "firestore.googleapis.com/backupschedule": (0, 0, 2),
    "firestore.googleapis.com/database": (0, 0, 8),
    "gkehub.googleapis.com/feature": (0, 1, 0),
    "gkehub.googleapis.com/membership": (0, 1, 0),
    "google.bigtable.instance": (1, 0, 0),
    "iam.googleapis.com/role": (2, 0, 1),
    "iam.googleapis.com/serviceaccount": (0, 1, 6),
    "iam.googleapis.com/serviceaccountkey": (5, 0, 0),
    "iam.googleapis.com/workloadidentitypoolprovider": (0, 2, 0),
    "logging.googleapis.com/logbucket": (0, 4, 0),
    "logging.googleapis.com/logmetric": (0, 0, 3),
    "logging.googleapis.com/logsink": (0, 3, 7),
    "logging.googleapis.com/metric": (0, 1, 0),
    "monitoring.googleapis.com/notificationchannel": (0, 1, 0),
    "notebooks.googleapis.com/instance": (0, 0, 2),
    "pubsub.googleapis.com/subscription": (0, 3, 1),
    "pubsub.googleapis.com/topic": (0, 1, 3),
    "pubsublite.googleapis.com/subscription": (0, 1, 0),
    "redis.googleapis.com/cluster": (0, 0, 2),
    "redis.googleapis.com/instance": (0, 0, 1),
    "run.googleapis.com/service": (0, 3, 3),
    "secretmanager.googleapis.com/secret": (0, 0, 4),
    "spanner.googleapis.com/backup": (0, 0, 2),
    "spanner.googleapis.com/database": (0, 0, 2),
    "spanner.googleapis.com/instance": (0, 1, 8),
    "sqladmin.googleapis.com/database": (0, 2, 0),
    "sqladmin.googleapis.com/instance": (4, 3, 4),
    "storage.googleapis.com/bucket": (4, 2, 4),
    "vmwareengine.googleapis.com/cluster": (0, 1, 0),
    "vmwareengine.googleapis.com/externaladdress": (0, 1, 0),
    "vpcaccess.googleapis.com/connector": (0, 2, 0),
}
# Flights of what the inventory does not list, of what the recording names only in part, and of an error.
NOTHING = {
    "api-key-delete",
    "api-key-list",
    "api-key-patch",
    "app-engine-service-get",
    "app-engine-service-query",
    "bq-job-get",
    "bq-job-query",
    "dm-deployment-delete",
    "dm-deployment-get",
    "dns-policy-get",
    "filter-metrics-resource-name",
    "filter-metrics-with-metric-key-as-instance-id",
    "ml-jobs-query-get",
    "ml-models-query-get",
    "sourcerepo-query",
    "sql-api-disabled",
    "vertexai-evaluation-run-multi-location",
}


def by_source(outcomes: Outcomes) -> Mapping[str, list[Outcome]]:
    found = defaultdict(list)
    for name, outcome in outcomes.items():
        cloud, _, rest = name.partition("/")
        found[rest.partition("/")[0] if cloud == "gcp" else ""].append(outcome)
    return found


def test_every_file_and_flight_is_replayed(outcomes: Outcomes) -> None:
    names = [name for name in outcomes if name.startswith("gcp/")]
    assert {source: len(by_source(outcomes)[source]) for source in SOURCES} == {
        "policy-library": len(list((RECORDED / "cai" / "policy-library").rglob("*.json"))),
        "tgc": len(list((RECORDED / "cai" / "tgc").glob("*.json"))),
        "flights": len(list((RECORDED / "gcp" / "flights").iterdir())) - len(NOTHING),
    }
    flown = {name.rpartition("/")[2] for name in names if "/flights/" in name}
    assert {path.name for path in (RECORDED / "gcp" / "flights").iterdir()} - flown == NOTHING


def test_every_asset_is_one_resource_of_its_type(outcomes: Outcomes) -> None:
    native = {kind.name: kind.native for kind in PROVIDER.types}
    totals: dict[str, list[int]] = {}
    for number, source in enumerate(SOURCES):
        for outcome in by_source(outcomes)[source]:
            found = Counter(native.get(each.type, each.type).lower() for each in outcome.inventory.records)
            assert found == outcome.flight.listed, outcome.flight.name
            for kind, count in found.items():
                totals.setdefault(kind, [0] * len(SOURCES))[number] += count
    assert {kind: tuple(counts) for kind, counts in sorted(totals.items())} == LISTED


def test_each_type_has_its_class(outcomes: Outcomes) -> None:
    modelled = {kind.name: kind.kind for kind in PROVIDER.types}
    records = (each for source in SOURCES for found in by_source(outcomes)[source] for each in found.inventory.records)
    for record in records:
        assert record.kind is modelled.get(record.type, PROVIDER.kind(record.type))


JANE = ("user:jane@example.com", "example.com")


@pytest.mark.parametrize(
    ("name", "ending", "grantees", "gaps"),
    [
        ("compute_instance_iam", "/example_instance", (JANE,), 0),
        ("example_cloud_run_service_iam_member", "/cloudrun-srv", (JANE,), 0),
        ("example_organization_iam_policy", "/organizations/123456789", (JANE,), 0),
        ("example_pubsub_subscription_iam_member", "/example-subscription", (JANE,), 0),
        ("example_bigquery_dataset_iam_member", "/test_dataset", (), 0),  # allAuthenticatedUsers is everybody
        ("example_bigquery_dataset_iam_policy_empty_policy_data", "/example_dataset", (), 0),  # "bindings": null
        ("logging_organization_sink", "/my_dataset", (), 1),  # a member that is ""
        ("example_folder_organization_policy", "/folders/{{.FolderID}}", (), 1),  # no policy was exported
    ],
)
def test_grantees_are_those_of_the_exported_policy(
    name: str, ending: str, grantees: tuple[tuple[str, str], ...], gaps: int, outcomes: Outcomes
) -> None:
    state = outcomes[f"gcp/tgc/{name}"].resource(ending).states[Trust.grantees.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    assert tuple((each.ref, each.account) for each in state.value.items) == grantees
    assert len(state.value.gaps) == gaps


def test_a_policy_for_everybody_is_never_read_as_private(outcomes: Outcomes) -> None:
    dataset = outcomes["gcp/tgc/example_bigquery_dataset_iam_member"].resource("/test_dataset")
    state = dataset.states[Exposure.public.key]
    assert isinstance(state, Unknown) or (isinstance(state, Known) and state.value is True)
