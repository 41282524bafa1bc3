"""Compliance Findings: of the official schema, one for each finding, and none for what was not seen to comply."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from reports.document import ConditionResult, Document, PromiseVerdict, Verdict
from reports.ocsf import OCSF, VERSION, events, render
from tests.reports.documents import DENIED, HALF, HOSTILE, document, everything, finding, promise

AT = "2026-11-02T06:00:00+00:00"


@cache
def validator(version: str) -> jsonschema.Draft202012Validator:
    """The class as the compiled schema of https://schema.ocsf.io has it, with the profile of clouds."""
    made = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version)).get_class_schema("compliance_finding", ["cloud"])
    assert made["additionalProperties"] is False
    return jsonschema.Draft202012Validator(made)


def timed(made: Document) -> Document:
    return made.model_copy(update={"run": made.run.model_copy(update={"at": AT})})


def lines(made: Document) -> list[dict[str, Any]]:
    return [json.loads(each) for each in render(made).splitlines()]


def the(verdict: Verdict, **changes: Any) -> dict[str, Any]:
    (event,) = events(document(findings=(finding(verdict=verdict, **changes),)))
    return event


@pytest.mark.parametrize("version", [VERSION, "1.8.0"])
@pytest.mark.parametrize("payload", ["plain", *HOSTILE])
def test_every_event_is_of_the_official_schema(payload: str, version: str) -> None:
    for made in everything(lambda _: payload):
        for event in lines(timed(made)):
            validator(version).validate({**event, "metadata": {**event["metadata"], "version": version}})


def test_the_schema_refuses_what_is_not_of_it() -> None:
    event = the(Verdict.FAIL)
    for bad in ({**event, "more": 1}, {**event, "severity_id": 7}, {k: v for k, v in event.items() if k != "time"}):
        with pytest.raises(jsonschema.ValidationError):
            validator(VERSION).validate(bad)


@pytest.mark.parametrize(
    ("verdict", "compliance", "status", "severity"),
    [
        (Verdict.PASS, (1, "Pass"), (1, "New"), (1, "Informational")),
        (Verdict.FAIL, (3, "Fail"), (1, "New"), (4, "High")),
        (Verdict.UNKNOWN, (0, "Unknown"), (1, "New"), (4, "High")),
        (Verdict.ERROR, (99, "Error"), (1, "New"), (4, "High")),
        (Verdict.EXCEPTED, (99, "Excepted"), (3, "Suppressed"), (4, "High")),
        (Verdict.NOT_APPLICABLE, (99, "Not applicable"), (1, "New"), (1, "Informational")),
    ],
)
def test_only_a_pass_passes(
    verdict: Verdict, compliance: tuple[int, str], status: tuple[int, str], severity: tuple[int, str]
) -> None:
    event = the(verdict)
    assert (event["compliance"]["status_id"], event["compliance"]["status"]) == compliance
    assert (event["compliance"]["checks"][0]["status_id"], event["compliance"]["checks"][0]["status"]) == compliance
    assert (event["status_id"], event["status"]) == status
    assert (event["severity_id"], event["severity"]) == severity
    assert event["message"] == f"{compliance[1]}: What encrypted says."
    assert event["unmapped"] == {"verdict": verdict.value, "run": "12" * 32, "partial": False}


@pytest.mark.parametrize(("severity", "number"), [("low", 2), ("medium", 3), ("high", 4), ("critical", 5), ("x", 99)])
def test_severities_are_those_of_ocsf(severity: str, number: int) -> None:
    assert the(Verdict.FAIL, severity=severity)["severity_id"] == number


def test_an_event_tells_promise_resource_and_evidence() -> None:
    event = the(Verdict.FAIL)
    assert (event["class_uid"], event["category_uid"], event["type_uid"]) == (2003, 2, 200301)
    assert event["time"] == 1793599200000
    assert event["finding_info"]["uid"] == "0000000000000000"
    assert event["compliance"]["control"] == "encrypted"
    assert event["compliance"]["requirements"] == ["What encrypted says."]
    assert event["compliance"]["status_details"] == ["it is not encrypted"]
    assert event["cloud"] == {"provider": "AWS"}
    (resource,) = event["resources"]
    assert (resource["uid"], resource["name"]) == ("arn:aws:rds:eu-west-2:111111111111:db:customers-0", "db-0")
    assert resource["data"] == {"kind": "resource", "count": 1, "environments": None}
    (evidence,) = event["evidences"]
    assert (evidence["name"], evidence["data"]["value"]) == ("EncryptionAtRest.state", "none")
    assert evidence["data"]["reads"][0]["digest"] == "5e" * 32
    assert event["finding_info"]["data_sources"] == ["rds.describe_db_instances"]
    assert event["remediation"] == {"desc": "Encrypt it."}
    assert event["metadata"]["product"]["version"] == "0.1.0"


def test_an_account_and_a_missing_permission_are_told() -> None:
    condition = ConditionResult(name="a", verdict=Verdict.UNKNOWN, unknowns=(DENIED,), error="x")
    subject = finding().subject.model_copy(update={"account": "111111111111", "region": "eu-west-2"})
    event = the(Verdict.UNKNOWN, subject=subject, conditions=(condition,), fix="")
    assert event["cloud"] == {"provider": "AWS", "account": {"uid": "111111111111"}, "region": "eu-west-2"}
    told = "refused: rds.describe_db_snapshots refused (AccessDenied); needs rds:DescribeDBSnapshots"
    assert event["compliance"]["status_details"] == [told, "x"]
    assert event["compliance"]["checks"][0]["desc"] == f"{told}; x"
    assert "remediation" not in event


@pytest.mark.parametrize("verdict", PromiseVerdict)
def test_a_promise_without_findings_is_not_silent(verdict: PromiseVerdict) -> None:
    silent = promise("silent", verdict, not_examined=("Example Hosting Ltd",))
    _, event = lines(document(promises=(promise(), silent)))
    validator(VERSION).validate(event)
    word = verdict.value.replace("_", " ").capitalize()
    assert (event["compliance"]["status_id"], event["compliance"]["status"]) == (99, word)
    assert event["compliance"]["status_details"] == ["Not examined: Example Hosting Ltd"]
    assert event["finding_info"]["uid"] == "promise:silent"


def test_a_finding_without_its_promise_is_told() -> None:
    (event,) = lines(document(promises=()))
    assert event["message"] == "Fail: encrypted"


def test_nothing_makes_no_line() -> None:
    assert render(document(promises=(), findings=())) == b""


def test_ids_are_stable_within_a_run_and_different_in_another() -> None:
    one = document(findings=(finding(), finding(1)))
    other = one.model_copy(update={"run": one.run.model_copy(update={"digest": "99" * 32})})
    ids = [each["metadata"]["uid"] for made in (one, one, other) for each in lines(made)]
    assert ids[:2] == ids[2:4]
    assert len(set(ids)) == 4
    assert render(one) == render(one)


def test_a_line_is_ascii_even_of_half_a_character() -> None:
    for made in everything(lambda _: f"{HALF}\u2028\x9b"):
        assert render(timed(made)).isascii()


def test_without_a_clock_nothing_is_rendered() -> None:
    (made, *_) = everything(lambda at: at)
    with pytest.raises(ValueError, match="isoformat"):
        render(made)


def test_the_report_names_its_file() -> None:
    assert (OCSF.file, OCSF.render, OCSF.binary) == ("findings.ocsf.jsonl", render, False)
