"""The findings as Compliance Findings (class 2003) of the Open Cybersecurity Schema Framework, one JSON object a line.

Written against https://schema.ocsf.io/1.5.0/classes/compliance_finding with the profile "cloud". A promise that has no
finding has an event of its own: silence would look like compliance. All bytes are ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reports.document import ConditionResult, Document, FactRead, Finding, PromiseResult, Subject, Verdict
from reports.report import Report
from reports.sentences import CLOUDS

VERSION = "1.5.0"
CLASS, CATEGORY, CREATE = 2003, 2, 1
NAMESPACE = uuid5(NAMESPACE_URL, "asdeclared:ocsf")
OTHER = 99
_SEVERITIES = {"low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High"), "critical": (5, "Critical")}
_INFORMATIONAL = (1, "Informational")
_STATUS = {
    Verdict.PASS: (1, "Pass"),
    Verdict.FAIL: (3, "Fail"),
    Verdict.UNKNOWN: (0, "Unknown"),
    Verdict.ERROR: (OTHER, "Error"),
    Verdict.EXCEPTED: (OTHER, "Excepted"),
    Verdict.NOT_APPLICABLE: (OTHER, "Not applicable"),
}

Made = dict[str, Any]


def events(document: Document) -> Iterator[Made]:
    """The events of a document: one for each finding, then one for each promise that has none.

    Raises ValueError where the run's clock is not a time in ISO 8601.
    """
    promises = {promise.id: promise for promise in document.promises}
    common = _common(document)
    for finding in document.findings:
        yield _finding(document, promises.get(finding.promise), finding, common)
    told = {finding.promise for finding in document.findings}
    for promise in document.promises:
        if promise.id not in told:
            yield _silent(document, promise, common)


def render(document: Document) -> bytes:
    """The events as lines of JSON, with sorted keys."""
    return b"".join(json.dumps(event, sort_keys=True).encode() + b"\n" for event in events(document))


def _common(document: Document) -> Made:
    """What all events of a run share."""
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": int(datetime.fromisoformat(document.run.at).timestamp() * 1000),
    }


def _finding(document: Document, promise: PromiseResult | None, finding: Finding, common: Made) -> Made:
    says = promise.says if promise else finding.promise
    status, word = _STATUS[finding.verdict]
    event = {
        **common,
        **_weight(finding.severity, quiet=finding.verdict in {Verdict.PASS, Verdict.NOT_APPLICABLE}),
        **_state(suppressed=finding.verdict is Verdict.EXCEPTED),
        "message": f"{word}: {says}",
        "metadata": _metadata(document, finding.id),
        "cloud": _cloud(finding.subject),
        "finding_info": {
            "uid": finding.id,
            "title": says,
            "types": [finding.promise],
            "analytic": _analytic(promise.check if promise else finding.promise),
            "data_sources": _calls(finding),
        },
        "compliance": {
            **_promised(document, finding.promise, says),
            "status_id": status,
            "status": word,
            "status_details": [each for condition in finding.conditions for each in _reasons(condition)],
            "checks": [_check(condition) for condition in finding.conditions],
        },
        "resources": [_resource(finding.subject)],
        "evidences": [{"name": fact.fact, "data": _evidence(fact)} for fact in finding.evidence],
        "unmapped": {"verdict": finding.verdict.value, "run": document.run.digest, "partial": document.run.partial},
    }
    return _lean({**event, "remediation": {"desc": finding.fix}} if finding.fix else event)


def _silent(document: Document, promise: PromiseResult, common: Made) -> Made:
    """The event of a promise without a finding. It is neither passed nor failed."""
    word = promise.verdict.value.replace("_", " ").capitalize()
    event = {
        **common,
        **_weight(promise.severity, quiet=False),
        **_state(suppressed=False),
        "message": f"{word}: {promise.says}",
        "metadata": _metadata(document, f"promise:{promise.id}"),
        "cloud": {"provider": "none"},
        "finding_info": {
            "uid": f"promise:{promise.id}",
            "title": promise.says,
            "types": [promise.id],
            "analytic": _analytic(promise.check),
        },
        "compliance": {
            **_promised(document, promise.id, promise.says),
            "status_id": OTHER,
            "status": word,
            "status_details": [f"Not examined: {name}" for name in promise.not_examined],
        },
        "unmapped": {
            "verdict": promise.verdict.value,
            "run": document.run.digest,
            "partial": document.run.partial,
        },
    }
    return _lean(event)


def _promised(document: Document, promise: str, says: str) -> Made:
    return {"control": promise, "desc": says, "requirements": [says], "standards": [document.policy.name]}


def _analytic(check: str) -> Made:
    return {"uid": check, "name": check, "type_id": 1, "type": "Rule"}


def _weight(severity: str, *, quiet: bool) -> Made:
    number, word = _INFORMATIONAL if quiet else _SEVERITIES.get(severity, (OTHER, severity))
    return {"severity_id": number, "severity": word}


def _state(*, suppressed: bool) -> Made:
    return {"status_id": 3, "status": "Suppressed"} if suppressed else {"status_id": 1, "status": "New"}


def _metadata(document: Document, name: str) -> Made:
    return {
        "version": VERSION,
        "profiles": ["cloud"],
        "product": {"name": "asdeclared", "vendor_name": "asdeclared", "version": document.run.scanner},
        "uid": str(uuid5(NAMESPACE, json.dumps([document.run.digest, name]))),
        "correlation_uid": document.run.digest,
        "labels": [f"policy:{document.policy.name}", f"policy-digest:{document.policy.digest}"],
    }


def _cloud(subject: Subject) -> Made:
    account = {"account": {"uid": subject.account}} if subject.account else {}
    return _lean({"provider": CLOUDS.get(subject.provider, subject.provider), **account, "region": subject.region})


def _resource(subject: Subject) -> Made:
    """The subject. A gap and an unmodelled type are told apart from a resource by their kind."""
    environments = None if subject.environments is None else list(subject.environments)
    data = {"kind": subject.kind, "count": subject.count, "environments": environments}
    told = {"uid": subject.id, "name": subject.name, "type": subject.type, "region": subject.region}
    return _lean({**told, "data": data})


def _check(condition: ConditionResult) -> Made:
    status, word = _STATUS[condition.verdict]
    reasons = "; ".join(_reasons(condition))
    return _lean({"name": condition.name, "status_id": status, "status": word, "desc": reasons})


def _reasons(condition: ConditionResult) -> list[str]:
    faults = [f"{fault.why} (excepted)" if fault.excepted else fault.why for fault in condition.faults]
    unknowns = [
        f"{each.reason}: {each.detail}" + (f"; needs {each.permission}" if each.permission else "")
        for each in condition.unknowns
    ]
    return [*faults, *unknowns, *([condition.error] if condition.error else [])]


def _calls(finding: Finding) -> list[str]:
    return list(dict.fromkeys(read.call for fact in finding.evidence for read in fact.reads if read.call))


def _evidence(fact: FactRead) -> Made:
    """What a fact was established from. A null value is kept: the state tells whether it is known."""
    return fact.model_dump(exclude={"fact"})


def _lean(made: Made) -> Made:
    """Without what says nothing."""
    return {name: value for name, value in made.items() if value not in ("", [], {})}


OCSF = Report("findings.ocsf.jsonl", render, whole=True)
