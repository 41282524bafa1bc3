"""Who the caller is on AWS: STS GetCallerIdentity, which needs no permission."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.collect.identity import Identity, skew
from scanner.collect.model import CallError, CredentialError
from scanner.providers.aws.session import AwsSession, _told

WAYS = {
    "env": "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "shared-credentials-file": "a profile of the shared credentials file",
    "config-file": "a profile of the AWS configuration file",
    "custom-process": "the credential process of a profile",
    "sso": "a login by the AWS CLI (IAM Identity Center)",
    "login": "a login by the AWS CLI",
    "assume-role": "a role that a profile assumes",
    "assume-role-with-web-identity": "a web identity token",
    "container-role": "the role of the container (metadata service)",
    "iam-role": "the role of the machine (metadata service)",
    "explicit": "nobody: the endpoint is on this machine, and gets a dummy",
}
"""botocore's names of where it found a credential."""


def identify(session: AwsSession) -> Identity:
    """The caller. Raises CredentialError."""
    operation = "sts.get_caller_identity"
    method = getattr(session._sessions[""].get_credentials(), "method", "")
    try:
        with _told(operation):
            reply = session.client("", "sts").get_caller_identity()
    except CallError as error:
        found = f"found by {WAYS.get(method, method)}, not accepted" if method else "none found"
        raise CredentialError(
            f"no usable credential ({found}: {error.detail}); log in, or set AWS_PROFILE or scope.aws.profile"
        ) from error
    return Identity(
        way=_way(method, session.scope.profile),
        principal=str(reply.get("Arn", "")),
        home=str(reply.get("Account", "")),
        region=session.home,
        skew=skew(_headers(reply).get("date", "")),
        scope={"accounts": [str(reply["Account"])]} if reply.get("Account") else None,
    )


def _way(method: str, profile: str) -> str:
    way = WAYS.get(method, method or "an unknown way")
    return f"{way} ({profile})" if profile else way


def _headers(reply: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Mapping[str, str]:
    return reply.get("ResponseMetadata", {}).get("HTTPHeaders", {})
