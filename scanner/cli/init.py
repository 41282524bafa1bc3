"""`asdeclared init`."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from reports.text import visible
from scanner import registry
from scanner.cli.common import endpoints, installed, optioned, silenced, visible_lines
from scanner.cli.inventory import Found, Item, look, named, suggested, tell_gaps
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.cli.terminal import paragraph, say
from scanner.collect.model import Options, Provider
from scanner.facts import Kind
from scanner.places import Standing, place, standing_any
from scanner.policy import PolicyError, loads

KEYS = frozenset({"env", "environment", "envname", "environmentname", "stage", "deploymentstage", "tier"})
"""Keys of tags that tell an environment; compared without case, hyphens and underscores."""
WORDS = {
    "production": frozenset({"production", "prod", "prd", "live"}),
    "staging": frozenset({"staging", "stage", "stg", "preprod", "preproduction", "uat"}),
    "test": frozenset({"test", "tst", "testing", "qa", "dev", "development", "sandbox", "nonprod"}),
}
MOST = 12
"""Values of a tag that become environments of their own: where there are more, it tells something else."""
MAJORITY = 0.6
"""The share of data in one country from which on that country is proposed rather than the EEA."""
USUAL_PLACE = "EEA"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Proposed:
    """An environment to propose: its name, the tag that tells it, the values, and how many resources have them."""

    name: str
    tag: str
    wanted: tuple[str, ...]
    count: int = 0


USUAL = (Proposed("production", "env", ("prod", "production")), Proposed("test", "env", ("test", "dev", "development")))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the policy is written from."""

    organisation: str
    place: str
    scopes: Mapping[str, Mapping[str, Any]]
    found: Found = field(default_factory=lambda: Found((), (), ()))


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default="asdeclared.yaml")
@click.option("--organisation", default="", help="Who declares it.  [default: Example SaaS Ltd]")
@click.option("--aws", multiple=True, metavar="ACCOUNT", help="An AWS account to scan.")
@click.option("--azure", multiple=True, metavar="SUBSCRIPTION", help="An Azure subscription to scan.")
@click.option("--gcp", multiple=True, metavar="PROJECT", help="A Google Cloud project to scan.")
@click.option("--aws-role", default="", metavar="ROLE", help="The role to assume in each AWS account.")
@click.option("--place", default="", help="Where data may be kept: a region, a country, EEA, EU or adequate.")
@click.option("--offline", is_flag=True, help="Write without looking into any account.")
@click.option("--ask/--no-ask", default=None, help="Ask questions.  [default: on a terminal, without accounts]")
@endpoints
def command(
    path: Path,
    organisation: str,
    aws: tuple[str, ...],
    azure: tuple[str, ...],
    gcp: tuple[str, ...],
    aws_role: str,
    place: str,
    offline: bool,
    ask: bool | None,
    azure_endpoint: str,
    gcp_endpoint: str,
) -> int:
    """Write a first policy file to PATH, with comments. It never overwrites a file.

    It looks into the accounts that the options name, or that the credentials of this machine reach, and proposes
    environments from the tags and a place from where the data is. --offline looks at nothing.
    """
    silenced()
    if path.exists():
        raise Trouble(f"{path} is there already; name another file", USAGE)
    providers = installed(registry.providers)
    given = named(aws, azure, gcp, aws_role)
    if offline and not given:
        raise Trouble("With --offline name at least one account: --aws, --azure or --gcp", USAGE)
    answers = Answers(organisation, place, given)
    if not offline:
        answers = _looked(answers, providers, optioned(providers, azure_endpoint, gcp_endpoint, 16))
    if ask if ask is not None else not given and sys.stdin.isatty() and sys.stderr.isatty():
        answers = _asked(answers)
    text = written(answers)
    _check(text, path, providers)
    _create(path, text)
    say(
        paragraph(
            f"Wrote {path}. Next: asdeclared policy check {path}, asdeclared doctor {path}, asdeclared scan {path}"
        )
    )
    return 0


def _looked(answers: Answers, providers: Mapping[str, Provider], options: Mapping[str, Options]) -> Answers:
    """The answers with what was found. Where accounts are named, nothing found is no obstacle."""
    try:
        scopes = answers.scopes or suggested(providers, options)
        found = look(scopes, providers, options)
    except Trouble as error:
        if not answers.scopes:
            raise Trouble(f"{error.message}. Or write without looking: --offline with accounts", error.code) from error
        if error.code == USAGE:
            raise
        say(paragraph(f"Nothing could be looked at, so nothing is proposed from it: {error.message}"))
        return answers
    tell_gaps(found)
    return Answers(answers.organisation, answers.place, _reached(answers.scopes, found), found)


def _reached(scopes: Mapping[str, Mapping[str, Any]], found: Found) -> Mapping[str, Mapping[str, Any]]:
    """The scopes that were given, else the accounts that were reached."""
    if scopes:
        return scopes
    reached: dict[str, tuple[str, ...]] = {}
    for each in found.accounts:
        if each["reached"]:
            reached[each["provider"]] = (*reached.get(each["provider"], ()), str(each["id"]))
    return named(reached.get("aws", ()), reached.get("azure", ()), reached.get("gcp", ()))


def _asked(answers: Answers) -> Answers:
    """The answers after a person was asked. What was found is the default."""
    organisation = _prompt("Who declares this (the organisation)?", answers.organisation or "Example SaaS Ltd")
    scopes = answers.scopes
    known = {cloud: scope[key] for cloud, key in ACCOUNTS.items() if (scope := scopes.get(cloud))}
    lists = {}
    for cloud, title in (("aws", "AWS accounts"), ("azure", "Azure subscriptions"), ("gcp", "Google Cloud projects")):
        told = _prompt(f"Which {title} (with commas between, - for none)?", ",".join(known.get(cloud, ())) or "-")
        lists[cloud] = tuple(each.strip() for each in told.split(",") if each.strip() not in {"", "-"})
    role = ""
    if len(lists["aws"]) > 1:
        told = _prompt("Which role is to be assumed in each AWS account (- for none)?", "asdeclared-reader")
        role = "" if told == "-" else told
    if not any(lists.values()):
        raise Trouble("A policy needs at least one account to scan; nothing was written", USAGE)
    place = _prompt(
        "Where may data be kept (a region, a country, EEA, EU, adequate)?", answers.place or _place(answers)
    )
    return Answers(organisation, place, named(lists["aws"], lists["azure"], lists["gcp"], role), answers.found)


ACCOUNTS = {"aws": "accounts", "azure": "subscriptions", "gcp": "projects"}


def _prompt(question: str, default: str) -> str:
    return str(click.prompt(question, default=visible(default), err=True)).strip()


def written(answers: Answers) -> str:
    """The text of the policy."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    items, names = answers.found.items, _names(answers.found)
    environment = Environment(  # noqa: S701 - YAML, whose texts the filters quote
        loader=PackageLoader("scanner.cli"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "yaml": _yaml,
        "comment": visible,
        "named": lambda account, provider: f"   # {visible(n)}" if (n := names.get((provider, account))) else "",
    }
    tag, found = environments(items)
    data = [item for item in items if item.kind == Kind.DATA]
    return environment.get_template("asdeclared.yaml.j2").render(
        organisation=answers.organisation or "Example SaaS Ltd",
        scopes=_scopes(answers.scopes),
        environments=found,
        usual=USUAL,
        tag=tag,
        tagged=sum(tag in dict(item.tags.values) for item in items),
        total=len(items),
        other_tags=[key for key, _ in _keys(items) if key != tag],
        by_name=list(_by_name(answers.found)),
        place=answers.place or _place(answers),
        places=_listed(place for item in data for place in item.homes.values),
        elsewhere=_listed(copy["place"] for item in data for copy in item.copies.values),
        apart={"production", "test"} <= {each.name for each in found},
    )


def _scopes(scopes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The scopes as the template writes them: projects of Google Cloud are parents."""
    parents = [each if "/" in each else f"projects/{each}" for each in scopes.get("gcp", {}).get("projects", ())]
    return {"aws": {"role": "", **scopes.get("aws", {})} if scopes.get("aws") else None} | {
        "azure": scopes.get("azure"),
        "gcp": {"parents": parents} if parents else None,
    }


def environments(items: Iterable[Item]) -> tuple[str, tuple[Proposed, ...]]:
    """The tag that tells most environments, and what it tells; nothing where no tag does."""
    items = list(items)
    for key, _ in _keys(items):
        counts = Counter(value for item in items if (value := dict(item.tags.values).get(key)))
        grouped: dict[str, list[str]] = {}
        for value in sorted(counts):
            if name := _environment(value):
                grouped.setdefault(name, []).append(value)
        if grouped and len(grouped) <= MOST:
            found = [Proposed(n, key, tuple(v), sum(counts[each] for each in v)) for n, v in grouped.items()]
            return key, tuple(sorted(found, key=lambda each: (-each.count, each.name)))
    return "", ()


def _keys(items: Iterable[Item]) -> list[tuple[str, int]]:
    """The keys of tags that may tell an environment, the most used first."""
    keys = Counter(key for item in items for key, _ in item.tags.values)
    told = [(key, count) for key, count in keys.items() if re.sub("[-_: ]", "", key.casefold()) in KEYS]
    return sorted(told, key=lambda each: (-each[1], each[0]))


def _environment(value: str) -> str:
    """The environment that a value names: a usual one by any of its words, else one of that name; "" for no name."""
    word = value.casefold().strip()
    usual = next((name for name, words in WORDS.items() if word in words), "")
    return usual or (word if _SLUG.fullmatch(word) else "")


def _names(found: Found) -> Mapping[tuple[str, str], str]:
    return {(each["provider"], each["id"]): each["name"] for each in found.accounts if each["name"]}


def _by_name(found: Found) -> Iterator[tuple[str, str, str]]:
    """Accounts whose name or id has the word of an environment in it."""
    for each in found.accounts:
        words = set(re.split("[^a-z0-9]+", f"{each['name']} {each['id']}".casefold()))
        if named_by := [name for name, usual in WORDS.items() if words & usual]:
            yield each["provider"], each["id"], named_by[0]


def _place(answers: Answers) -> str:
    """The country with most of the data that was found, or the EEA where that has most of it."""
    today = datetime.now(UTC).date()
    homes = [home for item in answers.found.items if item.kind == Kind.DATA for home in item.homes.values]
    known = [found for home in homes if (found := place(home)) and len(found.countries) == 1]
    countries = Counter(each.countries[0] for each in known)
    if not countries:
        return USUAL_PLACE
    country, count = countries.most_common(1)[0]
    inside = sum(standing_any(home, (USUAL_PLACE,), today).standing is Standing.INSIDE for home in homes)
    return USUAL_PLACE if count < MAJORITY * len(homes) and inside > count else country


def _listed(places: Iterable[Any]) -> str:
    counts = Counter(each if isinstance(each, str) else "unknown" for each in places)
    return ", ".join(f"{name} ({count})" for name, count in counts.most_common())


def _check(text: str, path: Path, providers: Mapping[str, Provider]) -> None:
    """Ends the command where the text is no policy: a mistake of the user's is told with its place."""
    types = [kind.name for provider in providers.values() for kind in provider.types]
    try:
        loads(text, str(path), checks=installed(registry.checks), types=types, providers=list(providers))
    except PolicyError as error:
        raise Trouble(f"{visible_lines(str(error))}\n{path} was not written", USAGE) from error


def _create(path: Path, text: str) -> None:
    """Make the file, and never touch one that is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _written_new(path, text)
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}; name another file", FAILED) from error


def _written_new(path: Path, text: str) -> None:
    try:
        with path.open("xb") as file:
            file.write(text.encode())
    except FileExistsError as error:
        raise Trouble(f"{path} is there already; name another file", USAGE) from error


def _yaml(text: str) -> str:
    """A YAML double-quoted text: JSON strings are such, once what YAML forbids in them is escaped in its way."""
    return visible(json.dumps(text, ensure_ascii=False))
