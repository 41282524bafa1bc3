"""Replay: every fact and verdict of a run derived again from what it collected, offline."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from checks.check import Check
from scanner.collect.model import Account, Gap, Provider
from scanner.collect.runner import Inventory, Record
from scanner.facts import Kind, Reason
from scanner.likeness import HEAD, reply_of
from scanner.policy import Policy, loads
from scanner.run import Entry, Run
from scanner.scan import Request, Scanned, judged


class Unreadable(Exception):
    """What a run holds does not have the form that a run of this version has."""


def replay(run: Run, providers: Mapping[str, Provider], checks: Mapping[str, Check]) -> Scanned:
    """What this version of the program, with these providers and checks, finds in what the run collected.

    Raises PolicyError where the run's policy cannot be read with them, and Unreadable.
    """
    try:
        policy = declared(run, providers, checks)
        return judged(_request(run, policy, providers), list(_inventories(run, policy)), map(_record, run.resources()))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, sqlite3.Error) as error:
        raise Unreadable(f"an entry has another form than this version writes: {error!r}") from error


def declared(run: Run, providers: Mapping[str, Provider], checks: Mapping[str, Check]) -> Policy:
    """The policy of a run, from the text that it keeps. Raises PolicyError."""
    types = [kind.name for provider in providers.values() for kind in provider.types]
    text: Any = run.entries["policy", "text"].body
    return loads(text, "policy.yaml", checks=checks, types=types, providers=list(providers))


def _request(run: Run, policy: Policy, providers: Mapping[str, Provider]) -> Request:
    said = run.header["run"]
    return Request(
        policy=policy,
        providers=providers,
        at=datetime.fromisoformat(said["at"]),
        only=frozenset(said["only"]),
        clouds=frozenset(said["clouds"]),
        plugins=tuple(said["plugins"]),
    )


def _inventories(run: Run, policy: Policy) -> Iterator[Inventory]:
    """What each provider of the policy's scope showed, in its order. Limits are told of the run as a whole."""
    coverage = run.header["coverage"]
    gaps = [_gap(fragment.body) for _, fragment in run.of("gap")]
    limits = tuple(coverage["limits"])
    for name in policy.scopes:
        accounts = tuple(_accounts(coverage, name))
        own = tuple(gap for gap in gaps if gap.provider == name)
        yield Inventory(name, accounts, (), own, limits, {})
        limits = ()


def _accounts(coverage: Mapping[str, Any], provider: str) -> Iterator[Account]:
    for each in coverage["accounts"]:
        if each["reached"] and each["provider"] == provider:
            yield Account(provider, each["id"], each["name"], tuple(each["regions"]))


def _gap(body: Any) -> Gap:
    told = {name: value for name, value in body.items() if name != "id"}
    return Gap(**{**told, "reason": Reason(told["reason"]), "types": tuple(told["types"])})


def _record(entry: Entry) -> Record:
    told = {field: entry.body[field] for field in HEAD}
    replies = {source: reply_of(said) for source, said in entry.body["replies"].items()}
    return Record(id=entry.id, name=entry.body["name"], kind=Kind(entry.body["kind"]), replies=replies, **told)
