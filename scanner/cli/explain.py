"""`asdeclared explain`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

import click

from checks.check import Check
from reports.text import visible
from reports.words import compact
from scanner import registry
from scanner.cli import completion as complete
from scanner.cli.common import installed
from scanner.cli.main import USAGE, Trouble
from scanner.cli.terminal import paragraph, say
from scanner.collect.model import Call, Per, Provider, ResourceType, Sweep
from scanner.collect.plan import Wanted, plan
from scanner.facts import (
    Answer,
    Container,
    Inapplicable,
    Kind,
    Known,
    Seen,
    State,
    Unknown,
    Where,
)
from scanner.facts.reply import legible
from scanner.plain import plain

NO_REPLY = "no reply named"
"""How the details begin of what is unknown only because nothing was asked, here."""


@click.command()
@click.argument("name", shell_complete=complete.checks_and_types)
def command(name: str) -> int:
    """Tell what a check or a resource type reads, in which call and with which permission, and what it cannot see.

    NAME is the id of a check (see `asdeclared checks`), or the name of a type, such as aws.s3.bucket or
    AWS::S3::Bucket.
    """
    providers, checks = installed(registry.providers), installed(registry.checks)
    types = {kind.name: (provider, kind) for provider in providers.values() for kind in provider.types}
    natives = {found[1].native.casefold(): found for found in types.values()}
    lines: Iterable[str]
    if name in checks:
        lines = _check(checks[name], providers)
    elif found := types.get(name) or natives.get(name.casefold()):
        lines = _type(*found)
    else:
        lines = _unmodelled(name, providers) or _nothing(name, [*checks, *types])
    for line in lines:
        say(line, err=False)
    return 0


def _nothing(name: str, known: list[str]) -> NoReturn:
    near = difflib.get_close_matches(name, known, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`asdeclared checks` lists the checks"
    raise Trouble(f"There is no check or type {name!r}; {hint}", USAGE)


def _check(check: Check, providers: Mapping[str, Provider]) -> Iterator[str]:
    yield f"{check.id} ({check.severity.value}, about {check.subjects})"
    yield ""
    yield check.doc
    yield ""
    yield "Asks, of each resource:"
    for fact in check.reads:
        yield _item(f"{fact.key}: {fact.question}")
    facts = frozenset(fact.key for fact in check.asked)
    types = [kind for provider in providers.values() for kind in provider.types if _speaks_of(check, kind)]
    senseless = [kind.name for kind in types if check.traits and check.traits <= kind.without.keys()]
    for kind in types:
        if kind.name not in senseless:
            yield ""
            yield from _asked(kind, facts)
    if senseless:
        yield ""
        yield paragraph(f"It makes no sense for {', '.join(senseless)}.")
    if check.parameters.model_fields:
        yield ""
        yield f"Which of these calls a promise needs depends on its parameters: asdeclared checks {check.id}"


def _speaks_of(check: Check, kind: ResourceType) -> bool:
    """Whether a check may judge a type: one that holds data, or one that answers what it asks about configuration."""
    if check.judges_all(kind.kind, with_config=False):
        return kind.kind is Kind.DATA
    answered = {answer.fact.facet for answer in kind.facts} | ({Container} if kind.container else set())
    return not check.traits.isdisjoint(answered)


def _asked(kind: ResourceType, facts: frozenset[str]) -> Iterator[str]:
    """What is called of a type for these facts, and which of them cannot be seen."""
    yield kind.name
    needed = plan([kind], [Wanted("", facts, frozenset({kind.name}))])
    for call in dict.fromkeys(map(called, needed.calls())):
        yield _item(call)
    for answer in kind.facts:
        if answer.fact.key in facts:
            yield from (_item(f"{answer.fact.key}: {line}") for line in _limits(answer, kind))
    answered = {answer.fact.key for answer in kind.facts}
    left = {fact.key for facet in kind.without for fact in facet.questions()}
    for key in sorted(facts - answered):
        if not key.startswith(("Membership.", "Container.")):
            yield _item(f"{key}: {'makes no sense for it' if key in left else 'not modelled: always unknown'}")


def _type(provider: Provider, kind: ResourceType) -> Iterator[str]:
    yield f"{kind.name} ({kind.native}, {'a container of resources' if kind.container else kind.kind.value})"
    yield ""
    often = "account" if kind.each.per is Per.ACCOUNT else "account and region"
    yield f"Listed once for each {often}, by"
    yield _item(called(kind.each))
    yield ""
    yield "Answers:"
    for answer in kind.facts:
        yield _item(f"{answer.fact.key}: {answer.fact.question}")
        sources = dict.fromkeys(path.partition(":")[0] for path in answer.paths)
        for source in sources:
            pointers = [
                legible(path.partition(":")[2]) or "/" for path in answer.paths if path.partition(":")[0] == source
            ]
            call = kind.each if source == "item" else kind.ask[source]
            yield paragraph(f"{called(call)}: {', '.join(dict.fromkeys(pointers))}", first="    ", indent="      ")
        yield from (paragraph(line, first="    ", indent="      ") for line in _limits(answer, kind))
    for facet, why in kind.without.items():
        yield _item(f"{facet.__name__}: makes no sense for it: {why}")
    yield from _blind(provider)


def called(call: Call) -> str:
    """A call with its permission."""
    return f"{call.operation} ({call.permission})" if call.permission else f"{call.operation} (no permission needed)"


def _item(text: str) -> str:
    return paragraph(text, first="  ", indent="    ")


def _limits(answer: Answer, kind: ResourceType) -> Iterator[str]:
    """What is said of an answer before any reply is read: what is documented, and what is never seen."""
    match _bare(answer, kind):
        case Known(value, evidence) as known:
            yield from (
                f"documented: {compact(plain(value))} ({each.basis})" for each in evidence if each.seen == "documented"
            )
            yield from _gaps(known)
        case Unknown(_, detail, call) if not call and not detail.startswith(NO_REPLY):
            yield f"cannot see: {detail}"
        case Inapplicable(why):
            yield f"makes no sense for it: {why}"


def _gaps(known: Known[object]) -> Iterator[str]:
    gaps = known.value.gaps if isinstance(known.value, Seen) else ()
    yield from (f"cannot see: {each.detail}" for each in gaps if not each.detail.startswith(NO_REPLY))


def _bare(answer: Answer, kind: ResourceType) -> State | None:
    """The state of a fact of which no reply is there; None where the mapping cannot do without."""
    try:
        return answer({}, Where(kind.provider))
    except Exception:  # noqa: BLE001 - a mapping is made for replies; without them it may do anything
        return None


def _unmodelled(name: str, providers: Mapping[str, Provider]) -> list[str]:
    """What is known of a type that is not modelled; [] where no catalogue has it."""
    for provider in providers.values():
        kind = provider.kind(name)
        if kind is not Kind.UNCLASSIFIED:
            told = "a promise about data that speaks of all types is unproven while one is there" * (kind is Kind.DATA)
            facts = sorted({answer.fact.key for sweep in provider.sweeps for answer in sweep.facts})
            return [
                f"{visible(name)} ({provider.name}, {kind.value}) is not modelled{': ' if told else ''}{told}.",
                f"A sweep may see it, and tells {', '.join(facts)}.",
                *_blind(provider),
            ]
    return []


def _blind(provider: Provider) -> Iterator[str]:
    """What the sweeps of a provider, and its answers as a whole, leave out."""
    yield ""
    yield f"Types of {provider.name} that are not modelled are seen by:"
    for sweep in provider.sweeps:
        yield _item(_swept(sweep))
    limits: Iterable[str] = getattr(provider, "limits", ())
    if limits:
        yield ""
        yield f"What is not seen of {provider.name} at all:"
        yield from map(_item, limits)


def _swept(sweep: Sweep) -> str:
    return called(sweep.each) + (f": {sweep.blind}" if sweep.blind else "")
