"""`asdeclared inventory`, and what other commands learn by it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner import registry
from scanner.cli.common import endpoints, installed, load_policy, many, optioned, silenced, table
from scanner.cli.main import AS_DECLARED, FAILED, USAGE, Trouble
from scanner.cli.scan import watching
from scanner.cli.terminal import paragraph, say, shown
from scanner.collect.identity import Knows
from scanner.collect.model import CredentialError, Options, Provider, ScopeError
from scanner.collect.progress import Progress
from scanner.facts import Kind, Location, Tagging
from scanner.policy import Policy, PolicyError, loads
from scanner.run import Run
from scanner.scan import NothingReached, Request, scan

Scopes = Mapping[str, Mapping[str, Any]]
DEFAULT = Path("asdeclared.yaml")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a set fact or of the tags: the values, and why there may be more. `applies` is false where the
    question makes no sense for the type.
    """

    values: tuple[Any, ...] = ()
    unknown: tuple[str, ...] = ()
    applies: bool = True

    def short(self, values: tuple[str, ...]) -> str:
        """The values in words, with "unknown" beside them where there may be more."""
        if not self.applies:
            return "n/a"
        return ", ".join([*sorted(set(values)), *([UNKNOWN] if self.unknown else [])]) or "none"


@dataclass(frozen=True, slots=True)
class Item:
    """A resource. `homes` are place ids; `copies` have kind, place and ref; `tags` are pairs."""

    id: str
    provider: str
    account: str
    type: str
    kind: str
    modelled: bool
    region: str
    name: str
    homes: Told
    copies: Told
    tags: Told

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """What it is counted by."""
        places = tuple(str(each["place"] if isinstance(each["place"], str) else UNKNOWN) for each in self.copies.values)
        name = self.type if self.modelled else f"{self.type} (not modelled)"
        return self.provider, self.account, name, self._place(), self.copies.short(places)

    def _place(self) -> str:
        """Where its data is; of what has no data, the region that it was listed in."""
        if self.kind == Kind.CONFIG and not self.homes.values and self.region:
            return f"{self.region} (region)"
        return self.homes.short(self.homes.values)

    @property
    def body(self) -> Mapping[str, Any]:
        """As JSON: what is told of homes, copies and tags, and why there may be more."""
        told = {"homes": self.homes, "copies": self.copies, "tags": self.tags}
        own = {key: value for key, value in asdict(self).items() if key not in told}
        values = {**{key: each.values for key, each in told.items()}, "tags": dict(self.tags.values)}
        unknown = {key: each.unknown for key, each in told.items() if each.unknown}
        return {
            **own,
            **values,
            "unknown": unknown,
            "inapplicable": [k for k, each in told.items() if not each.applies],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What is there: the resources, the accounts and the gaps as the document has them."""

    items: tuple[Item, ...]
    accounts: tuple[Mapping[str, Any], ...]
    gaps: tuple[Mapping[str, Any], ...]


@click.command()
@click.argument("policy", required=False, type=click.Path(path_type=Path))
@click.option("--aws", multiple=True, metavar="ACCOUNT", help="An AWS account.")
@click.option("--azure", multiple=True, metavar="SUBSCRIPTION", help="An Azure subscription.")
@click.option("--gcp", multiple=True, metavar="PROJECT", help="A Google Cloud project.")
@click.option("--aws-role", default="", metavar="ROLE", help="The role to assume in each AWS account.")
@endpoints
@click.option("--workers", default=16, show_default=True, type=click.IntRange(1, 256), help="Calls at once.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors on standard error.")
@click.option("--json", "as_json", is_flag=True, help="Print every resource, account and gap as JSON.")
def command(
    policy: Path | None,
    aws: tuple[str, ...],
    azure: tuple[str, ...],
    gcp: tuple[str, ...],
    aws_role: str,
    azure_endpoint: str,
    gcp_endpoint: str,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> int:
    """List what is there: resources by account, type and place, with the places of their copies. No promise is judged.

    What is looked at: the accounts that the options name, else the scope of POLICY (asdeclared.yaml where that is
    there), else whatever the credentials of this machine suggest. "unknown" means that it could not be seen, not that
    there is nothing.
    """
    silenced()
    providers = installed(registry.providers)
    options = optioned(providers, azure_endpoint, gcp_endpoint, workers)
    path = policy or (DEFAULT if DEFAULT.exists() else None)
    scopes = named(aws, azure, gcp, aws_role)
    if scopes and policy:
        raise Trouble("Give either a policy or accounts (--aws, --azure, --gcp)", USAGE)
    wanted = scopes or (load_policy(path).scopes if path else suggested(providers, options))
    found = look(wanted, providers, options, quiet=quiet)
    if as_json:
        bodies = [item.body for item in found.items]
        say(json.dumps({"resources": bodies, "accounts": found.accounts, "gaps": found.gaps}, indent=2), err=False)
    else:
        counts = Counter(item.row for item in found.items)
        rows = [(*row, str(count)) for row, count in sorted(counts.items())]
        table([("CLOUD", "ACCOUNT", "TYPE", "PLACE", "COPIES", "COUNT"), *rows])
    if not quiet:
        _tell(found)
    return AS_DECLARED


def named(aws: tuple[str, ...], azure: tuple[str, ...], gcp: tuple[str, ...], role: str = "") -> dict[str, Any]:
    """The scopes that accounts make."""
    scopes: dict[str, Any] = {"aws": {"accounts": list(aws), **({"role": role} if role else {})}} if aws else {}
    scopes |= {"azure": {"subscriptions": list(azure)}} if azure else {}
    return scopes | ({"gcp": {"projects": list(gcp)}} if gcp else {})


def suggested(providers: Mapping[str, Provider], options: Mapping[str, Options]) -> dict[str, Any]:
    """The scopes that the credentials of this machine suggest. Raises Trouble where there are none."""
    with ThreadPoolExecutor(max_workers=max(len(providers), 1)) as pool:
        told = list(pool.map(lambda name: _suggested(providers[name], options[name]), providers))
    scopes = {name: scope for name, scope in zip(providers, told, strict=True) if isinstance(scope, Mapping)}
    if not scopes:
        reasons = "; ".join(f"{name}: {why}" for name, why in zip(providers, told, strict=True))
        raise Trouble(
            f"No credential suggests what to look at ({reasons}). Name accounts: --aws, --azure, --gcp", FAILED
        )
    return scopes


def _suggested(provider: Provider, options: Options) -> Mapping[str, Any] | str:
    if not isinstance(provider, Knows):
        return "it does not tell"
    try:
        scope = provider.who({}, options).scope
    except ImportError as error:
        return f"{error.name} is not installed"
    except (CredentialError, ScopeError) as error:
        return str(error)
    return "the credential names no account" if scope is None else scope


def look(
    scopes: Scopes, providers: Mapping[str, Provider], options: Mapping[str, Options], *, quiet: bool = False
) -> Found:
    """List everything in the scopes. Raises Trouble where nothing can be reached, or a scope makes no sense."""
    progress = Progress()
    request = Request(
        _everything(scopes, providers),
        providers,
        datetime.now(UTC),
        options,
        opened=watching(progress, options),
    )
    try:
        with shown(progress, quiet=quiet):
            found = scan(request)
    except ScopeError as error:
        raise Trouble(str(error), USAGE) from error
    except NothingReached as error:
        raise Trouble(str(error), FAILED) from error
    coverage = found.header["coverage"]
    return Found(tuple(_items(found.after(""))), tuple(coverage["accounts"]), tuple(coverage["gaps"]))


def _everything(scopes: Scopes, providers: Mapping[str, Provider]) -> Policy:
    """A policy whose one promise asks for the place of everything. Its verdict is not looked at; that it speaks of a
    tag makes the scan read tags.
    """
    promise = {
        "id": "inventory",
        "says": "-",
        "check": "residency.places",
        "with": {"places": ["EEA"]},
        "applies_to": {"include": "config", "tags": {"-": ["-"]}},
    }
    text = json.dumps({"version": 1, "name": "inventory", "scope": dict(scopes), "promises": [promise]})
    types = [kind.name for provider in providers.values() for kind in provider.types]
    try:
        return loads(text, "scope", checks=installed(registry.checks), types=types, providers=list(providers))
    except PolicyError as error:
        raise Trouble("; ".join(f"{each.message} {each.hint}".rstrip() for each in error.problems), USAGE) from error


def _items(run: Run) -> Iterator[Item]:
    for entry in run.resources():
        own = {key: entry.body[key] for key in ("provider", "account", "type", "kind", "modelled", "region", "name")}
        facts = (Location.homes.key, Location.copies.key, Tagging.tags.key)
        homes, copies, tags = (_told(entry.facts.get(each, {})) for each in facts)
        yield Item(entry.id, **own, homes=homes, copies=copies, tags=tags)


def _told(state: Mapping[str, Any]) -> Told:
    match state:
        case {"state": "known", "value": dict(pairs)}:
            return Told(tuple(pairs.items()))
        case {"state": "known", "value": values, "gaps": gaps}:
            return Told(tuple(values), tuple(each["detail"] for each in gaps))
        case {"state": "inapplicable"}:
            return Told(applies=False)
        case {"detail": str(detail)}:
            return Told(unknown=(detail,))
    return Told(unknown=("nothing tells it",))


def _tell(found: Found) -> None:
    data = sum(item.kind == Kind.DATA for item in found.items)
    reached = [each for each in found.accounts if each["reached"]]
    say(f"{many(len(found.items), 'resource')}, {data} of them data, in {many(len(reached), 'account')}.")
    tell_gaps(found)


def tell_gaps(found: Found) -> None:
    """A line for each thing that could not be seen; what is alike in several regions is one."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for gap in found.gaps:
        alike.setdefault((gap["provider"], gap["account"], gap["call"], gap["detail"]), []).append(gap["region"])
    for (provider, account, call, detail), regions in alike.items():
        places = f"{len(regions)} regions" if len(regions) > 1 else regions[0]
        where = " ".join(each for each in (provider, account, places) if each)
        say(paragraph(f"{where}: {call}: {detail}", first="not seen: ", indent="  "))
