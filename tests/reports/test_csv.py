"""The table: what is written is read again, and no cell acts in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.csv import COLUMNS, CSV, cell, render, rows, write
from reports.document import ConditionResult, FaultFound, NotSeen, Verdict
from reports.text import visible
from tests.reports.documents import DENIED, DIGEST, HALF, HOSTILE, READ, document, everything, finding

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠a", " =1", "'=1", "'"]  # noqa: RUF001 - they act too


csv.field_size_limit(10**7)


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def row(**changes: Any) -> dict[str, str]:
    (cells,) = rows([finding(**changes)])
    return dict(zip(COLUMNS, cells, strict=True))


def test_a_finding_is_a_row() -> None:
    assert row() == {
        "finding": "0000000000000000",
        "promise": "encrypted",
        "verdict": "fail",
        "severity": "high",
        "provider": "aws",
        "account": "",
        "region": "",
        "environments": "unknown",
        "kind": "resource",
        "type": "aws.rds.instance",
        "name": "db-0",
        "id": "arn:aws:rds:eu-west-2:111111111111:db:customers-0",
        "count": "1",
        "conditions": "encrypted: fail",
        "why": "it is not encrypted",
        "permissions": "",
        "fix": "Encrypt it.",
        "evidence": DIGEST,
    }


@pytest.mark.parametrize(
    ("environments", "told"), [(None, "unknown"), ((), "unassigned"), (("production", "test"), "production; test")]
)
def test_unknown_environments_are_not_none(environments: tuple[str, ...] | None, told: str) -> None:
    subject = finding().subject.model_copy(update={"environments": environments, "account": "1", "region": "r"})
    found = row(subject=subject)
    assert (found["environments"], found["account"], found["region"]) == (told, "1", "r")


def test_every_reason_and_permission_is_told_once() -> None:
    other = NotSeen(reason="failed", detail="time-out")
    conditions = (
        ConditionResult(
            name="a",
            verdict=Verdict.EXCEPTED,
            faults=(FaultFound(value="1", why="one"), FaultFound(value="2", why="two", excepted=True)),
        ),
        ConditionResult(name="b", verdict=Verdict.UNKNOWN, unknowns=(DENIED, other, DENIED)),
        ConditionResult(name="c", verdict=Verdict.ERROR, error="ValueError: x"),
    )
    found = row(conditions=conditions, evidence=finding().evidence * 2)
    assert found["conditions"] == "a: excepted; b: unknown; c: error"
    refused = "refused: rds.describe_db_snapshots refused (AccessDenied)"
    assert found["why"] == f"one; two (excepted); {refused}; failed: time-out; {refused}; ValueError: x"
    assert found["permissions"] == "rds:DescribeDBSnapshots"
    assert found["evidence"] == READ.digest


def test_the_table_is_rfc_4180_with_a_header() -> None:
    said = ConditionResult(name='a,"b"', verdict=Verdict.FAIL)
    data = render(document(findings=(finding(), finding(1, conditions=(said,)))))
    lines = data.split(b"\r\n")
    assert lines[0] == ",".join(COLUMNS).encode()
    assert b'"a,""b"": fail"' in lines[2]
    assert lines[3:] == [b""]
    assert (CSV.file, CSV.render, CSV.binary) == ("findings.csv", render, False)


def test_no_findings_leave_the_header() -> None:
    assert render(document(findings=())) == ",".join(COLUMNS).encode() + b"\r\n"


def test_it_is_written_as_the_findings_come() -> None:
    taken: list[int] = []

    def coming() -> Any:
        for number in range(3):
            taken.append(number)
            yield finding(number)

    lines = write(coming())
    next(lines)
    assert taken == []
    next(lines)
    assert taken == [0]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "1", "a=1", "db-0", "\\"])
def test_other_text_stays(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize("payload", [*HOSTILE, *FORMULAS, HALF, "\t=1", "\r=1", "\n=1"])
def test_hostile_text_is_one_cell_that_does_not_act(payload: str) -> None:
    for made in everything(lambda _: payload):
        table = read(render(made))
        assert {len(each) for each in table} == {len(COLUMNS)}
        assert len(table) == len(made.findings) + 1
        for each in table[1:]:
            assert all(word.isprintable() for word in each)
            assert not any(word.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for word in each)  # noqa: RUF001


@given(st.lists(st.text(st.characters(codec=None)), min_size=2, max_size=2))
def test_what_is_written_is_read_again(texts: list[str]) -> None:
    name, fix = texts
    subject = finding().subject.model_copy(update={"name": name})
    _, found = read(render(document(findings=(finding(subject=subject, fix=fix),))))
    assert found[COLUMNS.index("name")].removeprefix("'") == visible(name)
    assert found[COLUMNS.index("fix")].removeprefix("'") == visible(fix)
