"""Resource policies: which statements decide."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import NotKnown, Reason, Tls
from scanner.providers.aws.policies import Subject, itself, lets_everybody, lets_plaintext, lowest_tls, statements

ARN = "arn:aws:sqs:eu-west-2:111111111111:work"
SUBJECT = Subject(frozenset({"sqs:*", "*"}), itself(ARN))
OPEN: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN}
DENY: dict[str, object] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": ARN,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _only(operator: str, key: str, value: object) -> dict[str, object]:
    return {**OPEN, "Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("policy", "everybody"),
    [
        ([], False),
        ([DENY], False),
        ([OPEN], True),
        ([{**OPEN, "Principal": {"AWS": "*"}}], True),
        ([{**OPEN, "Principal": {"AWS": ["222222222222", "*"]}}], True),
        ([{**OPEN, "Principal": None, "NotPrincipal": {"AWS": "222222222222"}}], True),
        ([{**OPEN, "Principal": {"AWS": "222222222222"}}], False),
        ([{**OPEN, "Principal": {"Service": "sns.amazonaws.com"}}], False),
        ([{**OPEN, "Condition": {}}], True),
        ([OPEN, DENY], True),
        ([OPEN, {**DENY, "Condition": None}], None),
        ([OPEN, {**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}], None),
        ([_only("StringEquals", "AWS:SourceAccount", "111111111111")], False),
        ([_only("ArnLike", "aws:SourceArn", ["arn:aws:s3:::data"])], False),
        ([_only("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}")], None),
        ([_only("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:root")], None),
        ([_only("ArnLike", "aws:SourceArn", ["arn:aws:s3:::data", "arn:aws:s3:::*"])], None),
        ([_only("ArnLike", "aws:SourceArn", "arn:aws:s3:::dat?")], None),
        ([_only("StringEqualsIfExists", "aws:SourceAccount", "111111111111")], None),
        ([_only("StringNotEquals", "aws:SourceAccount", "111111111111")], None),
        ([_only("IpAddress", "aws:SourceIp", "192.0.2.0/24")], None),
        ([{**OPEN, "Condition": ["?"]}], None),
        ([{**OPEN, "Effect": "allow"}], None),
    ],
)
def test_a_policy_lets_everybody_in_where_it_names_everybody_and_ties_to_nothing(
    policy: list[Any], everybody: bool | None
) -> None:
    if everybody is None:
        with pytest.raises(NotKnown) as caught:
            lets_everybody(policy)
        assert caught.value.unknown.reason is Reason.UNDECIDED
    else:
        assert lets_everybody(policy) is everybody


@pytest.mark.parametrize(
    ("change", "plaintext"),
    [
        ({}, False),
        ({"Resource": None}, False),
        ({"Resource": ["*"]}, False),
        ({"Resource": "arn:aws:sqs:eu-west-2:111111111111:other"}, None),
        ({"Resource": None, "NotResource": ARN}, None),
        ({"Action": "sqs:ReceiveMessage"}, None),
        ({"Principal": {"AWS": "222222222222"}}, None),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, True),
    ],
)
def test_plaintext_is_refused_by_the_one_form_that_is_sure(change: dict[str, object], plaintext: bool | None) -> None:
    if plaintext is None:
        with pytest.raises(NotKnown, match="not analysed"):
            lets_plaintext([{**DENY, **change}], SUBJECT)
    else:
        assert lets_plaintext([{**DENY, **change}], SUBJECT) is plaintext


@pytest.mark.parametrize(
    ("condition", "lowest"),
    [
        ({}, Tls.V1_2),
        ({"NumericLessThan": {"s3:TlsVersion": "1.3"}}, Tls.V1_3),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, Tls.V1_2),
    ],
)
def test_the_lowest_version_that_a_policy_leaves(condition: object, lowest: Tls) -> None:
    assert lowest_tls([{**DENY, "Condition": condition}], "s3:tlsversion", SUBJECT) is lowest


def test_statements_may_stand_alone_and_nothing_else_may_stand_for_them() -> None:
    assert statements(DENY) == statements([DENY]) == [DENY]
    with pytest.raises(TypeError):
        statements([DENY, "Deny"])
