"""The lines of the doctor, over clouds that are written down here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner import registry
from scanner.cli import doctor
from scanner.cli.doctor import Cloud, Line, Status, look
from scanner.cli.main import run
from scanner.collect.identity import Identity
from scanner.collect.model import (
    Account,
    Call,
    CallError,
    CredentialError,
    Discovery,
    Gap,
    Options,
    Per,
    ResourceType,
    ScopeError,
    Session,
)
from scanner.collect.plan import Wanted, plan
from scanner.facts import JSON, Kind, Location, Reason, Tagging, pairs, text
from tests.scanner.collect.conftest import Cloud as Small

BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:List", "boxes.list", items="/boxes", per=Per.REGION),
    id="{/id}",
    label="/id",
    facts=(
        Location.homes.one("item:/place", text),
        Tagging.tags.at("tags:/tags", pairs),
        Location.copies.items(lambda _: (), "copies:/copies"),
    ),
    ask={
        "tags": Call("x:Tags", "boxes.tags", take={"id": "/id"}),
        "copies": Call("x:Copies", "boxes.copies", take={"id": "/id"}, unless="/single"),
    },
)
BOXES: dict[str, Any] = {
    "boxes.list": [{"boxes": [{"id": "a", "place": "gcp:eu", "single": True}]}],
    "boxes.tags": [{"tags": {}}],
}
DENIED = CallError("AccessDenied", refused=True)
ACCOUNTS = tuple(Account("x", str(number), regions=("north", "south")) for number in range(3))
GAP = Gap("x", "9", "", "accounts.enter", "x:Enter", Reason.UNREACHED, "could not be entered", ("*",))


JANE = Identity("a file", "jane", "1", "south", 1.0)


@dataclass
class Known:
    """A provider that tells who the caller is, or raises."""

    small: Small
    identity: Identity | Exception = JANE
    name: str = "x"

    @property
    def types(self) -> tuple[ResourceType, ...]:
        return self.small.types

    sweeps = ()

    def kind(self, native: str) -> Kind:
        return self.small.kind(native)

    def role(self, permissions: frozenset[str]) -> str:
        return self.small.role(permissions)

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        return self.small.open(scope, options)

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:
        assert isinstance(scope, Mapping)
        assert options
        if isinstance(self.identity, Exception):
            raise self.identity
        return self.identity


def cloud(identity: Identity | Exception | None = None, **replies: Any) -> Cloud:
    estate = Small((BOX,), BOXES | {key.replace("_", "."): value for key, value in replies.items()}, accounts=ACCOUNTS)
    made = plan((BOX,), [Wanted("p", frozenset(a.fact.key for a in BOX.facts), frozenset({"x.box"}))])
    return Cloud(Known(estate, identity) if identity else Known(estate), {"accounts": []}, Options(), made)


def told(found: Cloud, most: int = 10) -> list[tuple[str, str, str, str]]:
    return [(line.status.value, line.about, line.says, line.do) for line in look(found, most)]


WELL = [
    ("ok", "x credential", "found by a file", ""),
    ("ok", "x identity", "jane, of 1", ""),
    ("ok", "x clock", "within 60 seconds of the vendor's", ""),
    ("ok", "x accounts", "3 reached (0, 1, 2), 2 regions", ""),
    ("ok", "x permissions", "2 of 3 calls answered, tried in south", ""),
]


def test_a_cloud_that_is_well() -> None:
    found = cloud()
    assert told(found) == WELL
    assert isinstance(found.provider, Known)
    assert set(found.provider.small.asked) == {"boxes.list@south", "boxes.tags a@south"}


def test_what_is_refused_names_permission_and_accounts() -> None:
    (line,) = [each for each in told(cloud(boxes_tags=[DENIED])) if each[0] == "problem"]
    assert line == (
        "problem",
        "x permissions",
        "boxes.tags is refused in 0, 1, 2",
        "grant x:Tags; `asdeclared permissions x` prints the whole role",
    )


def test_a_refused_listing_leaves_the_other_calls_untold() -> None:
    lines = told(cloud(boxes_list=[DENIED]))
    assert ("could not tell", "x permissions", "0 of 3 calls answered, tried in south", "") in lines
    assert lines[-1][:2] == ("could not tell", "x permissions")
    assert lines[-1][2] == "2 calls not tried, since no resource was met to ask about: x:Copies, x:Tags"


def test_what_fails_could_not_be_told() -> None:
    (line,) = [each for each in told(cloud(boxes_tags=[CallError("Slow", refused=False)])) if each[0] != "ok"]
    assert line == ("could not tell", "x permissions", "boxes.tags failed in 0, 1, 2 (Slow)", "try again")


def test_accounts_that_were_not_tried_are_told() -> None:
    lines = told(cloud(), most=1)
    assert ("ok", "x accounts", "3 reached (0, 1, 2), 2 regions", "") in lines
    assert ("could not tell", "x accounts", "2 were not tried", "ask for more: --accounts N") in lines


@pytest.mark.parametrize(
    ("gaps", "lines"),
    [
        ((GAP,), [("problem", "x accounts", "9: could not be entered", "grant x:Enter there")]),
        (
            tuple(Gap("x", "1", r, "c", "x:R", Reason.NOT_ASKED, "left out", ("*",)) for r in ("east", "west")),
            [("note", "x accounts", "1 2 regions: left out", "")],
        ),
        (
            (Gap("x", "", "", "c", "", Reason.INCOMPLETE, "may be more", ("*",)),),
            [("problem", "x accounts", "may be more", "")],
        ),
    ],
    ids=["unreached", "regions left out", "no account"],
)
def test_gaps_of_the_discovery(gaps: tuple[Gap, ...], lines: list[tuple[str, ...]]) -> None:
    found = cloud()
    assert isinstance(found.provider, Known)
    found.provider.small.gaps = gaps
    assert [each for each in told(found) if each not in WELL] == lines


@pytest.mark.parametrize(
    ("skew", "line"),
    [
        (60.0, ("ok", "x clock", "within 60 seconds of the vendor's")),
        (-61.0, ("problem", "x clock", "61 seconds behind the vendor's")),
        (400.4, ("problem", "x clock", "400 seconds ahead of the vendor's")),
        (None, ("could not tell", "x clock", "no reply told the time")),
    ],
)
def test_the_clock(skew: float | None, line: tuple[str, str, str]) -> None:
    assert line in [each[:3] for each in told(cloud(Identity("a file", "jane", skew=skew)))]


def test_a_credential_without_a_name_is_a_note() -> None:
    lines = told(cloud(Identity("a file", skew=0.0)))
    assert ("note", "x identity", "the credential does not name its principal", "") in lines


@pytest.mark.parametrize(
    ("error", "says", "do"),
    [
        (ImportError("no", name="xsdk"), "xsdk is not installed", "install xsdk"),
        (CredentialError("log in"), "log in", ""),
        (ScopeError("no such scope"), "no such scope", ""),
        (RuntimeError("boom"), "the provider broke: RuntimeError: boom", "report it"),
    ],
)
def test_what_goes_wrong_is_a_line(error: Exception, says: str, do: str) -> None:
    (line,) = look(cloud(error), 1)
    assert (line.status, line.says, line.do) == (Status.PROBLEM, says, do)


def test_a_cloud_that_nobody_wants_is_a_note() -> None:
    found = cloud(CredentialError("log in"))
    (line,) = look(Cloud(found.provider, {}, Options()), 1)
    assert line == Line(Status.NOTE, "x credential", "log in")


def test_a_plugin_that_tells_nothing_is_tried_all_the_same() -> None:
    estate = Small((BOX,), BOXES, accounts=ACCOUNTS)
    lines = told(Cloud(estate, {}, Options(), cloud().plan))
    assert lines[0] == ("could not tell", "x credential", "this provider does not tell who the caller is", "")
    assert ("ok", "x permissions", "2 of 3 calls answered, tried in north", "") in lines


def test_an_empty_discovery_is_no_success() -> None:
    found = cloud()
    assert isinstance(found.provider, Known)
    found.provider.small.accounts = ()
    assert ("ok", "x accounts") not in [each[:2] for each in told(found)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def providers(monkeypatch: pytest.MonkeyPatch, *found: Known) -> None:
    monkeypatch.setattr(registry, "providers", lambda: {each.name: each for each in found})


def test_without_a_policy_and_a_credential(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    providers(monkeypatch, Known(Small((), {}), CredentialError("log in")))
    assert run(["doctor"]) == 4
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("note            policy") for line in said)
    assert any(line.startswith("note            x credential") for line in said)
    assert any(line.startswith("problem         clouds") for line in said)
    assert not (here / ".asdeclared").exists()


def test_without_a_policy_and_with_a_credential(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here
    providers(monkeypatch, Known(Small((), {})))
    assert run(["doctor"]) == 0
    assert "ok              x identity    jane, of 1" in capsys.readouterr().out


POLICY = """version: 1
name: first
scope: {x: {}}
promises:
  - {id: where, says: Here., check: residency.places, with: {places: [EEA]}}
"""


@pytest.mark.parametrize(
    ("replies", "code"),
    [({}, 0), ({"boxes.list": [DENIED]}, 2), ({"boxes.list": [{"boxes": []}]}, 2)],
    ids=["well", "refused", "nothing met"],
)
def test_with_a_policy(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    replies: dict[str, Any],
    code: int,
) -> None:
    answers = BOXES | {"boxes.copies": [{"copies": []}]}
    plain = {"boxes.list": [{"boxes": [{"id": "a", "place": "gcp:eu"}]}]}
    providers(monkeypatch, Known(Small((BOX,), answers | plain | replies, accounts=ACCOUNTS)))
    (here / "asdeclared.yaml").write_text(POLICY)
    assert run(["doctor", "--json"]) == code
    lines = json.loads(capsys.readouterr().out)
    assert {"status", "about", "says", "do", "fatal"} == set(lines[0])
    assert "asdeclared.yaml: 1 promise, x" in [line["says"] for line in lines]


def test_a_history_that_is_none_is_fatal(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    providers(monkeypatch, Known(Small((), {})))
    (here / "history.db").write_text("no database " * 100)
    assert run(["doctor", "--history", "history.db"]) == 4
    assert "problem         history" in capsys.readouterr().out


def test_a_history_that_cannot_be_made_is_fatal(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    providers(monkeypatch, Known(Small((), {})))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert run(["doctor", "--history", str(here / "new" / "history.db")]) == 4


def test_the_password_of_a_history_is_not_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here
    providers(monkeypatch, Known(Small((), {})))
    assert run(["doctor", "--history", "postgresql://jane:hunter2@127.0.0.1:1/none"]) == 4
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err


def test_lines_wrap_and_are_harmless(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    doctor._tell([Line(Status.PROBLEM, "x", "bad \x1b[2J " * 5, "do this " * 8), Line(Status.OK, "long about", "fine")])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    lines = said.splitlines()
    assert all(len(line) <= 50 for line in lines)
    assert lines[0].startswith("problem         x           bad \\u001b")
    assert sum("-> do" in line for line in lines) == 1
    assert lines[-1] == "ok              long about  fine"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([Line(Status.OK, "a", "b"), Line(Status.NOTE, "a", "b")], 0),
        ([Line(Status.COULD_NOT_TELL, "a", "b")], 2),
        ([Line(Status.PROBLEM, "a", "b")], 2),
        ([Line(Status.PROBLEM, "a", "b", fatal=True)], 4),
    ],
)
def test_exit_codes(lines: list[Line], code: int) -> None:
    assert doctor._code(lines) == code


def test_the_extras_name_their_distributions() -> None:
    found = doctor._extras()
    assert found["aws"] == ("boto3",)
    assert "azure-identity" in found["azure"]


def test_discovery_of_nothing() -> None:
    assert Discovery(()) == doctor.NOTHING
