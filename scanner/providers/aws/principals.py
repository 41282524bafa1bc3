"""Principals: whose the names are that policies, grants and shares of AWS give access to.

Forms: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.facts import JSON, Grantee, Reason, Unknown, Where

ACCOUNT = re.compile(r"[0-9]{12}")
ORGANISATION = re.compile(r"o-[a-z0-9]+")
# What IAM writes in place of a user, role or group that is gone ("Unique identifiers" of its user guide).
UNIQUE_ID = re.compile(r"A(?:IDA|ROA|GPA)[A-Z0-9]{4,}(?::.*)?", re.DOTALL)
CANONICAL_ID = re.compile(r"[0-9a-f]{64}")
DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
# Made by IAM Identity Center in each account that its users may enter
# (docs.aws.amazon.com/singlesignon/latest/userguide/provisioned-roles.html).
OWN_SAML = re.compile(r"AWSSSO_[0-9a-f]+_DO_NOT_DELETE")

GONE = Unknown(Reason.UNDECIDED, "it is a user or role that is gone, and IAM does not tell whose it was")
CANONICAL = Unknown(Reason.UNDECIDED, "a canonical user id does not tell the account")
EDGE = Unknown(Reason.UNDECIDED, "an origin access identity does not tell whose distributions use it")
SAML = Unknown(Reason.UNDECIDED, "IAM does not tell whose identity provider that is")
CLUSTER = Unknown(Reason.UNDECIDED, "the address of a cluster's identity provider does not tell the account")
POOL = Unknown(Reason.UNDECIDED, "identities of Amazon Cognito do not tell whose identity pool they are of")
NO_ACCOUNT = Unknown(Reason.UNDECIDED, "the name tells no account")


def grantee(name: str, where: Where) -> Grantee | None:
    """Who is let in by a name: an account, an ARN, an organisation, an id. None for the resource's own account and for
    a service of AWS.
    """
    if SERVICE.fullmatch(name):
        return None
    account = account_of(name)
    return None if account == where.account else Grantee(name, account)


def let_in(names: Iterable[str], where: Where) -> Iterator[Grantee]:
    """Those of the names who are let in from outside."""
    yield from (found for name in names if (found := grantee(name, where)))


def account_of(name: str) -> str | Unknown:
    """The account or organisation that a name tells."""
    if ACCOUNT.fullmatch(name) or ORGANISATION.fullmatch(name):
        return name
    if UNIQUE_ID.fullmatch(name):
        return GONE
    if CANONICAL_ID.fullmatch(name):
        return CANONICAL
    return _of_arn(name)


def _of_arn(name: str) -> str | Unknown:
    parts = name.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return NO_ACCOUNT
    if parts[2] == "organizations":
        # "organization/o-1", "ou/o-1/ou-2": shared with all accounts in it.
        return next((each for each in parts[5].split("/") if ORGANISATION.fullmatch(each)), NO_ACCOUNT)
    if parts[4] == "cloudfront":
        return EDGE
    return parts[4] if ACCOUNT.fullmatch(parts[4]) else NO_ACCOUNT


def federated(name: str) -> Grantee | None:
    """Who is let in by the name or ARN of an identity provider. An OpenID Connect provider is of its domain. None for
    the provider of the organisation's own IAM Identity Center.
    """
    kind, _, provider = name.split(":", 5)[-1].partition("/")
    if kind == "saml-provider":
        return None if OWN_SAML.fullmatch(provider) else Grantee(name, SAML)
    host = provider.partition("/")[0] if kind == "oidc-provider" else kind
    return Grantee(name, _of_host(host.lower()))


def _of_host(host: str) -> str | Unknown:
    if host.startswith("oidc.eks."):
        return CLUSTER
    if host.startswith("cognito-identity."):
        return POOL
    return host if DOMAIN.fullmatch(host) else NO_ACCOUNT


def account(value: JSON) -> str | None:
    """The account that a condition fixes; None where it fixes none."""
    return value if isinstance(value, str) and ACCOUNT.fullmatch(value) else None


def organisation(value: JSON) -> str | None:
    """The organisation that a condition fixes, by its id or by a path below it; None where it fixes none."""
    found = value.partition("/")[0] if isinstance(value, str) else ""
    return found if ORGANISATION.fullmatch(found) else None


def holder(value: JSON, *, by_parts: bool) -> str | Unknown | None:
    """The account of the ARN that a condition fixes, though its name may have wildcards; None where it fixes none. Only
    the operators for ARNs compare `by_parts`: for the others a wildcard before the account may stand for all of it.
    """
    parts = value.split(":", 5) if isinstance(value, str) else []
    if len(parts) < 6 or parts[0] != "arn":
        return None
    if ACCOUNT.fullmatch(parts[4]):
        return parts[4] if by_parts or is_fixed(":".join(parts[:4])) else None
    return NO_ACCOUNT if is_fixed(value) and not parts[4] else None


def is_fixed(value: JSON) -> bool:
    """Whether a value stands for itself alone. A policy variable is filled from the request, so that whoever asks may
    fit it.
    """
    return isinstance(value, str) and not any(form in value for form in ("*", "?", "${"))
