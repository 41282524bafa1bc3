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
    Seen,
    Trust,
    Unknown,
)
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.iam import PUBLIC, TRUST
from tests.scanner.providers.gcp.policies import ABOVE, ORGANIZATION, PROJECT, binding, policy
from tests.scanner.providers.gcp.states import NAMES, REFUSED, Data, inapplicable, reason, state, value

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


def test_who_is_let_in_from_outside() -> None:
    members = ("user:jane@example.net", "allUsers", "deleted:user:joe@example.net?uid=1", "user:jane@example.net")
    found = told(Trust.grantees, (policy(ASSET, binding("roles/pubsub.viewer", *members)),))
    assert (found.items, found.gaps) == ((Grantee("user:jane@example.net", "example.net"),), ())


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


def role(name: str, permissions: Any) -> Data:
    return {"resource": {"data": {"name": name, "includedPermissions": permissions}}}


CUSTOM = "organizations/123456789012/roles/keeper"


@pytest.mark.parametrize(
    ("bound", "roles", "names", "reasons"),
    [
        (binding("roles/resourcemanager.organizationAdmin", "user:a@example.com"), [], ["user:a@example.com"], []),
        (binding("roles/iam.securityAdmin", "user:a@example.com"), [], ["user:a@example.com"], []),
        (binding("roles/editor", "user:a@example.com"), [], [], []),
        (binding("roles/owner", "user:a@example.com", condition="x"), [], [], [Reason.UNDECIDED]),
        (binding("roles/editor", "user:a@example.com", condition="x"), [], [], []),
        (binding("roles/owner", "deleted:user:a@example.com", condition="x"), [], [], []),
        (binding(CUSTOM, "user:a@example.com"), [], [], [Reason.NOT_ASKED]),
        (binding(CUSTOM, "user:a@example.com"), [role("organizations/1/roles/x", [])], [], [Reason.NOT_ASKED]),
        (binding(CUSTOM, "user:a@example.com"), REFUSED, [], [Reason.REFUSED]),
        (binding(CUSTOM, "user:a@example.com"), [role(CUSTOM, ["storage.buckets.get"])], [], []),
        (binding(CUSTOM, "user:a@example.com"), [role(CUSTOM, None)], [], [Reason.SHAPE]),
        (
            binding(CUSTOM, "user:a@example.com"),
            [role(CUSTOM, ["storage.buckets.get", "resourcemanager.folders.setIamPolicy"])],
            ["user:a@example.com"],
            [],
        ),
    ],
)
@pytest.mark.parametrize("kind", ["gcp.project", "gcp.folder", "gcp.organization"])
def test_who_may_do_everything(kind: str, bound: Data, roles: Any, names: list[str], reasons: list[Reason]) -> None:
    own = policy(PROJECT, bound)
    above = policy(ORGANIZATION, binding("roles/browser", "domain:example.com"))
    found = state(kind, Identity.administrators, {}, PROJECT, policies=(own, above), roles=roles)
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert list(found.value.items) == names
    assert [each.reason for each in found.value.gaps] == reasons


def audit(service: str, kind: str, *exempted: str) -> list[Data]:
    return [{"service": service, "auditLogConfigs": [{"logType": kind, "exemptedMembers": list(exempted)}]}]


BOTH = [*audit("allServices", "DATA_READ"), *audit("logging.googleapis.com", "DATA_READ", "user:jane@example.com")]


@pytest.mark.parametrize(
    ("configs", "recorded"),
    [
        (audit("logging.googleapis.com", "DATA_READ"), True),
        (audit("allServices", "DATA_READ"), True),
        (audit("allServices", "DATA_WRITE"), False),
        (audit("storage.googleapis.com", "DATA_READ"), False),
        (audit("allServices", "DATA_READ", "user:jane@example.com"), False),
        (BOTH, False),
        (BOTH[::-1], False),
        ([], False),
    ],
)
def test_whether_reads_of_logs_are_recorded(configs: list[Data], recorded: bool) -> None:
    folder = policy("//cloudresourcemanager.googleapis.com/folders/1", auditConfigs=configs)
    assert told(LogStore.access_recorded, (folder, *ABOVE), "gcp.logging.bucket") is recorded


def test_reads_that_something_above_may_record_or_exempt() -> None:
    folder = policy(PROJECT, auditConfigs=audit("allServices", "DATA_READ"))
    for listed in (ABOVE[:1], (folder,)):
        found = told(LogStore.access_recorded, listed, "gcp.logging.bucket")
        assert isinstance(found, Unknown)
        assert found.detail == GAP


def test_reads_of_somebody_whom_another_policy_exempts() -> None:
    folder = policy(
        "//cloudresourcemanager.googleapis.com/folders/1",
        auditConfigs=audit("allServices", "DATA_READ", "user:jane@example.com"),
    )
    project = policy(PROJECT, auditConfigs=audit("allServices", "DATA_READ"))
    found = told(LogStore.access_recorded, (folder, project, ABOVE[1]), "gcp.logging.bucket")
    assert getattr(found, "reason", None) is Reason.UNDECIDED


@pytest.mark.parametrize("kind", [each for each in PROVIDER.types if PUBLIC in each.facts], ids=lambda each: each.name)
def test_where_policies_alone_decide(kind: Any) -> None:
    assert TRUST in kind.facts
    assert "iam" in kind.ask


@pytest.mark.parametrize("kind", ["gcp.project", "gcp.folder", "gcp.organization"])
def test_what_administrators_do_is_always_recorded(kind: str) -> None:
    assert told(AuditTrail.recorded, None, kind) is True
    assert told(AuditTrail.protected, None, kind) is True


@pytest.mark.parametrize("kind", ["gcp.project", "gcp.folder", "gcp.organization"])
@pytest.mark.parametrize(
    ("configs", "recorded"),
    [
        (audit("allServices", "DATA_READ"), True),
        (audit("storage.googleapis.com", "DATA_READ"), False),
        (audit("allServices", "DATA_WRITE"), False),
        (audit("allServices", "DATA_READ", "user:jane@example.com"), False),
        ([], False),
    ],
)
def test_whether_it_is_recorded_who_reads(kind: str, configs: list[Data], recorded: bool) -> None:
    above = (ABOVE[0], policy(ORGANIZATION, auditConfigs=configs))
    assert told(AuditTrail.reads, above, kind) is recorded


def test_who_reads_where_something_above_was_not_listed() -> None:
    found = told(AuditTrail.reads, (policy(PROJECT, auditConfigs=audit("allServices", "DATA_READ")),), "gcp.project")
    assert isinstance(found, Unknown)
    assert found.detail == GAP
    assert isinstance(told(AuditTrail.reads, None, "gcp.project"), Unknown)


def test_a_project_has_what_google_documents() -> None:
    assert told(Defaults.disks_encrypted, None, "gcp.project") is True
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
