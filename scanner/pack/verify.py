"""Verifying a pack: every digest, the chain, the signature, and every fact and verdict derived again, offline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from reports.document import Document, Drift
from scanner import registry
from scanner.drift import drift, unlike
from scanner.facts import canonical, sha256
from scanner.pack import archive, sign, timestamp
from scanner.pack.contents import (
    CHAIN,
    FINDINGS,
    LINES,
    MANIFEST,
    POLICY,
    README,
    RENDERED,
    RUN,
    SIGNATURE,
    TABLES,
    TIMESTAMP,
    Malformed,
    chain_of,
    files,
    run_of,
)
from scanner.pack.manifest import Manifest, parse, statement, versions
from scanner.pack.replay import Unreadable, replay
from scanner.pack.sign import Checked, Identity
from scanner.pack.timestamp import Stamped
from scanner.policy import PolicyError
from scanner.run import Entry, Link, Run, document
from scanner.scan import Scanned, tables, tables_digest

NEEDED = frozenset({README, CHAIN, *LINES, *RENDERED, POLICY, RUN})
SEALED = (MANIFEST, SIGNATURE, TIMESTAMP)
"""The files that come last in a pack, in this order, and are not compressed."""
_TABLE = re.compile(re.escape(TABLES) + r"[a-z0-9][a-z0-9_-]*\.json")
JUDGES = ("scanner", "tables", "plugins")
"""What a header says of the program that judged: it is the verifier's own in a replay."""
TOLD = 20
"""At most so many differences of one kind are named one by one."""


class Kind(StrEnum):
    """What kind of thing is wrong, the worst first."""

    TAMPERED = "tampered"
    CHAIN = "broken chain"
    PLUGIN = "missing plugin"
    VERSION = "different version"
    ORIGIN = "signature not checked"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be: what kind, where, and what."""

    kind: Kind
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word counts: public keys (PEM), the identity behind a keyless signature, root certificates of time stamp
    authorities (PEM). `anyone` takes what nobody's key was given for as it is.
    """

    keys: Sequence[bytes] = ()
    identity: Identity | None = None
    roots: Sequence[bytes] = ()
    anyone: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about a pack. `digest` is the SHA-256 of its file, `replayed` how much was derived again by
    kind; `drifted` tells whether its drift was derived again too. `other` tells what of the program that judged it is
    not the program here, "" where all is alike.
    """

    name: str
    digest: str
    problems: tuple[Problem, ...] = ()
    run: Run | None = None
    chain: tuple[Link, ...] = ()
    document: Document | None = None
    signature: Checked | None = None
    stamp: Stamped | None = None
    replayed: Mapping[str, int] = field(default_factory=dict)
    drifted: bool = False
    other: str = ""

    @property
    def outcome(self) -> Kind | None:
        """The worst kind of problem; None where the pack is verified."""
        return next((kind for kind in Kind if any(each.kind is kind for each in self.problems)), None)

    @property
    def intact(self) -> bool:
        """Whether nothing contradicts the pack, though not all of it may have been derived again here."""
        return self.outcome not in {Kind.TAMPERED, Kind.CHAIN}


def verify(path: Path, trust: Trust) -> Verification:
    """Verify one pack. Raises NotAPack where the file is no archive at all, OSError, SignError for a trusted key or
    root that cannot be read.
    """
    data = path.read_bytes()
    members, wrong = archive.read(data)
    made = Verification(path.name, sha256(data))
    del data  # The members hold it now, and it may be large.
    contents, damaged = _opened(members)
    problems = [Problem(Kind.TAMPERED, "archive", each) for each in wrong] + damaged
    manifest, found = _manifest(members, contents)
    problems += found
    if manifest is None or problems:
        return replace(made, problems=tuple(problems))
    signature, stamp = _sealed(contents, trust, problems)
    return _examined(replace(made, signature=signature, stamp=stamp), contents, manifest, problems)


def _opened(members: Sequence[archive.Member]) -> tuple[dict[str, bytes], list[Problem]]:
    contents: dict[str, bytes] = {}
    problems = []
    names = [each.name for each in members]
    if names != sorted(names, key=lambda name: (SEALED.index(name) if name in SEALED else -1, name)):
        problems.append(Problem(Kind.TAMPERED, "archive", "its files are in another order than they are written in"))
    for each in members:
        content = each.content()
        if each.method != (archive.STORED if each.name in SEALED else archive.DEFLATED):
            problems.append(Problem(Kind.TAMPERED, each.name, "it is packed in another way than it is written in"))
        if each.name in contents:
            problems.append(Problem(Kind.TAMPERED, each.name, "it is there twice"))
        elif content is None:
            problems.append(Problem(Kind.TAMPERED, each.name, "its bytes were changed: they cannot be unpacked"))
        else:
            contents[each.name] = content
    return contents, problems


def _manifest(
    members: Iterable[archive.Member], contents: Mapping[str, bytes]
) -> tuple[Manifest | None, list[Problem]]:
    """The manifest, and every file that is not as it says."""
    if MANIFEST not in contents:
        return None, [Problem(Kind.TAMPERED, MANIFEST, "it is missing")]
    try:
        manifest = parse(contents[MANIFEST])
    except ValueError as error:
        return None, [Problem(Kind.TAMPERED, MANIFEST, str(error))]
    packed = {each.name: each.digest for each in members}
    listed = {each.name: each for each in manifest.files}
    problems = []
    if [each.name for each in manifest.files] != sorted(listed):
        problems.append(Problem(Kind.TAMPERED, MANIFEST, "it names a file twice, or not in the order of names"))
    for name in sorted({*listed, *contents, *NEEDED} - {*SEALED}):
        if name not in listed:
            what = "the manifest does not name it" + (": it was added" if name in contents else ", and it must")
        elif name not in packed:
            what = "it is missing: it was taken out"
        elif name not in NEEDED and not _TABLE.fullmatch(name):
            what = "it does not belong in a pack: it was added"
        elif name in contents and sha256(contents[name]) != listed[name].sha256:
            what = f"its SHA-256 is {sha256(contents[name])}, the manifest says {listed[name].sha256}"
        elif packed[name] != listed[name].packed:
            what = "its content is as the manifest says, but its compressed bytes were changed"
        else:
            continue
        problems.append(Problem(Kind.TAMPERED, name, what))
    return manifest, problems


def _sealed(
    contents: Mapping[str, bytes], trust: Trust, problems: list[Problem]
) -> tuple[Checked | None, Stamped | None]:
    """The signature and the time stamp; what is wrong with them is added to the problems."""
    signature = stamp = None
    if SIGNATURE in contents:
        signature = sign.check(contents[SIGNATURE], contents[MANIFEST], trust.keys, trust.identity)
        _judge(SIGNATURE, signature.state, signature.detail, trust, problems)
    elif trust.keys or trust.identity:
        problems.append(Problem(Kind.TAMPERED, SIGNATURE, "it is missing: a key was given, and the pack is not signed"))
    if TIMESTAMP in contents:
        stamped = contents.get(SIGNATURE, contents[MANIFEST])
        stamp = timestamp.check(contents[TIMESTAMP], stamped, trust.roots)
        _judge(TIMESTAMP, stamp.state, stamp.detail, trust, problems)
    elif trust.roots:
        problems.append(Problem(Kind.TAMPERED, TIMESTAMP, "it is missing: a root was given, but there is none"))
    return signature, stamp


def _judge(where: str, state: str, detail: str, trust: Trust, problems: list[Problem]) -> None:
    if state == "bad":
        problems.append(Problem(Kind.TAMPERED, where, detail))
    elif state != "good" and not trust.anyone:
        problems.append(Problem(Kind.ORIGIN, where, detail))


def _examined(
    made: Verification, contents: dict[str, bytes], manifest: Manifest, problems: list[Problem]
) -> Verification:
    """The verification of files that are all as the manifest says: whether they follow from one another."""
    try:
        packed = run_of(contents)
        chain = chain_of(contents)
        for name in LINES:
            del contents[name]  # It is in the run now, and may be large.
    except Malformed as error:
        return replace(made, problems=(*problems, Problem(Kind.TAMPERED, "pack", str(error))))
    run = packed.run
    if not run.digest == packed.digest == manifest.run:
        what = f"the run's digest is {run.digest}, but {packed.digest} in {RUN} and {manifest.run} in {MANIFEST}"
        problems.append(Problem(Kind.TAMPERED, RUN, what))
    if statement(run, manifest.files, manifest.versions) != contents[MANIFEST]:
        problems.append(Problem(Kind.TAMPERED, MANIFEST, "it does not say what follows from the files"))
    problems += chain_problems(chain, run)
    problems += _tables(run)
    replayed, other, found = _replayed(run, manifest.versions)
    problems += found
    due = None
    if all(each.kind is Kind.ORIGIN for each in problems):
        due = _document(contents, run)
        problems += _rendered(contents, run, chain, due, manifest)
        problems += _later(run, made.stamp)
    made = replace(made, problems=tuple(problems), run=run, chain=tuple(chain), document=due, replayed=replayed)
    return replace(made, other=other)


def _document(contents: Mapping[str, bytes], run: Run) -> Document | None:
    """The document that the run makes, with the drift that the pack tells: that needs the run before. None where there
    is no such document.
    """
    try:
        told = Drifted.model_validate_json(contents["report.json"])
        return document(run, told.drift)
    except ValueError:
        return None


class Drifted(BaseModel):
    """What is read of a document that is told."""

    drift: Drift | None


def _tables(run: Run) -> Iterator[Problem]:
    """What the run says of its policy and tables is what it holds."""
    held = {name: fragment.body for name, fragment in run.of("table")}
    if tables_digest(held) != run.header["run"]["tables"]:
        yield Problem(Kind.TAMPERED, TABLES, "the run was judged by other tables than those that are here")


def _later(run: Run, stamp: Stamped | None) -> Iterator[Problem]:
    """A run that says to be of a later time than its proven stamp does not tell its time."""
    at = datetime.fromisoformat(run.header["run"]["at"])
    if stamp and stamp.state == "good" and stamp.time and stamp.time < at.replace(tzinfo=at.tzinfo or UTC):
        what = f"the run says to be of {at.isoformat()}, but it was stamped on {stamp.time.isoformat()} already"
        yield Problem(Kind.TAMPERED, TIMESTAMP, what)


def chain_problems(chain: Sequence[Link], run: Run) -> Iterator[Problem]:
    """What is wrong with a chain that must lead from the first run to this one."""
    before = ""
    for number, link in enumerate(chain, 1):
        if link.previous != before:
            what = f"it follows {link.previous[:12] or 'nothing'}, but before it is {before[:12] or 'nothing'}"
            yield Problem(Kind.CHAIN, f"{CHAIN}, line {number}", f"{what}: a run was taken out, put in or changed")
        before = link.digest
    if not chain or chain[-1] != run.link:
        yield Problem(Kind.CHAIN, CHAIN, f"it does not end with this run ({run.digest[:12]})")


def _replayed(run: Run, rendered: Mapping[str, str]) -> tuple[Mapping[str, int], str, list[Problem]]:
    """How much was derived again, by what that is other than what judged, and every difference. What cannot be derived
    here is told, and is no tampering. `rendered` are the versions that wrote the pack.
    """
    missing = [each for each in run.header["run"]["plugins"] if not registry.installed(each)]
    if missing:
        what = f"it needs {', '.join(missing)}, which is not installed here: install it and verify again"
        return {}, "", [Problem(Kind.PLUGIN, "replay", what)]
    among = registry.brought(run.header["run"]["plugins"])
    providers, checks = registry.providers(among), registry.checks(among)
    here = tables(providers)
    programs, strange = _programs(run, rendered), _strange(run, here)
    other = ", ".join([*programs, *strange])
    kind, made_with = (Kind.VERSION, f"the run was made with {other}") if other else (Kind.TAMPERED, "")
    try:
        found = replay(run, providers, checks)
    except (PolicyError, Unreadable) as error:
        return {}, other, [Problem(kind, "replay", f"{made_with or 'it cannot be replayed'}: {error}")]
    differences = list(_differences(run, found))
    named = [Problem(kind, where, what) for where, what in differences[:TOLD]]
    if len(differences) > TOLD:
        named.append(Problem(kind, "replay", f"and {len(differences) - TOLD} more differences"))
    if other and (named or not programs):
        # The same program has the same tables: where only they differ, they may be anyone's.
        named.insert(0, Problem(kind, "replay", f"{made_with}: to derive the same, install that"))
    return _derived(run), other, named


def _derived(run: Run) -> dict[str, int]:
    """How much was derived: resources, the bodies of replies, facts and verdicts."""
    entries = ((1, len(each.digests), len(each.facts), len(each.verdicts)) for each in run.resources())
    numbers = [sum(column) for column in zip(*entries, strict=True)] or [0] * 4
    numbers[3] += sum(1 for _ in run.of("finding"))
    return dict(zip(("resources", "fragments", "facts", "verdicts"), numbers, strict=True))


def _programs(run: Run, rendered: Mapping[str, str]) -> list[str]:
    """The programs that judged and are not those here."""
    said, own, letters = run.header["run"], version("asdeclared"), versions()["unicode"]
    parts = [f"asdeclared {said['scanner']} (here {own})"] if said["scanner"] != own else []
    if rendered.get("unicode") != letters:
        parts.append(f"Unicode {rendered.get('unicode', '?')} (here {letters})")
    strange = [each for each in said["plugins"] if not registry.installed(each, exactly=True)]
    return [*parts, *(f"{each} (here another version)" for each in strange)]


def _strange(run: Run, here: Mapping[str, Any]) -> list[str]:
    """The tables that judged and are not those here."""
    held = {name: fragment.digest for name, fragment in run.of("table")}
    known = {name: sha256(canonical(body)) for name, body in here.items()}
    return [f"another {name}" for name in sorted(held.keys() | known.keys()) if held.get(name) != known.get(name)]


def _differences(run: Run, found: Scanned) -> Iterator[tuple[str, str]]:
    """Where a replay does not give what the run says."""
    own, again = _judged(run.header), _judged(found.header)
    for name in sorted(own.keys() | again.keys()):
        if own.get(name) != again.get(name):
            yield f"{RUN}, {name}", "another result follows from the evidence"
    for kind, name in sorted(run.entries.keys() | found.entries.keys()):
        one, other = run.entries.get((kind, name)), found.entries.get((kind, name))
        if kind not in {"table", "page"} and not (one and other and one.digest == other.digest):
            yield f"{kind} {name}", _difference(one, other)
    for name, before, after in unlike(run, found.after("")):
        yield from _unlike(name, before, after)


def _unlike(name: str, one: Entry | None, other: Entry | None) -> Iterator[tuple[str, str]]:
    """What of a resource a replay gives otherwise."""
    if one is None or other is None or one.body != other.body:
        yield f"resource {name}", _difference(one, other)
    for what in ("facts", "verdicts"):
        told, again = (getattr(each, what) if each else {} for each in (one, other))
        for key in sorted(told.keys() | again.keys()):
            if told.get(key) != again.get(key):
                yield f"{what.removesuffix('s')} {name}|{key}", _difference(told.get(key), again.get(key))


def _difference(one: object, other: object) -> str:
    if other is None:
        return "does not follow from the evidence"
    return "another one follows from the evidence" if one else "follows from the evidence and is not there"


def _judged(header: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in header["run"].items() if name not in JUDGES}
    return {**header, "run": said}


def _rendered(
    contents: Mapping[str, bytes], run: Run, chain: Iterable[Link], due: Document | None, manifest: Manifest
) -> Iterator[Problem]:
    """The files that are made from the run are what it makes. Other versions may write them in another way: then it
    cannot be told whether a file that differs is as it was written.
    """
    alike = manifest.versions == versions()
    if due is None:
        what = "it is not a document as this version writes it"
        yield Problem(Kind.TAMPERED if alike else Kind.VERSION, "report.json", what)
        return
    if due.drift and due.drift.before != run.previous:
        what = f"it is of changes since {due.drift.before[:12]}, the run before is {run.previous[:12] or 'none'}"
        yield Problem(Kind.TAMPERED, "report.json, drift", what)
    kind = Kind.TAMPERED if alike else Kind.VERSION
    more = "" if alike else f"; it was written with {_listed(manifest.versions)}"
    listed = {each.name: each.sha256 for each in manifest.files}
    for name, chunks in files(run, due, chain):
        told = name not in LINES and b"".join(chunks) != contents.get(name)
        if told or (name == FINDINGS and _sha256(chunks) != listed[name]):
            yield Problem(kind, name, f"it is not what the run makes of it{more}")


def _sha256(chunks: Iterable[bytes]) -> str:
    made = hashlib.sha256()
    for each in chunks:
        made.update(each)
    return made.hexdigest()


def _listed(told: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {told[name]}" for name in sorted(told)) or "versions that it does not tell"


def together(made: Sequence[Verification]) -> list[Verification]:
    """Packs verified together: those of one policy must be of one chain, and where the run before is among them, the
    drift of a pack is derived again.
    """
    return [_among(each, [other for other in made if other is not each and _related(each, other)]) for each in made]


def _related(own: Verification, other: Verification) -> bool:
    return bool(own.run and other.run and _policy(own.run) == _policy(other.run))


def _among(own: Verification, others: Iterable[Verification]) -> Verification:
    problems = list(own.problems)
    drifted = False
    for other in others:
        problems += _forked(own, other)
        if own.run and other.run and own.run.previous == other.run.digest and _judged_alike(own):
            problems += _drifted(own, other.run)
            drifted = True
    return replace(own, problems=tuple(problems), drifted=drifted)


def _policy(run: Run) -> str:
    return str(run.header["policy"]["name"])


def _forked(own: Verification, other: Verification) -> Iterator[Problem]:
    """Where two chains of one policy part. A partial run is beside the chain, and no run follows it."""
    for number, (one, two) in enumerate(zip(_trunk(own), _trunk(other), strict=False), 1):
        if one != two:
            what = f"it is {one.digest[:12]} here, but {two.digest[:12]} in {other.name}: these are two chains"
            yield Problem(Kind.CHAIN, f"{CHAIN}, line {number}", what)
            return


def _trunk(made: Verification) -> Sequence[Link]:
    return made.chain[:-1] if made.run and made.run.header["run"]["partial"] else made.chain


def _drifted(own: Verification, before: Run) -> Iterator[Problem]:
    """The drift that a pack tells is the one that both runs give."""
    told = own.document.drift if own.document else None
    if own.run and told != drift(before, own.run):
        yield Problem(Kind.TAMPERED, "report.json, drift", "it is not what changed since the run before")


def _judged_alike(made: Verification) -> bool:
    return not any(each.kind in {Kind.VERSION, Kind.PLUGIN} for each in made.problems)
