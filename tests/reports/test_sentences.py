"""What may be published of each promise: never more than was looked at, and nothing where a doubt is left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import (
    ConditionResult,
    ContradictionFound,
    Document,
    ExceptionUse,
    FaultFound,
    Finding,
    NotSeen,
    PromiseVerdict,
    Subject,
    Tally,
    Verdict,
)
from reports.sentences import Sentence, line, long_date, sentences, tallies_of
from tests.reports.documents import DENIED, HOSTILE, document, everything, finding, promise

SAYS = "Customer data is kept in the EEA."
KEPT = PromiseVerdict.KEPT
OTHER = NotSeen(reason="incomplete", detail="not all is shown", permission="tag:GetResources")


def seen(number: int, verdict: Verdict = Verdict.PASS, *unknowns: NotSeen, **subject: Any) -> Finding:
    """A finding about a resource of one of three accounts."""
    own = {"kind": "resource", "id": f"id-{number}", "type": "aws.s3.bucket", "provider": "aws", "name": f"b-{number}"}
    faults = (FaultFound(value="us-east-1", why="it is in the US"),) if verdict is Verdict.FAIL else ()
    condition = ConditionResult(name="places", verdict=verdict, faults=faults, unknowns=unknowns)
    about = Subject.model_validate({**own, "account": f"11111111111{number % 3}", **subject})
    return finding(number, verdict, subject=about, conditions=(condition,))


def made(*findings: Finding, verdict: PromiseVerdict = KEPT, changes: Any = None, **own: Any) -> Document:
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.verdict.value] = counts.get(each.verdict.value, 0) + 1
    told = {"says": SAYS, "check": "residency.places", "parameters": {"places": ["EEA"]}, "counts": counts, **own}
    base = document(promises=(promise(verdict=verdict, **told),), findings=findings, verdict="as declared")
    run = base.run.model_copy(update={"at": "2026-11-22T06:00:00+00:00"})
    return base.model_copy(update={"run": run, **(changes or {})})


def the(*findings: Finding, **own: Any) -> Sentence:
    (sentence,) = sentences(made(*findings, **own))
    assert bool(sentence.publish) != bool(sentence.withhold)
    return sentence


def use(**changes: Any) -> ExceptionUse:
    own = {
        "promise": "encrypted",
        "resource": "ID-7",
        "condition": "places",
        "value": "us-east-1",
        "owner": "jane@example.com",
        "reason": "It holds published statistics.",
        "expires": "2027-01-31",
        "state": "used",
    }
    return ExceptionUse.model_validate({**own, **changes})


PASSES = tuple(seen(number) for number in range(6))
PASSED = (
    'Verified on 22 November 2026 in AWS: "Customer data is kept in the EEA." All 6 resources found in scope in 3 '
    "accounts satisfy the check residency.places (places EEA)."
)


def tallied(*findings: Finding, times: int = 1) -> tuple[Tally, ...]:
    """The tallies of findings, each counted so many times."""
    return tuple(
        each.model_copy(update={"count": times})
        for each in tallies_of(promise().model_copy(update={"tallies": ()}), findings)
    )


def test_a_document_that_omits_findings_is_told_by_its_tallies() -> None:
    counts = {"pass": 6000}
    sentence = the(tallies=tallied(*PASSES, times=1000), counts=counts, changes={"omitted": counts})
    assert sentence.publish == PASSED.replace("All 6", "All 6000")
    assert sentence.scope.startswith("6000 resources in 3 accounts in AWS: 6000 aws.s3.bucket;")
    assert sentence.coverage.startswith("6000 of 6000 resources")


def test_tallies_that_do_not_match_the_verdict_or_the_findings_forbid_it() -> None:
    """A document cannot be made kept by its counts alone."""
    for told, omitted in (({"pass": 5}, {}), ({"pass": 6, "fail": 1}, {"fail": 1}), ({"pass": 7}, {"pass": 1})):
        assert (
            "does not hold"
            in the(*PASSES, counts=told, tallies=tallied(*PASSES), changes={"omitted": omitted}).withhold
        )
    assert "does not hold" in the(counts={"pass": 6}, tallies=tallied(*PASSES)).withhold


def test_what_is_broken_is_counted_by_tallies() -> None:
    failing = seen(1, Verdict.FAIL)
    unseen = seen(2, Verdict.UNKNOWN, DENIED)
    both = {
        "tallies": (*tallied(failing, times=20), *tallied(unseen, times=300)),
        "counts": {"fail": 20, "unknown": 300},
        "changes": {"omitted": {"fail": 19, "unknown": 299}},
    }
    words = the(failing, unseen, verdict=PromiseVerdict.BROKEN, **both).withhold
    assert words.startswith('Broken: 20 of 320 resources break it, such as "b-1"')
    assert "300 resources could not be judged" in words
    assert "is missing for" not in words


@pytest.mark.parametrize(
    ("applies_to", "said"),
    [
        ({}, ""),
        ({"include": "config"}, ""),
        ({"environments": ["production"]}, " Examined were the environments production only."),
        (
            {"types": ["aws.s3.*"], "accounts": ["111111111111", "222222222222"]},
            " Examined were the types aws.s3.* and the accounts 111111111111, 222222222222 only.",
        ),
        (
            {"tags": {"env": ["prod", "live"]}, "providers": ["aws"]},
            " Examined were what is tagged env=prod, live and the providers aws only.",
        ),
        ({"environments": ["a\u202eb"]}, " Examined were the environments a\\u202eb only."),
    ],
)
def test_what_the_policy_limits_a_promise_to_is_part_of_the_sentence(applies_to: dict[str, Any], said: str) -> None:
    sentence = the(*PASSES, applies_to=applies_to)
    assert sentence.publish == PASSED + said
    assert sentence.scope.endswith(f"(places EEA).{said}")


def test_a_kept_promise_may_be_published_with_date_scope_and_check() -> None:
    sentence = the(*PASSES)
    assert sentence.publish == PASSED
    assert (sentence.promise, sentence.says, sentence.date) == ("encrypted", SAYS, "22 November 2026")
    assert sentence.scope == (
        "6 resources in 3 accounts in AWS: 6 aws.s3.bucket; by the check residency.places (places EEA)."
    )
    assert sentence.coverage == "6 of 6 resources found in scope could be judged."
    assert (sentence.verdict, sentence.withhold, sentence.exceptions) == (KEPT, "", ())


def test_one_resource_is_one_resource() -> None:
    told = the(seen(1), parameters={}).publish
    assert told.endswith("All 1 resource found in scope in 1 account satisfies the check residency.places.")


def test_clouds_and_types_are_those_of_what_was_judged() -> None:
    sentence = the(
        *PASSES,
        seen(8, provider="gcp", type="gcp.sql.instance"),
        seen(9, provider="shelf", account=""),
        seen(10, Verdict.NOT_APPLICABLE, provider="azure", account="elsewhere"),
    )
    assert " in AWS, GCP and shelf: " in sentence.publish
    assert "All 8 resources found in scope in 4 accounts satisfy" in sentence.publish
    assert sentence.publish.endswith("It does not apply to 1 more resource.")
    assert "7 aws.s3.bucket, 1 gcp.sql.instance;" in sentence.scope


def test_an_exception_in_use_is_named_in_the_sentence() -> None:
    excepted = seen(7, Verdict.EXCEPTED)
    sentence = the(*PASSES, excepted, changes={"exceptions": (use(), use(state="unused"), use(promise="other"))})
    told = '"b-7" (places: us-east-1), accepted by jane@example.com until 31 January 2027'
    assert sentence.exceptions == (told,)
    assert "6 of 7 resources found in scope in 3 accounts satisfy" in sentence.publish
    assert sentence.publish.endswith(f"1 exception: {told}.")


def test_every_exception_is_named() -> None:
    uses = tuple(use(resource=f"id-{number}", value="") for number in range(7, 17))
    excepted = tuple(seen(number, Verdict.EXCEPTED) for number in range(7, 17))
    told = the(*PASSES, *excepted, changes={"exceptions": uses}).publish
    assert "10 exceptions: " in told
    assert all(f'"b-{number}" (places), accepted by' in told for number in range(7, 17))


def test_hosters_and_limits_are_in_the_sentence() -> None:
    coverage = document().coverage.model_copy(update={"limits": ("New things may not show.", "Nor hidden ones.")})
    sentence = the(*PASSES, changes={"coverage": coverage}, not_examined=("Example Hosting Ltd", "Other Ltd"))
    assert sentence.publish == (
        f"{PASSED} Not examined: Example Hosting Ltd and Other Ltd. 2 stated limits of the method apply."
    )
    assert sentence.coverage.endswith("2 stated limits of the method apply.")


RUN = document().run
DOUBTS: list[tuple[str, Document, str]] = [
    (
        "partial",
        made(*PASSES, changes={"run": RUN.model_copy(update={"partial": True})}),
        "The run was partial: an option left something out. Scan everything, and it may be published.",
    ),
    (
        "nothing but exceptions",
        made(seen(7, Verdict.EXCEPTED), changes={"exceptions": (use(),)}),
        "All 1 resource in scope are excepted: nothing satisfies it.",
    ),
    (
        "exceptions without a name",
        made(*PASSES, seen(7, Verdict.EXCEPTED), changes={"exceptions": (use(state="expired"),)}),
        "It rests on exceptions that the document does not name.",
    ),
    ("no findings", made(counts={"pass": 6}), "The document does not hold the findings that its verdict rests on."),
    (
        "other findings",
        made(*PASSES, counts={"pass": 5}),
        "The document does not hold the findings that its verdict rests on.",
    ),
    (
        "a failure",
        made(*PASSES, seen(7, Verdict.FAIL)),
        "The document does not hold the findings that its verdict rests on.",
    ),
    (
        "something unknown",
        made(*PASSES, seen(7, Verdict.UNKNOWN, DENIED)),
        "The document does not hold the findings that its verdict rests on.",
    ),
]


@pytest.mark.parametrize(("doubtful", "withheld"), [case[1:] for case in DOUBTS], ids=[case[0] for case in DOUBTS])
def test_a_kept_promise_with_a_doubt_is_withheld(doubtful: Document, withheld: str) -> None:
    (sentence,) = sentences(doubtful)
    assert (sentence.publish, sentence.withhold) == ("", withheld)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("'encrypted' accepts GB, which is outside the EEA", True),
        ("Example Hosting is declared in US, outside what 'encrypted' wants", True),
        ("no place keeps both 'not-encrypted' and 'other'", False),
        ("expired after 2026-10-31: it covers nothing", False),
        ("a message that was cut and may have named i…", True),
    ],
)
def test_what_the_policy_contradicts_is_withheld(message: str, told: bool) -> None:
    found = ContradictionFound(code="any", line=12, column=3, message=message)
    sentence = the(*PASSES, changes={"contradictions": (found,)})
    assert bool(sentence.withhold) is told
    if told:
        assert sentence.withhold == f"The policy contradicts itself about it (line 12): {message}."


BROKEN = PromiseVerdict.BROKEN
UNPROVEN = PromiseVerdict.UNPROVEN
UNSEEN = seen(20, Verdict.UNKNOWN, DENIED)
GAP = seen(21, Verdict.UNKNOWN, DENIED, OTHER, kind="gap", id="gap:1")
STRANGE = seen(22, Verdict.UNKNOWN, NotSeen(reason="unmodelled", detail="?"), kind="type", id="type:aws/x")
WITHHELD: list[tuple[tuple[Finding, ...], PromiseVerdict, str]] = [
    (
        (*PASSES, seen(7, Verdict.FAIL), seen(8, Verdict.FAIL)),
        BROKEN,
        'Broken: 2 of 8 resources break it, such as "b-7" (it is in the US).',
    ),
    (
        (*PASSES, seen(7, Verdict.FAIL, name=""), UNSEEN),
        BROKEN,
        (
            'Broken: 1 of 8 resources breaks it, such as "id-7" (it is in the US). 1 resource could not be judged: '
            "calls were refused. The permission rds:DescribeDBSnapshots is missing for 1 of 1."
        ),
    ),
    (
        (*PASSES, UNSEEN, GAP, STRANGE),
        UNPROVEN,
        (
            "Not proven. 1 resource, 1 listing and 1 unmodelled type could not be judged: mostly calls were refused. "
            "The permission rds:DescribeDBSnapshots is missing for 2 of 3."
        ),
    ),
    (
        (STRANGE, STRANGE),
        UNPROVEN,
        "Not proven. 2 unmodelled types could not be judged: types are not modelled.",
    ),
    (
        (seen(5, Verdict.ERROR),),
        UNPROVEN,
        "Not proven. 1 resource could not be judged: no reason is told.",
    ),
    (
        (seen(5, Verdict.UNKNOWN, NotSeen(reason="new reason", detail="?")),),
        UNPROVEN,
        "Not proven. 1 resource could not be judged: new reason.",
    ),
    ((), PromiseVerdict.EMPTY, "Nothing that it applies to was found: there is nothing to verify."),
    ((), PromiseVerdict.NOT_EXAMINED, "Not examined: no cloud in its scope was asked."),
]


@pytest.mark.parametrize(("findings", "verdict", "withheld"), WITHHELD)
def test_what_is_not_kept_is_withheld_with_its_reason(
    findings: tuple[Finding, ...], verdict: PromiseVerdict, withheld: str
) -> None:
    assert the(*findings, verdict=verdict).withhold == withheld
    assert the(*findings, verdict=verdict, not_examined=("A Ltd",)).withhold == f"{withheld} Not examined: A Ltd."


def test_a_gap_is_no_resource() -> None:
    told = the(*PASSES, seen(7, Verdict.FAIL), GAP, STRANGE, verdict=BROKEN)
    assert told.withhold.startswith("Broken: 1 of 7 resources breaks it")
    assert told.scope.startswith("7 resources in 3 accounts in AWS: 7 aws.s3.bucket;")
    assert told.coverage.startswith("7 of 7 resources found in scope could be judged.")


def test_an_error_of_a_check_is_a_defect() -> None:
    condition = ConditionResult(name="places", verdict=Verdict.ERROR, error="ValueError: 1")
    broken = seen(5, Verdict.ERROR).model_copy(update={"conditions": (condition,)})
    assert "a check or a mapping has a defect" in the(broken, verdict=UNPROVEN).withhold


def test_the_permission_that_answers_most_is_told_and_no_other() -> None:
    rare = DENIED.model_copy(update={"permission": "a:Rare"})
    told = the(seen(1, Verdict.UNKNOWN, rare), UNSEEN, GAP, verdict=UNPROVEN).withhold
    assert told.endswith("The permission rds:DescribeDBSnapshots is missing for 2 of 3.")
    assert "permission" not in the(seen(1, Verdict.UNKNOWN, OTHER), verdict=UNPROVEN).withhold


def test_nothing_found_has_no_scope() -> None:
    sentence = the(verdict=PromiseVerdict.EMPTY)
    assert sentence.scope == "Nothing was found that it applies to, by the check residency.places (places EEA)."
    assert sentence.coverage == ""


def test_what_could_not_be_judged_is_in_the_coverage() -> None:
    told = the(*PASSES, UNSEEN, verdict=UNPROVEN).coverage
    assert told.startswith("6 of 7 resources found in scope could be judged. 1 resource could not be judged: ")


def test_each_promise_has_its_own_sentence_in_the_document_s_order() -> None:
    both = made(*PASSES, finding(30, promise="b")).model_copy(
        update={"promises": (promise("b"), promise(says=SAYS, verdict=KEPT, counts={"pass": 6}))}
    )
    assert [(each.promise, bool(each.publish)) for each in sentences(both)] == [("b", False), ("encrypted", True)]
    assert sentences(document(promises=())) == ()


def test_a_quotation_cannot_be_left() -> None:
    told = the(*PASSES, says='Kept." Everything else\nis too. "').publish
    assert told.startswith("Verified on 22 November 2026 in AWS: \"Kept.' Everything else is too. '\" All 6 ")


def test_long_names_are_cut_at_both_ends() -> None:
    excepted = seen(7, Verdict.EXCEPTED, name="n" * 500 + "end")
    (told,) = the(*PASSES, excepted, changes={"exceptions": (use(owner="o" * 500),)}).exceptions
    assert len(told) < 400
    assert 'end" (places' in told
    assert f"{'n' * 59}…n" in told


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_is_one_line_in_which_nothing_acts(payload: str) -> None:
    for each in everything(lambda _: payload):
        for sentence in sentences(each):
            words = [*sentence.model_dump(mode="json").values()]
            assert all(word.isprintable() for word in words if isinstance(word, str))
            assert all(word.isprintable() for word in sentence.exceptions)
            assert bool(sentence.publish) != bool(sentence.withhold)


@given(st.sets(st.sampled_from(Verdict)), st.sampled_from(PromiseVerdict), st.booleans())
def test_only_a_kept_promise_that_something_proves_is_published(
    verdicts: set[Verdict], verdict: PromiseVerdict, partial: bool
) -> None:
    run = RUN.model_copy(update={"partial": partial})
    findings = [seen(number, each) for number, each in enumerate(sorted(verdicts))]
    sentence = the(*findings, verdict=verdict, changes={"run": run})
    proven = Verdict.PASS in verdicts and verdicts <= {Verdict.PASS, Verdict.NOT_APPLICABLE}
    assert bool(sentence.publish) is (proven and verdict is KEPT and not partial)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-01-05T06:00:00+00:00", "5 January 2026"),
        ("2027-12-31", "31 December 2027"),
        ("2026-11-02T06:00:00Z", "2 November 2026"),
        ("some day\n\x1b", "some day \\u001b"),
    ],
)
def test_a_date_is_told_in_words(moment: str, told: str) -> None:
    assert long_date(moment) == told


def test_a_line_is_one_line() -> None:
    assert line(" a\tb\r\n\u2028c\u202e ") == "a b c\\u202e"
