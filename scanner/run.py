"""A run: what one scan found, as entries addressed by content, and its place in the chain of runs.

What was seen of the resources stands in pages: so many of them, in the order of their ids, with their replies, what was
established of them and the verdicts on them. In a page, what is alike stands once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from zlib import crc32

from reports.document import WORST_FIRST, Document, Drift
from scanner.collect.model import Gap
from scanner.facts import JSON, Fragment, Inapplicable, Known, Seen, State, canonical, sha256, unmodelled
from scanner.facts.membership import Membership
from scanner.facts.reply import digests
from scanner.plain import plain

EntryKind = Literal["policy", "table", "page", "gap", "finding"]
Key = tuple[EntryKind, str]
"""An entry's kind and name: "text" for the policy; a table's file; the id of a page's first resource; a gap's id; the
id of a finding about a gap or a type.
"""
PAGE = 256
"""Resources of a page, on average. Where one ends is decided by names, so that a new resource changes one page."""
LONGEST = 4 * PAGE
BYTES = 8 << 20
"""No page has more resources, or, if it has several, more bytes in them."""


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

    def resources(self) -> Iterator[Entry]:
        """What was seen of each resource, in the order of ids."""
        for _, page in self.of("page"):
            yield from entries_of(page)

    def resource(self, name: str) -> Entry | None:
        """What was seen of one resource."""
        pages = self._names.get("page", [])
        if (number := bisect_right(pages, name)) == 0:
            return None
        found = entries_of(self.entries["page", pages[number - 1]])
        return next((each for each in found if each.id == name), None)

    def findings(self) -> Iterator[dict[str, Any]]:
        """Every finding: about the resources in the order of their ids, then about types and gaps."""
        severities = {each["id"]: each["severity"] for each in self.header["promises"]}
        for entry in self.resources():
            for promise in entry.verdicts:
                yield entry.finding(promise, severities[promise])
        for _, fragment in self.of("finding"):
            body: Any = fragment.body
            yield body

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


def _worst(run: Run, most: int | None) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The worst findings, in the order of their ids, and how many of each verdict are left out. Of one verdict the
    first ones are taken, in the order of subjects.
    """
    counts = Counter[str]()
    for promise in run.header.get("promises", ()):
        counts.update(promise["counts"])
    left = counts.total() if most is None else most
    taken: dict[str, int] = {}
    for verdict in WORST_FIRST:
        taken[verdict.value] = min(left, counts[verdict.value])
        left -= taken[verdict.value]
    omitted = {verdict: counts[verdict] - number for verdict, number in taken.items() if counts[verdict] > number}
    return sorted(_taken(run, taken), key=lambda each: str(each["id"])), omitted


def _taken(run: Run, numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """So many findings of each verdict."""
    left = dict(numbers)
    severities = {each["id"]: each["severity"] for each in run.header.get("promises", ())}
    for _, fragment in run.of("finding"):
        body: Any = fragment.body
        if left[body["verdict"]] > 0:
            left[body["verdict"]] -= 1
            yield body
    for _, page in run.of("page"):
        if not any(left.values()):
            return
        # Decoding a page takes long; most pages of a large estate hold nothing that is taken.
        data = page.data
        if not any(number and b'"verdict":"%b"' % verdict.encode() in data for verdict, number in left.items()):
            continue
        for entry in entries_of(Fragment.sealed(data)):
            for promise, told in entry.verdicts.items():
                if left[told["verdict"]] > 0:
                    left[told["verdict"]] -= 1
                    yield entry.finding(promise, severities[promise])


@dataclass(frozen=True)
class Entry:
    """What a run holds of one resource. `body` tells what it is, with the replies. `facts` are the states of its facts
    by key; a reading of its own replies is named by their source, which `states` puts right. `verdicts` tell by promise
    the verdict, the conditions, which facts were read, and what to do.
    """

    id: str
    body: Mapping[str, Any]
    facts: Mapping[str, Any]
    verdicts: Mapping[str, Any]

    @cached_property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each body among its replies, by source."""
        return digests(self.body["replies"])

    @property
    def bodies(self) -> dict[str, JSON]:
        """The bodies of its replies by their digests."""
        return {digest: self.body["replies"][source]["body"] for source, digest in self.digests.items()}

    @property
    def states(self) -> dict[str, Any]:
        """The states of its facts, each reading named by the digest of what was read."""
        own = self.digests
        return {key: exact(state, own) for key, state in self.facts.items()}

    def finding(self, promise: str, severity: str) -> dict[str, Any]:
        """The finding of a promise about it, as the document tells it."""
        told = self.verdicts[promise]
        own = self.digests
        evidence = [(key, exact(self.facts.get(key) or state_body(unmodelled(key)), own)) for key in told["facts"]]
        return {
            "id": finding_id(promise, self.id),
            "promise": promise,
            "subject": self.subject,
            "verdict": told["verdict"],
            "severity": severity,
            "conditions": told["conditions"],
            "evidence": [_evidence(key, state) for key, state in evidence],
            "fix": told["fix"],
        }

    @property
    def subject(self) -> dict[str, Any]:
        """What findings about it say of it."""
        environments = self.facts.get(ENVIRONMENTS, {})
        return {
            "kind": "resource",
            "id": self.id,
            **{name: self.body[name] for name in ("type", "provider", "account", "region", "name")},
            "environments": environments["value"] if environments.get("state") == "known" else None,
            "count": 1,
        }


ENVIRONMENTS = Membership.environments.key
NOT_SEEN = ("reason", "detail", "call", "permission")


def exact(state: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """The state of a fact, each reading named by the digest of what was read."""
    reads = [{**read, "digest": own.get(read["digest"], read["digest"])} for read in state["reads"]]
    return {**state, "reads": reads}


def _evidence(key: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """A fact that was read, as the document tells it."""
    unknowns = state.get("gaps", ())
    if state["state"] == "unknown":
        unknowns = [{name: state[name] for name in NOT_SEEN}]
    told = {"value": state.get("value"), "why": state.get("why", ""), "unknowns": unknowns}
    return {"fact": key, "state": state["state"], "reads": state["reads"], **told}


def finding_id(promise: str, subject: str) -> str:
    """The stable name of a finding: the same promise and subject have it in every run."""
    return sha256(f"{promise}\n{subject}".encode())[:16]


def entries_of(page: Fragment) -> Iterator[Entry]:
    """What a page tells of each of its resources."""
    told: Any = page.body
    for body in told["resources"]:
        name, facts, verdicts = (body.pop(each) for each in ("id", "facts", "verdicts"))
        yield Entry(name, body, told["facts"][facts], told["verdicts"][verdicts])


@dataclass(slots=True)
class Pages:
    """Makes pages of resources, which are added in the order of their ids. `put` keeps what is written."""

    put: Callable[[bytes], Fragment]
    made: dict[Key, Fragment] = field(default_factory=dict)
    _first: str = ""
    _size: int = 0
    _rows: list[bytes] = field(default_factory=list)
    _facts: dict[bytes, int] = field(default_factory=dict)
    _verdicts: dict[bytes, int] = field(default_factory=dict)

    def add(self, name: str, body: Mapping[str, Any], facts: bytes, verdicts: bytes) -> None:
        """Add a resource: what it is, with its replies; the states of its facts and the verdicts, as canonical JSON."""
        if len(self._rows) >= LONGEST or crc32(name.encode()) % PAGE == 0:
            self.end()
        row = self._row(name, body, facts, verdicts)
        size = len(facts) + len(verdicts) + len(row)
        if self._rows and self._size + size > BYTES:
            self.end()
            row = self._row(name, body, facts, verdicts)
        if not self._rows:
            self._first = name
        self._facts.setdefault(facts, len(self._facts))
        self._verdicts.setdefault(verdicts, len(self._verdicts))
        self._rows.append(row)
        self._size += size

    def _row(self, name: str, body: Mapping[str, Any], facts: bytes, verdicts: bytes) -> bytes:
        """The resource as this page tells it: with the numbers of its facts and verdicts."""
        numbers = {
            "facts": self._facts.get(facts, len(self._facts)),
            "verdicts": self._verdicts.get(verdicts, len(self._verdicts)),
        }
        return canonical({**body, "id": name, **numbers})

    def end(self) -> dict[Key, Fragment]:
        """End the last page. Returns all pages."""
        if self._rows:
            parts = (b",".join(each) for each in (self._facts, self._rows, self._verdicts))
            self.made["page", self._first] = self.put(b'{"facts":[%b],"resources":[%b],"verdicts":[%b]}' % (*parts,))
            for each in (self._rows, self._facts, self._verdicts):
                each.clear()
            self._size = 0
        return self.made


def gap_entry(gap: Gap) -> tuple[Key, Fragment]:
    """The entry of a gap."""
    return ("gap", gap.id), Fragment({**_object(plain(gap)), "id": gap.id}).seal()


def state_body(state: State) -> dict[str, Any]:
    """The state of a fact as plain values."""
    match state:
        case Known(value, evidence):
            gaps = value.gaps if isinstance(value, Seen) else ()
            return {"state": "known", "value": plain(value), "gaps": plain(gaps), "reads": plain(evidence)}
        case Inapplicable(why, evidence):
            return {"state": "inapplicable", "why": why, "reads": plain(evidence)}
    return {**_object(plain(state)), "state": "unknown", "reads": plain(state.evidence)}


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value
