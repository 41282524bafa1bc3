"""Resource policies: whether they refuse what comes unencrypted, and whom they let in.

Grammar: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. A statement, and what stands in it,
may stand alone or in a list. Only forms whose effect is sure are taken for an answer; another form that touches the
question leaves it undecided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from scanner.facts import JSON, Grantee, NotKnown, Reason, Tls, Unknown, Where
from scanner.providers.aws import principals
from scanner.providers.aws.principals import is_fixed

Statement = Mapping[str, JSON]

FIELDS = ("Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
OPERATORS = frozenset({"Bool", "BoolIfExists", "NumericLessThan", "NumericLessThanIfExists"})
SECURE = "aws:securetransport"
# Keys that tie a request to accounts, networks or resources when they have fixed values
# (docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of public").
CLOSING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
    }
)
EQUAL = frozenset({"arnequals", "arnlike", "stringequals", "stringequalsignorecase", "stringlike"})
# Keys that tell whose the caller is, or whose the resource or network that a request comes from
# (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
BY_ACCOUNT = frozenset(
    {
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
BY_ORGANISATION = frozenset({"aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"})
BY_ARN = frozenset({"aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"})
BY_NETWORK = frozenset({"aws:sourcevpc", "aws:sourcevpce"})
VARIABLE = re.compile(r"\$\{[^}]*\}")
EXCEPTED = Unknown(Reason.UNDECIDED, "the policy allows everybody but those whom it names")
NEITHER = Unknown(Reason.SHAPE, "the policy has a statement that neither allows nor denies")
UNFORESEEN = Unknown(Reason.SHAPE, "the policy names a principal in an unforeseen form")
NARROWED = Unknown(Reason.UNDECIDED, "the policy restricts what it allows everybody in an unanalysed form")
DENIED = Unknown(Reason.UNDECIDED, "another statement of the policy denies it, at least in part")
NETWORK = Unknown(Reason.UNDECIDED, "everybody in that network is let in, and the policy does not tell whose it is")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a policy is about: the actions (in lower case) any of which stands for all that can be done to it, and
    whether a list of resources covers all of it. The list is empty where a statement names none.
    """

    actions: frozenset[str]
    covers: Callable[[list[JSON]], bool]


def paths(policy: str) -> tuple[str, ...]:
    """The paths that are read of the policy at "source:/pointer"."""
    return tuple(f"{policy}/Statement{several}/{field}" for several in ("/*", "") for field in FIELDS)


def itself(arn: str) -> Callable[[list[JSON]], bool]:
    """Whether the resources of a statement cover the one resource that its policy is attached to. A policy that can
    only be about that may leave them out.
    """
    return lambda resources: not resources or "*" in resources or arn in resources


def statements(value: JSON) -> list[Statement]:
    """The statements of a policy; raises TypeError for what are none."""
    found = [each for each in several(value) if isinstance(each, Mapping)]
    if len(found) < len(several(value)):
        raise TypeError("not statements")
    return found


def several(value: JSON) -> list[JSON]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def lets_plaintext(policy: list[Statement], subject: Subject) -> bool:
    """Whether it does not deny everybody plain connections. Raises NotKnown where it may do so in another form."""
    return ("Bool", ["false"]) not in _denials(policy, SECURE, subject)


def lowest_tls(policy: list[Statement], key: str, subject: Subject) -> Tls:
    """TLS 1.3 where the policy denies everybody less, by this condition key; else 1.2, the lowest that AWS accepts."""
    return Tls.V1_3 if ("NumericLessThan", ["1.3"]) in _denials(policy, key, subject) else Tls.V1_2


def lets_everybody(policy: list[Statement]) -> bool:
    """Whether it allows something to everybody. Who is named, and whoever a fixed value ties to an account, an
    organisation, a network or a resource, is not everybody. Raises NotKnown where it is restricted in another form.
    """
    allowed = [_opens(each) for each in policy if each.get("Effect") != "Deny"]
    denied = [each for each in policy if each.get("Effect") == "Deny" and not _is_about_tls(each)]
    if None in allowed or (True in allowed and denied):
        raise NotKnown(Unknown(Reason.UNDECIDED, "the policy restricts what it allows everybody in an unanalysed form"))
    return True in allowed


def _denials(policy: list[Statement], key: str, subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """The tests of this condition key by which the policy denies everybody; then unknown if there are other forms."""
    tests = [_test(each, key, subject) for each in policy if key in str(each.get("Condition")).lower()]
    yield from (test for test in tests if test)
    if None in tests:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"the policy uses {key} in a form that is not analysed"))


def _test(statement: Statement, key: str, subject: Subject) -> tuple[str, list[str]] | None:
    """The operator and values by which it denies, where it has the one form whose effect is sure; else None."""
    tests = statement.get("Condition")
    if not isinstance(tests, Mapping) or len(tests) != 1 or not _is_for_all(statement, subject):
        return None
    ((operator, keys),) = tests.items()
    if operator not in OPERATORS or not isinstance(keys, Mapping) or [each.lower() for each in keys] != [key]:
        return None
    return operator.removesuffix("IfExists"), [str(each).lower() for each in several(*keys.values())]


def _is_for_all(statement: Statement, subject: Subject) -> bool:
    """Whether it denies everybody everything in the whole of it, but for its condition."""
    actions = {each.lower() for each in several(statement.get("Action")) if isinstance(each, str)}
    resources = [each for each in several(statement.get("Resource")) if each is not None]
    denied = statement.get("Effect") == "Deny" and not actions.isdisjoint(subject.actions)
    whole = statement.get("NotResource") is None and subject.covers(resources)
    return denied and whole and "*" in _people(statement)


def _people(statement: Statement) -> list[JSON]:
    principal = statement.get("Principal")
    return several(principal.get("AWS") if isinstance(principal, Mapping) else principal)


def _opens(statement: Statement) -> bool | None:
    """Whether a statement that does not deny lets everybody in; None where that cannot be decided."""
    if statement.get("Effect") != "Allow":
        return None
    if "*" not in _people(statement) and statement.get("NotPrincipal") is None:
        return False
    condition = statement.get("Condition")
    if not condition:
        return True
    return False if isinstance(condition, Mapping) and _closes(condition) else None


def _closes(condition: Statement) -> bool:
    """Whether one of the tests, all of which must hold, ties the request to fixed values of a closing key."""
    return any(
        operator.lower() in EQUAL and key.lower() in CLOSING and all(is_fixed(each) for each in several(values))
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    )


def _is_about_tls(statement: Statement) -> bool:
    condition = statement.get("Condition")
    tests = list(condition.values()) if isinstance(condition, Mapping) else []
    return bool(tests) and all(
        isinstance(each, Mapping) and {key.lower() for key in each} == {SECURE} for each in tests
    )


def grantees(policy: Iterable[Statement], where: Where) -> Iterator[Grantee | Unknown]:
    """Whom the policy lets in by name, from outside the account of its resource; each once. Everybody is not named,
    unless a condition ties him to accounts, organisations, ARNs or networks: those are. An Unknown is what may name
    somebody in a form that is not analysed. Where a statement denies again what another allows, whose the grantee is
    stays unknown: he may be let in to nothing.
    """
    found = list(policy)
    denials = [each for each in found if each.get("Effect") == "Deny" and not _is_about_form(each)]
    allowed = (each for each in found if each.get("Effect") != "Deny")
    yield from dict.fromkeys(
        _unless_denied(one, each, denials) if isinstance(one, Grantee) else one
        for each in allowed
        for one in _let_in(each, where)
    )


def about(policy: Iterable[Statement], *arns: str) -> list[Statement]:
    """The statements that may be about any of the resources, of a policy that is for several. One without resources, or
    for all but some, may be.
    """
    return [
        each
        for each in policy
        if each.get("Resource") is None or any(_covers(each.get("Resource"), arn) for arn in arns)
    ]


def _covers(resources: JSON, arn: str) -> bool:
    """Whether one of the resources may be this one. A policy variable may be filled with anything."""
    return any(_is_like(arn, VARIABLE.sub("*", each)) for each in several(resources) if isinstance(each, str))


def _is_like(value: str, pattern: str) -> bool:
    """Whether a pattern of IAM, in which a bracket means nothing, is met."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _let_in(statement: Statement, where: Where) -> Iterator[Grantee | Unknown]:
    if statement.get("Effect") != "Allow":
        yield NEITHER
    elif statement.get("NotPrincipal") is not None:
        yield EXCEPTED
    else:
        principal = statement.get("Principal")
        kinds = principal if isinstance(principal, Mapping) else {"AWS" if principal == "*" else "": principal}
        for kind, names in kinds.items():
            for name in several(names):
                yield from _named(kind, name, statement, where)


def _named(kind: JSON, name: JSON, statement: Statement, where: Where) -> Iterator[Grantee | Unknown]:
    match kind, name:
        case "AWS", "*":
            yield from _everybody(statement.get("Condition"), where)
        case "Service", str():
            yield from _served(statement.get("Condition"), where)
        case (("AWS" | "CanonicalUser" | "Federated"), str()) if is_fixed(name) and name:
            found = principals.federated(name) if kind == "Federated" else principals.grantee(name, where)
            yield from (found,) if found else ()
        case _:
            yield UNFORESEEN


def _everybody(condition: JSON, where: Where) -> Iterator[Grantee | Unknown]:
    """Who is left of everybody. Without a condition that is a matter of exposure, and names nobody."""
    if condition:
        found = _tied(condition, where)
        yield from (NARROWED,) if found is None else found


def _served(condition: JSON, where: Where) -> Iterator[Grantee]:
    """For whom a service of AWS may act. It acts for whoever set it up: without a condition on that the policy names
    nobody, and with one it lets in whose the account or resource is that the condition names.
    """
    found = _tied(condition, where) or ()
    yield from (each for each in found if each.account != NETWORK)


def _tied(condition: JSON, where: Where) -> list[Grantee] | None:
    """To whom outside the account a condition ties a request; None where no test of it does. All of its tests must
    hold, so that any one of them tells: the one that tells most is taken.
    """
    if not isinstance(condition, Mapping):
        return None
    tests = [
        found
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
        if (found := _test_of(operator.lower().removeprefix("foranyvalue:"), key.lower(), several(values)))
    ]
    if not tests:
        return None
    return [each for each in min(tests, key=_doubt) if each.account != where.account]


def _test_of(operator: str, key: str, values: list[JSON]) -> list[Grantee]:
    """Whom the values of a test name; none where one of them may stand for anybody."""
    found = [(each, _fixed(operator, key, each)) for each in values if operator in EQUAL]
    named = [Grantee(str(each), whose) for each, whose in found if whose is not None]
    return named if len(named) == len(found) else []


def _fixed(operator: str, key: str, value: JSON) -> str | Unknown | None:
    if key in BY_ACCOUNT:
        return principals.account(value)
    if key in BY_ORGANISATION:
        return principals.organisation(value)
    if key in BY_ARN:
        return principals.holder(value, by_parts=operator.startswith("arn"))
    return NETWORK if key in BY_NETWORK and is_fixed(value) else None


def _doubt(test: list[Grantee]) -> tuple[bool, bool]:
    return (
        any(isinstance(each.account, Unknown) for each in test),
        any(isinstance(each.account, str) and principals.ORGANISATION.fullmatch(each.account) for each in test),
    )


def _unless_denied(found: Grantee, allowed: Statement, denials: list[Statement]) -> Grantee:
    touched = any(_denies(each, found) and _overlap(each, allowed) for each in denials)
    return replace(found, account=DENIED) if touched else found


def _denies(statement: Statement, found: Grantee) -> bool:
    """Whether a statement that denies may be about the grantee: by its own name, that of its account, or as one of
    all. To deny somebody of an account that is let in takes nothing from the others in it.
    """
    if statement.get("NotPrincipal") is not None:
        return True
    names = _names(statement.get("Principal"))
    whole = f":iam::{found.account}:root"
    if any(name in ("*", found.ref, found.account) or name.endswith(whole) for name in names):
        return True
    # A session may be denied by its role, whose path its own name does not tell.
    return ":assumed-role/" in found.ref and any(principals.account_of(name) == found.account for name in names)


def _names(principal: JSON) -> list[str]:
    groups = list(principal.values()) if isinstance(principal, Mapping) else [principal]
    return [name for group in groups for name in several(group) if isinstance(name, str)]


def _overlap(one: Statement, two: Statement) -> bool:
    """Whether two statements may be about one action."""
    first, second = (_actions(each) for each in (one, two))
    return not first or not second or any(_may_meet(a, b) for a in first for b in second)


def _actions(statement: Statement) -> list[str]:
    """The patterns of the actions, in lower case; none where it is for all but some, or in an unforeseen form."""
    return [each.lower() for each in several(statement.get("Action")) if isinstance(each, str)]


def _may_meet(one: str, two: str) -> bool:
    if is_fixed(one) or is_fixed(two):
        return _is_like(one, two) or _is_like(two, one)
    starts = [each.replace("?", "*").partition("*")[0] for each in (one, two)]
    return starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])


def _is_about_form(statement: Statement) -> bool:
    """Whether it denies only requests of a form (plain, old TLS, unencrypted objects), whoever makes them."""
    condition = statement.get("Condition")
    tests = list(condition.values()) if isinstance(condition, Mapping) else []
    keys = [key.lower() for each in tests if isinstance(each, Mapping) for key in each]
    return bool(keys) and all(key in (SECURE, "s3:tlsversion") or key.startswith("s3:x-amz-") for key in keys)
