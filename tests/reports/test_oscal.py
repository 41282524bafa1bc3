"""Assessment results: of NIST's schema, readable by a model of it, and satisfied only where it may be published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import pytest
import regex
from oscal_bindings import AssessmentResultsDocument

from reports.document import (
    AccountSeen,
    Document,
    ExceptionUse,
    Model,
    PromiseVerdict,
    Verdict,
)
from reports.oscal import OSCAL, VERSION, render, results
from tests.reports.documents import DIGEST, GAP, HOSTILE, document, everything, finding, promise

SCHEMA = Path(__file__).parent / "schemas" / "oscal_complete_schema.json"
SHA256 = "384324105c7a817af0f65b120a963146caa0e0d55d969cf0daf60e063b87a206"
AT = "2026-11-02T06:00:00+00:00"
USE = ExceptionUse(
    promise="encrypted",
    resource="arn:aws:rds:eu-west-2:111111111111:db:customers-0",
    condition="encrypted",
    value="none",
    owner="jane@example.com",
    reason="It holds published statistics.",
    expires="2027-01-31",
    state="used",
)


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """The patterns name classes of letters, which the `re` of Python does not know."""
    if isinstance(value, str) and not regex.search(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern}")


@cache
def validator() -> Any:
    """NIST's schema, of which only the choice of the assessment results is left."""
    schema = json.loads(SCHEMA.read_bytes())
    (own,) = [each for each in schema.pop("oneOf") if "assessment-results" in each["properties"]]
    extend: Any = jsonschema.validators.extend  # it has no types
    kind = extend(jsonschema.Draft7Validator, {"pattern": _pattern})
    return kind(schema | own, format_checker=kind.FORMAT_CHECKER)


def checked(made: Document) -> dict[str, Any]:
    """The assessment results, which are valid by the schema, and the same when read by the model and written again."""
    values = json.loads(render(made))
    validator().validate(values)
    read = AssessmentResultsDocument.model_validate(values)
    assert json.loads(read.model_dump_json(by_alias=True, exclude_unset=True)) == values
    found: dict[str, Any] = values["assessment-results"]
    return found


def result(made: Document) -> dict[str, Any]:
    (found,) = checked(made)["results"]
    assert isinstance(found, dict)
    return found


def timed(made: Document) -> Document:
    """The document with times where times must be."""
    uses = tuple(_with(each, expires="2027-01-31") for each in made.exceptions)
    return _with(made, run=_with(made.run, at=AT), exceptions=uses)


M = TypeVar("M", bound=Model)


def _with(made: M, **changes: Any) -> M:
    return made.model_copy(update=changes)


def props(made: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in made["props"]}


def test_the_schema_is_nist_s() -> None:
    assert sha256(SCHEMA.read_bytes()).hexdigest() == SHA256
    assert (
        json.loads(SCHEMA.read_bytes())["$id"]
        == f"http://csrc.nist.gov/ns/oscal/1.0/{VERSION}/oscal-complete-schema.json"
    )


def test_the_schema_refuses_what_is_not_of_it() -> None:
    good = results(document())
    validator().validate(good)
    for name, value in (("uuid", "1"), ("more", 1), ("results", [])):
        with pytest.raises(jsonschema.ValidationError):
            validator().validate({"assessment-results": {**good["assessment-results"], name: value}})


@pytest.mark.parametrize("number", range(len(everything(str))))
def test_any_document_is_of_the_schema(number: int) -> None:
    checked(timed(everything(str)[number]))


@pytest.mark.parametrize("payload", ["1 x", "ä", *HOSTILE])
def test_hostile_text_is_of_the_schema(payload: str) -> None:
    (made, *_) = everything(lambda _: payload)
    checked(timed(made))


def test_nothing_is_of_the_schema_too() -> None:
    coverage = _with(document().coverage, accounts=())
    assert result(document(promises=(), findings=(), coverage=coverage))["reviewed-controls"] == {
        "control-selections": [{"description": "No promise was judged.", "include-all": {}}]
    }


KEPT = document(
    promises=(promise(verdict=PromiseVerdict.KEPT, counts={"pass": 1}),), findings=(finding(verdict=Verdict.PASS),)
)


@pytest.mark.parametrize(
    ("made", "state", "reason"),
    [
        (KEPT, "satisfied", "pass"),
        (_with(KEPT, run=_with(KEPT.run, partial=True)), "not-satisfied", "other"),
        (document(), "not-satisfied", "fail"),
        (document(promises=(promise(verdict=PromiseVerdict.UNPROVEN),)), "not-satisfied", "other"),
        (document(promises=(promise(verdict=PromiseVerdict.EMPTY),), findings=()), "not-satisfied", "other"),
        (document(promises=(promise(verdict=PromiseVerdict.NOT_EXAMINED),), findings=()), "not-satisfied", "other"),
    ],
)
def test_only_what_may_be_published_is_satisfied(made: Document, state: str, reason: str) -> None:
    (found,) = result(made)["findings"]
    status = found["target"]["status"]
    assert (status["state"], status["reason"]) == (state, reason)
    assert props(found)["verdict"] == made.promises[0].verdict.value
    assert found["target"]["target-id"] == "objective-encrypted"


def test_a_finding_is_an_observation_with_its_evidence() -> None:
    made = result(document(exceptions=(USE,)))
    (found,), (seen,) = made["findings"], made["observations"]
    assert found["related-observations"] == [{"observation-uuid": seen["uuid"]}]
    assert found["description"].startswith("Broken: 1 of 1 resource breaks it")
    assert (props(seen)["verdict"], props(seen)["finding"], seen["collected"]) == (
        "fail",
        "0" * 16,
        "2026-11-02T06:00:00Z",
    )
    assert seen["description"] == "Verdict: fail; encrypted: fail (it is not encrypted)"
    assert seen["methods"] == ["TEST"]
    (evidence,) = seen["relevant-evidence"]
    assert props(evidence) == {
        "fact": "EncryptionAtRest.state",
        "call": "rds.describe_db_instances",
        "pointer": "/StorageEncrypted",
        "sha-256": DIGEST,
    }
    (item,) = made["local-definitions"]["inventory-items"]
    assert seen["subjects"] == [{"subject-uuid": item["uuid"], "type": "inventory-item", "title": "db-0"}]
    assert props(item)["environment"] == "unknown"
    assert made["local-definitions"]["components"][0]["title"] == "AWS account 111111111111"


@pytest.mark.parametrize(
    ("state", "status"), [("used", "deviation-approved"), ("unused", "closed"), ("expired", "open")]
)
def test_an_exception_is_a_risk(state: str, status: str) -> None:
    made = result(document(exceptions=(_with(USE, state=state),)))
    (risk,) = made["risks"]
    assert made["findings"][0]["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert (risk["status"], risk["deadline"]) == (status, "2027-01-31T23:59:59Z")
    assert risk["statement"] == "Accepted by jane&#64;example.com until 2027-01-31: It holds published statistics."
    assert risk["mitigating-factors"][0]["description"] == "It holds published statistics."
    assert props(risk)["owner"] == "jane@example.com"


def test_an_exception_said_twice_is_one_risk() -> None:
    made = result(document(exceptions=(USE, USE)))
    assert (len(made["risks"]), len(made["findings"][0]["related-risks"])) == (1, 1)


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.ERROR])
def test_what_was_not_seen_was_not_tested(verdict: Verdict) -> None:
    (seen,) = result(document(findings=(finding(verdict=verdict),)))["observations"]
    assert seen["methods"] == ["UNKNOWN"]


@pytest.mark.parametrize("kind", ["gap", "type"])
def test_a_gap_and_a_type_are_no_inventory(kind: str) -> None:
    subject = _with(finding().subject, kind=kind, account="111111111111")
    made = result(document(findings=(finding(subject=subject),)))
    (component,) = made["local-definitions"]["components"]
    assert made["observations"][0]["subjects"] == [{"subject-uuid": component["uuid"], "type": "component"}]
    assert "inventory-items" not in made["local-definitions"]


def test_gaps_hosters_and_limits_are_told() -> None:
    away = AccountSeen(provider="aws", id="222222222222", reached=False)
    coverage = _with(
        document().coverage,
        gaps=(GAP, _with(GAP, id="gap:2", account="elsewhere")),
        not_examined=("Example Hosting Ltd",),
        limits=("New things may not show.",),
        accounts=(*document().coverage.accounts, away),
    )
    made = result(document(coverage=coverage))
    _, gap, other, hoster = made["observations"]
    assert props(gap)["permission"] == "s3:ListAllMyBuckets"
    reached, missed = made["local-definitions"]["components"]
    assert [each["subject-uuid"] for each in gap["subjects"]] == [reached["uuid"]]
    assert missed["status"] == {"state": "other", "remarks": "It was not reached."}
    assert "subjects" not in other
    assert hoster["title"] == "Not examined: Example Hosting Ltd"
    assert made["remarks"] == "New things may not show."


def test_every_reference_is_to_something_that_is_there() -> None:
    for made in (document(exceptions=(USE,)), *(timed(each) for each in everything(lambda at: at.replace(" ", "")))):
        text = render(made).decode()
        values = checked(made)
        known = {each["uuid"] for each in _objects(values) if "uuid" in each}
        named = {v for each in _objects(values) for k, v in each.items() if k.endswith("-uuid")}
        assert named <= known, text
        assert values["import-ap"]["href"].removeprefix("#") in known
        objectives = {part["id"] for each in _objects(values) for part in each.get("parts", ()) if "id" in part}
        assert {each["target"]["target-id"] for each in values["results"][0].get("findings", ())} <= objectives


def test_no_two_things_have_one_id() -> None:
    made = checked(document(findings=(finding(), finding(1)), exceptions=(USE,)))
    ids = [each["uuid"] for each in _objects(made) if "uuid" in each]
    assert len(ids) == len(set(ids))


def test_a_thing_keeps_its_id_and_a_run_has_its_own() -> None:
    other = document(run=_with(document().run, digest="99" * 32))
    one, two = result(document()), result(other)
    items = [each["local-definitions"]["inventory-items"][0]["uuid"] for each in (one, two)]
    assert items[0] == items[1]
    assert one["observations"][0]["uuid"] != two["observations"][0]["uuid"]
    assert render(document()) == render(document())


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(each)


def test_the_report_names_its_file() -> None:
    assert (OSCAL.file, OSCAL.render, OSCAL.binary) == ("assessment-results.oscal.json", render, False)
