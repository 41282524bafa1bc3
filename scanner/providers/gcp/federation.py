"""Accounts of programs, and the providers by which identities of others come in (IAM API v1,
https://cloud.google.com/iam/docs/workload-identity-federation and .../workforce-identity-federation).

A provider of workloads lets in an account of AWS, or whoever an issuer of OpenID Connect gives a token to; policies
then name the principals of its pool. Whom exactly its condition and those policies choose is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from scanner.facts import JSON, Grantee, Kind, Reason, Tagging, Trust, Unknown, View, flag, text
from scanner.providers.gcp.assets import DATA, NAME, asset_type
from scanner.providers.gcp.iam import SHARED

STATE, DISABLED = f"{DATA}/state", f"{DATA}/disabled"
STATES: Mapping[object, bool] = {"ACTIVE": True, "DELETED": False}
AWS, ISSUER = f"{DATA}/aws/accountId", f"{DATA}/oidc/issuerUri"
CERTIFIED = Unknown(Reason.UNDECIDED, "whom a provider of SAML or of certificates lets in is told inside of those")
_ENTRA = re.compile(
    r"https://(?:sts\.windows\.net|login\.microsoftonline\.com)/(?P<tenant>[0-9a-f-]{36})(?:/v2\.0)?/?", re.IGNORECASE
)


def _issuer(value: JSON) -> str:
    """Whose an issuer is: a tenant of Entra ID, or else the domain of its URL."""
    url = text(value)
    if found := _ENTRA.fullmatch(url):
        return found["tenant"]
    host = urlsplit(url).hostname
    if not host:
        raise ValueError("not a URL")
    return host


def _is_live(view: View) -> bool:
    """One that is disabled or deleted gives no tokens."""
    return not view.at(DISABLED, flag, missing=False) and view.at(STATE, STATES)


def _by_issuer(view: View) -> Iterator[Grantee]:
    yield Grantee(view.at(NAME, text), view.at(ISSUER, _issuer, missing=CERTIFIED))


def _workloads(view: View) -> Iterator[Grantee]:
    if not _is_live(view):
        return
    if account := view.at(AWS, text, missing=""):
        yield Grantee(view.at(NAME, text), account)
    else:
        yield from _by_issuer(view)


def _people(view: View) -> Iterator[Grantee]:
    if _is_live(view):
        yield from _by_issuer(view)


SERVICE_ACCOUNT = asset_type(
    "gcp.iam.service-account",
    "iam.googleapis.com/ServiceAccount",
    Kind.CONFIG,
    (*SHARED, Tagging.tags.documented({}, "ServiceAccount of the IAM API v1 has no labels")),
)
WORKLOADS = asset_type(
    "gcp.iam.workload-identity-pool-provider",
    "iam.googleapis.com/WorkloadIdentityPoolProvider",
    Kind.CONFIG,
    (
        Trust.grantees.items(_workloads, NAME, DISABLED, STATE, AWS, ISSUER),
        Tagging.tags.documented({}, "WorkloadIdentityPoolProvider of the IAM API v1 has no labels"),
    ),
)
PEOPLE = asset_type(
    "gcp.iam.workforce-pool-provider",
    "iam.googleapis.com/WorkforcePoolProvider",
    Kind.CONFIG,
    (
        Trust.grantees.items(_people, NAME, DISABLED, STATE, ISSUER),
        Tagging.tags.documented({}, "WorkforcePoolProvider of the IAM API v1 has no labels"),
    ),
)
TYPES = (SERVICE_ACCOUNT, WORKLOADS, PEOPLE)
