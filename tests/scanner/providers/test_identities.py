"""Who the caller is, of the three clouds, over doubles of their clients."""

from __future__ import annotations

import base64
import json
from typing import Any
from unittest.mock import Mock

import pytest

from scanner.collect.identity import Knows
from scanner.collect.model import CredentialError, Options, ScopeError
from scanner.providers.aws import PROVIDER as AWS
from scanner.providers.azure import PROVIDER as AZURE
from scanner.providers.azure import identity as azure
from scanner.providers.azure.arm import SIGN_IN, Endpoint
from scanner.providers.gcp import PROVIDER as GCP
from scanner.providers.gcp import identity as gcp

LOCAL = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No credential of this machine is found, and none of its metadata services is asked."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("provider", [AWS, AZURE, GCP], ids=lambda each: each.name)
def test_the_built_in_providers_know(provider: object) -> None:
    assert isinstance(provider, Knows)


def test_aws_without_a_credential() -> None:
    with pytest.raises(CredentialError, match="none found") as raised:
        AWS.who({}, Options())
    assert "AWS_PROFILE" in str(raised.value)


def test_aws_with_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.providers.aws.session import AwsSession

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not told")
    reply = {
        "Account": "111111111111",
        "Arn": "arn:aws:iam::111111111111:user/jane",
        "ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 02 Nov 2026 06:00:00 GMT"}},
    }
    client = Mock(get_caller_identity=Mock(return_value=reply))
    monkeypatch.setattr(AwsSession, "client", lambda *_: client)
    found = AWS.who({"regions": ["eu-west-2"]}, Options())
    assert found.way == "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    assert (found.principal, found.home, found.region) == (reply["Arn"], "111111111111", "eu-west-2")
    assert found.scope == {"accounts": ["111111111111"]}
    assert found.skew is not None
    assert "not told" not in str(found)


def test_aws_with_a_credential_that_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    from scanner.providers.aws.session import AwsSession

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not told")
    error = ClientError({"Error": {"Code": "InvalidClientTokenId"}}, "GetCallerIdentity")
    client = Mock(get_caller_identity=Mock(side_effect=error))
    monkeypatch.setattr(AwsSession, "client", lambda *_: client)
    with pytest.raises(CredentialError, match=r"environment variables.*not accepted.*InvalidClientTokenId"):
        AWS.who({}, Options())


def token(**claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.signature"


@pytest.mark.parametrize(
    ("given", "claims"),
    [(token(oid="1"), {"oid": "1"}), ("opaque", {}), ("a.!!!.c", {}), ("a.W10.c", {}), ("a.bm9uZQ.c", {})],
    ids=["claims", "opaque", "no base64", "a list", "no JSON"],
)
def test_the_claims_of_a_token(given: str, claims: dict[str, str]) -> None:
    assert azure.claims(given) == claims


def arm(given: str, error: Exception | None = None) -> Any:
    credential = Mock(spec=["get_token"])
    credential.get_token.return_value.token = given
    made = Mock(where=Endpoint("https://x", "AzureCloud", "", "management.azure.com", genuine=True))
    made._client._config.credential = credential
    made._client.send_request.return_value.headers = {"Date": "Mon, 02 Nov 2026 06:00:00 GMT"}
    credential.get_token.side_effect = error
    return made


@pytest.mark.parametrize(
    ("claims", "principal"),
    [
        ({"upn": "jane@example.com", "oid": "1", "appid": "2"}, "jane@example.com (object 1)"),
        ({"appid": "2", "oid": "1"}, "2 (object 1)"),
        ({"oid": "1"}, "1"),
        ({"appid": "2"}, "2"),
        ({}, ""),
    ],
)
def test_azure_with_a_token(claims: dict[str, str], principal: str) -> None:
    found = azure.identify(arm(token(tid="t", **claims)))
    assert (found.principal, found.home, found.scope) == (principal, "t", {})
    assert found.skew is not None


def test_azure_without_a_token() -> None:
    from azure.core.exceptions import ClientAuthenticationError

    with pytest.raises(CredentialError) as raised:
        azure.identify(arm("", ClientAuthenticationError("secret text")))
    assert str(raised.value) == f"{SIGN_IN} (ClientAuthenticationError)"


class AzureCliCredential:
    """Named as the one of azure-identity."""


@pytest.mark.parametrize(
    ("chosen", "cloud", "way"),
    [
        (AzureCliCredential(), "AzureCloud", "a login by the Azure CLI"),
        (AzureCliCredential(), "AzureChinaCloud", "a login by the Azure CLI, in AzureChinaCloud"),
        (None, "AzureCloud", "Mock"),
    ],
)
def test_the_way_of_a_token(chosen: object, cloud: str, way: str) -> None:
    chain = Mock(_successful_credential=chosen)
    assert azure.way(chain, Endpoint("https://x", cloud, "", "", genuine=True)) == way


def test_the_chain_still_remembers_which_credential_worked() -> None:
    from azure.identity import DefaultAzureCredential

    assert hasattr(DefaultAzureCredential(), "_successful_credential")


def credential(monkeypatch: pytest.MonkeyPatch, made: Any, project: str | None = "acme-prod") -> None:
    import google.auth

    monkeypatch.setattr(google.auth, "default", lambda **_: (made, project))


def test_gcp_with_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    def refresh(transport: Any) -> None:
        transport("https://oauth2.example.com")

    made = Mock(service_account_email="reader@acme-prod.iam.example.com", refresh=refresh)
    credential(monkeypatch, made)
    reply = Mock(headers={"Date": "Mon, 02 Nov 2026 06:00:00 GMT"})
    monkeypatch.setattr("google.auth.transport.requests.Request", lambda: lambda *_, **__: reply)
    found = GCP.who({}, Options())
    assert (found.principal, found.home) == ("reader@acme-prod.iam.example.com", "acme-prod")
    assert found.scope == {"projects": ["acme-prod"]}
    assert found.skew is not None


def test_gcp_without_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    credential(monkeypatch, Mock(service_account_email="", account=""), None)
    found = GCP.who({}, Options())
    assert (found.principal, found.home, found.scope, found.skew) == ("", "", None, None)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"service_account_email": "a@example.com", "account": "b@example.com"}, "a@example.com"),
        ({"service_account_email": "default", "account": "b@example.com"}, "b@example.com"),
        ({"account": ""}, ""),
        ({}, ""),
    ],
)
def test_the_name_of_a_google_credential(fields: dict[str, str], name: str) -> None:
    assert gcp.principal(Mock(spec=list(fields), **fields)) == name


def test_gcp_without_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    def none(**_: object) -> None:
        error: Any = DefaultCredentialsError
        raise error("nothing here")

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(CredentialError, match="gcloud auth application-default login"):
        GCP.who({}, Options())


def test_gcp_with_a_credential_that_gives_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    from google.auth.exceptions import RefreshError

    credential(monkeypatch, Mock(refresh=Mock(side_effect=RefreshError("secret text"))))  # type: ignore[no-untyped-call]  # google.auth has no types
    with pytest.raises(CredentialError, match=r"gives no token \(RefreshError\)") as raised:
        GCP.who({}, Options())
    assert "secret" not in str(raised.value)


def test_gcp_on_this_machine_gets_no_credential() -> None:
    found = GCP.who({}, Options(LOCAL))
    assert found.way.startswith("nobody")
    with pytest.raises(ScopeError):
        GCP.who({}, Options("http://example.com"))
