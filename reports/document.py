"""The document, version 1: what a run found, frozen and published. Its JSON Schema is `reports/document.v1.json`.

The version of this document is independent of the version of the program. Fields are only ever added within a version.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION = "asdeclared/document/v1"


class Verdict(StrEnum):
    """The verdict of a finding."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    UNKNOWN = "unknown"
    EXCEPTED = "excepted"
    NOT_APPLICABLE = "not_applicable"


WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.EXCEPTED, Verdict.PASS, Verdict.NOT_APPLICABLE)
"""Verdicts, the worst first: the first that any condition has is the finding's."""


class PromiseVerdict(StrEnum):
    """The verdict of a promise."""

    KEPT = "kept"
    BROKEN = "broken"
    UNPROVEN = "unproven"
    EMPTY = "empty"
    NOT_EXAMINED = "not_examined"


class Cause(StrEnum):
    """Why something changed between two runs."""

    RESOURCE = "resource"
    POLICY = "policy"
    SCANNER = "scanner"
    VISIBILITY = "visibility"
    CLOCK = "clock"


class Model(BaseModel):
    """A frozen part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Read(Model):
    """Where a value was read. `digest` is the SHA-256 of the fragment, `pointer` a JSON pointer into it."""

    call: str = Field(description="the operation, or empty where the vendor's documentation answers")
    pointer: str = ""
    digest: str = ""
    seen: Literal["value", "missing", "absent", "documented"] = "value"
    code: str = Field("", description="the error code by which the vendor said that there is no such configuration")
    basis: str = Field("", description="the vendor document that answers")


class NotSeen(Model):
    """Something that could not be established."""

    reason: str
    detail: str
    call: str = ""
    permission: str = Field("", description="what the caller would need")


class FactRead(Model):
    """A fact that a condition read, with what was established and from where."""

    fact: str
    state: Literal["known", "unknown", "inapplicable"]
    value: Any = None
    unknowns: tuple[NotSeen, ...] = ()
    why: str = Field("", description="why the fact does not apply")
    reads: tuple[Read, ...] = ()


class FaultFound(Model):
    """What broke a condition."""

    value: str
    why: str
    excepted: bool = False


class ConditionResult(Model):
    """One named condition of a check, judged by itself."""

    name: str
    verdict: Verdict
    faults: tuple[FaultFound, ...] = ()
    unknowns: tuple[NotSeen, ...] = ()
    error: str = ""


class Subject(Model):
    """What a finding is about: a resource, a gap in what could be seen, or a type that nobody modelled."""

    kind: Literal["resource", "gap", "type"]
    id: str
    type: str
    provider: str
    account: str = ""
    region: str = ""
    name: str = ""
    environments: tuple[str, ...] | None = Field(None, description="null where they could not be established")
    count: int = 1


class Finding(Model):
    """A promise and a subject, with verdict and evidence."""

    id: str
    promise: str
    subject: Subject
    verdict: Verdict
    severity: str
    conditions: tuple[ConditionResult, ...]
    evidence: tuple[FactRead, ...] = ()
    fix: str = ""


class Tally(Model):
    """How many findings of a promise have a verdict, by what they are about."""

    provider: str
    account: str
    type: str
    kind: Literal["resource", "gap", "type"]
    verdict: Verdict
    count: int


class PromiseResult(Model):
    """A promise with its verdict."""

    id: str
    says: str
    source: str = ""
    check: str
    severity: str
    parameters: dict[str, Any]
    applies_to: dict[str, Any] = Field({}, description="what the promise is limited to; all in scope where empty")
    verdict: PromiseVerdict
    counts: dict[str, int] = Field(description="findings by verdict")
    tallies: tuple[Tally, ...] = Field((), description="the same by account and type, for documents that omit findings")
    not_examined: tuple[str, ...] = Field((), description="declared hosters without an API, which nobody looked at")
    digest: str


class ExceptionUse(Model):
    """An exception of the policy and what it did in this run."""

    promise: str
    resource: str
    condition: str
    value: str
    owner: str
    reason: str
    expires: str
    state: Literal["used", "unused", "expired"]


class ContradictionFound(Model):
    """Two things that the policy cannot mean at once."""

    code: str
    line: int
    column: int
    message: str


class GapFound(Model):
    """Something that may hold resources and could not be seen."""

    id: str
    provider: str
    account: str
    region: str
    call: str
    permission: str
    reason: str
    detail: str
    types: tuple[str, ...]


class TypeCount(Model):
    """How many resources of a type were seen, and whether they were judged."""

    provider: str
    type: str
    kind: str
    modelled: bool
    count: int


class RefusedCall(Model):
    """A call that was refused, how often, and the permission that would answer."""

    call: str
    permission: str
    count: int


class AccountSeen(Model):
    """An account, subscription or project of the scope, and whether it was reached."""

    provider: str
    id: str
    name: str = ""
    reached: bool
    regions: tuple[str, ...] = ()


class Coverage(Model):
    """What was looked at, and what was not."""

    accounts: tuple[AccountSeen, ...]
    types: tuple[TypeCount, ...]
    gaps: tuple[GapFound, ...]
    refused: tuple[RefusedCall, ...]
    limits: tuple[str, ...]
    not_examined: tuple[str, ...]


class PlaceSeen(Model):
    """A place where data lies. Its countries are empty where they are not known, and for `global` and `unplaced`."""

    id: str = Field(description="place id, `global`, `unplaced`, or empty where the place could not be established")
    name: str = ""
    countries: tuple[str, ...] = Field((), description="ISO 3166-1 alpha-2")


class Flow(Model):
    """Resources of one type and environment that keep data in a place, or send a copy of it there."""

    provider: str
    type: str = Field(description="`others` where small groups were put together")
    environments: tuple[str, ...] | None = Field(None, description="null where they could not be established")
    role: Literal["home", "log", "copy", "replica", "geo-pair", "backup", "snapshot", "log-sink", "cdn"] = Field(
        description="`log` is the home of a log store, `copy` a copy of which not even the kind could be established"
    )
    origin: PlaceSeen | None = Field(None, description="the home of what is copied; null for a home, or without one")
    place: PlaceSeen
    why: str = Field("", description="why the place could not be established")
    count: int = Field(description="resources")


class Change(Model):
    """One difference between two runs."""

    what: Literal["finding", "resource", "fact", "promise", "gap", "policy", "scanner"]
    subject: str
    label: str
    cause: Cause
    change: Literal["appeared", "disappeared", "changed", "not seen", "seen again"]
    before: Any = None
    after: Any = None


class Drift(Model):
    """What changed since the run before."""

    before: str = Field(description="digest of the run before")
    at: str = Field(description="clock of the run before")
    changes: tuple[Change, ...]


class RunInfo(Model):
    """The run: when, by what, of which policy, and its place in the chain."""

    digest: str
    previous: str = Field("", description="digest of the run before in the history of this policy")
    at: str = Field(description="the run's clock, UTC, ISO 8601")
    scanner: str = Field(description="version of asdeclared")
    tables: str = Field(description="digest of the tables of places and types")
    plugins: tuple[str, ...] = Field(
        (), description="name and version of each other distribution that brings a provider, check or report"
    )
    partial: bool = Field(description="limited by an option: never a baseline for drift")
    only: tuple[str, ...] = Field((), description="the promises that an option limited the run to")
    clouds: tuple[str, ...] = Field((), description="the providers that an option limited the run to")


class PolicyInfo(Model):
    """The declared policy."""

    name: str
    organisation: str
    digest: str


class Document(Model):
    """Version 1 of the evidence report."""

    schema_: str = Field(VERSION, alias="schema")
    run: RunInfo
    policy: PolicyInfo
    verdict: Literal["as declared", "broken", "unproven"]
    promises: tuple[PromiseResult, ...]
    findings: tuple[Finding, ...]
    omitted: dict[str, int] = Field(
        {}, description="findings by verdict that this document leaves out; findings.jsonl holds all"
    )
    exceptions: tuple[ExceptionUse, ...]
    contradictions: tuple[ContradictionFound, ...]
    coverage: Coverage
    drift: Drift | None = Field(None, description="null in the first run")
    places: tuple[Flow, ...] = Field((), description="where data and its copies lie, counted over the whole estate")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
