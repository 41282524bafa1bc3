"""The statement of verification: what may be published, made only from a pack that was verified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from pydantic import ConfigDict, Field

from reports.document import Document, ExceptionUse, Model
from reports.sentences import Sentence, line, long_date, sentences

VERSION = "asdeclared/statement/v1"
_ACTING = re.compile(r"[\\`*_\[\]<>&|~#$!]")
_LINKED = re.compile(r":(?=//)|(?<=\bmailto):|(?<=\bxmpp):|(?<=\bwww)\.|@", re.IGNORECASE)


class Verified(Model):
    """What the verification of an evidence pack established. Nothing here is taken from the document."""

    pack: str = Field(description="SHA-256 of the file of the pack")
    run: str = Field(description="digest of the run, recomputed")
    previous: str = Field("", description="digest of the run before")
    signed_by: str = Field("", description="id of the key whose signature was verified; empty where there is none")
    timestamp: str = Field("", description="time (ISO 8601) and authority of the verified timestamp; empty if none")
    replayed_with: str = Field(description="version of asdeclared that derived every verdict again")
    paragraph: str = Field(description="what was verified and how to do it again, in plain text")


class Statement(Model):
    """Version 1 of the statement. Fields are only ever added within a version."""

    schema_: str = Field(VERSION, alias="schema")
    organisation: str
    policy: str = Field(description="name of the policy")
    policy_digest: str
    at: str = Field(description="the run's clock, UTC, ISO 8601")
    scanner: str = Field(description="version of asdeclared that made the run")
    verdict: str
    partial: bool
    sentences: tuple[Sentence, ...]
    exceptions: tuple[ExceptionUse, ...]
    not_examined: tuple[str, ...]
    limits: tuple[str, ...]
    verified: Verified

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def statement(document: Document, verified: Verified) -> Statement:
    """The statement on a document. Raises ValueError where another run was verified than the document's."""
    run, previous = document.run.digest, document.run.previous
    if (verified.run, verified.previous) != (run, previous):
        raise ValueError(f"the document is of run {run} after {previous or 'none'}; {verified.run} was verified")
    return Statement(
        organisation=document.policy.organisation,
        policy=document.policy.name,
        policy_digest=document.policy.digest,
        at=document.run.at,
        scanner=document.run.scanner,
        verdict=document.verdict,
        partial=document.run.partial,
        sentences=sentences(document),
        exceptions=document.exceptions,
        not_examined=document.coverage.not_examined,
        limits=document.coverage.limits,
        verified=verified,
    )


def json(document: Document, verified: Verified) -> bytes:
    """The statement as indented JSON with sorted keys. Raises ValueError as `statement` does."""
    values = statement(document, verified).model_dump(mode="json", by_alias=True)
    return orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the statement."""
    made = Statement.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": VERSION, **made}


def markdown(document: Document, verified: Verified) -> bytes:
    """The statement as Markdown (CommonMark with tables). Raises ValueError as `statement` does."""
    return ("\n".join(_lines(statement(document, verified))) + "\n").encode()


def escaped(text: str) -> str:
    """Text as one line of Markdown that shows as it is: no markup, no HTML, no link of its own. It must not begin a
    line, where a digit or a dash would begin a list.
    """
    return _LINKED.sub(_entity, _ACTING.sub(r"\\\g<0>", line(text)))


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match.group())};"


def _lines(made: Statement) -> Iterator[str]:
    yield f"# Statement of verification: {escaped(made.organisation or made.policy)}"
    yield ""
    yield f"On {escaped(long_date(made.at))}, asdeclared {escaped(made.scanner)} examined whether the cloud is as"
    yield f"declared by the policy {escaped(made.policy)}. Verdict: **{escaped(made.verdict)}**."
    if made.partial:
        yield "The run was partial: an option left something out, and nothing may be published of it."
    yield from _section("What may be published", (f"> {escaped(each.publish)}" for each in _published(made)), "\n")
    yield from _section("What may not be published as verified", (_withheld(each) for each in _rest(made)))
    yield from _section("Exceptions", (_exception(each) for each in made.exceptions))
    yield from _section("Not examined", (f"- Hoster: {escaped(each)}" for each in made.not_examined))
    yield from _section("Limits of the method", (f"- Limit: {escaped(each)}" for each in made.limits))
    yield from _section("How this was verified", _verified(made))


def _section(title: str, lines: Iterable[str], between: str = "") -> Iterator[str]:
    """A section; one without lines says so."""
    yield from ("", f"## {title}", "")
    found = list(lines)
    for number, each in enumerate(found):
        if number and between:
            yield between.strip("\n")
        yield each
    if not found:
        yield "None."


def _published(made: Statement) -> list[Sentence]:
    return [each for each in made.sentences if each.publish]


def _rest(made: Statement) -> list[Sentence]:
    return [each for each in made.sentences if not each.publish]


def _withheld(sentence: Sentence) -> str:
    verdict = sentence.verdict.value.replace("_", " ")
    return f'- **{verdict}**, "{escaped(sentence.says)}" {escaped(sentence.withhold)}'


def _exception(use: ExceptionUse) -> str:
    told = f"from {use.promise}, for {use.resource} ({use.condition}: {use.value}), until {long_date(use.expires)}"
    return f"- **{use.state}** {escaped(told)}; {escaped(f'accepted by {use.owner}: {use.reason}')}"


def _verified(made: Statement) -> Iterator[str]:
    verified = made.verified
    rows = {
        "Evidence pack (SHA-256)": verified.pack,
        "Run": verified.run,
        "Run before": verified.previous or "none: the first run",
        "Policy": made.policy_digest,
        "Signed by": verified.signed_by or "nobody: the pack is not signed",
        "Timestamp": verified.timestamp or "none",
        "Every verdict derived again with": f"asdeclared {verified.replayed_with}",
    }
    yield "| What | Value |"
    yield "|---|---|"
    yield from (f"| {name} | {escaped(value)} |" for name, value in rows.items())
    yield ""
    yield f"Verification: {escaped(verified.paragraph)}"
