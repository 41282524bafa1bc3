"""The run as OSCAL assessment results, version 1.2.3, in JSON.

A promise is a finding on an objective, with its target's status; a finding is an observation with its evidence; an
exception is a risk with the factors that mitigate it; accounts and resources are the components and the inventory.
What was not seen is an observation too. OSCAL knows but two states of a target: it is satisfied only where the
promise's sentence may be published; the reason and the properties tell what else it is. Every text is Markdown there,
and escaped.

https://pages.nist.gov/OSCAL-Reference/models/v1.2.3/assessment-results/json-reference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from reports.document import AccountSeen, Document, ExceptionUse, Finding, GapFound, PromiseResult, Subject, Verdict
from reports.report import Report
from reports.sentences import CLOUDS, Sentence, line, sentences
from reports.statement import escaped

VERSION = "1.2.3"
NAMESPACE = uuid5(NAMESPACE_URL, "asdeclared:oscal")
PROPERTIES = "urn:asdeclared:oscal"
"""The namespace of the properties that are not OSCAL's."""
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_RISKS = {"used": "deviation-approved", "unused": "closed", "expired": "open"}

Made = dict[str, Any]


@dataclass(frozen=True)
class _Assessment:
    """A document with what its parts refer to."""

    document: Document

    @cached_property
    def at(self) -> str:
        return datetime.fromisoformat(self.document.run.at).astimezone(UTC).isoformat().replace("+00:00", "Z")

    @cached_property
    def accounts(self) -> dict[tuple[str, str], AccountSeen]:
        """The accounts that were expected or reached, and those of what was found."""
        seen = {(each.provider, each.id): each for each in self.document.coverage.accounts}
        for finding in self.document.findings:
            key = finding.subject.provider, finding.subject.account
            if finding.subject.account and key not in seen:
                seen[key] = AccountSeen(provider=key[0], id=key[1], reached=True)
        return seen

    @cached_property
    def resources(self) -> dict[str, Subject]:
        return {each.subject.id: each.subject for each in self.document.findings if each.subject.kind == "resource"}

    def uuid(self, kind: str, *names: str) -> str:
        """The same id for the same thing of the same policy in every run; what is of one run has that in its name."""
        return str(uuid5(NAMESPACE, json.dumps([self.document.policy.name, kind, *names])))

    def own(self, kind: str, *names: str) -> str:
        """An id that is this run's only."""
        return self.uuid(kind, self.document.run.digest, *names)

    @property
    def origins(self) -> list[Made]:
        return [{"actors": [{"type": "tool", "actor-uuid": self.uuid("tool")}]}]


def results(document: Document) -> Made:
    """The assessment results as JSON values. Raises ValueError where a time of the document is not in ISO 8601."""
    case = _Assessment(document)
    made = {
        "uuid": case.own("results"),
        "metadata": _metadata(case),
        "import-ap": {"href": f"#{case.uuid('policy', document.policy.digest)}"},
        "local-definitions": _lean({"objectives-and-methods": [_objective(each) for each in document.promises]}),
        "results": [_result(case)],
        "back-matter": {"resources": [_policy(case)]},
    }
    return {"assessment-results": _lean(made)}


def render(document: Document) -> bytes:
    """The assessment results as indented JSON with sorted keys."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(results(document), option=option)


def _metadata(case: _Assessment) -> Made:
    run, organisation = case.document.run, case.document.policy.organisation
    party = {"uuid": case.uuid("organisation"), "type": "organization", "name": _word(organisation)}
    return {
        "title": _text(f"As declared: {organisation or case.document.policy.name}"),
        "last-modified": case.at,
        "version": _word(run.digest[:12]),
        "oscal-version": VERSION,
        "parties": [party],
        "props": [
            _prop("run", run.digest),
            _prop("previous-run", run.previous),
            _prop("tables", run.tables),
            _prop("scanner", run.scanner),
            _prop("partial", str(run.partial).lower()),
            *(_prop("plugin", each) for each in run.plugins),
        ],
    }


def _policy(case: _Assessment) -> Made:
    """The declared policy, which stands for the assessment plan."""
    policy = case.document.policy
    return {
        "uuid": case.uuid("policy", policy.digest),
        "title": _text(f"Policy {policy.name}"),
        "description": _text("What the organisation declares: the promises that were assessed."),
        "props": [_prop("policy-digest", policy.digest)],
        "rlinks": [{"href": f"urn:asdeclared:policy:{case.uuid('policy', policy.digest)}"}],
    }


def _objective(promise: PromiseResult) -> Made:
    wanted = json.dumps(promise.parameters, sort_keys=True, ensure_ascii=False)
    method, tested = _token(promise.id, "method"), {"name": "method", "value": "TEST"}
    return {
        "control-id": _token(promise.id),
        "description": _text(f"Check {promise.check}, wanted {wanted}"),
        "props": [_prop("promise", promise.id), _prop("severity", promise.severity), _prop("source", promise.source)],
        "parts": [
            {
                "id": _token(promise.id, "objective"),
                "name": "objective",
                "props": [{"name": "method-id", "value": method}, tested],
                "prose": _text(promise.says),
            },
            {
                "id": method,
                "name": "assessment-method",
                "props": [tested],
                "parts": [{"name": "assessment-objects", "prose": "The resources in the scope of the promise."}],
            },
        ],
    }


def _result(case: _Assessment) -> Made:
    document = case.document
    sayings = sentences(document)
    return _lean(
        {
            "uuid": case.own("result"),
            "title": _text(f"Run {document.run.digest[:12]} of policy {document.policy.name}"),
            "description": _text(f"Verdict: {document.verdict}."),
            "start": case.at,
            "end": case.at,
            "props": [_prop("verdict", document.verdict)],
            "local-definitions": _definitions(case),
            "reviewed-controls": _reviewed(document),
            "observations": [*_observations(case)],
            "risks": _unique(_risk(case, each) for each in document.exceptions),
            "findings": [
                _finding(case, promise, sentence) for promise, sentence in zip(document.promises, sayings, strict=True)
            ],
            "remarks": _text(" ".join(document.coverage.limits)) if document.coverage.limits else "",
        }
    )


def _definitions(case: _Assessment) -> Made:
    tool = {
        "uuid": case.uuid("tool"),
        "type": "software",
        "title": "asdeclared",
        "description": "It reads what is declared, and looks whether the cloud is so.",
        "props": [{"name": "version", "value": _word(case.document.run.scanner)}],
        "status": {"state": "operational"},
    }
    platform = {
        "uuid": case.uuid("platform"),
        "title": "asdeclared",
        "uses-components": [{"component-uuid": tool["uuid"]}],
    }
    return _lean(
        {
            "components": [_account(case, each) for each in case.accounts.values()],
            "inventory-items": [_item(case, each) for each in case.resources.values()],
            "assessment-assets": {"components": [tool], "assessment-platforms": [platform]},
        }
    )


def _account(case: _Assessment, account: AccountSeen) -> Made:
    cloud = CLOUDS.get(account.provider, account.provider)
    return {
        "uuid": case.uuid("account", account.provider, account.id),
        "type": "service",
        "title": _text(f"{cloud} account {account.id} {account.name}"),
        "description": _text("The account was reached." if account.reached else "The account was not reached."),
        "props": [
            _prop("provider", account.provider),
            _prop("account", account.id),
            _prop("reached", str(account.reached).lower()),
            *(_prop("region", region) for region in account.regions),
        ],
        "status": {"state": "operational"} if account.reached else {"state": "other", "remarks": "It was not reached."},
    }


def _item(case: _Assessment, subject: Subject) -> Made:
    environments = ("unknown",) if subject.environments is None else subject.environments or ("unassigned",)
    made = {
        "uuid": case.uuid("resource", subject.id),
        "description": _text(subject.name or subject.id),
        "props": [
            {"name": "asset-id", "value": _word(subject.id)},
            _prop("type", subject.type),
            _prop("region", subject.region),
            *(_prop("environment", each) for each in environments),
        ],
    }
    if subject.account:
        component = case.uuid("account", subject.provider, subject.account)
        made["implemented-components"] = [{"component-uuid": component}]
    return made


def _reviewed(document: Document) -> Made:
    if not document.promises:
        return {"control-selections": [{"description": "No promise was judged.", "include-all": {}}]}
    controls = [{"control-id": _token(each.id)} for each in document.promises]
    objectives = [{"objective-id": _token(each.id, "objective")} for each in document.promises]
    return {
        "description": "The promises of the policy.",
        "control-selections": [{"include-controls": controls}],
        "control-objective-selections": [{"include-objectives": objectives}],
    }


def _observations(case: _Assessment) -> Iterator[Made]:
    """What was found, then the gaps, then the hosters that nobody could ask."""
    yield from (_observation(case, each) for each in case.document.findings)
    yield from (_gap(case, each) for each in case.document.coverage.gaps)
    for name in case.document.coverage.not_examined:
        yield {
            "uuid": case.own("not examined", name),
            "title": _text(f"Not examined: {name}"),
            "description": "It is declared, but has no API that could be asked.",
            "props": [_prop("verdict", "not_examined")],
            "methods": ["UNKNOWN"],
            "collected": case.at,
        }


def _observation(case: _Assessment, finding: Finding) -> Made:
    subject = finding.subject
    return _lean(
        {
            "uuid": _observed(case, finding),
            "title": _text(f"{finding.promise}: {subject.name or subject.id}"),
            "description": _text("; ".join(_told(finding))),
            "props": [
                _prop("verdict", finding.verdict.value),
                _prop("finding", finding.id),
                _prop("severity", finding.severity),
                _prop("subject-kind", subject.kind),
                _prop("subject", subject.id),
                _prop("count", str(subject.count)),
            ],
            "methods": ["UNKNOWN" if finding.verdict in {Verdict.UNKNOWN, Verdict.ERROR} else "TEST"],
            "types": ["finding"],
            "origins": case.origins,
            "subjects": [*_subjects(case, finding.subject)],
            "relevant-evidence": [*_evidence(finding)],
            "collected": case.at,
            "remarks": _text(finding.fix) if finding.fix else "",
        }
    )


def _observed(case: _Assessment, finding: Finding) -> str:
    return case.own("observation", finding.id)


def _told(finding: Finding) -> Iterator[str]:
    """Each condition with its verdict and reasons."""
    yield f"Verdict: {finding.verdict.value}"
    for each in finding.conditions:
        reasons = [fault.why + (" (excepted)" if fault.excepted else "") for fault in each.faults]
        reasons += [f"{unknown.reason}: {unknown.detail}" for unknown in each.unknowns]
        reasons += [each.error] if each.error else []
        yield f"{each.name}: {each.verdict.value}" + (f" ({', '.join(reasons)})" if reasons else "")


def _subjects(case: _Assessment, subject: Subject) -> Iterator[Made]:
    """The resource; of a gap or a type, the account where it is known."""
    if subject.kind == "resource":
        uuid = case.uuid("resource", subject.id)
        yield {"subject-uuid": uuid, "type": "inventory-item", "title": _text(subject.name or subject.id)}
    elif subject.account:
        yield {"subject-uuid": case.uuid("account", subject.provider, subject.account), "type": "component"}


def _evidence(finding: Finding) -> Iterator[Made]:
    """Each place where a fact was read: the call, the pointer into its fragment, and the fragment's digest."""
    for fact in finding.evidence:
        value = json.dumps(fact.value, sort_keys=True, ensure_ascii=False) if fact.state == "known" else fact.state
        for read in dict.fromkeys(fact.reads):
            source = f"{read.call} {read.pointer}" if read.call else f"documented: {read.basis}"
            yield {
                "description": _text(f"{fact.fact} = {value}, read from {source} ({read.code or read.seen})"),
                "props": [
                    _prop("fact", fact.fact),
                    _prop("call", read.call),
                    _prop("pointer", read.pointer),
                    _prop("sha-256", read.digest),
                ],
            }


def _gap(case: _Assessment, gap: GapFound) -> Made:
    known = (gap.provider, gap.account) in case.accounts
    return _lean(
        {
            "uuid": case.own("gap", gap.id),
            "title": _text(f"Not seen: {gap.id}"),
            "description": _text(f"{gap.reason}: {gap.detail}"),
            "props": [
                _prop("verdict", "unknown"),
                _prop("call", gap.call),
                _prop("permission", gap.permission),
                _prop("region", gap.region),
                *(_prop("may-hide", each) for each in gap.types),
            ],
            "methods": ["UNKNOWN"],
            "types": ["discovery"],
            "origins": case.origins,
            "subjects": [
                {"subject-uuid": case.uuid("account", gap.provider, gap.account), "type": "component"}
                for _ in range(known)
            ],
            "collected": case.at,
        }
    )


def _risk(case: _Assessment, use: ExceptionUse) -> Made:
    """An exception: accepted while it is used, closed where nothing needs it, open where it has expired."""
    names = (use.promise, use.resource, use.condition, use.value)
    return {
        "uuid": _risked(case, use),
        "title": _text(f"Exception from {use.promise}: {use.resource}"),
        "description": _text(f"{use.condition}: {use.value}"),
        "statement": _text(f"Accepted by {use.owner} until {use.expires}: {use.reason}"),
        "props": [_prop("state", use.state), _prop("owner", use.owner), _prop("promise", use.promise)],
        "status": _RISKS[use.state],
        "origins": case.origins,
        "mitigating-factors": [{"uuid": case.uuid("factor", *names), "description": _text(use.reason)}],
        "deadline": f"{datetime.fromisoformat(use.expires).date().isoformat()}T23:59:59Z",
    }


def _risked(case: _Assessment, use: ExceptionUse) -> str:
    return case.uuid("exception", use.promise, use.resource, use.condition, use.value)


def _finding(case: _Assessment, promise: PromiseResult, sentence: Sentence) -> Made:
    document = case.document
    observed = [_observed(case, each) for each in document.findings if each.promise == promise.id]
    risks = dict.fromkeys(_risked(case, each) for each in document.exceptions if each.promise == promise.id)
    return _lean(
        {
            "uuid": case.own("finding", promise.id),
            "title": _text(promise.says),
            "description": _text(sentence.publish or sentence.withhold),
            "props": [
                _prop("verdict", promise.verdict.value),
                _prop("promise-digest", promise.digest),
                *(_prop(f"count-{name}", str(count)) for name, count in sorted(promise.counts.items())),
                *(_prop("not-examined", each) for each in promise.not_examined),
            ],
            "origins": case.origins,
            "target": {
                "type": "objective-id",
                "target-id": _token(promise.id, "objective"),
                "status": _status(promise, sentence),
            },
            "related-observations": [{"observation-uuid": each} for each in observed],
            "related-risks": [{"risk-uuid": each} for each in risks],
        }
    )


def _status(promise: PromiseResult, sentence: Sentence) -> Made:
    state = "satisfied" if sentence.publish else "not-satisfied"
    reason = "pass" if sentence.publish else "fail" if promise.verdict.value == "broken" else "other"
    return {"state": state, "reason": reason, "remarks": _text(sentence.coverage or sentence.withhold)}


def _token(name: str, kind: str = "promise") -> str:
    """A name as OSCAL's token. One that is none is told by its UUID."""
    word = name if _NAME.fullmatch(name) else uuid5(NAMESPACE, json.dumps(name))
    return f"{kind}-{word}"


def _prop(name: str, value: str) -> Made:
    word = name if _NAME.fullmatch(name) else _token(name, "name")
    return {"name": word, "ns": PROPERTIES, "value": _word(value)}


def _word(text: str) -> str:
    """One line that is not empty, as OSCAL's strings are."""
    return line(text) or "none"


def _text(text: str) -> str:
    return escaped(text) or "none"


def _lean(made: Made) -> Made:
    """Without what is empty, which OSCAL does not allow."""
    return {name: value for name, value in made.items() if value not in ("", [], {})}


def _unique(items: Iterable[Made]) -> list[Made]:
    return list({each["uuid"]: each for each in items}.values())


OSCAL = Report("assessment-results.oscal.json", render, whole=True)
