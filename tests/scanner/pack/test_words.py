"""The paragraph: what an auditor can quote of every outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner.pack.sign import Checked
from scanner.pack.timestamp import Stamped
from scanner.pack.verify import Kind, Problem, Trust, Verification, verify
from scanner.pack.words import paragraph
from tests.scanner.pack.conftest import Packs

AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def said(made: Verification) -> str:
    return paragraph(made, AT, "1.2.3")


@pytest.fixture(scope="module")
def verified(packs: Packs) -> Verification:
    return verify(packs.write("words.zip"), Trust())


def test_a_verified_pack(verified: Verification, packs: Packs) -> None:
    words = said(verified)
    assert words.startswith("The pack is verified. It holds the run of 2026-11-09T06:00:00+00:00 of the policy")
    assert packs.runs[1].digest in words
    assert f"An unbroken chain of 2 runs leads to it from the first, {packs.runs[0].digest}." in words
    assert "(4 resources, 4 fragments, 24 facts, 8 verdicts)" in words
    assert "It is not signed: this proves that it agrees with itself, not who made it." in words
    assert "told by the pack" in words
    assert f"The file words.zip has the SHA-256 {verified.digest}." in words
    assert words.endswith("This was found on 22 November 2026 at 12:30 UTC by asdeclared 1.2.3.")


@pytest.mark.parametrize(
    ("kind", "begins", "vouches"),
    [
        (Kind.TAMPERED, "The pack is NOT as it was written", False),
        (Kind.CHAIN, "The pack does NOT fit its chain", False),
        (Kind.PLUGIN, "The pack is intact, but its verdicts could not be derived again here", True),
        (Kind.VERSION, "The pack is intact, but another version derives or writes something else", True),
        (Kind.ORIGIN, "The pack is intact and its verdicts follow from its evidence, but its seal", True),
    ],
)
def test_each_problem_begins_in_its_own_way(verified: Verification, kind: Kind, begins: str, vouches: bool) -> None:
    words = said(replace(verified, problems=(Problem(Kind.ORIGIN, "a", "b"), Problem(kind, "where", "what"))))
    assert words.startswith(begins)
    assert "where: what." in words
    assert ("derived again from the stored evidence" in words) is (kind is Kind.ORIGIN)
    assert ("not signed" in words) is vouches


def test_a_verdict_that_was_not_derived_is_not_claimed(verified: Verification) -> None:
    assert "with the same result" not in said(replace(verified, replayed={}))


def test_of_many_problems_some_are_named(verified: Verification) -> None:
    problems = tuple(Problem(Kind.TAMPERED, f"file {n}", "changed") for n in range(5))
    words = said(replace(verified, problems=problems))
    assert "file 2: changed. There are 2 more problems." in words
    assert "file 3" not in words


def test_what_is_wrong_is_harmless_in_a_terminal(verified: Verification) -> None:
    words = said(replace(verified, name="\x1b[2J.zip", problems=(Problem(Kind.TAMPERED, "\x1b[31m", "\u202e"),)))
    assert "\x1b" not in words
    assert "\u202e" not in words


@pytest.mark.parametrize(
    ("signature", "stamp", "parts"),
    [
        (Checked("good", "key 1", ""), None, ["It is signed by key 1."]),
        (Checked("no key", "key 1", ""), None, ["not checked against a key"]),
        (
            None,
            Stamped("good", "", AT, "Example TSA"),
            ["22 November 2026 at 12:30:00 UTC", "Example TSA", "not signed"],
        ),
        (None, Stamped("no root", "", AT, "Example TSA"), ["not signed"]),
    ],
)
def test_the_seal(verified: Verification, signature: Checked | None, stamp: Stamped | None, parts: list[str]) -> None:
    words = said(replace(verified, signature=signature, stamp=stamp))
    assert all(part in words for part in parts)
    assert ("Example TSA" in words) is any("Example TSA" in part for part in parts)


def test_the_first_run_and_a_drift_derived_again(verified: Verification) -> None:
    assert "It is the first run of its chain." in said(replace(verified, chain=verified.chain[:1]))
    assert "derived again from the packs of both" in said(replace(verified, drifted=True))


def test_a_pack_that_tells_no_drift_says_so(verified: Verification) -> None:
    assert verified.document is not None
    document = verified.document.model_copy(update={"drift": None})
    assert "It does not tell what changed since the run before." in said(replace(verified, document=document))
    assert "does not tell what changed" not in said(verified)


def test_what_could_not_be_opened_has_no_run() -> None:
    words = said(Verification("p.zip", "0" * 64, (Problem(Kind.TAMPERED, "manifest.json", "it is missing"),)))
    assert "manifest.json: it is missing." in words
    assert "It holds" not in words
