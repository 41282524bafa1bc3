"""Who the caller is on Azure: the claims of the token, which are shown and never relied upon."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from scanner.collect.identity import Identity, skew
from scanner.collect.model import CredentialError
from scanner.facts import JSON
from scanner.providers.azure.arm import SIGN_IN, Arm, Endpoint

WAYS = {
    "EnvironmentCredential": "the environment variables AZURE_*",
    "WorkloadIdentityCredential": "a workload identity",
    "ManagedIdentityCredential": "a managed identity (metadata service)",
    "SharedTokenCacheCredential": "the token cache that Microsoft's tools share",
    "VisualStudioCodeCredential": "a login by Visual Studio Code",
    "AzureCliCredential": "a login by the Azure CLI",
    "AzurePowerShellCredential": "a login by Azure PowerShell",
    "AzureDeveloperCliCredential": "a login by the Azure Developer CLI",
    "BrokerCredential": "the login of the operating system",
    "Dummy": "nobody: the endpoint is on this machine, and gets a dummy",
}
"""The classes of azure-identity that may have given the token."""
NAMES = ("upn", "preferred_username", "unique_name", "xms_mirid", "appid")
"""Claims that name the caller, the most telling first
(https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
"""


def identify(arm: Arm) -> Identity:
    """The caller. Raises CredentialError."""
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest

    credential = arm._client._config.credential
    try:
        token = credential.get_token(f"https://{arm.where.audience}/.default").token
        request = HttpRequest("GET", f"{arm.where.url}/subscriptions?api-version=2022-12-01")
        date = arm._client.send_request(request, enforce_https=arm.where.genuine).headers.get("Date", "")
    except AzureError as error:
        raise CredentialError(f"{SIGN_IN} ({type(error).__name__})") from error
    told = claims(token)
    return Identity(
        way=way(credential, arm.where),
        principal=_principal(told),
        home=str(told.get("tid", "")),
        skew=skew(date),
        scope={},
    )


def way(credential: Any, where: Endpoint) -> str:
    """Where the token came from. The chain of credentials remembers which of them worked, in no public place."""
    found = type(getattr(credential, "_successful_credential", None) or credential).__name__
    told = WAYS.get(found, found)
    return told if where.cloud == "AzureCloud" else f"{told}, in {where.cloud}"


def claims(token: str) -> Mapping[str, JSON]:
    """The claims of a JSON Web Token, whose signature is not looked at; {} where it is none."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _principal(told: Mapping[str, JSON]) -> str:
    name = next((str(told[key]) for key in NAMES if told.get(key)), "")
    oid = str(told.get("oid", ""))
    return f"{name} (object {oid})" if name and oid else name or oid
