"""Recordings: a replay brings what the scan brought, and a recording that is none is told with file and line."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.model import Account, Call, CallError, Gap, Per, ResourceType, Sweep, Unit
from scanner.collect.runner import NOT_RECORDED, Inventory
from scanner.collect.tape import FORMAT, Recorder, Recording, RecordingError
from scanner.facts import (
    JSON,
    Body,
    EncryptionAtRest,
    Exposure,
    Failed,
    Kind,
    Location,
    Reason,
    Tagging,
    Unasked,
    flag,
    pairs,
    text,
)

Cloud = Callable[..., Any]

LOCK = Call("x:GetLock", "x.get_lock", take={"Name": "/Name"}, absent=frozenset({"NoLock"}))
KEYS = Call("x:GetKey", "x.get_key", items="/Keys", take={"Id": "/KeyIds/*"})
POLICY = Call("x:GetPolicy", "x.get_policy", take={"Name": "/Name"}, decode=("/Policy",))
SHARED = Call("x:GetOwner", "x.get_owner", take={"Account": "@account"})
BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:ListBoxes", "x.list_boxes", items="/Page/Boxes", give={"Max": 9}),
    id="x:{@region}:{/Name}",
    label="/Name",
    region="/In",
    only={"/Type": frozenset({"box"})},
    ask={"lock": LOCK, "keys": KEYS, "policy": POLICY, "owner": SHARED},
    unordered=("item:/Tags",),
    facts=(
        Tagging.tags.by(lambda view: view.at("item:/Tags", pairs), "item:/Tags"),
        Exposure.public.by(lambda view: view.at("lock:/On", flag), "lock:/On", "policy:/Policy/Open", "owner:/Name"),
        EncryptionAtRest.key.at("keys:/Keys/*/Name", text),
    ),
)
BAG = replace(
    BOX,
    name="x.bag",
    native="X::Bag",
    only={"/Type": frozenset({"bag"})},
    ask={"owner": SHARED},
    facts=(Exposure.public.at("owner:/Public", flag),),
)
ROOM = ResourceType(
    "x.room",
    "X::Room",
    Kind.CONFIG,
    Call("x:GetRoom", "x.get_room", per=Per.ACCOUNT),
    id="{/Id}",
    label="/Id",
    facts=(),
)
SWEEP = Sweep(
    Call("x:Sweep", "x.sweep", items="/All", per=Per.ACCOUNT),
    native=lambda item: str(item.get("Kind") or ""),
    id="{/Id}",
    label="/Id",
    facts=(Location.homes.one("item:/In", text),),
    paths=("/Kind",),
)
ACCOUNTS = (
    Account("x", "111111111111", "one", ("north", "south"), "p"),
    Account("x", "222222222222", regions=("north",)),
)
GAPS = (Gap("x", "333333333333", "", "x.open", "", Reason.UNREACHED, "no such account", ("*",)),)


def box(name: str, **fields: JSON) -> dict[str, JSON]:
    return {"Name": name, "Type": "box", "Secret": "s3cret", **fields}


def page(*items: JSON) -> JSON:
    return {"Page": {"Boxes": list(items), "Token": "s3cret"}}


def estate(cloud: Cloud, seed: int | None = None) -> Any:
    """Every kind of answer, in every place where it may come."""
    replies: dict[str, Any] = {
        "x.list_boxes": [
            page(box("A", Tags=["b", "a"]), box("B", KeyIds=["k", "l"])),
            page(box("C", In="south"), {"Type": "box"}, {"Name": "D"}, {"Name": "E", "Type": "bag"}),
            CallError("Slow", refused=False, detail="timed out"),
        ],
        "x.list_boxes@south": [CallError("Denied", refused=True)],
        "x.get_lock A": [{"On": True, "Secret": "s3cret"}],
        "x.get_lock B": [CallError("NoLock", refused=False)],
        "x.get_lock C": [CallError("Denied", refused=True)],
        "x.get_policy A": [{"Policy": '{"Open": true, "Secret": "s3cret"}'}],
        "x.get_policy B": [{"Policy": "{"}],
        "x.get_policy": [ZeroDivisionError("s3cret")],
        "x.get_key k": [{"Keys": [{"Name": "1"}]}, {"Keys": [{"Name": "2"}]}],
        "x.get_key l": [{"Keys": [{"Name": "3"}]}],
        "x.get_owner": [{"Name": "n", "Public": False, "Secret": "s3cret"}],
        "x.get_room": [{"Id": "room", "Secret": "s3cret"}],
        "x.sweep": [{"All": [{"Id": "1", "Kind": "X::Strange", "In": "north"}, {"Id": "2", "Kind": "X::Box"}, {}]}],
    }
    slow = None if seed is None else random.Random(seed)
    return cloud(
        (BOX, BAG, ROOM),
        replies,
        sweeps=(SWEEP,),
        accounts=ACCOUNTS,
        gaps=GAPS,
        limits=("told",),
        aliases={"222222222222": "two"},
        slow=slow,
    )


def record(cloud: Any, folder: Path, **options: Any) -> Inventory:
    recorder = Recorder(folder, "2026-07-01T00:00:00+00:00")
    found: Inventory = cloud.collect(tape=recorder, **options)
    recorder.close()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_replay_brings_what_the_scan_brought(cloud: Cloud, tmp_path: Path) -> None:
    world = estate(cloud)
    scanned = record(world, tmp_path)
    replayed = world.collect(session=Recording(tmp_path).session("x"))
    assert replayed == scanned
    assert {type(reply).__name__ for each in scanned.records for reply in each.replies.values()} == {
        "Absent",
        "Body",
        "Failed",
        "Refused",
        "Unasked",
    }
    assert sorted(gap.reason for gap in scanned.gaps) == [
        "failed", "failed", "refused", "shape", "shape", "shape", "shape", "unreached"
    ]  # fmt: skip


def test_a_replay_that_is_recorded_is_the_same_recording(cloud: Cloud, tmp_path: Path) -> None:
    world = estate(cloud)
    record(world, tmp_path / "one")
    record(world, tmp_path / "two", session=Recording(tmp_path / "one").session("x"))
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize("seed", range(4))
def test_the_same_estate_makes_the_same_bytes(cloud: Cloud, tmp_path: Path, seed: int) -> None:
    record(estate(cloud), tmp_path / "one", workers=1)
    record(estate(cloud, seed), tmp_path / "two", workers=16)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_nothing_undeclared_is_recorded(cloud: Cloud, tmp_path: Path) -> None:
    record(estate(cloud), tmp_path)
    for name, content in files(tmp_path).items():
        assert b"s3cret" not in content, name
        assert b"Token" not in content, name


def test_the_files(cloud: Cloud, tmp_path: Path) -> None:
    one = (Account("x", "111111111111", "one", ("north",)),)
    record(cloud((ROOM,), {"x.get_room": [{"Id": "room"}]}, accounts=one, gaps=GAPS, aliases={"a": "b"}), tmp_path)
    assert orjson.loads((tmp_path / "recording.json").read_bytes()) == {
        "format": FORMAT,
        "at": "2026-07-01T00:00:00+00:00",
        "providers": {
            "x": {
                "accounts": [
                    {
                        "provider": "x",
                        "id": "111111111111",
                        "name": "one",
                        "regions": ["north"],
                        "partition": "",
                    }
                ],
                "gaps": [
                    {
                        "provider": "x",
                        "account": "333333333333",
                        "region": "",
                        "call": "x.open",
                        "permission": "",
                        "reason": "unreached",
                        "detail": "no such account",
                        "types": ["*"],
                    }
                ],
                "limits": [],
                "aliases": {"a": "b"},
            }
        },
    }
    assert (tmp_path / "replies.jsonl").read_text() == (
        '{"account":"111111111111","call":"x.get_room","params":{},"provider":"x","region":"",'
        '"reply":{"items":[{"Id":"room"}]}}\n'
    )
    assert Recording(tmp_path).at == "2026-07-01T00:00:00+00:00"


def test_what_was_discovered(cloud: Cloud, tmp_path: Path) -> None:
    world = estate(cloud)
    record(world, tmp_path)
    session = Recording(tmp_path).session("x")
    assert session.discover() == world.discover()
    session.close()
    assert Recording(tmp_path).session("y").discover().accounts == ()


def raw(folder: Path, *lines: Mapping[str, JSON], **header: JSON) -> Recording:
    account = {"provider": "x", "id": "111111111111", "regions": ["north"]}
    head = {"format": FORMAT, "providers": {"x": {"accounts": [account]}}, **header}
    (folder / "recording.json").write_bytes(orjson.dumps(head))
    text_ = [orjson.dumps({"provider": "x", "account": "111111111111", "region": "north", **line}) for line in lines]
    (folder / "replies.jsonl").write_bytes(b"\n\n".join(text_))
    return Recording(folder)


def replay(cloud: Cloud, folder: Path, *lines: Mapping[str, JSON]) -> Inventory:
    found: Inventory = cloud((BOX,), {}).collect(session=raw(folder, *lines).session("x"), workers=1)
    return found


LISTED = {"call": "x.list_boxes", "reply": {"body": page(box("A"), box("B"))}}


def named(name: str, body: JSON) -> Mapping[str, JSON]:
    return {"call": "x.get_lock", "params": {"Name": name}, "reply": {"body": body}}


LOOSE = {"call": "x.get_lock", "reply": {"body": {"On": True}}}


def test_a_raw_recording_is_projected(cloud: Cloud, tmp_path: Path) -> None:
    found = replay(cloud, tmp_path, LISTED, named("B", {"On": False}), named("A", {"On": True, "Secret": 1}))
    assert [record.name for record in found.records] == ["A", "B"]
    bodies = [record.replies[source] for record in found.records for source in ("item", "lock")]
    assert [each.fragment.body for each in bodies if isinstance(each, Body)] == [
        {"Name": "A", "Type": "box"},
        {"On": True},
        {"Name": "B", "Type": "box"},
        {"On": False},
    ]


def test_a_reply_without_parameters_is_no_items(cloud: Cloud, tmp_path: Path) -> None:
    found = replay(cloud, tmp_path, LOOSE, LISTED, named("B", {"On": False}), LOOSE)
    unasked, known = (record.replies["lock"] for record in found.records)
    assert unasked == Unasked("x.get_lock", "x:GetLock", "x.get_lock is not in the recording")
    assert isinstance(known, Body)
    assert known.fragment.body == {"On": False}


def test_a_reply_with_the_same_parameters_is_taken_before_one_without(cloud: Cloud, tmp_path: Path) -> None:
    exact = {"call": "x.list_boxes", "params": {"Max": 9}, "reply": {"body": page(box("C"))}}
    assert [record.name for record in replay(cloud, tmp_path, LISTED, exact).records] == ["C"]


def test_an_identity_is_ignored(tmp_path: Path) -> None:
    account = {"provider": "x", "id": "1", "identity": "someone"}
    recording = raw(tmp_path, providers={"x": {"accounts": [account]}})
    assert recording.discovery("x").accounts == (Account("x", "1"),)


def test_whole_pages_with_parameters_are_joined(cloud: Cloud, tmp_path: Path) -> None:
    pages = [{"call": "x.list_boxes", "params": {"Max": 9}, "reply": {"body": page(box(name))}} for name in "AB"]
    assert [record.name for record in replay(cloud, tmp_path, *pages).records] == ["A", "B"]


def test_what_is_not_in_the_recording_was_not_asked(cloud: Cloud, tmp_path: Path) -> None:
    found = replay(cloud, tmp_path, LISTED)
    assert found.records[0].replies["lock"] == Unasked("x.get_lock", "x:GetLock", "x.get_lock is not in the recording")
    (gap,) = replay(cloud, tmp_path).gaps
    assert (gap.reason, gap.detail) == (Reason.NOT_ASKED, "x.list_boxes is not in the recording")
    elsewhere = replay(cloud, tmp_path, {**LISTED, "region": "south"}, {**LISTED, "account": "222222222222"})
    assert elsewhere.records == ()


def test_a_listing_of_nothing_is_recorded_as_that(cloud: Cloud, tmp_path: Path) -> None:
    world = cloud((BOX,), {"x.list_boxes": [page()]}, accounts=ACCOUNTS[1:])
    scanned = record(world, tmp_path)
    assert (scanned.records, scanned.gaps) == ((), ())
    assert world.collect(session=Recording(tmp_path).session("x")) == scanned


def test_what_was_not_in_a_recording_is_not_recorded(cloud: Cloud, tmp_path: Path) -> None:
    session = raw(tmp_path, LISTED).session("x")
    first = record(cloud((BOX,), {}), tmp_path / "again", session=session)
    lines = (tmp_path / "again" / "replies.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["call"] for line in lines] == ["x.list_boxes"]
    assert cloud((BOX,), {}).collect(session=Recording(tmp_path / "again").session("x")) == first


@pytest.mark.parametrize("call", [ROOM.each, SWEEP.each, BOX.each, replace(LOCK, take={})])
def test_replies_without_parameters_are_used_once_and_in_order(tmp_path: Path, call: Call) -> None:
    session = raw(tmp_path, *({"call": call.operation, "reply": {"body": body}} for body in (1, 2))).session("x")
    assert [list(session.pages(UNIT, call, call.give)) for _ in range(2)] == [[1], [2]]
    with pytest.raises(CallError) as raised:
        list(session.pages(UNIT, call, call.give))
    assert (raised.value.code, raised.value.refused) == (NOT_RECORDED, False)


@pytest.mark.parametrize("call", [LOCK, SHARED, KEYS])
def test_a_call_that_takes_something_is_not_answered_without_parameters(tmp_path: Path, call: Call) -> None:
    session = raw(tmp_path, {"call": call.operation, "reply": {"body": 1}}).session("x")
    for params in ({}, {next(iter(call.take)): "111111111111"}):
        with pytest.raises(CallError) as raised:
            list(session.pages(UNIT, call, params))
        assert (raised.value.code, raised.value.refused) == (NOT_RECORDED, False)


UNIT = Unit(Account("x", "111111111111"), "north")


@pytest.mark.parametrize(
    ("call", "reply", "pages"),
    [
        (KEYS, {"items": [1, 2]}, [{"Keys": [1, 2]}]),
        (KEYS, {"items": []}, [{"Keys": []}]),
        (replace(KEYS, items="/a~1b/c"), {"items": [1]}, [{"a/b": {"c": [1]}}]),
        (LOCK, {"items": [1, 2]}, [1, 2]),
        (LOCK, {"items": []}, []),
        (LOCK, {"body": None}, [None]),
        (LOCK, {"body": {"items": [1]}}, [{"items": [1]}]),
    ],
)
def test_pages(tmp_path: Path, call: Call, reply: JSON, pages: list[JSON]) -> None:
    session = raw(tmp_path, {"call": call.operation, "params": {}, "reply": reply}).session("x")
    assert list(session.pages(UNIT, call, {})) == pages
    assert list(session.pages(UNIT, call, {})) == pages


@pytest.mark.parametrize(
    ("reply", "code", "refused", "detail"),
    [
        ({"absent": "NoLock"}, "NoLock", False, "NoLock"),
        ({"refused": "Denied"}, "Denied", True, "Denied"),
        ({"failed": "timed out"}, "Failed", False, "timed out"),
    ],
)
def test_errors_come_after_what_came_before_them(
    tmp_path: Path, reply: JSON, code: str, refused: bool, detail: str
) -> None:
    lines = [{"call": "x.get_lock", "params": {}, "reply": each} for each in (reply, {"body": 1}, {"body": 2})]
    pages = raw(tmp_path, *lines).session("x").pages(UNIT, LOCK, {})
    assert [next(pages), next(pages)] == [1, 2]
    with pytest.raises(CallError) as raised:
        next(pages)
    assert (raised.value.code, raised.value.refused, raised.value.detail) == (code, refused, detail)


def test_a_recording_is_sorted_and_complete(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new" / "folder", "now")
    for name in ("b", "a"):
        recorder.replied(UNIT, LOCK, {"Name": name}, {"refused": "Denied"})
    recorder.replied(UNIT, replace(LOCK, give={"Max": 1}), None, {"failed": "Slow"})
    recorder.close()
    lines = (tmp_path / "new" / "folder" / "replies.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["params"] for line in lines] == [{"Max": 1}, {"Name": "a"}, {"Name": "b"}]


HEADERS: list[tuple[str, str]] = [
    ("", "recording.json:1: not JSON"),
    ("[]", "recording.json:1: not a JSON object"),
    ("{}", "recording.json:1: format is not"),
    ('{"format": "other"}', "recording.json:1: format is not"),
    ('"providers": []', "recording.json:1: providers is not an object"),
    ('"providers": null', "recording.json:1: providers is not an object"),
    ('"providers": {"x": null}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {}}', "recording.json:1: providers.x: 'accounts'"),
    ('"providers": {"x": {"accounts": 1}}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {"accounts": [1]}}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {"accounts": [{"id": "1"}]}}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {"accounts": [{"provider": "x", "id": 1}]}}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {"accounts": [{"provider": "x", "id": "1", "regions": "ab"}]}}', "providers.x: 'ab' is not"),
    ('"providers": {"x": {"accounts": [{"provider": "x", "id": "1", "regions": [1]}]}}', "providers.x: [1] is not"),
    (
        '"providers": {"x": {"accounts": [{"provider": "x", "id": "1", "other": "1"}]}}',
        "recording.json:1: providers.x: ",
    ),
    ('"providers": {"x": {"accounts": [], "limits": 5}}', "providers.x: 5 is not a list of texts"),
    ('"providers": {"x": {"accounts": [], "aliases": 5}}', "recording.json:1: providers.x: "),
    ('"providers": {"x": {"accounts": [], "aliases": {"a": 5}}}', "providers.x: [5] is not a list of texts"),
    ('"providers": {"x": {"accounts": [], "gaps": [{}]}}', "providers.x: 'types'"),
    ('"providers": {"x": {"accounts": [], "gaps": [{"types": []}]}}', "providers.x: 'reason'"),
    ('"providers": {"x": {"accounts": [], "gaps": [{"types": [], "reason": "odd"}]}}', "providers.x: 'odd' is not"),
    (
        '"providers": {"x": {"accounts": [], "gaps": [{"types": [], "reason": "shape"}]}}',
        "recording.json:1: providers.x: ",
    ),
]


@pytest.mark.parametrize(("header", "said"), HEADERS)
def test_a_malformed_header(tmp_path: Path, header: str, said: str) -> None:
    whole = f'{{"format": "{FORMAT}", {header}}}' if header.startswith('"') else header
    (tmp_path / "recording.json").write_text(whole)
    (tmp_path / "replies.jsonl").write_text("")
    with pytest.raises(RecordingError) as raised:
        Recording(tmp_path)
    assert said in str(raised.value)
    assert str(tmp_path) in str(raised.value)


GOOD = '{"provider": "x", "account": "1", "call": "x.get", "reply": {"body": 1}}'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("\xff", "not JSON"),
        (GOOD.replace('"provider": "x", ', ""), "provider, account and call are needed"),
        (GOOD.replace('"account": "1", ', ""), "provider, account and call are needed"),
        (GOOD.replace('"call": "x.get", ', ""), "provider, account and call are needed"),
        (GOOD.replace('"1"', "[]"), "provider, account and call are needed"),
        (GOOD.replace('"call"', '"region": null, "call"'), "provider, account and call are needed"),
        (GOOD.replace('{"body": 1}', "{}"), "reply needs one of"),
        (GOOD.replace('{"body": 1}', "null"), "reply needs one of"),
        (GOOD.replace('"body": 1', '"items": {}'), "reply needs one of"),
        (GOOD.replace('"body": 1', '"items": 1, "body": 1'), "reply needs one of"),
        (GOOD.replace('"body": 1', '"absent": 1'), "reply needs one of"),
        (GOOD.replace('"body": 1', '"refused": null'), "reply needs one of"),
        (GOOD.replace('"body": 1', '"failed": []'), "reply needs one of"),
        (GOOD.replace('"body": 1', '"unasked": "x"'), "reply needs one of"),
        (GOOD.replace(', "reply": {"body": 1}', ""), "reply needs one of"),
        (GOOD[:-1] + ', "params": ' + "[" * 300 + "]" * 300 + "}", "params: "),
    ],
)
def test_a_malformed_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "recording.json").write_text(f'{{"format": "{FORMAT}"}}')
    (tmp_path / "replies.jsonl").write_bytes(f"{GOOD}\n\n{line}\n{GOOD}".encode("latin-1"))
    with pytest.raises(RecordingError) as raised:
        Recording(tmp_path)
    assert f"{tmp_path / 'replies.jsonl'}:3: {said}" in str(raised.value)


def test_a_folder_that_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"recording\.json: No such file"):
        Recording(tmp_path)
    (tmp_path / "recording.json").write_text(f'{{"format": "{FORMAT}"}}')
    with pytest.raises(RecordingError, match=r"replies\.jsonl: No such file"):
        Recording(tmp_path)
    (tmp_path / "replies.jsonl").mkdir()
    with pytest.raises(RecordingError, match=r"replies\.jsonl: Is a directory"):
        Recording(tmp_path)


WORDS_OF_A_RECORDING = """
x provider account region call params reply items body absent refused failed
accounts gaps limits aliases id regions types reason detail permission
"""
NAMES = st.sampled_from(WORDS_OF_A_RECORDING.split())
JUNK: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "shape", "north"]),
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(
            NAMES,
            deeper,
            max_size=5,
        )
    ),
    max_leaves=12,
)
WORDS = st.sampled_from(["x", "111111111111", "north", "x.get_lock"]) | JUNK
REPLIES = st.dictionaries(st.sampled_from(["items", "body", "absent", "refused", "failed"]), WORDS, max_size=2) | JUNK
LINES = JUNK | st.fixed_dictionaries(
    {"provider": st.just("x"), "account": WORDS, "region": WORDS, "call": WORDS, "reply": REPLIES},
    optional={"params": st.just({"Name": "A"}) | JUNK},
)
FOUND = JUNK | st.fixed_dictionaries(
    {"accounts": st.lists(st.fixed_dictionaries({"provider": WORDS, "id": WORDS}, optional={"regions": JUNK}))},
    optional={"gaps": JUNK, "limits": JUNK, "aliases": JUNK},
)


@given(st.lists(LINES, max_size=3), JUNK | st.fixed_dictionaries({"x": FOUND}))
def test_junk_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[JSON], providers: JSON) -> None:
    folder = tmp_path_factory.mktemp("junk")
    (folder / "recording.json").write_bytes(orjson.dumps({"format": FORMAT, "providers": providers}))
    (folder / "replies.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    try:
        session = Recording(folder).session("x")
    except RecordingError:
        return
    for account in session.discover().accounts:
        assert Unit(account, *account.regions[:1]).key
    with contextlib.suppress(CallError):
        list(session.pages(UNIT, LOCK, {"Name": "A"}))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, head: bytes, lines: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for header in (head, orjson.dumps({"format": FORMAT})):
        (folder / "recording.json").write_bytes(header)
        (folder / "replies.jsonl").write_bytes(lines)
        with contextlib.suppress(RecordingError):
            Recording(folder)


def test_a_failure_of_a_raw_recording(cloud: Cloud, tmp_path: Path) -> None:
    empty = {"call": "x.get_lock", "params": {"Name": "A"}, "reply": {"items": []}}
    found = replay(cloud, tmp_path, LISTED, empty)
    assert found.records[0].replies["lock"] == Failed("x.get_lock", "x:GetLock", "no reply")


def test_a_listing_that_is_told_its_account_is_replayed(cloud: Cloud, tmp_path: Path) -> None:
    told = replace(BOX, each=replace(BOX.each, take={"AccountId": "@account"}), ask={}, facts=())
    world = cloud((told,), {"x.list_boxes": [page(box("A"))]}, accounts=ACCOUNTS[1:])
    scanned = record(world, tmp_path)
    assert [found.name for found in scanned.records] == ["A"]
    assert world.collect(session=Recording(tmp_path).session("x")) == scanned
