"""Accounts of programs, and providers of identities: who comes in by them."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Exposure, Grantee, Known, Reason, Seen, Trust
from scanner.providers.gcp.federation import CERTIFIED
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import Data, gaps, items, state

WORKLOADS, PEOPLE = "gcp.iam.workload-identity-pool-provider", "gcp.iam.workforce-pool-provider"
NAME = "//iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/builds/providers/one"
TENANT = "00000000-0000-0000-0000-000000000001"
AWS = {"aws": {"accountId": "111111111111"}}


def issued(url: Any) -> Data:
    return {"oidc": {"issuerUri": url}}


@pytest.mark.parametrize(
    ("data", "account"),
    [
        (issued("https://token.actions.githubusercontent.com"), "token.actions.githubusercontent.com"),
        (issued("https://token.actions.githubusercontent.com/acme"), "token.actions.githubusercontent.com"),
        (issued("https://GitLab.example.com:8443/"), "gitlab.example.com"),
        (issued(f"https://sts.windows.net/{TENANT}/"), TENANT),
        (issued(f"https://login.microsoftonline.com/{TENANT}/v2.0"), TENANT),
        (issued("https://login.microsoftonline.com/common/v2.0"), "login.microsoftonline.com"),
        (issued(f"https://sts.windows.net.example.com/{TENANT}/"), "sts.windows.net.example.com"),
        ({"saml": {}}, CERTIFIED),
    ],
)
@pytest.mark.parametrize("kind", [WORKLOADS, PEOPLE])
def test_whom_a_provider_lets_in(kind: str, data: Data, account: Any) -> None:
    assert items(kind, Trust.grantees, {"state": "ACTIVE", **data}, NAME) == (Grantee(NAME, account),)


def test_an_account_of_aws() -> None:
    assert items(WORKLOADS, Trust.grantees, {"state": "ACTIVE", **AWS}, NAME) == (Grantee(NAME, "111111111111"),)


@pytest.mark.parametrize("kind", [WORKLOADS, PEOPLE])
def test_a_provider_that_lets_nobody_in(kind: str) -> None:
    issuer = issued("https://gitlab.example.com")
    for more in ({"state": "DELETED"}, {"state": "ACTIVE", "disabled": True}):
        assert items(kind, Trust.grantees, {**issuer, **more}, NAME) == ()


@pytest.mark.parametrize(
    "data",
    [
        AWS,
        {"state": "SLEEPING", **AWS},
        {"state": "ACTIVE", "disabled": "no", **AWS},
        {"state": "ACTIVE", "aws": {"accountId": 111111111111}},
        {"state": "ACTIVE", **issued("gitlab")},
        {"state": "ACTIVE", **issued(7)},
    ],
)
def test_a_provider_of_an_unforeseen_form(data: Data) -> None:
    assert gaps(WORKLOADS, Trust.grantees, data, NAME) == ((), [Reason.SHAPE])


def test_who_may_use_an_account_of_programs() -> None:
    name = "//iam.googleapis.com/projects/acme-prod/serviceAccounts/1"
    bound = binding("roles/iam.serviceAccountTokenCreator", "user:jane@example.net", "allUsers")
    found = state("gcp.iam.service-account", Trust.grantees, {}, name, policies=(policy(name, bound), *ABOVE))
    assert isinstance(found, Known)
    assert found.value == Seen((Grantee("user:jane@example.net", "example.net"),), ())
    public = state("gcp.iam.service-account", Exposure.public, {}, name, policies=(policy(name, bound), *ABOVE))
    assert isinstance(public, Known)
    assert public.value is True
