"""A run: what one scan found, as entries addressed by content, and its place in the chain of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from reports.document import Document, Drift, Finding
from scanner.facts import (
    Absent,
    Body,
    Failed,
    Fragment,
    Inapplicable,
    Known,
    Refused,
    Reply,
    Seen,
    State,
    Unasked,
    canonical,
    sha256,
)
from scanner.link import Estate, Resource
from scanner.plain import plain

EntryKind = Literal["resource", "fragment", "fact", "gap", "finding"]
Key = tuple[EntryKind, str]
"""An entry's kind and name: a resource's id; a fragment's digest; "id|Facet.fact"; a gap's id; a finding's id."""


@dataclass(frozen=True)
class Run:
    """One scan. `header` is the document without findings, drift and digest; `previous` the digest of the run before
    in the history of this policy ("" for the first).
    """

    header: Mapping[str, Any]
    entries: Mapping[Key, Fragment]
    previous: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the header, every entry's kind, name and digest, and the previous run's digest."""
        listed = [[kind, key, self.entries[kind, key].digest] for kind, key in sorted(self.entries)]
        parts = {
            "header": sha256(canonical(self.header)),
            "entries": sha256(canonical(listed)),
            "previous": self.previous,
        }
        return sha256(canonical(parts))

    def of(self, kind: EntryKind) -> Iterator[tuple[str, Fragment]]:
        """The entries of a kind by name, in order."""
        return ((key, self.entries[kind, key]) for each, key in sorted(self.entries) if each == kind)


def entries(estate: Estate, findings: Iterable[Finding]) -> dict[Key, Fragment]:
    """The entries of a run, sealed. The findings are taken one by one."""
    made: dict[Key, Fragment] = {}
    for resource in estate.resources:
        made.update(_resource(resource))
    for gap in estate.gaps:
        made["gap", gap.id] = Fragment({**_object(plain(gap)), "id": gap.id}).seal()
    for finding in findings:
        made["finding", finding.id] = Fragment(finding.model_dump(mode="json")).seal()
    return made


def document(run: Run, drift: Drift | None) -> Document:
    """The document of a run, with the drift since the run before."""
    header = {**run.header, "run": {**run.header["run"], "digest": run.digest, "previous": run.previous}}
    findings = [fragment.body for _, fragment in run.of("finding")]
    return Document.model_validate({**header, "findings": findings, "drift": drift})


def _resource(resource: Resource) -> Iterator[tuple[Key, Fragment]]:
    record = resource.record
    for reply in record.replies.values():
        if isinstance(reply, Body):
            yield ("fragment", reply.fragment.digest), reply.fragment.seal()
    body = {
        "type": record.type,
        "kind": record.kind.value,
        "provider": record.provider,
        "account": record.account,
        "region": record.region,
        "partition": record.partition,
        "name": record.name,
        "modelled": record.modelled,
        "replies": {source: _reply(reply) for source, reply in record.replies.items()},
    }
    yield ("resource", record.id), Fragment(body).seal()
    for key, state in resource.states.items():
        yield ("fact", f"{record.id}|{key}"), Fragment(_state(state)).seal()


def _reply(reply: Reply) -> dict[str, str]:
    said = {"call": reply.call, "permission": reply.permission}
    match reply:
        case Body(fragment=fragment):
            return {**said, "fragment": fragment.digest}
        case Absent(code=code):
            return {**said, "absent": code}
        case Refused(code=code):
            return {**said, "refused": code}
        case Failed(detail=detail):
            return {**said, "failed": detail}
        case Unasked(detail=detail):
            return {**said, "unasked": detail}


def _state(state: State) -> dict[str, Any]:
    match state:
        case Known(value, evidence):
            gaps = value.gaps if isinstance(value, Seen) else ()
            return {"state": "known", "value": plain(value), "gaps": plain(gaps), "reads": plain(evidence)}
        case Inapplicable(why, evidence):
            return {"state": "inapplicable", "why": why, "reads": plain(evidence)}
    return {**_object(plain(state)), "state": "unknown"}


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value
