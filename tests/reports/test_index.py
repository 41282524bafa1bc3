"""The index of findings: everything that is searched, and nothing that could end its element."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import index as module
from reports.document import Verdict
from reports.index import account_of, environments_of, index, rank
from reports.text import visible
from tests.reports.documents import HALF, HOSTILE, finding


def read(text: str) -> list[dict[str, Any]]:
    """The findings as the page's script reads them. Its strings are cut by units of UTF-16."""
    data = json.loads(text)
    last = b""
    subjects = []
    for shared, rest, name, kind, account, environment, region in data["subjects"]:
        last = last[: 2 * shared] + rest.encode("utf-16-le")
        words = data["types"][kind], data["accounts"][account], data["environments"][environment]
        subjects.append((last.decode("utf-16-le"), name, *words, region))
    flat = data["findings"]
    anchors = dict(data["anchors"])
    return [
        {
            "promise": data["promises"][flat[n]],
            "says": data["says"][flat[n]],
            "verdict": data["verdicts"][flat[n + 1]],
            "subject": subjects[flat[n + 2]],
            "anchor": anchors.get(n // 3, ""),
        }
        for n in range(0, len(flat), 3)
    ]


def test_it_tells_what_the_findings_tell() -> None:
    one = finding(1, Verdict.PASS)
    changes = {"account": "111111111111", "region": "eu-west-2", "environments": ("production",)}
    two = finding(2, Verdict.FAIL, "other", subject=finding(2).subject.model_copy(update=changes))
    found = read(index([two, one], [("encrypted", "It is."), ("other", "x" * 300)], {one.id: "finding-1"}))
    kind = "aws.rds.instance"
    start = "arn:aws:rds:eu-west-2:111111111111:db:customers-"
    assert found == [
        {
            "promise": "other",
            "says": "x" * 200,
            "verdict": "fail",
            "subject": (f"{start}2", "db-2", kind, "aws 111111111111", "production", "eu-west-2"),
            "anchor": "",
        },
        {
            "promise": "encrypted",
            "says": "It is.",
            "verdict": "pass",
            "subject": (f"{start}1", "db-1", kind, "aws", "not known", ""),
            "anchor": "finding-1",
        },
    ]


def test_a_subject_is_told_once_and_only_what_it_has_of_its_own() -> None:
    found = [finding(n, promise=name) for name in ("a", "b") for n in range(3)]
    data = json.loads(index(found, [("a", ""), ("b", "")], {}))
    start = len("arn:aws:rds:eu-west-2:111111111111:db:customers-")
    assert [row[:2] for row in data["subjects"]] == [[0, found[0].subject.id], [start, "1"], [start, "2"]]
    assert data["types"] == ["aws.rds.instance"]
    assert len(data["findings"]) == 18


def test_ids_that_share_a_wide_character_are_read_again() -> None:
    ids = ["a😀😁", "a😀😁b", "a😀😂"]
    found = [finding(n, subject=finding(n).subject.model_copy(update={"id": name})) for n, name in enumerate(ids)]
    assert [each["subject"][0] for each in read(index(found, [("encrypted", "")], {}))] == ids


def test_a_promise_that_is_named_twice_is_the_first() -> None:
    assert json.loads(index([finding()], [("encrypted", "a"), ("encrypted", "b")], {}))["findings"] == [0, 0, 0]


@given(st.lists(st.text(st.characters(codec=None)), min_size=1))
def test_every_id_is_read_again(ids: list[str]) -> None:
    found = [
        finding(n, subject=finding(n).subject.model_copy(update={"id": name, "name": name}))
        for n, name in enumerate(ids)
    ]
    assert [each["subject"][0] for each in read(index(found, [("encrypted", "")], {}))] == [
        visible(each) for each in ids
    ]


@pytest.mark.parametrize("payload", [*HOSTILE, HALF, "😀😁", "😀😂"])
def test_nothing_ends_its_element(payload: str) -> None:
    values = {"id": payload, "name": payload, "type": payload, "account": payload, "region": payload}
    one = finding(1, promise=payload, subject=finding(1).subject.model_copy(update=values))
    text = index([one], [(payload, payload)], {one.id: "finding-1"})
    assert not set("<>&") & set(text)
    assert text.isprintable()
    (found,) = read(text)
    assert found["subject"] == tuple(
        visible(each) for each in (payload, payload, payload, f"aws {payload}", "not known", payload)
    )


def test_the_worst_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    found = sorted((finding(n, verdict) for n, verdict in enumerate(Verdict)), key=rank)
    assert [each["verdict"] for each in read(index(found, [("encrypted", "")], {}))] == ["fail", "error"]


def test_findings_are_ranked_by_verdict_type_and_id() -> None:
    given = [finding(n, verdict) for n, verdict in enumerate(Verdict)]
    order = ["fail", "error", "unknown", "excepted", "pass", "not_applicable"]
    assert [each.verdict.value for each in sorted(given, key=rank)] == order
    one, two = finding(1), finding(2)
    vpc = finding(3, subject=two.subject.model_copy(update={"type": "aws.ec2.vpc"}))
    assert sorted([two, one, vpc], key=rank) == [vpc, one, two]


@pytest.mark.parametrize(
    ("account", "environments", "told"),
    [
        ("111111111111", ("production", "test"), ("aws 111111111111", "production, test")),
        ("", (), ("aws", "unassigned")),
        ("", None, ("aws", "not known")),
    ],
)
def test_account_and_environments_in_words(account: str, environments: Any, told: tuple[str, str]) -> None:
    subject = finding().subject.model_copy(update={"account": account, "environments": environments})
    assert (account_of(subject), environments_of(subject)) == told
