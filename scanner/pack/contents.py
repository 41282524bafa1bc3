"""What is in a pack: the files of a run, and the run back from its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from reports import csv, html, json
from reports.document import Document, Finding
from scanner.facts import JSON, Fragment, canonical, sha256
from scanner.run import Entry, Key, Link, Pages, Run
from scanner.shelf import Shelf

RESOURCES, GAPS, FINDINGS = "evidence/resources.jsonl", "evidence/gaps.jsonl", "findings.jsonl"
LINES = (RESOURCES, GAPS, FINDINGS)
"""The files of lines, each {"body": ..., "name": ...}: what was seen of each resource, with what was concluded from it
and the verdicts; gaps; and all findings, which those about resources repeat in full.
"""
RENDERED: Mapping[str, Callable[[Run, Document], Iterable[bytes]]] = {
    "report.html": lambda _, document: [html.HTML.render(document)],
    "report.json": lambda _, document: [json.JSON.render(document)],
    "findings.csv": lambda run, _: csv.write(map(Finding.model_validate, run.findings())),
}
POLICY, RUN, CHAIN, TABLES, README = "policy.yaml", "run.json", "chain.jsonl", "tables/", "README.txt"
MANIFEST, SIGNATURE, TIMESTAMP = "manifest.json", "signature.json", "timestamp.tsr"

GUIDE = b"""This is the evidence of one run of asdeclared: what a company declares about its data, what was seen in its
clouds, and what follows, promise by promise.

report.html               the report for people
report.json               the same as data
findings.csv, .jsonl      every promise and resource with its verdict
policy.yaml               what is declared
tables/                   places, law and resource types that the verdicts rest on
evidence/resources.jsonl  what was seen: which call told it and what it answered, what was concluded from that, with the
                          field that it was read from, and the verdicts. A digest in findings is the SHA-256 of the
                          canonical JSON of such an answer
evidence/gaps.jsonl       what could not be seen
run.json                  the run without its entries: when, by which version, coverage, verdicts
chain.jsonl               a line for each run of this policy up to this one: the digests of its header, of the list of
                          its entries and of the run before; the SHA-256 of a line, without its end, is that run
manifest.json             the SHA-256 of every file (an in-toto statement)
signature.json            who vouches for the manifest (a DSSE envelope), where the pack is signed
timestamp.tsr             when that existed at the latest (RFC 3161), where a time stamp authority was asked

To check all of it, and to derive every verdict again from the evidence, without a network:

    pip install 'asdeclared[sign]'
    asdeclared verify PACK.zip --key PUBLIC-KEY.pem
"""


class Malformed(Exception):
    """A file of a pack does not have the form that it must have. The message names file and line."""


def files(run: Run, document: Document, chain: Iterable[Link]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The files of a run by name, each as chunks of its content: all but manifest, signature and time stamp. `chain`
    holds the links from the first run to this one.
    """
    yield README, [GUIDE]
    yield CHAIN, map(_linked, chain)
    yield RESOURCES, (_line(entry.id, _whole(entry)) for entry in run.resources())
    yield GAPS, (_line(key, fragment.data) for key, fragment in run.of("gap"))
    yield FINDINGS, (_line(each["id"], canonical(each)) for each in run.findings())
    for name, render in RENDERED.items():
        yield name, render(run, document)
    yield POLICY, [policy_text(run).encode()]
    yield RUN, [_header(run)]
    for name, fragment in run.of("table"):
        yield TABLES + name, [fragment.data]


def policy_text(run: Run) -> str:
    """The policy of a run as it was written."""
    return cast("str", run.entries["policy", "text"].body)


def _header(run: Run) -> bytes:
    return canonical({"digest": run.digest, "header": run.header, "previous": run.previous})


def _line(name: str, body: bytes) -> bytes:
    return b'{"body":%b,"name":%b}\n' % (body, canonical(name))


def _whole(entry: Entry) -> bytes:
    return canonical({**entry.body, "facts": entry.facts, "verdicts": entry.verdicts})


def _linked(link: Link) -> bytes:
    return canonical({"entries": link.entries, "header": link.header, "previous": link.previous}) + b"\n"


class _Said(BaseModel):
    model_config = ConfigDict(strict=True)

    at: str
    scanner: str
    tables: str
    partial: bool
    plugins: list[str]


class _Declared(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    digest: str


class Header(BaseModel):
    """What every version says in a header, as far as a verification reads it before the run is replayed."""

    model_config = ConfigDict(strict=True)

    run: _Said
    policy: _Declared
    verdict: str


@dataclass(frozen=True, slots=True)
class Packed:
    """A run as a pack tells it. `digest` is the one that the pack says it has."""

    run: Run
    digest: str


def run_of(contents: Mapping[str, bytes]) -> Packed:
    """The run in the files of a pack, with every digest computed anew. Raises Malformed."""
    told = _object(contents, RUN, {"digest": str, "header": dict, "previous": str})
    try:
        Header.model_validate(told["header"])
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Malformed(f"{RUN}: its header does not have the form of one: {where}") from error
    entries: dict[Key, Fragment] = {("policy", "text"): Fragment(_text(contents, POLICY)).seal()}
    for name, data in contents.items():
        if name.startswith(TABLES):
            entries["table", name.removeprefix(TABLES)] = _sealed(data, name)
    entries |= {("gap", key): fragment for key, fragment in _lines(contents[GAPS], GAPS)}
    entries |= _pages(contents[RESOURCES])
    entries |= dict(_others(contents[FINDINGS]))
    return Packed(Run(told["header"], entries, told["previous"]), told["digest"])


def _pages(data: bytes) -> Mapping[Key, Fragment]:
    """The pages of the resources in the order of their ids. Raises Malformed."""
    pages = Pages(Shelf().put)
    for name, fragment in _lines(data, RESOURCES):
        body: Any = fragment.body
        if not isinstance(body, dict) or {key: type(value) for key, value in body.items()} != _RESOURCE:
            raise Malformed(f"{RESOURCES}: {name!r} does not have the fields of a resource")
        facts, verdicts = (canonical(body.pop(each)) for each in ("facts", "verdicts"))
        pages.add(name, body, facts, verdicts)
    return pages.end()


_RESOURCE = {
    **dict.fromkeys(("type", "kind", "provider", "account", "region", "partition", "name"), str),
    "modelled": bool,
    **dict.fromkeys(("replies", "facts", "verdicts"), dict),
}
"""The fields of a resource's line."""


def _others(data: bytes) -> Iterator[tuple[Key, Fragment]]:
    """The findings that are not about a resource: they stand nowhere else. Raises Malformed."""
    for number, line in enumerate(data.splitlines(), 1):
        match _loaded(line, f"{FINDINGS}, line {number}"):
            case {"name": str(name), "body": {"subject": {"kind": "resource"}}}:
                pass
            case {"name": str(name), "body": body}:
                try:
                    yield ("finding", name), Fragment(body).seal()
                except TypeError as error:
                    raise Malformed(f"{FINDINGS}, line {number}: {_DEEP}") from error
            case _:
                raise Malformed(f"{FINDINGS}, line {number}: it is no entry with a name and a body")


def _lines(data: bytes, name: str) -> Iterator[tuple[str, Fragment]]:
    """The lines of a file by their names. Raises Malformed."""
    last = ""
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        where = f"{name}, line {number}"
        told: Any = _loaded(line, where)
        if not isinstance(told, dict) or told.keys() != {"body", "name"} or not isinstance(told["name"], str):
            raise Malformed(f"{where}: it is no entry with a name and a body")
        try:
            key, fragment = told["name"], Fragment(told["body"]).seal()
        except TypeError as error:
            raise Malformed(f"{where}: {_DEEP}") from error
        if _line(key, fragment.data) != line:
            raise Malformed(f"{where}: it is not in canonical form")
        if number > 1 and key <= last:
            raise Malformed(f"{where}: {key!r} is not in the order of names, or is there twice")
        last = key
        yield key, fragment


def chain_of(contents: Mapping[str, bytes]) -> list[Link]:
    """The chain in the files of a pack. Nothing of it is checked but its form. Raises Malformed."""
    return [_link(line, f"{CHAIN}, line {n}") for n, line in enumerate(contents[CHAIN].splitlines(keepends=True), 1)]


def _link(line: bytes, where: str) -> Link:
    told = _loaded(line, where)
    if not isinstance(told, dict) or {key: type(value) for key, value in told.items()} != dict.fromkeys(_LINK, str):
        raise Malformed(f"{where}: it is no link of a chain")
    link = Link(**told)
    if _linked(link) != line:
        raise Malformed(f"{where}: it is not in canonical form")
    return link


_LINK = ("entries", "header", "previous")


def _object(contents: Mapping[str, bytes], name: str, fields: Mapping[str, type]) -> dict[str, Any]:
    told = _loaded(contents[name], name)
    if not isinstance(told, dict) or {key: type(value) for key, value in told.items()} != fields:
        raise Malformed(f"{name}: it does not have the fields {', '.join(fields)}")
    if _written(told, name) != contents[name]:
        raise Malformed(f"{name}: it is not in canonical form")
    return told


def _sealed(data: bytes, name: str) -> Fragment:
    if _written(_loaded(data, name), name) != data:
        raise Malformed(f"{name}: it is not in canonical form")
    return Fragment.sealed(data, sha256(data))


_DEEP = "its values lie deeper in one another than any that are written"


def _written(value: JSON, where: str) -> bytes:
    try:
        return canonical(value)
    except TypeError as error:
        raise Malformed(f"{where}: {_DEEP}") from error


def _text(contents: Mapping[str, bytes], name: str) -> str:
    try:
        return contents[name].decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{name}: it is not UTF-8") from error


def _loaded(data: bytes, where: str) -> JSON:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{where}: it is not JSON") from error
