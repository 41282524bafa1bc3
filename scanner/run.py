"""A run: what one scan found, as entries addressed by content, and its place in the chain of runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from reports.document import WORST_FIRST, Document, Drift, Finding
from scanner.estate import Estate, Resource
from scanner.facts import (
    JSON,
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
from scanner.plain import plain

EntryKind = Literal["policy", "table", "resource", "fragment", "fact", "gap", "finding"]
Key = tuple[EntryKind, str]
"""An entry's kind and name: "text" for the policy; a table's file; a resource's id; a fragment's digest;
"id|Facet.fact"; a gap's id; a finding's id.
"""


MOST = 10_000
"""So many findings make a document of about 20 MB, which a browser and a reader of JSON can still hold."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a run's digest is computed from: the digests of its header, of its list of entries, and of the run before.
    It proves a run's place in the chain without what the run found.
    """

    header: str
    entries: str
    previous: str

    @property
    def digest(self) -> str:
        """The run's digest: SHA-256 of the canonical JSON of the three."""
        return sha256(canonical({"header": self.header, "entries": self.entries, "previous": self.previous}))


@dataclass(frozen=True)
class Run:
    """One scan. `header` is the document without findings, drift and digest; `previous` the digest of the run before
    in the history of this policy ("" for the first).
    """

    header: Mapping[str, Any]
    entries: Mapping[Key, Fragment]
    previous: str = ""

    @cached_property
    def link(self) -> Link:
        """The run's link in the chain."""
        listed = [[kind, key, each.digest] for kind in sorted(self._names) for key, each in self.of(kind)]
        return Link(sha256(canonical(self.header)), sha256(canonical(listed)), self.previous)

    @property
    def digest(self) -> str:
        """SHA-256 over the header, every entry's kind, name and digest, and the previous run's digest."""
        return self.link.digest

    def of(self, kind: EntryKind) -> Iterator[tuple[str, Fragment]]:
        """The entries of a kind by name, in order."""
        return ((key, self.entries[kind, key]) for key in self._names.get(kind, ()))

    @cached_property
    def _names(self) -> Mapping[EntryKind, list[str]]:
        """The names of the entries by kind, in order."""
        names: defaultdict[EntryKind, list[str]] = defaultdict(list)
        for kind, name in self.entries:
            names[kind].append(name)
        for listed in names.values():
            listed.sort()
        return names


@dataclass(frozen=True)
class Told:
    """A run with the drift since the run before: what every report is made of."""

    run: Run
    drift: Drift | None

    @cached_property
    def document(self) -> Document:
        """The document, which is of a size that people and programs can hold."""
        return document(self.run, self.drift)

    @property
    def whole(self) -> Document:
        """The document with every finding."""
        return document(self.run, self.drift, most=None)


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


def basis(policy: str, tables: Mapping[str, JSON]) -> dict[Key, Fragment]:
    """The entries of what a run was judged by: the text of the policy, and the tables by the names of their files."""
    made: dict[Key, Fragment] = {("policy", "text"): Fragment(policy).seal()}
    return made | {("table", name): Fragment(body).seal() for name, body in tables.items()}


def document(run: Run, drift: Drift | None, *, most: int | None = MOST) -> Document:
    """The document of a run, with the drift since the run before. Of more than `most` findings it holds the worst, and
    counts the others; with None it holds all.
    """
    header = {**run.header, "run": {**run.header["run"], "digest": run.digest, "previous": run.previous}}
    findings, omitted = _worst(run, most)
    return Document.model_validate({**header, "findings": findings, "omitted": omitted, "drift": drift})


def _worst(run: Run, most: int | None) -> tuple[list[JSON], dict[str, int]]:
    """The bodies of the worst findings, in the order of their names, and how many of each verdict are left out."""
    total = sum(1 for _ in run.of("finding"))
    if most is None or total <= most:
        return [fragment.body for _, fragment in run.of("finding")], {}
    ranked: defaultdict[str, list[str]] = defaultdict(list)
    for name, fragment in run.of("finding"):
        body: Any = fragment.body
        ranked[body["verdict"]].append(name)
    chosen: list[str] = []
    omitted: dict[str, int] = {}
    for verdict in WORST_FIRST:
        taken = ranked[verdict][: most - len(chosen)]
        chosen += taken
        if len(ranked[verdict]) > len(taken):
            omitted[verdict.value] = len(ranked[verdict]) - len(taken)
    return [run.entries["finding", name].body for name in sorted(chosen)], omitted


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
