"""Tampering: whatever is changed in a pack is found, and named for what it is."""

from __future__ import annotations

import os
import random
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from reports import html, json
from reports.document import Document
from scanner.facts import Fragment, canonical, sha256
from scanner.pack import archive, timestamp
from scanner.pack.archive import NotAPack
from scanner.pack.contents import LINES, MANIFEST, SIGNATURE
from scanner.pack.sign import generate, sign
from scanner.pack.timestamp import Stamped
from scanner.pack.verify import NEEDED, Kind, Trust, Verification, together, verify
from scanner.pack.words import paragraph
from scanner.run import Pages, Run, Told
from scanner.scan import tables_digest
from tests.scanner.pack.conftest import TIMES, Packs

Files = dict[str, bytes]


def opened(path: Path) -> Files:
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def packed(path: Path, files: Mapping[str, bytes], *, honest: bool = False) -> Path:
    """Write a pack of these files: with the manifest that they have or, by one who knows how, a manifest made anew."""
    files = dict(files)
    members = [archive.member(name, [data])[0] for name, data in files.items() if name != MANIFEST]
    if not honest:
        told = orjson.loads(files[MANIFEST])
        told["subject"] = [{"name": each.name, "digest": {"sha256": sha256(files[each.name])}} for each in members]
        told["predicate"]["packed"] = {each.name: each.digest for each in members}
        files[MANIFEST] = canonical(told)
    with path.open("wb") as file:
        archive.write(file, [*members, archive.member(MANIFEST, [files[MANIFEST]], store=True)[0]])
    return path


@pytest.fixture(scope="module")
def pack(packs: Packs) -> Path:
    return packs.write("whole.zip")


@pytest.fixture(scope="module")
def files(pack: Path) -> Files:
    return opened(pack)


def kinds(made: Verification) -> set[Kind]:
    return {each.kind for each in made.problems}


def test_a_pack_is_verified(pack: Path, packs: Packs) -> None:
    made = verify(pack, Trust())
    assert made.problems == ()
    assert made.outcome is None
    assert made.run is not None
    assert made.run.digest == packs.runs[1].digest
    assert made.replayed == {"resources": 4, "fragments": 4, "facts": made.replayed["facts"], "verdicts": 8}
    assert made.replayed["facts"] > 20


def test_the_same_run_makes_the_same_bytes(pack: Path, packs: Packs) -> None:
    assert packs.write("again.zip").read_bytes() == pack.read_bytes()
    assert packed(packs.folder / "rebuilt.zip", opened(pack)).read_bytes() == pack.read_bytes()


@pytest.mark.parametrize("name", sorted({*NEEDED, "tables/aws.json", MANIFEST}))
def test_a_file_taken_out_is_named(files: Files, tmp_path: Path, name: str) -> None:
    left = {each: data for each, data in files.items() if each != name}
    if name == MANIFEST:
        with (tmp_path / "p.zip").open("wb") as file:
            archive.write(file, [archive.member(each, [data])[0] for each, data in left.items()])
        made = verify(tmp_path / "p.zip", Trust())
    else:
        made = verify(packed(tmp_path / "p.zip", left, honest=True), Trust())
    assert (Kind.TAMPERED, name) in {(each.kind, each.where) for each in made.problems}
    assert "missing" in str(made.problems[0])


@pytest.mark.parametrize("honest", [True, False])
def test_an_added_file_is_named(files: Files, tmp_path: Path, honest: bool) -> None:
    made = verify(packed(tmp_path / "p.zip", {**files, "more.txt": b"more"}, honest=honest), Trust())
    assert made.outcome is Kind.TAMPERED
    assert any("more.txt" in str(each) for each in made.problems)


def test_a_file_put_in_twice_is_named(files: Files, tmp_path: Path) -> None:
    members = [archive.member(name, [data])[0] for name, data in files.items()]
    with (tmp_path / "p.zip").open("wb") as file:
        archive.write(file, [*members, members[0]])
    assert "twice" in str(verify(tmp_path / "p.zip", Trust()).problems)


@pytest.mark.parametrize("name", sorted(NEEDED | {"tables/law.json"}))
@pytest.mark.parametrize("honest", [True, False])
def test_a_file_of_another_pack_is_named(files: Files, packs: Packs, tmp_path: Path, name: str, honest: bool) -> None:
    """Two packs mixed: each file of the first week in the pack of the second."""
    other = opened(packs.write("first.zip", 0))
    made = verify(packed(tmp_path / "p.zip", {**files, name: other[name]}, honest=honest), Trust())
    if other[name] == files[name]:
        assert made.outcome is None
    else:
        assert made.outcome in {Kind.TAMPERED, Kind.CHAIN}
        if honest:
            assert [each.where for each in made.problems] == [name]


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values that are no container or an empty one."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    if not items:
        yield path
    for key, item in items:
        yield from leaves(item, (*path, key))


def changed(value: object) -> object:
    """Another value of the same kind, so that no type gives it away."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1") if value else "x"
        case list():
            return ["x"]
        case dict():
            return {"x": "x"}
    return "x"


def edited(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy with the leaf at a path changed."""
    made = orjson.loads(orjson.dumps(value))
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = changed(at[path[-1]])
    return made


def shapes(documents: list[Any]) -> list[tuple[int, tuple[str | int, ...]]]:
    """One leaf of each shape: the same path with other list positions says nothing new."""
    found: dict[tuple[str, ...], tuple[int, tuple[str | int, ...]]] = {}
    for number, document in enumerate(documents):
        for path in leaves(document):
            if path:
                found.setdefault(tuple("*" if isinstance(step, int) else step for step in path), (number, path))
    return list(found.values())


def written_again(name: str, documents: list[Any], data: bytes) -> bytes:
    if name.endswith(".jsonl"):
        return b"".join(canonical(each) + b"\n" for each in documents)
    if b"\n" in data:
        return orjson.dumps(documents[0], option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    return canonical(documents[0])


JSON_FILES = ("report.json", "run.json", "chain.jsonl", *LINES, "tables/law.json", MANIFEST)
UNSIGNED = {("predicate", "versions")}
"""What nothing but a signature protects: which libraries rendered the reports."""


@pytest.mark.parametrize("name", JSON_FILES)
def test_each_json_field_is_protected_even_from_one_who_writes_the_manifest_anew(
    files: Files, tmp_path: Path, name: str
) -> None:
    data = files[name]
    documents = [orjson.loads(line) for line in (data.splitlines() if name.endswith(".jsonl") else [data])]
    assert written_again(name, documents, data) == data
    tried = shapes(documents)[: 40 if name == "tables/law.json" else None]
    assert tried
    for number, path in tried:
        again = [edited(each, path) if n == number else each for n, each in enumerate(documents)]
        forged = {**files, name: written_again(name, again, data)}
        made = verify(packed(tmp_path / "p.zip", forged, honest=name == MANIFEST), Trust())
        if path[:2] not in UNSIGNED:
            assert made.outcome is not None, path
        assert made.problems or made.outcome is None


def test_every_flipped_byte_is_found(packs: Packs, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    generate(key)
    public = key.with_name("key.pem.pub").read_bytes()
    data = packs.write("signed.zip", sign=lambda payload: sign(payload, str(key))).read_bytes()
    assert verify(packs.folder / "signed.zip", Trust(keys=[public])).outcome is None
    dice = random.Random(20261122)
    path = tmp_path / "p.zip"
    for at in [dice.randrange(len(data)) for _ in range(1000)]:
        path.write_bytes(data[:at] + bytes([data[at] ^ dice.randrange(1, 256)]) + data[at + 1 :])
        try:
            made = verify(path, Trust(keys=[public]))
        except NotAPack:
            continue
        assert made.outcome is Kind.TAMPERED, at
        assert all(each.where for each in made.problems)


def test_a_run_taken_out_of_the_chain_is_found(files: Files, tmp_path: Path) -> None:
    first, second = files["chain.jsonl"].splitlines(keepends=True)
    for lines, said in (
        (second, "a run was taken out"),
        (first, "does not end with this run"),
        (second + first, "a run was taken out"),
        (first + first + second, "put in"),
        (b"", "does not end with this run"),
    ):
        made = verify(packed(tmp_path / "p.zip", {**files, "chain.jsonl": lines}), Trust())
        assert made.outcome is Kind.CHAIN
        assert any(said in str(each) for each in made.problems)


def test_packs_of_one_chain_are_verified_together(packs: Packs) -> None:
    made = together([verify(packs.write("first.zip", 0), Trust()), verify(packs.write("second.zip"), Trust())])
    assert [each.outcome for each in made] == [None, None]
    assert [each.drifted for each in made] == [False, True]


def test_packs_of_two_chains_are_told(packs: Packs, tmp_path: Path) -> None:
    """The second run alone, as if it were the first of a chain of its own."""
    from scanner.pack.write import pack as write

    other = Run(packs.runs[1].header, packs.runs[1].entries, "")
    with (tmp_path / "other.zip").open("wb") as file:
        write(file, Told(other, None), [other.link])
    alone = [verify(path, Trust()) for path in (packs.write("first.zip", 0), tmp_path / "other.zip")]
    assert [each.outcome for each in alone] == [None, None]
    assert [each.outcome for each in together(alone)] == [Kind.CHAIN, Kind.CHAIN]


def test_a_drift_that_did_not_happen_is_found_with_the_pack_before(packs: Packs, files: Files, tmp_path: Path) -> None:
    told = orjson.loads(files["report.json"])
    told["drift"]["changes"] = []
    forged = Document.model_validate(told)
    again = {**files, "report.json": json.JSON.render(forged), "report.html": html.HTML.render(forged)}
    made = verify(packed(tmp_path / "p.zip", again), Trust())
    assert made.outcome is None
    with_before = together([verify(packs.write("first.zip", 0), Trust()), made])[1]
    assert [each.where for each in with_before.problems] == ["report.json, drift"]


def judged_otherwise(run: Run, change: Callable[[dict[str, Any]], None]) -> tuple[Run, str]:
    """The run with the verdicts on its first resource changed, and the name of that resource."""
    pages = Pages(Fragment.sealed)
    first, *others = run.resources()
    verdicts = dict(orjson.loads(canonical(first.verdicts)))
    change(verdicts)
    for each in (replace(first, verdicts=verdicts), *others):
        pages.add(each.id, each.body, canonical(each.facts), canonical(each.verdicts))
    rest = {key: body for key, body in run.entries.items() if key[0] != "page"}
    return Run(run.header, {**rest, **pages.end()}), first.id


def test_another_version_is_not_tampering(packs: Packs, tmp_path: Path) -> None:
    """A run that an older version judged: its own tables, and verdicts that this version does not give."""
    header = {**packs.runs[0].header, "run": {**packs.runs[0].header["run"], "scanner": "0.0.9"}}
    made = verify(_packed_run(tmp_path, Run(header, packs.runs[0].entries)), Trust())
    assert made.outcome is None
    other, name = judged_otherwise(packs.runs[0], lambda told: told["at-rest"].update(fix="Leave it."))
    made = verify(_packed_run(tmp_path, Run(header, other.entries)), Trust())
    assert made.outcome is Kind.VERSION
    assert "asdeclared 0.0.9" in str(made.problems[0])
    assert [each.where for each in made.problems[1:]] == [f"verdict {name}|at-rest"]
    made = verify(_packed_run(tmp_path, other), Trust())
    assert made.outcome is Kind.TAMPERED


def test_other_tables_are_another_version(packs: Packs, tmp_path: Path) -> None:
    other, name = judged_otherwise(packs.runs[0], lambda told: told.pop("at-rest"))
    entries = {**other.entries, ("table", "law.json"): Fragment({}).seal()}
    told = tables_digest({name: each.body for (kind, name), each in entries.items() if kind == "table"})
    header = {**packs.runs[0].header, "run": {**packs.runs[0].header["run"], "tables": told}}
    made = verify(_packed_run(tmp_path, Run(header, entries)), Trust())
    assert made.outcome is Kind.VERSION
    assert "another law.json" in str(made.problems[0])
    assert [each.where for each in made.problems[1:]] == [f"verdict {name}|at-rest"]


def test_a_missing_plugin_is_told(packs: Packs, tmp_path: Path) -> None:
    header = {**packs.runs[0].header, "run": {**packs.runs[0].header["run"], "plugins": ["example-plugin 1.2"]}}
    made = verify(_packed_run(tmp_path, Run(header, packs.runs[0].entries)), Trust())
    assert [each.kind for each in made.problems] == [Kind.PLUGIN]
    assert "example-plugin 1.2" in str(made.problems[0])
    assert made.intact


def _packed_run(tmp_path: Path, run: Run) -> Path:
    from scanner.pack.write import pack as write

    with (tmp_path / "run.zip").open("wb") as file:
        write(file, Told(run, None), [run.link])
    return tmp_path / "run.zip"


@pytest.mark.parametrize(
    ("trust", "outcome"),
    [
        (Trust(), Kind.ORIGIN),
        (Trust(anyone=True), None),
        (Trust(keys=[b"own"]), None),
        (Trust(keys=[b"other"]), Kind.TAMPERED),
    ],
)
def test_a_signature_counts_for_those_whose_key_was_given(
    packs: Packs, tmp_path: Path, trust: Trust, outcome: Kind | None
) -> None:
    public = {}
    for name in ("own", "other"):
        generate(tmp_path / name)
        public[name.encode()] = (tmp_path / f"{name}.pub").read_bytes()
    path = packs.write("signed.zip", sign=lambda payload: sign(payload, str(tmp_path / "own")))
    trust = Trust(keys=[public[each] for each in trust.keys], anyone=trust.anyone)
    assert verify(path, trust).outcome is outcome


def test_a_signature_taken_off_is_found_where_a_key_is_given(pack: Path, tmp_path: Path) -> None:
    generate(tmp_path / "own")
    made = verify(pack, Trust(keys=[(tmp_path / "own.pub").read_bytes()], roots=[b"root"]))
    assert [each.where for each in made.problems] == [SIGNATURE, "timestamp.tsr"]


def manifested(path: Path, files: Files, edit: Callable[[Any], None]) -> Path:
    """A pack of these files, in which the manifest is made anew and then edited."""
    told = orjson.loads(opened(packed(path, files))[MANIFEST])
    edit(told)
    return packed(path, {**files, MANIFEST: canonical(told)}, honest=True)


@pytest.mark.parametrize("name", ["report.html", "findings.csv", "README.txt"])
@pytest.mark.parametrize("library", ["jinja2", "unicode"])
def test_other_versions_hide_no_false_report(files: Files, tmp_path: Path, name: str, library: str) -> None:
    """The manifest of an unsigned pack may say anything of the versions."""

    def edit(told: Any) -> None:
        told["predicate"]["versions"][library] = "0.1"

    assert verify(manifested(tmp_path / "p.zip", files, edit), Trust()).outcome is None
    made = verify(manifested(tmp_path / "p.zip", {**files, name: b"All is well."}, edit), Trust())
    assert [(each.kind, each.where) for each in made.problems] == [(Kind.VERSION, name)]
    assert f"{library} 0.1" in str(made.problems[0])


def test_a_file_that_the_manifest_names_twice_is_found(files: Files, tmp_path: Path) -> None:
    other = {"name": "report.html", "digest": {"sha256": "0" * 64}}
    made = verify(manifested(tmp_path / "p.zip", files, lambda told: told["subject"].insert(0, other)), Trust())
    assert [(each.kind, each.where) for each in made.problems] == [(Kind.TAMPERED, MANIFEST)]
    made = verify(manifested(tmp_path / "p.zip", files, lambda told: told["subject"].reverse()), Trust())
    assert made.outcome is Kind.TAMPERED


def _with_tables(run: Run, change: Mapping[str, object], without: str = "") -> Run:
    entries = {key: each for key, each in run.entries.items() if key != ("table", without)}
    entries |= {("table", name): Fragment(body).seal() for name, body in change.items()}
    told = tables_digest({name: each.body for (kind, name), each in entries.items() if kind == "table"})
    return Run({**run.header, "run": {**run.header["run"], "tables": told}}, entries)


@pytest.mark.parametrize("name", ["../../evil", "a/b.json", "evil", ".json", "law.json\n"])
def test_a_table_of_a_strange_name_is_found(packs: Packs, tmp_path: Path, name: str) -> None:
    made = verify(_packed_run(tmp_path, _with_tables(packs.runs[0], {name: None})), Trust())
    assert {(each.kind, each.where) for each in made.problems} == {(Kind.TAMPERED, f"tables/{name}")}


def test_false_tables_are_told_even_where_no_verdict_differs(packs: Packs, tmp_path: Path) -> None:
    """The version here has its own tables: what the pack says to have been judged by is not what it would have been."""
    first = packs.runs[0]
    for run in (_with_tables(first, {"law.json": {}}), _with_tables(first, {}, "law.json")):
        made = verify(_packed_run(tmp_path, run), Trust())
        assert [each.kind for each in made.problems] == [Kind.VERSION]
        assert "another law.json" in str(made.problems[0])
    assert verify(_packed_run(tmp_path, _with_tables(first, {"more.json": None})), Trust()).outcome is Kind.VERSION
    older = _with_tables(first, {"law.json": {}})
    header = {**older.header, "run": {**older.header["run"], "scanner": "0.0.9"}}
    made = verify(_packed_run(tmp_path, Run(header, older.entries)), Trust())
    assert made.outcome is None
    assert made.other.startswith("asdeclared 0.0.9")
    assert "It was made with asdeclared 0.0.9" in paragraph(made, TIMES[0], "1")


def test_a_drift_since_another_run_is_found(files: Files, tmp_path: Path) -> None:
    told = orjson.loads(files["report.json"])
    told["drift"]["before"] = "f" * 64
    forged = Document.model_validate(told)
    again = {**files, "report.json": json.JSON.render(forged), "report.html": html.HTML.render(forged)}
    made = verify(packed(tmp_path / "p.zip", again), Trust())
    assert [(each.kind, each.where) for each in made.problems] == [(Kind.TAMPERED, "report.json, drift")]


STRANGE: list[Any] = [
    {},
    {"run": []},
    {"policy": None},
    {"run": {"plugins": 5}},
    {"run": {"plugins": [5]}},
    {"run": {"at": 5}},
    {"verdict": 1},
]


@pytest.mark.parametrize("change", STRANGE)
def test_a_header_of_another_form_is_told(packs: Packs, files: Files, tmp_path: Path, change: Any) -> None:
    run = packs.runs[1]
    header: dict[str, Any] = {**run.header, **change} if change else {}
    if isinstance(change.get("run"), dict):
        header["run"] = {**run.header["run"], **change["run"]}
    told = canonical({"digest": run.digest, "header": header, "previous": run.previous})
    made = verify(packed(tmp_path / "p.zip", {**files, "run.json": told}), Trust())
    assert made.outcome is Kind.TAMPERED
    assert "run.json: its header does not have the form of one" in str(made.problems[0])


@pytest.mark.parametrize(
    "change",
    [{"facts": 5}, {"verdicts": []}, {"facts": None}, {"name": {}}, {"name": 2**64 - 1}, {"replies": "x"}, {"id": "x"}],
)
def test_a_resource_of_another_form_is_told(files: Files, tmp_path: Path, change: Mapping[str, object]) -> None:
    first, *others = files["evidence/resources.jsonl"].splitlines(keepends=True)
    line = orjson.loads(first)
    line["body"] |= change
    data = b"".join([canonical(line) + b"\n", *others])
    made = verify(packed(tmp_path / "p.zip", {**files, "evidence/resources.jsonl": data}), Trust())
    assert made.outcome is Kind.TAMPERED
    assert "does not have the fields of a resource" in str(made.problems[0])


@pytest.mark.parametrize("name", ["tables/law.json", "evidence/gaps.jsonl", "findings.jsonl"])
def test_json_that_is_too_deep_is_told(files: Files, tmp_path: Path, name: str) -> None:
    deep = b"[" * 600 + b"]" * 600
    data = b'{"body":%b,"name":"x"}\n' % deep if name.endswith("l") else deep
    made = verify(packed(tmp_path / "p.zip", {**files, name: data}), Trust())
    assert made.outcome is Kind.TAMPERED
    assert "deeper" in str(made.problems[0])


def test_an_archive_that_is_put_together_otherwise_is_told(pack: Path, tmp_path: Path) -> None:
    members, _ = archive.read(pack.read_bytes())
    loose = [archive.member(each.name, [each.content() or b""], store=each.name != MANIFEST)[0] for each in members]
    for changed_, said in (([members[-1], *members[:-1]], "another order"), (loose, "packed in another way")):
        with (tmp_path / "p.zip").open("wb") as file:
            archive.write(file, changed_)
        made = verify(tmp_path / "p.zip", Trust())
        assert made.outcome is Kind.TAMPERED
        assert said in str(made.problems[0])


def test_a_pack_that_can_be_read_once_is_named_by_what_was_read(pack: Path, tmp_path: Path) -> None:
    """A pipe, as `asdeclared verify <(...)` gives one."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(pack.read_bytes()), daemon=True)
    writer.start()
    made = verify(tmp_path / "pipe", Trust())
    assert (made.outcome, made.digest) == (None, sha256(pack.read_bytes()))


def test_a_partial_run_is_no_second_chain(packs: Packs) -> None:
    """It stands beside the full run that follows the same run."""
    first, second = verify(packs.write("first.zip", 0), Trust()), verify(packs.write("second.zip"), Trust())
    header = {**packs.runs[1].header, "run": {**packs.runs[1].header["run"], "partial": True}}
    partial = Run(header, packs.runs[1].entries, packs.runs[0].digest)
    beside = replace(second, run=partial, chain=(packs.runs[0].link, partial.link), problems=())
    made = together([first, second, beside])
    assert [[each for each in one.problems if each.kind is Kind.CHAIN] for one in made] == [[], [], []]


@pytest.mark.parametrize(("days", "outcome"), [(1, None), (0, None), (-1, Kind.TAMPERED)])
def test_a_run_cannot_be_later_than_its_stamp(
    packs: Packs, monkeypatch: pytest.MonkeyPatch, days: int, outcome: Kind | None
) -> None:
    stamped = datetime.fromisoformat(packs.runs[1].header["run"]["at"]) + timedelta(days=days)
    monkeypatch.setattr(timestamp, "check", lambda *_: Stamped("good", "", stamped, "Example TSA"))
    made = verify(packs.write("stamped.zip", stamp=lambda _: b"token"), Trust())
    assert made.outcome is outcome
    if outcome:
        assert [each.where for each in made.problems] == ["timestamp.tsr"]
        assert "stamped on 2026-11-08" in made.problems[0].what
