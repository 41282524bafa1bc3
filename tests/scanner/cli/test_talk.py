"""The table of promises and the last paragraph of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reports.document import Document
from scanner.cli.common import advice, advise, clock, many, optioned, shortest, tell
from scanner.collect.model import Options


def promise(name: str, verdict: str = "kept", severity: str = "high", says: str = "It is so.", **counts: Any) -> Any:
    fixed = {"check": "c", "parameters": {}, "digest": ""}
    counts |= {"pass": counts.pop("passed")} if "passed" in counts else {}
    return {"id": name, "says": says, "severity": severity, "verdict": verdict, "counts": counts, **fixed}


def finding(name: str, of: str, verdict: str, *unknowns: tuple[str, str]) -> Any:
    told = [{"reason": reason, "detail": "d", "permission": permission} for reason, permission in unknowns]
    subject = {"kind": "resource", "id": name, "type": "t", "provider": "x"}
    conditions = [{"name": "c", "verdict": verdict, "unknowns": told}]
    fixed = {"severity": "high", "conditions": conditions, "subject": subject}
    return {"id": name, "promise": of, "verdict": verdict, **fixed}


def exception(expires: str, state: str = "used") -> Any:
    fixed = {"condition": "c", "value": "v", "owner": "jane@example.com", "reason": "r"}
    return {"promise": "p", "resource": "box", "expires": expires, "state": state, **fixed}


def document(
    promises: list[Any], findings: list[Any] | None = None, exceptions: list[Any] | None = None, **more: Any
) -> Document:
    coverage: Mapping[str, Any] = {
        "accounts": [],
        "types": [],
        "gaps": [],
        "refused": [],
        "limits": [],
        "not_examined": more.pop("unseen", []),
    }
    body = {
        "run": {"digest": "d" * 64, "at": "2026-11-02T06:00:00+00:00", "scanner": "1", "tables": "t", "partial": False},
        "policy": {"name": "example-saas", "organisation": "Example SaaS Ltd", "digest": ""},
        "verdict": "broken",
        "promises": promises,
        "findings": findings or [],
        "exceptions": exceptions or [],
        "contradictions": [],
        "coverage": coverage,
    }
    return Document.model_validate({**body, **more})


SENTENCE = "Customer data, and every copy of it, is kept in the United Kingdom."
TABLE = document(
    [
        promise("data-in-uk", "broken", says=SENTENCE, unknown=2, fail=3, passed=40),
        promise("nothing-here", "empty"),
        promise("elsewhere", "not_examined", not_applicable=1),
    ]
)


def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    tell(TABLE)
    told = capsys.readouterr()
    assert told.out == ""
    assert all(len(line) <= columns for line in told.err.splitlines())
    return told.err.splitlines()


def test_a_narrow_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(capsys, monkeypatch, 60)[:7] == [
        "broken        Customer data, and every copy of it, is kept",
        "              in the United Kingdom.",
        "              data-in-uk: 3 fail, 2 unknown, 40 pass",
        "empty         It is so.",
        "              nothing-here: nothing in scope",
        "not examined  It is so.",
        "              elsewhere: 1 not applicable",
    ]


def test_a_wide_table_has_counts_beside(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(capsys, monkeypatch, 110)[:3] == [
        "broken        Customer data, and every copy of it, is kept in the United          3 fail, 2 unknown, 40 pass",
        "              Kingdom.",
        "              data-in-uk",
    ]


def test_colour_stands_beside_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    tell(TABLE)
    assert "\x1b[31m\x1b[1mbroken" in capsys.readouterr().err


def test_names_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "evil\x1b]0;title\x07"
    made = document([promise(hostile, says=hostile)], unseen=[hostile], exceptions=[exception("2026-11-03")])
    made = made.model_copy(update={"policy": made.policy.model_copy(update={"organisation": hostile})})
    tell(made)
    advise(made, hostile, None)
    assert "\x1b" not in capsys.readouterr().err


WAITING = [
    finding("f1", "a", "unknown", ("refused", "x:Read")),
    finding("f2", "a", "unknown", ("refused", "x:Read"), ("refused", "x:List")),
    finding("f3", "a", "unknown", ("refused", "x:Read"), ("shape", "")),
    finding("f4", "a", "unknown", ("shape", "x:Shape")),
    finding("f5", "a", "fail", ("refused", "x:List")),
]


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (WAITING, ["Grant x:Read: 3 unknown findings wait for it, 1 for nothing else."]),
        (WAITING[:1], ["Grant x:Read: 1 unknown finding waits for it, 1 for nothing else."]),
        (WAITING[1:2], ["Grant x:List: 1 unknown finding waits for it, 0 for nothing else."]),
        (WAITING[3:], []),
        ([], []),
    ],
    ids=["several", "one", "two permissions", "no refusal", "nothing"],
)
def test_the_permission_that_is_missed_most(findings: list[Any], told: list[str]) -> None:
    assert list(advice(document([promise("a", "unproven")], findings), "", None)) == told


BROKEN = [
    promise("low", "broken", "low", fail=9),
    promise("few", "broken", "critical", fail=1),
    promise("most", "broken", "critical", fail=2),
    promise("kept", "kept", "critical"),
]
FAILED = [
    finding("aaaaaaaa1", "low", "fail"),
    finding("aaaaaaaa2", "most", "pass"),
    finding("bbbbbbbbbbbb1", "most", "fail"),
    finding("bbbbbbbbbbbb2", "few", "fail"),
]


@pytest.mark.parametrize(
    ("show", "look"),
    [
        (None, ""),
        ("", " Look at one: asdeclared show bbbbbbbbbbbb1"),
        (" --run abc", " Look at one: asdeclared show bbbbbbbbbbbb1 --run abc"),
    ],
)
def test_the_worst_broken_promise(show: str | None, look: str) -> None:
    (line,) = advice(document(BROKEN, FAILED), "", show)
    assert line == f"Broken first of all: most (critical, 2 findings).{look}"


def test_a_document_that_omits_findings_says_what_is_sure() -> None:
    made = document(BROKEN, [*WAITING[:1], FAILED[2]], omitted={"fail": 9})
    grant, broken = advice(made, "", "")
    assert grant == "Grant x:Read: at least 1 unknown finding waits for it, 1 for nothing else."
    assert broken.endswith("asdeclared show bbbbbbbbbbbb1")
    (broken,) = advice(document(BROKEN, [], omitted={"fail": 9}), "", "")
    assert broken == "Broken first of all: most (critical, 2 findings)."


@pytest.mark.parametrize(
    ("expires", "state", "told"),
    [
        ("2026-11-03", "used", "expires in 1 day, on 2026-11-03."),
        ("2026-12-02", "unused", "expires in 30 days, on 2026-12-02."),
        ("2026-12-03", "used", ""),
        ("2026-11-01", "expired", "expired on 2026-11-01: renew it, or take it out."),
    ],
)
def test_exceptions_that_end(expires: str, state: str, told: str) -> None:
    made = document([promise("p")], exceptions=[exception(expires, state)])
    assert "".join(advice(made, "", None)) == (f"The exception of p for box (jane@example.com) {told}" if told else "")


def test_where_the_reports_are() -> None:
    assert list(advice(document([promise("p")]), "out/report.html", None)) == ["Reports: out/report.html"]


@pytest.mark.parametrize(
    ("name", "others", "short"),
    [
        ("abcdefghij", ["abcdefghij"], "abcdefgh"),
        ("abcdefghij", ["abcdefghij", "abcdefghkk"], "abcdefghi"),
        ("abcdefghij", ["zzz"], "abcdefgh"),
        ("abcdefgh", ["abcdefghij", "abcdefgh"], None),
    ],
)
def test_the_shortest_name(name: str, others: list[str], short: str | None) -> None:
    assert shortest(name, others) == (short or name)


@pytest.mark.parametrize(("number", "words"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_many(number: int, words: str) -> None:
    assert many(number, "day") == words


def test_options_of_each_provider() -> None:
    assert optioned(["aws", "azure", "gcp", "other"], "http://a", "http://g", 3) == {
        "aws": Options("", 3),
        "azure": Options("http://a", 3),
        "gcp": Options("http://g", 3),
        "other": Options("", 3),
    }


def test_a_clock_without_a_zone_is_in_utc() -> None:
    assert clock("2026-01-31T06:00:00") == clock("2026-01-31T07:00:00+01:00")
