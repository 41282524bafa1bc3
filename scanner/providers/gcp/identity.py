"""Who the caller is on Google Cloud: what the application default credentials tell of themselves."""

from __future__ import annotations

from typing import Any

from scanner.collect.identity import Identity, skew
from scanner.collect.model import CredentialError, Options
from scanner.providers.gcp.session import ENDPOINT, SCOPES, _endpoint

WAYS = {
    "google.oauth2.credentials": "a login by the Google Cloud CLI",
    "google.oauth2.service_account": "the key file of a service account",
    "google.auth.compute_engine.credentials": "the service account of the machine (metadata service)",
    "google.auth.impersonated_credentials": "a service account that another identity impersonates",
    "google.auth.aws": "workload identity federation",
    "google.auth.identity_pool": "workload identity federation",
    "google.auth.pluggable": "workload identity federation",
    "google.auth.external_account_authorized_user": "workforce identity federation",
}
"""The modules of google-auth that may have given the credential."""


class Noting:
    """A transport of google-auth that notes the Date of the last reply."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.date = ""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Pass the request on, and note the Date of the reply."""
        reply = self._inner(*arguments, **options)
        self.date = next((value for name, value in reply.headers.items() if name.lower() == "date"), "")
        return reply


def identify(options: Options) -> Identity:
    """The caller. Raises CredentialError, and ScopeError for an endpoint that makes no sense."""
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.auth.transport.requests import Request

    if _endpoint(options.endpoint or ENDPOINT)[1]:
        return Identity("nobody: the endpoint is on this machine, and gets a dummy")
    transport = Noting(Request())
    try:
        credential, project = google.auth.default(scopes=SCOPES)
        refresh: Any = credential.refresh
        refresh(transport)
    except DefaultCredentialsError as error:
        raise CredentialError(
            "no credential was found; run `gcloud auth application-default login`, or set "
            "GOOGLE_APPLICATION_CREDENTIALS to a file of credentials"
        ) from error
    except GoogleAuthError as error:
        raise CredentialError(
            f"the credential that was found gives no token ({type(error).__name__}); log in again"
        ) from error
    return Identity(
        way=WAYS.get(type(credential).__module__, type(credential).__name__),
        principal=principal(credential),
        home=project or "",
        skew=skew(transport.date),
        scope={"projects": [project]} if project else None,
    )


def principal(credential: Any) -> str:
    """The service account, or the account that a login names. A user's token of this scope does not tell its user."""
    for name in ("service_account_email", "account"):
        told = getattr(credential, name, "")
        if isinstance(told, str) and told and told != "default":
            return told
    return ""
