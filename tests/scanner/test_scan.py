"""A scan from policy to run: small clouds, one call each, and everything that a run must tell of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import scanner.scan as stage
from checks import retention
from checks.check import Check, Conditions, Fault, Severity, check
from reports.document import Document, PromiseVerdict, Verdict
from scanner import likeness
from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    CredentialError,
    Discovery,
    Gap,
    Options,
    Provider,
    ResourceType,
    ScopeError,
    Session,
    Sweep,
)
from scanner.collect.plan import Wanted
from scanner.collect.runner import Blank, collect
from scanner.facts import (
    JSON,
    Backup,
    Container,
    EncryptionAtRest,
    Exposure,
    KeyUse,
    Kind,
    Location,
    Membership,
    Protection,
    Reason,
    RecoveryPoint,
    Seen,
    Tagging,
    Unknown,
    pairs,
    text,
)
from scanner.link import Linker
from scanner.policy import Policy, loads
from scanner.run import document
from scanner.scan import (
    NothingReached,
    Request,
    Scanned,
    overall,
    plans,
    scan,
    supporting,
    tables,
    tables_digest,
    wants,
)
from tests.judging import forget
from tests.scanner.collect.conftest import Cloud

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
DENIED = CallError("AccessDenied", refused=True)


@check("home", severity=Severity.HIGH, fix="Move it.", reads=(Location.homes,))
def home(where: Location) -> Conditions:
    """Data is in the north."""

    def judge() -> Iterator[Fault | Unknown]:
        for place in where.homes:
            if place != "north":
                yield Fault(place, f"it is in {place}")

    yield "north", judge


@check("public", severity=Severity.LOW, fix="Shut it.", reads=(Exposure.public,), about=Kind.CONFIG)
def public(data: Exposure) -> Conditions:
    """Nothing is open."""
    yield "shut", lambda: not data.public


@check("apart", severity=Severity.LOW, fix="", reads=(Container.members,), about=Kind.CONFIG)
def apart(data: Container) -> Conditions:
    """Environments are apart."""
    yield "apart", lambda: not list(data.members)


@check("linked", severity=Severity.LOW, fix="", reads=(Membership.environments, Location.homes))
def linked(here: Membership, where: Location) -> Conditions:
    """What is in an environment is somewhere."""
    yield "somewhere", lambda: bool(list(where.homes)) and bool(here.environments)


@check("named", severity=Severity.LOW, fix="", reads=(Exposure.public, Tagging.tags), about=Kind.CONFIG)
def named(data: Exposure, tags: Tagging) -> Conditions:
    """What is open has a name."""
    yield "named", lambda: not data.public or bool(tags.tags)


@check("tenanted", severity=Severity.LOW, fix="", reads=(Membership.tenant,))
def tenanted(here: Membership) -> Conditions:
    """Data is somebody's."""
    yield "somebody", lambda: bool(here.tenant)


@check("today", severity=Severity.LOW, fix="", reads=(Location.homes,))
def on_the_day(where: Location, today: date) -> Conditions:
    """It is the second of November."""
    yield "today", lambda: bool(list(where.homes)) and today == date(2026, 11, 2)


@check("keyed", severity=Severity.LOW, fix="", reads=(KeyUse.sharers,))
def keyed(data: KeyUse) -> Conditions:
    """A key is used by one."""
    yield "one", lambda: len(list(data.sharers)) == 1


CHECKS: dict[str, Check] = {each.id: each for each in (keyed, home, public, apart, linked, named, tenanted, on_the_day)}


TAGS = Tagging.tags.at("item:/Tags", pairs)


def world(name: str) -> tuple[ResourceType, ...]:
    """The types of a cloud: boxes hold data and are asked for a lock; a wall is configuration."""
    boxes = Call(f"{name}:ListBoxes", f"{name}.list_boxes", items="/Boxes")
    walls = Call(f"{name}:ListWalls", f"{name}.list_walls", items="/Walls")
    lock = Call(f"{name}:GetLock", f"{name}.get_lock", take={"Name": "/Name"})
    tags = Call(f"{name}:GetTags", f"{name}.get_tags", take={"Name": "/Name"})
    box = ResourceType(
        f"{name}.box",
        f"{name}/box",
        Kind.DATA,
        boxes,
        id=f"{name}:{{/Name}}",
        label="/Name",
        ask={"lock": lock, "tags": tags},
        facts=(
            Location.homes.one("item:/Home", text),
            Exposure.public.at("lock:/Open", bool),
            Tagging.tags.at("tags:/Tags", pairs),
        ),
    )
    wall = replace(box, name=f"{name}.wall", native=f"{name}/wall", kind=Kind.CONFIG, each=walls, ask={}, facts=(TAGS,))
    return (box, wall)


def boxes(**homes: str) -> list[JSON]:
    return [{"Boxes": [{"Name": name, "Home": place} for name, place in homes.items()]}]


def cloud(name: str = "x", *, listed: Any = None, accounts: int = 1, **changes: Any) -> Cloud:
    """A cloud of one region that lists these boxes."""
    found = tuple(Account(name, f"{n}" * 12, f"account {n}", ("north",), "p") for n in range(1, accounts + 1))
    replies = {f"{name}.list_boxes": boxes(a="north") if listed is None else listed}
    replies |= {f"{name}.list_walls": [{"Walls": []}], f"{name}.get_lock": [{"Open": False}]}
    replies |= {f"{name}.get_tags": [{"Tags": {}}]}
    return Cloud(world(name), replies | changes.pop("replies", {}), accounts=found, name=name, **changes)


@dataclass
class Shut(Cloud):
    """A cloud that nobody can reach; `late` tells whether that comes out at the opening or at the discovery."""

    late: bool = False
    closed: int = 0

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        if not self.late:
            raise CredentialError(f"no credential for {self.name}")
        return super().open(scope, options)

    def discover(self) -> Discovery:
        raise CredentialError(f"no credential for {self.name}")

    def close(self) -> None:
        self.closed += 1


def shut(name: str, *, late: bool = False) -> Shut:
    return Shut(world(name), {}, name=name, late=late)


BOTH = "x: {}, y: {}"
THREE = f"{BOTH}, z: {{}}"


def policy(*lines: str, scope: str = "x: {}", promises: str = "- {id: it, says: It is so., check: home}") -> Policy:
    head = f"version: 1\nname: example\norganisation: Example SaaS Ltd\nscope: {{{scope}}}\n"
    body = f"{head}promises:\n  {promises}\n" + "\n".join(lines)
    types = [kind.name for name in ("x", "y", "z") for kind in world(name)]
    return loads(body, "policy.yaml", checks=CHECKS, types=types, providers=["x", "y", "z"])


def request(*clouds: Provider, declared: Policy | None = None, **changes: Any) -> Request:
    return Request(declared or policy(), {each.name: each for each in clouds}, NOW, **changes)


def found(made: Request) -> Document:
    return document(scan(made).after(""), None)


def promised(made: Document, name: str = "it") -> PromiseVerdict:
    return next(each.verdict for each in made.promises if each.id == name)


def test_a_scan_is_a_run_with_all_that_was_found() -> None:
    made = found(request(cloud(listed=boxes(a="north", b="south"))))
    assert made.verdict == "broken"
    assert made.run.at == "2026-11-02T06:00:00+00:00"
    assert not made.run.partial
    assert (made.policy.name, made.policy.organisation) == ("example", "Example SaaS Ltd")
    (one,) = made.promises
    assert (one.id, one.says, one.check, one.severity) == ("it", "It is so.", "home", "high")
    assert (one.verdict, one.counts) == (PromiseVerdict.BROKEN, {"fail": 1, "pass": 1})
    assert one.digest == policy().promises[0].digest
    assert {each.subject.id: each.verdict for each in made.findings} == {"x:a": Verdict.PASS, "x:b": Verdict.FAIL}
    assert made.contradictions == ()


def test_what_a_policy_contradicts_is_in_the_run() -> None:
    made = found(request(cloud(), declared=policy(EXCEPTION.format(expires="2026-11-01"))))
    assert [(each.code, each.line) for each in made.contradictions] == [("exception-expired", 15)]


def test_the_same_scan_is_the_same_run() -> None:
    one, two = (scan(request(cloud(listed=boxes(a="north", b="south")))).after("") for _ in range(2))
    assert one.digest == two.digest
    assert scan(request(cloud(listed=boxes(a="south", b="south")))).after("").digest != one.digest


EXCEPTION = """
exceptions:
  - promise: it
    resource: X:B
    condition: north
    value: south
    owner: a@example.com
    reason: Known.
    expires: {expires}
"""
ALIKE_PROMISES = """\
- {id: it, says: It is so., check: home}
  - {id: open, says: It is so., check: public, applies_to: {include: config}}
  - {id: linked, says: It is so., check: linked}
  - {id: named, says: It is so., check: named, applies_to: {environments: [production]}}"""
ALIKE_LINES = (
    "environments: {production: {tags: {env: [production]}}, test: {tags: {env: [test]}}}",
    EXCEPTION.format(expires="2026-11-03"),
)


def alike() -> Request:
    """Three clouds of many boxes that differ in little, with what is refused, absent and of no known type between."""
    listed = boxes(**dict(zip("abcdefghijkl", ["north", "south", "south"] * 4, strict=True)))
    replies: dict[str, Any] = {"x.get_tags": [{"Tags": {"env": "production"}}], "x.get_lock b": [DENIED]}
    replies |= {"x.get_lock c": [DENIED], "x.get_tags d": [DENIED], "x.get_tags e": [{"Tags": {"env": "test"}}]}
    replies |= {"x.list_things": [{"Things": [{"Kind": "x/odd", "Name": name, "At": "north"} for name in "opq"]}]}
    things = Call("x:ListThings", "x.list_things", items="/Things")
    homes = (Location.homes.one("item:/At", text),)
    sweep = Sweep(things, lambda item: str(item["Kind"]), "x:{/Name}", "/Name", homes, paths=("/Kind",))
    clouds = (cloud(listed=listed, replies=replies, sweeps=(sweep,)), cloud("y", listed=boxes(a="south", b="south")))
    return request(*clouds, shut("z"), declared=policy(*ALIKE_LINES, scope=THREE, promises=ALIKE_PROMISES))


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_scan_that_forgets_what_is_alike_is_the_same_run(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    usual = scan(alike()).after("")
    monkeypatch.setattr(likeness, "MOST", most)
    assert scan(alike()).after("").digest == usual.digest


def test_a_scan_in_which_nothing_is_alike_is_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = scan(alike()).after("")
    made = document(usual, None)
    assert {each.verdict for each in made.promises} == {BROKEN, UNPROVEN}
    assert {each.subject.id: each.verdict for each in made.findings if each.promise == "it"}["x:b"] is Verdict.EXCEPTED
    forget(monkeypatch)
    assert scan(alike()).after("").digest == usual.digest


def test_checks_are_told_the_day_of_the_scan() -> None:
    made = request(cloud(), declared=policy(promises="- {id: it, says: It is so., check: today}"))
    assert promised(found(made)) is PromiseVerdict.KEPT
    assert promised(found(replace(made, at=NOW.replace(day=1)))) is PromiseVerdict.BROKEN


def test_workers_and_tape_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: dict[str, Any] = {}

    def spy(*arguments: Any, **options: Any) -> Any:
        passed.update(options)
        return collect(*arguments, **options)

    monkeypatch.setattr(stage, "collect", spy)
    tape = Blank()
    scan(request(cloud(), options={"x": Options(workers=3)}, tape=tape))
    assert isinstance(passed.pop("sink"), Linker)
    assert passed == {"workers": 3, "tape": tape}
    scan(request(cloud()))
    assert isinstance(passed.pop("sink"), Linker)
    assert passed == {"workers": Options().workers, "tape": None}


def test_calls_are_counted_beside_the_run() -> None:
    scanned = scan(request(cloud(), cloud("y"), declared=policy(scope=BOTH)))
    assert scanned.calls == {"x.list_boxes": 1, "y.list_boxes": 1}
    assert list(scanned.calls) == sorted(scanned.calls)
    assert "calls" not in scanned.header
    assert scanned.after("aa").previous == "aa"
    assert isinstance(scanned, Scanned)


@pytest.mark.parametrize(
    ("expires", "listed", "state", "verdict"),
    [
        ("2026-11-02", boxes(b="south"), "used", PromiseVerdict.KEPT),
        ("2026-11-01", boxes(b="south"), "expired", PromiseVerdict.BROKEN),
        ("2026-11-02", boxes(b="west"), "unused", PromiseVerdict.BROKEN),
        ("2026-11-02", boxes(b="north"), "unused", PromiseVerdict.KEPT),
        ("2026-11-02", boxes(c="south"), "unused", PromiseVerdict.BROKEN),
        ("2026-11-01", boxes(b="north"), "expired", PromiseVerdict.KEPT),
    ],
)
def test_an_exception_is_used_unused_or_expired(expires: str, listed: Any, state: str, verdict: PromiseVerdict) -> None:
    made = found(request(cloud(listed=listed), declared=policy(EXCEPTION.format(expires=expires))))
    (use,) = made.exceptions
    assert use.model_dump() == {
        "promise": "it",
        "resource": "X:B",
        "condition": "north",
        "value": "south",
        "owner": "a@example.com",
        "reason": "Known.",
        "expires": expires,
        "state": state,
    }
    assert promised(made) is verdict


def test_an_expired_exception_does_not_hide_one_in_force() -> None:
    lines = EXCEPTION.format(expires="2026-11-01") + EXCEPTION.format(expires="2026-11-03").split("exceptions:\n")[1]
    made = found(request(cloud(listed=boxes(b="south")), declared=policy(lines)))
    assert [each.state for each in made.exceptions] == ["expired", "used"]
    assert promised(made) is PromiseVerdict.KEPT


KEPT, BROKEN, UNPROVEN, EMPTY, NOT_EXAMINED = (
    PromiseVerdict.KEPT,
    PromiseVerdict.BROKEN,
    PromiseVerdict.UNPROVEN,
    PromiseVerdict.EMPTY,
    PromiseVerdict.NOT_EXAMINED,
)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([KEPT], "as declared"),
        ([KEPT, KEPT], "as declared"),
        ([KEPT, NOT_EXAMINED], "as declared"),
        ([KEPT, UNPROVEN], "unproven"),
        ([KEPT, EMPTY], "unproven"),
        ([KEPT, UNPROVEN, BROKEN], "broken"),
        ([NOT_EXAMINED, EMPTY], "unproven"),
        ([NOT_EXAMINED, BROKEN], "broken"),
        ([NOT_EXAMINED], "unproven"),
        ([], "unproven"),
    ],
)
def test_the_whole_is_as_its_worst_promise(verdicts: list[PromiseVerdict], expected: str) -> None:
    assert overall(verdicts) == expected
    assert overall(reversed(verdicts)) == expected


PROMISES = """\
- {id: it, says: It is so., check: home, applies_to: {providers: [x]}}
  - {id: that, says: That is so., check: home, applies_to: {providers: [y]}}"""


def test_a_promise_about_a_cloud_that_is_not_in_scope_is_not_examined() -> None:
    made = found(request(cloud(), cloud("y"), declared=policy(promises=PROMISES)))
    assert {each.id: each.verdict for each in made.promises} == {"it": KEPT, "that": NOT_EXAMINED}
    assert made.verdict == "as declared"


def test_where_nothing_is_examined_nothing_is_as_declared() -> None:
    only_y = policy(promises=PROMISES.splitlines()[1].strip())
    made = found(request(cloud(), cloud("y"), declared=only_y))
    assert promised(made, "that") is NOT_EXAMINED
    assert made.verdict == "unproven"


def test_hosters_without_an_api_are_told_and_not_judged() -> None:
    scope = "x: {}, unscanned: [{name: Example Hosting Ltd, places: [GB]}]"
    made = found(request(cloud(), declared=policy(scope=scope)))
    assert made.coverage.not_examined == made.promises[0].not_examined == ("Example Hosting Ltd",)
    assert made.verdict == "as declared"


@pytest.mark.parametrize(
    ("limits", "partial", "promises", "asked"),
    [
        ({}, False, ["it", "that"], {"x.list_boxes", "y.list_boxes"}),
        ({"only": frozenset({"that"})}, True, ["that"], {"y.list_boxes"}),
        ({"clouds": frozenset({"x"})}, True, ["it", "that"], {"x.list_boxes"}),
    ],
)
def test_an_option_that_leaves_something_out_makes_the_run_partial(
    limits: dict[str, Any], partial: bool, promises: list[str], asked: set[str]
) -> None:
    scanned = scan(request(cloud(), cloud("y"), declared=policy(scope=BOTH, promises=PROMISES), **limits))
    made = document(scanned.after(""), None)
    assert made.run.partial is partial
    assert [each.id for each in made.promises] == promises
    assert set(scanned.calls) == asked


def test_a_cloud_that_the_policy_does_not_name_is_not_opened() -> None:
    other = shut("y")
    made = request(cloud(), other)
    assert list(made.scoped) == ["x"]
    assert found(made).coverage.gaps == ()


@pytest.mark.parametrize("late", [False, True])
def test_a_cloud_without_a_credential_is_a_gap_and_the_others_are_judged(late: bool) -> None:
    other = shut("y", late=late)
    made = found(request(cloud(), other, declared=policy(scope=BOTH, promises=PROMISES)))
    assert {each.id: each.verdict for each in made.promises} == {"it": KEPT, "that": UNPROVEN}
    (gap,) = made.coverage.gaps
    assert (gap.provider, gap.reason, gap.detail, gap.types) == ("y", "unreached", "no credential for y", (EVERYTHING,))
    assert [(each.provider, each.id, each.reached) for each in made.coverage.accounts] == [
        ("x", "111111111111", True),
        ("y", "", False),
    ]
    assert other.closed == int(late)


def test_where_nothing_is_reached_there_is_no_run() -> None:
    made = request(shut("x"), shut("y"), declared=policy(scope=BOTH))
    with pytest.raises(NothingReached, match=r"^no credential for x; no credential for y$"):
        scan(made)


def test_an_account_that_the_policy_expects_and_nobody_told_of_is_a_gap() -> None:
    declared = policy(scope="x: {accounts: ['111111111111', '333333333333']}")
    made = found(request(cloud(), declared=declared))
    assert [(gap.account, gap.reason) for gap in made.coverage.gaps] == [("333333333333", "unreached")]
    assert promised(made) is UNPROVEN


def test_a_cloud_that_an_option_leaves_out_proves_nothing() -> None:
    declared = policy(scope=BOTH)
    made = found(request(cloud(), cloud("y"), declared=declared, clouds=frozenset({"x"})))
    assert [(gap.provider, gap.reason) for gap in made.coverage.gaps] == [("y", "not_asked")]
    assert promised(made) is UNPROVEN


class Missing(Cloud):
    """A cloud whose SDK is not installed."""

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:  # noqa: ARG002 - the protocol's
        raise ModuleNotFoundError("no", name="sdk")


def test_a_cloud_whose_extra_is_not_installed_is_a_gap_that_says_so() -> None:
    other = Missing(world("y"), {}, name="y")
    made = found(request(cloud(), other, declared=policy(scope=BOTH, promises=PROMISES)))
    (gap,) = made.coverage.gaps
    assert (gap.provider, gap.reason) == ("y", "unreached")
    assert "asdeclared[y]" in gap.detail
    assert promised(made, "it") is KEPT


def test_an_account_without_a_region_is_a_gap_of_its_regional_listings() -> None:
    nowhere = replace(cloud(), accounts=(Account("x", "111111111111"),))
    made = found(request(nowhere))
    assert {gap.reason for gap in made.coverage.gaps} == {"not_asked"}
    assert promised(made) is UNPROVEN


def test_what_a_sweep_cannot_show_concerns_promises_about_all_types() -> None:
    every = Call("x:ListAll", "x.list_all", items="/All")
    blind = Sweep(every, lambda _: "", "x:{/Name}", "/Name", (), blind="it shows tagged things alone")
    seen = cloud(sweeps=(blind,), replies={"x.list_all": [{"All": []}]})
    assert promised(found(request(seen))) is UNPROVEN
    narrow = policy(promises="- {id: it, says: It is so., check: home, applies_to: {types: [x.box]}}")
    assert promised(found(request(seen, declared=narrow))) is KEPT


def test_a_scope_without_an_account_is_no_run() -> None:
    with pytest.raises(NothingReached, match="no account was reached"):
        scan(request(cloud(accounts=0)))
    with pytest.raises(NothingReached, match="left out"):
        scan(request())


def test_one_account_of_one_cloud_is_enough() -> None:
    made = found(request(shut("x"), cloud("y"), declared=policy(scope=BOTH)))
    assert promised(made) is UNPROVEN


def test_a_scope_that_makes_no_sense_ends_the_scan() -> None:
    class Picky(Cloud):
        def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
            raise ScopeError(f"{scope} {options.workers}")

    with pytest.raises(ScopeError, match=r"^{'a': 1} 3$"):
        scan(request(Picky((), {}), declared=policy(scope="x: {a: 1}"), options={"x": Options(workers=3)}))


def test_a_replay_opens_no_cloud() -> None:
    other, recorded = shut("x"), cloud()
    asked: list[tuple[str, object]] = []

    def replay(provider: Provider, scope: Mapping[str, Any]) -> Session:
        asked.append((provider.name, scope))
        return recorded

    made = found(request(other, declared=policy(scope="x: {a: 1}"), opened=replay))
    assert promised(made) is KEPT
    assert asked == [("x", {"a": 1})]


def test_a_session_is_closed_whatever_happens() -> None:
    class Broken(Shut):
        def discover(self) -> Discovery:
            raise ZeroDivisionError

    broken = Broken(world("x"), {}, late=True)
    with pytest.raises(NothingReached, match="x broke: ZeroDivisionError"):
        scan(request(broken))
    assert broken.closed == 1


def test_a_refused_listing_is_a_gap_and_a_refusal_and_proves_nothing() -> None:
    made = found(request(cloud(listed=[DENIED], accounts=2)))
    assert promised(made) is UNPROVEN
    assert [(each.account, each.region, each.reason) for each in made.coverage.gaps] == [
        ("111111111111", "north", "refused"),
        ("222222222222", "north", "refused"),
    ]
    assert {each.id for each in made.coverage.gaps} == {each.subject.id for each in made.findings}
    assert [each.model_dump() for each in made.coverage.refused] == [
        {"call": "x.list_boxes", "permission": "x:ListBoxes", "count": 2}
    ]


OPEN = "- {id: it, says: It is so., check: public, applies_to: {include: config}}"


def test_coverage_counts_types_refusals_and_failures_apart() -> None:
    replies: dict[str, Any] = {
        "x.get_lock a": [DENIED],
        "x.get_lock b": [DENIED],
        "x.get_lock c": [CallError("Throttled", refused=False)],
        "x.list_things": [{"Things": [{"Kind": "x/odd", "Name": "o1"}, {"Kind": "x/odd", "Name": "o2"}]}],
    }
    things = Call("x:ListThings", "x.list_things", items="/Things")
    sweep = Sweep(things, lambda item: str(item["Kind"]), id="x:{/Name}", label="/Name", facts=(), paths=("/Kind",))
    listed = boxes(a="north", b="north", c="north")
    made = found(request(cloud(listed=listed, replies=replies, sweeps=(sweep,)), declared=policy(promises=OPEN)))
    assert [each.model_dump() for each in made.coverage.types] == [
        {"provider": "x", "type": "x.box", "kind": "data", "modelled": True, "count": 3},
        {"provider": "x", "type": "x/odd", "kind": "unclassified", "modelled": False, "count": 2},
    ]
    assert [each.model_dump() for each in made.coverage.refused] == [
        {"call": "x.get_lock", "permission": "x:GetLock", "count": 2}
    ]
    assert made.coverage.gaps == ()
    assert promised(made) is UNPROVEN


def test_limits_of_every_cloud_are_told() -> None:
    made = found(request(cloud(limits=("one",)), cloud("y", limits=("two",)), declared=policy(scope=BOTH)))
    assert made.coverage.limits == ("one", "two")


def gap(account: str, reason: Reason, region: str = "", call: str = "x.discover") -> Gap:
    return Gap("x", account, region, call, "x:Discover", reason, "told", (EVERYTHING,))


@pytest.mark.parametrize(
    ("gaps", "accounts"),
    [
        ((), []),
        ((gap("222222222222", Reason.UNREACHED),), [("222222222222", False)]),
        ((gap("222222222222", Reason.REFUSED),), [("222222222222", False)]),
        ((gap("222222222222", Reason.UNREACHED), gap("222222222222", Reason.REFUSED)), [("222222222222", False)]),
        ((gap("111111111111", Reason.UNREACHED, "south"),), []),
        ((gap("111111111111", Reason.REFUSED),), []),
        ((gap("a-group-of-accounts", Reason.INCOMPLETE),), []),
    ],
)
def test_each_account_is_told_once_with_whether_it_was_reached(
    gaps: tuple[Gap, ...], accounts: list[tuple[str, bool]]
) -> None:
    made = found(request(cloud(gaps=gaps)))
    assert [(each.id, each.reached) for each in made.coverage.accounts] == [("111111111111", True), *accounts]
    assert len(made.coverage.gaps) == len(gaps)
    first = made.coverage.accounts[0]
    assert (first.provider, first.name, first.regions) == ("x", "account 1", ("north",))


ENVIRONMENTS = "environments: {production: {tags: {env: [production]}}}"


@pytest.mark.parametrize(
    ("promise", "lines", "facts", "types"),
    [
        ("check: home", (), {Location.homes.key}, {"x.box", "y.box"}),
        ("check: home, applies_to: {providers: [y]}", (), {Location.homes.key}, {"y.box"}),
        ("check: home, applies_to: {types: [x.*]}", (), {Location.homes.key}, {"x.box"}),
        (
            "check: home, applies_to: {include: config}",
            (),
            {Location.homes.key},
            {"x.box", "x.wall", "y.box", "y.wall"},
        ),
        ("check: public", (), {Exposure.public.key}, {"x.box", "y.box"}),
        (
            "check: home, applies_to: {environments: [production]}",
            (ENVIRONMENTS,),
            {Location.homes.key, Tagging.tags.key},
            {"x.box", "y.box"},
        ),
        (
            "check: home, applies_to: {tags: {a: [b]}}",
            (),
            {Location.homes.key, Tagging.tags.key},
            {"x.box", "y.box"},
        ),
        (
            "check: linked",
            (),
            {Location.homes.key, Membership.environments.key, Tagging.tags.key},
            {"x.box", "y.box"},
        ),
        ("check: named", (), {Exposure.public.key, Tagging.tags.key}, {"x.box", "y.box"}),
        ("check: tenanted", (), {Membership.tenant.key, Tagging.tags.key}, {"x.box", "y.box"}),
        ("check: apart", (), {Container.members.key, Tagging.tags.key}, {"x.box", "y.box"}),
        (
            "check: apart, applies_to: {providers: [x]}",
            (),
            {Container.members.key, Tagging.tags.key},
            {"x.box"},
        ),
    ],
)
def test_only_what_a_promise_asks_is_wanted(
    promise: str, lines: tuple[str, ...], facts: set[str], types: set[str]
) -> None:
    declared = policy(*lines, scope=BOTH, promises=f"- {{id: it, says: It is so., {promise}}}")
    providers = {"x": cloud(), "y": cloud("y")}
    assert wants(declared, declared.promises[0], providers) == Wanted("it", frozenset(facts), frozenset(types))


def test_the_containers_of_a_promise_about_their_members_are_listed_too() -> None:
    account = replace(world("x")[1], name="x.account", container=True)
    declared = policy(promises="- {id: it, says: It is so., check: apart}")
    providers = {"x": Cloud((*world("x"), account), {})}
    assert wants(declared, declared.promises[0], providers).types == {"x.box", "x.account"}


def test_what_tells_of_others_is_asked_too() -> None:
    plans = Backup.plans.documented(Seen(), "none of its own")
    sources = RecoveryPoint.sources.documented(Seen(), "of nothing")
    box, wall = (replace(each, covered_by=(), points_of=()) for each in world("x"))
    box = replace(box, facts=(*box.facts, plans, sources), covered_by=("x.wall",), points_of=("x.pile",))
    providers = {"x": Cloud((box, wall), {})}
    facts = frozenset({Backup.plans.key, RecoveryPoint.sources.key})
    found = list(supporting(Wanted("it", facts, frozenset({"x.box", "x.wall"})), providers))
    assert found == [
        Wanted("it", frozenset({Protection.covers.key}), frozenset({"x.wall"})),
        Wanted("it", frozenset({Tagging.tags.key}), frozenset({"x.box"})),
        Wanted("it", frozenset(), frozenset({"x.pile"})),
    ]
    assert list(supporting(Wanted("it", frozenset({Location.homes.key}), frozenset({"x.box"})), providers)) == []
    assert list(supporting(Wanted("it", frozenset({Backup.plans.key}), frozenset({"x.wall"})), providers)) == []


def test_whose_key_it_is_concerns_all_data() -> None:
    declared = policy(promises="- {id: it, says: It is so., check: keyed, applies_to: {types: [x.wall]}}")
    facts = {KeyUse.sharers.key, EncryptionAtRest.key.key, Tagging.tags.key}
    assert wants(declared, declared.promises[0], {"x": cloud()}) == Wanted("it", frozenset(facts), frozenset({"x.box"}))


def test_plans_are_for_the_clouds_in_scope() -> None:
    made = request(cloud(), cloud("y"), declared=policy(promises=OPEN))
    assert set(plans(made)) == {"x"}
    assert [call.operation for call in plans(made)["x"].calls()] == [
        "x.list_boxes",
        "x.get_lock",
    ]


RETENTION = """
version: 1
name: e
scope: {x: {}}
promises:
  - {id: it, says: S., check: backup.retention, with: {exactly: 35 days}, applies_to: {types: [x.box]}}
  - {id: that, says: S., check: backup.retention, with: {exactly: 30 days}, applies_to: {types: [x.box]}}
  - {id: wall, says: S., check: backup.retention, with: {exactly: 9 days}, applies_to: {types: [x.wall]}}
"""


def test_parameters_and_their_contradictions_are_told() -> None:
    kept = next(each for each in retention.CHECKS if each.id == "backup.retention")
    declared = loads(RETENTION, "p.yaml", checks={kept.id: kept}, types=["x.box", "x.wall"], providers=["x"])
    made = found(request(cloud(), declared=declared))
    assert [each.parameters for each in made.promises] == [{"exactly": f"{n} days"} for n in (35, 30, 9)]
    assert [each.line for each in made.contradictions] == [7]


def test_the_tables_are_places_and_modelled_types() -> None:
    one = tables({"x": cloud()})
    assert set(one) == {"aws.json", "azure.json", "gcp.json", "law.json", "types.json"}
    many = [replace(world("x")[0], name=f"x.{number}") for number in range(100)]
    assert tables({"x": Cloud(tuple(many), {})}) == tables({"x": Cloud(tuple(many[::-1]), {})})
    assert one != tables({"x": cloud(), "y": cloud("y")})
    assert found(request(cloud())).run.tables == tables_digest(one)
    for name in one:
        assert tables_digest({**one, name: {}}) != tables_digest(one)


def test_a_run_keeps_what_it_was_judged_by() -> None:
    entries = scan(request(cloud())).entries
    kept = {key: each.body for key, each in entries.items() if key[0] in {"policy", "table"}}
    text = request(cloud()).policy.text
    assert kept.pop(("policy", "text")) == text
    assert "promises:" in text
    assert kept == {("table", name): body for name, body in tables({"x": cloud()}).items()}


def test_a_promise_tells_what_its_findings_come_to() -> None:
    made = found(request(cloud()))
    for each in made.promises:
        own = [finding for finding in made.findings if finding.promise == each.id]
        told = {(t.provider, t.account, t.type, t.kind, t.verdict): t.count for t in each.tallies}
        keys = [(f.subject.provider, f.subject.account, f.subject.type, f.subject.kind, f.verdict) for f in own]
        assert own
        assert told == Counter(keys)


def test_a_run_tells_what_limited_it() -> None:
    first = request(cloud()).policy.promises[0].id
    made = found(replace(request(cloud()), only=frozenset({first}), clouds=frozenset({"x"})))
    assert (made.run.only, made.run.clouds) == ((first,), ("x",))
    assert (found(request(cloud())).run.only, found(request(cloud())).run.clouds) == ((), ())


def test_an_account_that_a_policy_names_twice_is_one_gap() -> None:
    declared = policy(scope='x: {accounts: ["999999999999", "999999999999"], projects: ["999999999999"]}')
    found = scan(request(cloud(), declared=declared))
    (gap,) = (each for each in found.header["coverage"]["gaps"] if each["account"] == "999999999999")
    assert found.header["promises"][0]["counts"]["unknown"] == 1
    assert gap["reason"] == "unreached"
