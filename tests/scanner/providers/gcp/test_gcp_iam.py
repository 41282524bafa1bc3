"""IAM policies: who is everybody, who comes from outside, who owns, and what is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AuditTrail,
    Defaults,
    Exposure,
    FlowLog,
    Grantee,
    Identity,
    Known,
    LogStore,
    Reason,
    Trust,
    Unknown,
)
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.iam import PUBLIC, TRUST
from tests.scanner.providers.gcp.policies import ABOVE, ORGANIZATION, PROJECT, binding, policy
from tests.scanner.providers.gcp.states import NAMES, Data, inapplicable, reason, state, value

TOPIC = "gcp.pubsub.topic"
ASSET = "//pubsub.googleapis.com/projects/acme-prod/topics/orders"
GAP = "the IAM policy of organizations/123456789012, which holds here too, was not listed"
Policies = tuple[Data, ...]


def told(fact: Any, policies: Policies | None, kind: str = TOPIC) -> Any:
    found = state(kind, fact, {}, NAMES.get(kind, ASSET), policies=policies)
    return found.value if isinstance(found, Known) else found


@pytest.mark.parametrize(
    ("policies", "public"),
    [
        (ABOVE, False),
        ((policy(ASSET, binding("roles/pubsub.viewer", "allUsers")), *ABOVE), True),
        ((policy(ASSET, binding("roles/pubsub.viewer", "user:jane@example.com", "allAuthenticatedUsers")),), True),
        ((policy(PROJECT, binding("roles/viewer", "allUsers")),), True),
        ((policy(ORGANIZATION, binding("roles/viewer", "allUsers")),), True),
        ((policy(ASSET, binding("roles/pubsub.viewer")), *ABOVE), False),
        ((policy(ASSET), *ABOVE), False),
    ],
)
def test_everybody(policies: Policies, public: bool) -> None:
    assert told(Exposure.public, policies) is public


@pytest.mark.parametrize(
    ("policies", "why"),
    [
        (ABOVE[:1], GAP),
        (
            (policy(ASSET, binding("roles/pubsub.viewer", "allUsers", condition="x")), *ABOVE),
            "condition",
        ),
        ((policy(ASSET, binding("roles/pubsub.viewer", "allUsers", condition="x")), *ABOVE[:1]), "condition"),
        (({"name": ASSET, "iamPolicy": {"bindings": [{"members": "allUsers"}]}}, *ABOVE), ""),
        (None, "no reply"),
    ],
)
def test_who_may_be_everybody(policies: Policies | None, why: str) -> None:
    found = told(Exposure.public, policies)
    assert isinstance(found, Unknown)
    assert why in found.detail


def test_what_was_not_listed_names_what_would_answer() -> None:
    found = told(Exposure.public, ABOVE[:1])
    assert (found.call, found.permission) == ("cloudasset.assets.list", "cloudasset.assets.listIamPolicy")


@pytest.mark.parametrize(
    ("member", "account"),
    [
        ("user:jane@example.com", "example.com"),
        ("group:team@eu.example.com", "eu.example.com"),
        ("domain:example.net", "example.net"),
        ("projectOwner:acme-other", "acme-other"),
        ("serviceAccount:app@acme-other.iam.gserviceaccount.com", "acme-other"),
        ("serviceAccount:acme-other@appspot.gserviceaccount.com", "acme-other"),
    ],
)
def test_whose_a_member_is(member: str, account: str) -> None:
    found = told(Trust.grantees, (policy(ASSET, binding("roles/pubsub.viewer", member)),))
    assert found.items == (Grantee(member, account),)
    assert found.gaps == ()


@pytest.mark.parametrize(
    "member",
    [
        "allUsers",
        "projectEditor:acme-prod",
        "serviceAccount:app@acme-prod.iam.gserviceaccount.com",
        "serviceAccount:acme-prod@appspot.gserviceaccount.com",
        "serviceAccount:100000000001-compute@developer.gserviceaccount.com",
        "serviceAccount:100000000001@cloudservices.gserviceaccount.com",
        "serviceAccount:service-100000000001@gcp-sa-pubsub.iam.gserviceaccount.com",
        "deleted:user:jane@example.com?uid=1",
    ],
)
def test_who_is_not_let_in_from_outside(member: str) -> None:
    found = told(Trust.grantees, (policy(ASSET, binding("roles/pubsub.viewer", member)),))
    assert (found.items, found.gaps) == ((), ())


@pytest.mark.parametrize(
    "member",
    [
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
        "serviceAccount:200000000002-compute@developer.gserviceaccount.com",
        "serviceAccount:service-200000000002@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:odd",
        "user:jane",
    ],
)
def test_whose_a_member_is_may_not_be_told(member: str) -> None:
    (found,) = told(Trust.grantees, (policy(ASSET, binding("roles/pubsub.viewer", member)),)).items
    assert found.ref == member
    assert isinstance(found.account, Unknown)


def test_grants_above_are_told_there() -> None:
    outside = policy(PROJECT, binding("roles/viewer", "user:jane@example.net"))
    assert told(Trust.grantees, (outside,)).items == ()
    assert told(Trust.grantees, (outside,), "gcp.project").items == (Grantee("user:jane@example.net", "example.net"),)


def test_who_owns() -> None:
    own = policy(
        PROJECT, binding("roles/owner", "user:jane@example.com", "deleted:user:x"), binding("roles/viewer", "user:y")
    )
    above = policy(ORGANIZATION, binding("roles/owner", "group:top@example.com"))
    found = told(Identity.administrators, (own, above), "gcp.project")
    assert found.items == ("user:jane@example.com", "group:top@example.com of organizations/123456789012")
    assert found.gaps == ()
    partly = told(Identity.administrators, (own,), "gcp.project")
    assert (partly.items, [each.detail for each in partly.gaps]) == (("user:jane@example.com",), [GAP])


def audit(service: str, kind: str, *exempted: str) -> list[Data]:
    return [{"service": service, "auditLogConfigs": [{"logType": kind, "exemptedMembers": list(exempted)}]}]


@pytest.mark.parametrize(
    ("configs", "listed", "recorded"),
    [
        (audit("logging.googleapis.com", "DATA_READ"), ABOVE, True),
        (audit("allServices", "DATA_READ"), (), True),
        (audit("allServices", "DATA_WRITE"), ABOVE, False),
        (audit("storage.googleapis.com", "DATA_READ"), ABOVE, False),
        (audit("allServices", "DATA_READ", "user:jane@example.com"), ABOVE, False),
        ([], ABOVE, False),
    ],
)
def test_whether_reads_of_logs_are_recorded(configs: list[Data], listed: Policies, recorded: bool) -> None:
    folder = policy("//cloudresourcemanager.googleapis.com/folders/1", auditConfigs=configs)
    assert told(LogStore.access_recorded, (folder, *listed), "gcp.logging.bucket") is recorded


def test_reads_that_something_above_may_record() -> None:
    assert isinstance(told(LogStore.access_recorded, ABOVE[:1], "gcp.logging.bucket"), Unknown)


@pytest.mark.parametrize("kind", [each for each in PROVIDER.types if PUBLIC in each.facts], ids=lambda each: each.name)
def test_where_policies_alone_decide(kind: Any) -> None:
    assert TRUST in kind.facts
    assert "iam" in kind.ask


def test_a_project_has_what_google_documents() -> None:
    for fact in (AuditTrail.recorded, AuditTrail.protected, Defaults.disks_encrypted):
        assert told(fact, None, "gcp.project") is True
    assert inapplicable("gcp.project", Identity.root_keys, {})
    assert reason("gcp.project", Identity.password_length, {}) is Reason.NOT_ASKED


@pytest.mark.parametrize(
    "data",
    [
        {"logConfig": {"enable": True, "flowSampling": 1}},
        {"logConfig": {"enable": True, "flowSampling": 1.0, "filterExpr": "true"}},
    ],
)
def test_flow_logs(data: Data) -> None:
    assert value("gcp.compute.subnetwork", FlowLog.recorded, data) is True


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, Reason.NOT_ASKED),
        ({"logConfig": {"enable": False}}, Reason.NOT_ASKED),
        ({"logConfig": {"enable": True, "flowSampling": 1, "filterExpr": "src_port == 1"}}, Reason.NOT_ASKED),
        ({"logConfig": {"enable": True, "flowSampling": 0.9}}, Reason.NOT_ASKED),
        ({"logConfig": {"enable": True}}, Reason.NOT_ASKED),
        ({"logConfig": {"enable": "yes"}}, Reason.SHAPE),
        ({"logConfig": {"enable": True, "flowSampling": "all"}}, Reason.SHAPE),
        ({"logConfig": {"enable": True, "flowSampling": True}}, Reason.SHAPE),
    ],
)
def test_flow_logs_that_are_not_known(data: Data, why: Reason) -> None:
    assert reason("gcp.compute.subnetwork", FlowLog.recorded, data) is why


def test_a_subnet_of_proxies_has_no_flow_logs() -> None:
    assert inapplicable("gcp.compute.subnetwork", FlowLog.recorded, {"purpose": "REGIONAL_MANAGED_PROXY"})
