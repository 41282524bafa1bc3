"""Whose a principal is that a policy names."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Grantee, Known, Reason, Seen, Trust, Unknown
from tests.scanner.providers.gcp.policies import binding, policy
from tests.scanner.providers.gcp.states import REFUSED, Data, state

TOPIC, ASSET = "gcp.pubsub.topic", "//pubsub.googleapis.com/projects/acme-prod/topics/orders"
IAM, MANAGER = "//iam.googleapis.com", "//cloudresourcemanager.googleapis.com"
POOLS = "locations/global/workloadIdentityPools"
PEOPLE = "principalSet://iam.googleapis.com/locations/global/workforcePools/people/group/admins"
OWN, OTHER = "projects/100000000001", "projects/200000000002"


def let_in(member: str, **asked: Any) -> Seen[Grantee]:
    policies = (policy(ASSET, binding("roles/pubsub.viewer", member)),)
    found = state(TOPIC, Trust.grantees, {}, ASSET, policies=policies, **asked)
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    return found.value


@pytest.mark.parametrize(
    ("member", "account"),
    [
        ("user:jane@example.com", "example.com"),
        ("group:team@eu.example.com", "eu.example.com"),
        ("domain:example.net", "example.net"),
        ("projectOwner:acme-other", "acme-other"),
        ("serviceAccount:app@acme-other.iam.gserviceaccount.com", "acme-other"),
        ("serviceAccount:app@old.example.com.iam.gserviceaccount.com", "example.com:old"),
        ("serviceAccount:acme-other@appspot.gserviceaccount.com", "acme-other"),
        ("serviceAccount:old.example.com@appspot.gserviceaccount.com", "example.com:old"),
        ("serviceAccount:acme-other.svc.id.goog[shop/web]", "acme-other"),
        (f"principal:{IAM}/{OTHER}/{POOLS}/acme-other.svc.id.goog/subject/ns/shop/sa/web", "acme-other"),
        ("serviceAccount:service-org-999999999999@gcp-sa-pam.iam.gserviceaccount.com", "organizations/999999999999"),
        ("serviceAccount:o999999999999-12@gcp-sa-logging.iam.gserviceaccount.com", "organizations/999999999999"),
        ("serviceAccount:service-folder-7@gcp-sa-osconfig.iam.gserviceaccount.com", "folders/7"),
        (f"principalSet:{MANAGER}/organizations/999999999999/type/ServiceAccount", "organizations/999999999999"),
    ],
)
def test_whose_a_member_is(member: str, account: str) -> None:
    found = let_in(member)
    assert (found.items, found.gaps) == ((Grantee(member, account),), ())


@pytest.mark.parametrize(
    "member",
    [
        "allUsers",
        "projectEditor:acme-prod",
        "serviceAccount:app@acme-prod.iam.gserviceaccount.com",
        "serviceAccount:acme-prod@appspot.gserviceaccount.com",
        "serviceAccount:acme-prod.svc.id.goog[shop/web]",
        "serviceAccount:100000000001-compute@developer.gserviceaccount.com",
        "serviceAccount:100000000001@cloudservices.gserviceaccount.com",
        "serviceAccount:100000000001@cloudbuild.gserviceaccount.com",
        "serviceAccount:service-100000000001@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:service-100000000001@compute-system.iam.gserviceaccount.com",
        "serviceAccount:service-100000000001@container-engine-robot.iam.gserviceaccount.com",
        "serviceAccount:service-100000000001@gae-api-prod.google.com.iam.gserviceaccount.com",
        "serviceAccount:project-100000000001@storage-transfer-service.iam.gserviceaccount.com",
        "serviceAccount:bq-100000000001@bigquery-encryption.iam.gserviceaccount.com",
        "serviceAccount:p100000000001-12ab@gcp-sa-cloud-sql.iam.gserviceaccount.com",
        "serviceAccount:service-org-123456789012@gcp-sa-pam.iam.gserviceaccount.com",
        f"principal:{IAM}/{OWN}/{POOLS}/acme-prod.svc.id.goog/subject/ns/shop/sa/web",
        f"principalSet:{MANAGER}/{OWN}/type/ServiceAccount",
        f"principalSet:{MANAGER}/organizations/123456789012",
        "group:cloud-storage-analytics@google.com",
        "deleted:user:jane@example.com?uid=1",
    ],
)
def test_who_is_not_from_outside(member: str) -> None:
    found = let_in(member)
    assert (found.items, found.gaps) == ((), ())


@pytest.mark.parametrize(
    "member",
    [
        f"principalSet:{IAM}/{OTHER}/{POOLS}/builds/*",
        f"principalSet:{MANAGER}/{OTHER}/type/ServiceAccount",
        "serviceAccount:200000000002-compute@developer.gserviceaccount.com",
        "serviceAccount:service-200000000002@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:service-200000000002@compute-system.iam.gserviceaccount.com",
        "serviceAccount:p200000000002-12ab@gcp-sa-cloud-sql.iam.gserviceaccount.com",
        "serviceAccount:service-100000000001@new-robots.iam.gserviceaccount.com",
        "serviceAccount:cloud@gcp-sa-pubsub.iam.gserviceaccount.com",
        "serviceAccount:odd",
        "serviceAccount:app@acme-prod.iam.gserviceaccount.com.example.com",
        "principal://builds.global.100000000001.workload.id.goog/ns/shop/sa/web",
        "user:jane",
        "robot:jane@example.com",
        PEOPLE,
    ],
)
def test_whose_a_member_is_may_not_be_told(member: str) -> None:
    (found,) = let_in(member).items
    assert found.ref == member
    assert isinstance(found.account, Unknown)
    assert found.account.reason is Reason.UNDECIDED


BUILDS = f"principalSet:{IAM}/{OWN}/{POOLS}/builds/attribute.repository/acme/shop"


def provider(pool: str) -> Data:
    return {"name": f"{IAM}/{OWN}/{POOLS}/{pool}/providers/forge"}


@pytest.mark.parametrize(
    ("providers", "reason"),
    [([], Reason.NOT_ASKED), ([provider("builds2")], Reason.NOT_ASKED), ([{"name": 7}], None)],
)
def test_programs_of_a_pool_whose_providers_are_not_listed(providers: list[Data], reason: Reason | None) -> None:
    found = let_in(BUILDS, providers=providers)
    assert [getattr(each.account, "reason", None) for each in found.items] == ([reason] if reason else [])
    assert [gap.reason for gap in found.gaps] == ([] if reason else [Reason.SHAPE])


def test_programs_of_a_pool_are_told_by_its_providers() -> None:
    assert let_in(BUILDS, providers=[provider("tests"), provider("builds")]) == Seen((), ())
    others = BUILDS.replace(OWN, OTHER)
    (found,) = let_in(others, providers=[provider("builds")]).items
    assert getattr(found.account, "reason", None) is Reason.UNDECIDED


def pool(name: str, organization: str) -> Data:
    return {"name": f"{IAM}/locations/global/workforcePools/{name}", "ancestors": [organization]}


def test_people_of_a_pool_of_the_organization() -> None:
    assert let_in(PEOPLE, pools=[pool("others", "organizations/7"), pool("people", "organizations/123456789012")]) == (
        Seen((), ())
    )


def test_people_of_a_pool_of_another_organization() -> None:
    found = let_in(PEOPLE, pools=[pool("people", "organizations/7")])
    assert found.items == (Grantee(PEOPLE, "organizations/7"),)


def test_pools_that_are_not_shown() -> None:
    found = let_in(PEOPLE, pools=REFUSED)
    assert (found.items, [gap.reason for gap in found.gaps]) == ((), [Reason.REFUSED])
    assert let_in("user:jane@example.net", pools=REFUSED).gaps == ()
