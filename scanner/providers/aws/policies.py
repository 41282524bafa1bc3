"""Resource policies: whether they refuse what comes unencrypted, and whether they let everybody in.

Grammar: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. A statement, and what stands in it,
may stand alone or in a list. Only forms whose effect is sure are taken for an answer; another form that touches the
question leaves it undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scanner.facts import JSON, NotKnown, Reason, Tls, Unknown

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
        operator.lower() in EQUAL and key.lower() in CLOSING and all(_is_fixed(each) for each in several(values))
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    )


def _is_fixed(value: JSON) -> bool:
    # A policy variable is filled from the request, so that whoever asks may fit it.
    return isinstance(value, str) and not any(form in value for form in ("*", "?", "${"))


def _is_about_tls(statement: Statement) -> bool:
    condition = statement.get("Condition")
    tests = list(condition.values()) if isinstance(condition, Mapping) else []
    return bool(tests) and all(
        isinstance(each, Mapping) and {key.lower() for key in each} == {SECURE} for each in tests
    )
