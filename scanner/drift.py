"""Drift: what changed between two runs, and why. Pure.

What is missing counts as gone only where nothing could hide it: no gap of the other run, no account that the other run
did not reach, no promise that was no longer there to ask. Otherwise it was "not seen". A cause is the first that can
explain the change: the policy asks for something else, a resource changed, something was not seen, the scanner judges
by other tables, and at last the clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, TypeGuard

from reports.document import Cause, Change, Drift
from scanner.collect.model import EVERYTHING
from scanner.facts import Reason
from scanner.run import Entry, EntryKind, Run, entries_of

Body = Mapping[str, Any]
_Twins = tuple[Entry | None, Entry | None]
What = Literal["promise", "finding", "resource", "fact", "gap", "policy", "scanner"]
Word = Literal["appeared", "disappeared", "changed", "not seen", "seen again"]
ORDER: tuple[What, ...] = ("promise", "finding", "resource", "fact", "gap", "policy", "scanner")
DECIDING = (("broken", {"fail"}), ("unproven", {"unknown", "error"}))
"""Which findings make a promise what it is; for any other verdict it is those that hold."""
HOLDING = {"pass", "excepted"}
FIRST = (Cause.RESOURCE, Cause.VISIBILITY, Cause.POLICY, Cause.SCANNER, Cause.CLOCK)
"""Where several causes are at work, the first of these is named."""
JUDGE = {"scanner": "version of asdeclared", "tables": "tables of places and types", "plugins": "installed plugins"}
"""What of a run makes a scanner another one, with its label."""
IDENTITY = ("type", "kind", "account", "region", "name", "modelled")
"""What is compared of a resource itself; the rest of it are facts."""
SCOPE = ("Membership.environments", "Tagging.tags")
"""The facts that decide whether a promise speaks of a resource."""
BY_POLICY = {Reason.NOT_ASKED, Reason.UNDECIDED}
BY_SCANNER = {*BY_POLICY, Reason.SHAPE, Reason.UNMODELLED, Reason.DEFECT}
"""Unknowns that another policy, or another version of the scanner, can settle."""


def drift(before: Run, after: Run) -> Drift:
    """What changed from one run to a later one of the same policy. What is alike costs nothing: only pages whose
    digests differ are opened.
    """
    changes = _Pair(_Side(before), _Side(after)).changes()
    ordered = sorted(changes, key=lambda change: (ORDER.index(change.what), change.subject, change.label))
    return Drift(before=before.digest, at=before.header["run"]["at"], changes=tuple(ordered))


@dataclass(frozen=True)
class _Side:
    """One of the two runs."""

    run: Run

    def body(self, kind: EntryKind, name: str) -> Any:
        """The body of an entry; None where there is none."""
        fragment = self.run.entries.get((kind, name))
        return None if fragment is None else fragment.body

    def says(self, section: str, name: str) -> Any:
        """A value of the header; None where it is not told."""
        return self.run.header.get(section, {}).get(name)

    @cached_property
    def judge(self) -> dict[str, Any]:
        """What judged: the parts of JUDGE. A run that tells of no plugins had none."""
        said = {name: self.says("run", name) for name in JUDGE}
        return {**said, "plugins": list(said["plugins"] or ())}

    @cached_property
    def partial(self) -> bool:
        return bool(self.says("run", "partial"))

    @cached_property
    def promises(self) -> dict[str, Body]:
        return {each["id"]: each for each in self.run.header.get("promises", ())}

    @cached_property
    def reached(self) -> dict[tuple[str, str], bool]:
        """The accounts of the scope by provider and id: whether they were reached."""
        return {(each["provider"], each["id"]): each["reached"] for each in self.says("coverage", "accounts") or ()}

    @cached_property
    def held(self) -> set[tuple[str, str, str]]:
        """Provider, account and type of the resources."""
        bodies = (entry.body for entry in self.run.resources())
        return {(each["provider"], each["account"], each["type"]) for each in bodies}

    @cached_property
    def types(self) -> set[tuple[str, str]]:
        return {(provider, name) for provider, _, name in self.held}

    @cached_property
    def gaps(self) -> dict[str, list[Body]]:
        """The gaps by account."""
        found: defaultdict[str, list[Any]] = defaultdict(list)
        for (kind, _), fragment in self.run.entries.items():
            if kind == "gap":
                gap: Any = fragment.body
                found[gap["account"]].append(gap)
        return found

    def exceptions(self, promise: str, resource: str) -> list[tuple[str, str, str]]:
        """The policy's exceptions to a promise for a resource: condition, value and expiry."""
        return sorted(
            (each["condition"], each["value"], each["expires"])
            for each in self.run.header.get("exceptions", ())
            if each["promise"] == promise and each["resource"].casefold() == resource.casefold()
        )


@dataclass(frozen=True)
class _Pair:
    """Both runs, and every difference between them."""

    before: _Side
    after: _Side

    def changes(self) -> Iterator[Change]:
        yield from self._promises()
        yield from (change for _, change in self.findings)
        yield from self.resources.values()
        for name, (one, other) in self.differing.items():
            if one and other:
                yield from self._facts(name, one, other)
        for name in self._others("gap"):
            yield from self._gap(name)
        yield from self._policy()
        yield from self._scanner()

    @cached_property
    def differing(self) -> dict[str, _Twins]:
        """The resources that are not the same in both runs, by their ids."""
        return {name: (one, other) for name, one, other in unlike(self.before.run, self.after.run)}

    def _others(self, kind: EntryKind) -> list[str]:
        """The names of the entries of a kind that are not the same in both runs."""
        one, other = (dict(side.run.of(kind)) for side in (self.before, self.after))
        names = one.keys() | other.keys()
        return [
            name for name in names if name not in one or name not in other or one[name].digest != other[name].digest
        ]

    def _bodies(self, kind: EntryKind, name: str) -> tuple[Any, Any]:
        return self.before.body(kind, name), self.after.body(kind, name)

    def _said(self, section: str, name: str) -> tuple[Any, Any]:
        return self.before.says(section, name), self.after.says(section, name)

    @cached_property
    def new_policy(self) -> bool:
        return _differ(self._said("policy", "digest"))

    @cached_property
    def new_scanner(self) -> bool:
        return self.before.judge != self.after.judge

    @cached_property
    def resources(self) -> dict[str, Change]:
        """The changes of resources, by id."""
        found = ((name, self._resource(name, *map(_body, twins))) for name, twins in self.differing.items())
        return {name: change for name, change in found if change is not None}

    def _resource(self, name: str, one: Body | None, other: Body | None) -> Change | None:
        if one is not None and other is not None:
            return self._identity(name, one, other)
        only: Any = one or other
        sides = (self.before, self.after) if other is None else (self.after, self.before)
        cause = self._absence(only, *sides)
        word = _word(one, other, hidden=cause is not Cause.RESOURCE)
        return _change("resource", name, _label(only, name), cause, word)

    def _absence(self, resource: Body, present: _Side, absent: _Side) -> Cause:
        """Why a resource is in one run only. RESOURCE says that it really was not there."""
        if absent.partial or self._hidden(resource, absent):
            return Cause.VISIBILITY
        account = (resource["provider"], resource["account"])
        if present.reached.get(account) and not absent.reached.get(account):
            return Cause.POLICY if self.new_policy and account not in absent.reached else Cause.VISIBILITY
        # Where nothing else of its type is there, nobody may have asked: a promise is gone, or a type has a new name.
        if (resource["provider"], resource["type"]) not in absent.types:
            if not _digests(present) <= _digests(absent):
                return Cause.POLICY
            if self.new_scanner:
                return Cause.SCANNER
        return Cause.RESOURCE

    def _hidden(self, resource: Body, side: _Side) -> bool:
        holders = ("", resource["account"], *self.parents)
        return any(_may_hold(gap, resource) for holder in holders for gap in side.gaps.get(holder, ()))

    @cached_property
    def parents(self) -> set[str]:
        """What gaps name as an account and is none, such as an organisation: it may hold any account."""
        sides = (self.before, self.after)
        known = {(provider, account) for side in sides for provider, account, _ in side.held}
        reached = {account for side in sides for account in side.reached}
        told = {provider for provider, _ in reached}
        return {
            account
            for side in sides
            for account, gaps in side.gaps.items()
            for gap in gaps
            if "/" in account or (gap["provider"] in told and (gap["provider"], account) not in known | reached)
        }

    def _identity(self, name: str, one: Body, other: Body) -> Change | None:
        fields = [each for each in IDENTITY if one.get(each) != other.get(each)]
        if not fields:
            return None
        before, after = ({field: body.get(field) for field in fields} for body in (one, other))
        cause = self._reclassed(one, other, fields)
        return _change("resource", name, _label(other, name), cause, "changed", before, after)

    def _reclassed(self, one: Body, other: Body, fields: list[str]) -> Cause:
        """A type that is modelled in one run only was not listed in the other: its sweep alone saw the resource."""
        if "modelled" in fields:
            full, side = (one, self.after) if one["modelled"] else (other, self.before)
            if self._hidden(full, side):
                return Cause.VISIBILITY
            return self._remade() or Cause.VISIBILITY
        if self.new_scanner and not {"account", "region", "name"} & set(fields):
            return Cause.SCANNER
        return Cause.RESOURCE

    def _remade(self) -> Cause | None:
        """What judges otherwise than before, if anything does: the policy or the scanner."""
        if self.new_policy:
            return Cause.POLICY
        return Cause.SCANNER if self.new_scanner else None

    def _facts(self, name: str, one: Entry, other: Entry) -> Iterator[Change]:
        """The changes of facts of a resource that is in both runs. A fact that only one of them asked for is none."""
        before, after = one.states, other.states
        for fact in before.keys() | after.keys():
            old, new = before.get(fact), after.get(fact)
            if old == new or (_one_sided(old, new) and self._asks_otherwise()):
                continue
            if moved := self._moved(old, new):
                cause, word = moved
                yield _change(
                    "fact",
                    f"{name}|{fact}",
                    f"{_label(other.body, name)}: {fact}",
                    cause,
                    word,
                    _value(old),
                    _value(new),
                )

    def _asks_otherwise(self) -> bool:
        return self._remade() is not None or self.before.partial or self.after.partial

    def _moved(self, one: Body | None, other: Body | None) -> tuple[Cause, Word] | None:
        """Why what is established of a fact changed; None where it did not."""
        if _established(one) and _established(other):
            return self._revalued(one, other)
        if not _established(one) and not _established(other):
            return None
        if _established(one):
            return self._sight(other), "not seen"
        return self._sight(one), "seen again"

    def _revalued(self, one: Body, other: Body) -> tuple[Cause, Word] | None:
        gaps, more = one.get("gaps") or [], other.get("gaps") or []
        if _value(one) == _value(other) and gaps == more:
            return None
        if _value(one) == _value(other) or _may_hide(one, other, gaps, more):
            word: Word = "changed" if len(gaps) == len(more) else "not seen" if len(gaps) < len(more) else "seen again"
            return Cause.VISIBILITY, word
        same = one.get("reads") == other.get("reads")
        return (self._remade() if same else None) or Cause.RESOURCE, "changed"

    def _sight(self, unknown: Body | None) -> Cause:
        """Why something is unknown in one run only."""
        reason = unknown["reason"] if unknown else Reason.UNMODELLED
        if self.new_policy and reason in BY_POLICY:
            return Cause.POLICY
        return Cause.SCANNER if self.new_scanner and reason in BY_SCANNER else Cause.VISIBILITY

    @cached_property
    def findings(self) -> list[tuple[str, Change]]:
        """The changes of findings, each with its promise."""
        twins = (self._bodies("finding", name) for name in self._others("finding"))
        judged = (pair for each in self.differing.values() for pair in _verdicts(*each))
        return [found for pair in (*twins, *judged) for found in self._finding(*pair)]

    def _finding(self, one: Body | None, other: Body | None) -> Iterator[tuple[str, Change]]:
        if one and other and one["verdict"] == other["verdict"]:
            return
        shown: Any = other or one
        promise, subject = shown["promise"], shown["subject"]
        cause = (
            self._promised(promise)
            or self._by_subject(subject, one, other)
            or self._by_facts(subject["id"], one, other)
            or self._otherwise(promise, subject["id"], one, other)
        )
        word = _word(one, other, hidden=cause is Cause.VISIBILITY and subject["kind"] != "gap")
        verdicts = (each and each["verdict"] for each in (one, other))
        yield promise, _change("finding", shown["id"], f"{_clean(promise)}: {_label(subject)}", cause, word, *verdicts)

    def _promised(self, promise: str) -> Cause | None:
        """Whether the promise is another one than before, or is in one run only."""
        one, other = self.before.promises.get(promise), self.after.promises.get(promise)
        if one and other:
            return Cause.POLICY if one["digest"] != other["digest"] else None
        if one is other:
            return None
        absent = self.after if one else self.before
        return Cause.VISIBILITY if absent.partial else Cause.POLICY

    def _by_subject(self, subject: Body, one: Body | None, other: Body | None) -> Cause | None:
        """Whether the subject itself is in one run only."""
        if subject["kind"] == "gap":
            return Cause.VISIBILITY if _one_sided(*self._bodies("gap", subject["id"])) else None
        if subject["kind"] == "type":
            return _first(self._of_type(subject)) if _one_sided(one, other) else None
        change = self.resources.get(subject["id"])
        return change.cause if change and change.change != "changed" else None

    def _of_type(self, subject: Body) -> Iterator[Cause]:
        for name, change in self.resources.items():
            for body in map(_body, self.differing[name]):
                if body and (body["provider"], body["type"]) == (subject["provider"], subject["type"]):
                    yield change.cause

    def _by_facts(self, resource: str, one: Body | None, other: Body | None) -> Cause | None:
        """Whether something that the finding rests on changed."""
        found = [each for each in (one, other) if each]
        facts = {read["fact"] for each in found for read in each["evidence"]}
        if _one_sided(one, other) or any(each["name"] == "in scope" for body in found for each in body["conditions"]):
            facts |= set(SCOPE)
        before, after = (each.states if each else {} for each in self.differing.get(resource, (None, None)))
        moved = [self._moved(before.get(fact), after.get(fact)) for fact in facts]
        causes = [each[0] for each in moved if each]
        change = self.resources.get(resource)
        if change and change.before and change.before.keys() != {"name"}:
            causes.append(change.cause)
        return _first(causes)

    def _otherwise(self, promise: str, resource: str, one: Body | None, other: Body | None) -> Cause:
        """Why a verdict changed where nothing that it rests on did."""
        if _one_sided(one, other):
            return self._remade() or Cause.CLOCK
        if self.new_policy and _excepted(one) != _excepted(other):
            terms = [side.exceptions(promise, resource) for side in (self.before, self.after)]
            if _differ(terms) or not terms[0]:
                return Cause.POLICY
        if self.new_scanner:
            return Cause.SCANNER
        same_clock = not _differ(self._said("run", "at"))
        return Cause.POLICY if self.new_policy and same_clock else Cause.CLOCK

    def _promises(self) -> Iterator[Change]:
        for name in self.before.promises.keys() | self.after.promises.keys():
            one, other = self.before.promises.get(name), self.after.promises.get(name)
            verdicts = [each and each["verdict"] for each in (one, other)]
            if _differ(verdicts):
                cause = self._promised(name) or self._decided(name, verdicts)
                word = _word(one, other, hidden=cause is Cause.VISIBILITY)
                yield _change("promise", name, _clean(name), cause, word, *verdicts)

    def _decided(self, promise: str, verdicts: list[Any]) -> Cause:
        """The cause of the findings that made the verdict, then or now."""
        deciding = next((each for verdict, each in DECIDING if verdict in verdicts), HOLDING)
        causes = (
            change.cause
            for each, change in self.findings
            if each == promise and {change.before, change.after} & deciding
        )
        return _first(causes) or self._remade() or Cause.CLOCK

    def _gap(self, name: str) -> Iterator[Change]:
        one, other = self._bodies("gap", name)
        before, after = (each and each["types"] for each in (one, other))
        if before != after:
            word = _word(one, other, hidden=False)
            yield _change("gap", name, _gap_label(other or one), Cause.VISIBILITY, word, before, after)

    def _policy(self) -> Iterator[Change]:
        if self.new_policy:
            name = self.after.says("policy", "name")
            digests = self._said("policy", "digest")
            yield _change("policy", name, f"policy {_clean(name)}", Cause.POLICY, "changed", *digests)
        for name in self.before.promises.keys() & self.after.promises.keys():
            before, after = (side.promises[name]["digest"] for side in (self.before, self.after))
            if before != after:
                yield _change("policy", name, f"promise {_clean(name)}", Cause.POLICY, "changed", before, after)

    def _scanner(self) -> Iterator[Change]:
        for name, label in JUDGE.items():
            values = self.before.judge[name], self.after.judge[name]
            if _differ(values):
                yield _change("scanner", name, label, Cause.SCANNER, "changed", *values)


def unlike(before: Run, after: Run) -> Iterator[tuple[str, Entry | None, Entry | None]]:
    """The resources that are not the same in two runs, in the order of their ids, as each run has them."""
    sides = (_numbered(0, _but(before, after)), _numbered(1, _but(after, before)))
    for name, group in groupby(merge(*sides, key=itemgetter(0, 1)), key=itemgetter(0)):
        found = {side: entry for _, side, entry in group}
        if found.get(0) != found.get(1):
            yield name, found.get(0), found.get(1)


def _numbered(side: int, entries: Iterator[Entry]) -> Iterator[tuple[str, int, Entry]]:
    return ((entry.id, side, entry) for entry in entries)


def _but(run: Run, other: Run) -> Iterator[Entry]:
    """The resources of the pages that the other run does not have."""
    for name, page in run.of("page"):
        twin = other.entries.get(("page", name))
        if twin is None or twin.digest != page.digest:
            yield from entries_of(page)


def _body(entry: Entry | None) -> Body | None:
    return entry.body if entry else None


def _verdicts(one: Entry | None, other: Entry | None) -> Iterator[tuple[Body | None, Body | None]]:
    """The findings about a resource whose verdicts differ."""
    before, after = (each.verdicts if each else {} for each in (one, other))
    for promise in before.keys() | after.keys():
        verdicts = [each.get(promise, {}).get("verdict") for each in (before, after)]
        if _differ(verdicts):
            yield (
                one.finding(promise, "") if one and promise in before else None,
                other.finding(promise, "") if other and promise in after else None,
            )


def _change(
    what: What, subject: str, label: str, cause: Cause, word: Word, before: object = None, after: object = None
) -> Change:
    return Change(what=what, subject=subject, label=label, cause=cause, change=word, before=before, after=after)


def _word(one: object, other: object, *, hidden: bool) -> Word:
    if one is not None and other is not None:
        return "changed"
    if other is None:
        return "not seen" if hidden else "disappeared"
    return "seen again" if hidden else "appeared"


def _first(causes: Iterable[Cause]) -> Cause | None:
    return min(causes, key=FIRST.index, default=None)


def _differ(pair: Iterable[object]) -> bool:
    one, other = pair
    return one != other


def _one_sided(one: object, other: object) -> bool:
    return (one is None) is not (other is None)


def _digests(side: _Side) -> set[str]:
    return {each["digest"] for each in side.promises.values()}


def _may_hold(gap: Body, resource: Body) -> bool:
    return (
        gap["provider"] == resource["provider"]
        and gap["region"] in {"", resource["region"]}
        and (EVERYTHING in gap["types"] or resource["type"] in gap["types"])
    )


def _established(state: Body | None) -> TypeGuard[Body]:
    return state is not None and state["state"] != "unknown"


def _value(state: Body | None) -> Any:
    """The value of a fact for the reader; None where it is unknown."""
    if not _established(state):
        return None
    return state["value"] if state["state"] == "known" else f"not applicable: {state['why']}"


def _may_hide(one: Body, other: Body, gaps: list[Any], more: list[Any]) -> bool:
    """Whether gaps that are in one run only can be all that makes two sets differ."""
    if gaps == more or not isinstance(_value(one), list) or not isinstance(_value(other), list):
        return False
    lost = any(item not in _value(other) for item in _value(one))
    gained = any(item not in _value(one) for item in _value(other))
    newly = any(gap not in gaps for gap in more)
    no_more = any(gap not in more for gap in gaps)
    return (newly or not lost) and (no_more or not gained)


def _excepted(finding: Any) -> set[tuple[str, str]]:
    return {
        (condition["name"], fault["value"])
        for condition in finding["conditions"]
        for fault in condition["faults"]
        if fault["excepted"]
    }


def _label(body: Body | None, name: str = "") -> str:
    """A resource or subject in words: its name and type."""
    if body is None:
        return _clean(name)
    return f"{_clean(body.get('name') or body.get('id') or name)} ({_clean(body['type'])})".lstrip()


def _gap_label(gap: Body) -> str:
    place = "/".join(_clean(gap[each]) for each in ("provider", "account", "region") if gap[each])
    return f"{_clean(gap['call'])} in {place}: {_clean(gap['reason'])}"


def _clean(text: str) -> str:
    """A cloud's text on one line: nothing in it can move a cursor or turn the direction of writing."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
