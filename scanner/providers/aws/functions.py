"""AWS Lambda: functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    pairs,
    text,
)
from scanner.providers.aws import apart, keys, policies
from scanner.providers.aws.common import MANAGERS, arn_home, origin, parts

# "Lambda always provides server-side encryption at rest", by KMS.
ENCRYPTED = "docs.aws.amazon.com/lambda/latest/dg/security-encryption-at-rest.html"
IN_TRANSIT = "docs.aws.amazon.com/lambda/latest/dg/security-dataprotection.html"
NAMED = "item:/KMSKeyArn"
UNNAMED = Unknown(
    Reason.UNDECIDED, "it names no key; Lambda then uses a key that AWS owns or one that it manages in the account"
)
# Who may call a function's URL: whoever its policy allows, where it asks for no identity.
OPEN_URL: dict[object, bool] = {"NONE": True, "AWS_IAM": False}
BY_URL = "lambda:functionurlauthtype"
URLS, ALIASES, VERSIONS = "urls:/FunctionUrlConfigs", "aliases:/Aliases", "versions:/Versions"
VERSIONED = Unknown(Reason.NOT_ASKED, "it has versions, whose own policies are not read yet")
QUALIFIED = Unknown(Reason.NOT_ASKED, "it has aliases or versions, whose own policies are not read yet")


def _owner(view: View) -> KeyOwner:
    if view.at(NAMED, text, missing=None) is None:
        raise NotKnown(UNNAMED)
    return view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    found = view.at(NAMED, text, missing=None)
    if found is None:
        raise NotKnown(UNNAMED)
    return found


def _public(view: View) -> bool:
    """Whether its policy lets everybody call it; what that allows by the URL counts only where there is an open one.
    Aliases and versions have URLs and policies of their own.
    """
    found = view.at("policy:/Policy/Statement", policies.statements, absent=[])
    by_url = [each for each in found if BY_URL in str(each.get("Condition")).lower()]
    if policies.lets_everybody([each for each in found if each not in by_url]):
        return True
    own = view.at("item:/FunctionArn", text)
    open_urls = {each.at("/FunctionArn", text) for each in view.each(URLS) if each.at("/AuthType", OPEN_URL)}
    if own in open_urls and policies.lets_everybody([_without_url(each) for each in by_url]):
        return True
    if open_urls - {own} or _is_qualified(view):
        raise NotKnown(QUALIFIED)
    return False


def _is_qualified(view: View) -> bool:
    versions = [each.at("/Version", text) for each in view.each(VERSIONS)]
    return any(True for _ in view.each(ALIASES)) or any(version != "$LATEST" for version in versions)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    """By its own policy, those of its aliases and those of its versions. Who comes by the URL is everybody, or nobody
    who is not named besides.
    """
    return parts(lambda: _of_itself(view), lambda: _of_aliases(view), lambda: _of_versions(view))


def _of_itself(view: View) -> Iterable[Grantee | Unknown]:
    own = view.at("policy:/Policy/Statement", policies.statements, absent=[])
    return policies.grantees([_without_url(each) for each in own], view.where)


def _of_aliases(view: View) -> Iterable[Grantee | Unknown]:
    for arn in [each.at("/AliasArn", text) for each in view.each(ALIASES)]:
        yield from parts(partial(_of_alias, view, arn))


def _of_alias(view: View, arn: str) -> Iterable[Grantee | Unknown]:
    found = apart.reply(view, "granted", "FunctionName", arn)
    policy = found.at("/body/Policy/Statement", policies.statements) if apart.is_there(found) else []
    return policies.grantees([_without_url(each) for each in policy], view.where)


def _of_versions(view: View) -> Iterable[Unknown]:
    # A policy for each of many versions would take a request each.
    if any(each.at("/Version", text) != "$LATEST" for each in view.each(VERSIONS)):
        yield VERSIONED


def _without_url(statement: policies.Statement) -> policies.Statement:
    """A statement without the test that the open URL passes; the other tests stay."""
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return statement
    tests = {
        operator: {key: value for key, value in keys.items() if key.lower() != BY_URL}
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
    }
    return {**statement, "Condition": {operator: keys for operator, keys in tests.items() if keys}}


def _origins(view: View) -> Iterable[Origin]:
    # Told of the replicas of Lambda@Edge only.
    master = view.at("item:/MasterArn", text, missing=None)
    if master:
        yield origin(master.rsplit(":", 1)[0] if master.count(":") > 6 else master)


def _list(action: str, operation: str, items: str) -> Call:
    return Call(f"lambda:{action}", f"lambda.{operation}", items=items, take={"FunctionName": "/FunctionName"})


FUNCTION = ResourceType(
    "aws.lambda.function",
    "AWS::Lambda::Function",
    Kind.CONFIG,
    each=Call("lambda:ListFunctions", "lambda.list_functions", items="/Functions"),
    id="{/FunctionArn}",
    label="/FunctionName",
    ask={
        "policy": Call(
            "lambda:GetPolicy",
            "lambda.get_policy",
            take={"FunctionName": "/FunctionName"},
            absent=frozenset({"ResourceNotFoundException"}),
            decode=("/Policy",),
        ),
        "urls": _list("ListFunctionUrlConfigs", "list_function_url_configs", "/FunctionUrlConfigs"),
        "aliases": _list("ListAliases", "list_aliases", "/Aliases"),
        "versions": _list("ListVersionsByFunction", "list_versions_by_function", "/Versions"),
        # An ARN with an alias stands for the function and its qualifier (botocore's model of FunctionName).
        "granted": Call(
            "lambda:GetPolicy",
            "lambda.get_policy",
            take={"FunctionName": "/Aliases/*/AliasArn"},
            absent=frozenset({"ResourceNotFoundException"}),
            decode=("/Policy",),
            follows="aliases",
            apart=True,
        ),
        "key": keys.ask("/KMSKeyArn"),
        "tags": Call("lambda:ListTags", "lambda.list_tags", take={"Resource": "/FunctionArn"}),
    },
    facts=(
        Location.homes.one("item:/FunctionArn", arn_home),
        Location.copies.gap("which distributions replicate it to their edges, as Lambda@Edge, is not resolved yet"),
        *keys.always(ENCRYPTED),
        EncryptionAtRest.owner.by(_owner, NAMED, keys.MANAGER),
        EncryptionAtRest.key.by(_key, NAMED),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.items(_origins, "item:/MasterArn"),
        Exposure.public.by(
            _public,
            "item:/FunctionArn",
            f"{URLS}/*/FunctionArn",
            f"{URLS}/*/AuthType",
            f"{ALIASES}/*/AliasArn",
            f"{VERSIONS}/*/Version",
            *policies.paths("policy:/Policy"),
        ),
        Trust.grantees.items(
            _grantees,
            f"{ALIASES}/*/AliasArn",
            f"{VERSIONS}/*/Version",
            *policies.paths("policy:/Policy"),
            *policies.paths("granted:/*/body/Policy"),
            *apart.paths("granted"),
        ),
        Tagging.tags.at("tags:/Tags", pairs, missing={}),
    ),
)

TYPES = (FUNCTION,)
