"""The whole flow over a recording: collect from it, link, and judge by a policy that has every built-in check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from reports.document import Document, Finding
from scanner import registry
from scanner.collect.model import Provider
from scanner.collect.plan import Plan, Wanted, plan
from scanner.collect.runner import Inventory, collect
from scanner.collect.tape import Recording
from scanner.estate import Resource
from scanner.evaluate import Judge
from scanner.facts import Fact
from scanner.link import Estate, link
from scanner.policy import Policy, loads
from scanner.run import document
from scanner.scan import Request, scan, wants
from tests import judging
from tests.recorded.convert import AT, Flight

POLICY = """\
version: 1
name: recorded
scope:
  aws: {accounts: ["111111111111"]}
  azure: {subscriptions: [00000000-0000-0000-0000-000000000001]}
  gcp: {parents: [organizations/123456789012]}
environments:
  production: {tags: {env: [prod, production], environment: [prod, production]}}
  test: {gcp: [example-project], tags: {env: [dev, test], environment: [dev, test], Environment: [dev, test]}}
promises:
  - {id: places, says: In the EU., check: residency.places, with: {places: [EU]}}
  - {id: backup-places, says: Backups in the EU., check: backup.places, with: {places: [EU]}}
  - id: at-rest
    says: Encrypted by our own keys.
    check: encryption.at-rest
    with: {algorithms: [TDE, AES-256], key_owner: customer}
  - {id: in-transit, says: TLS 1.2., check: encryption.in-transit, with: {minimum_tls: "1.2"}}
  - {id: not-public, says: Not public., check: exposure.not-public}
  - {id: backups, says: A week., check: backup.retention, with: {exactly: 7 days, every: 1 day}}
  - {id: logs, says: A month., check: logs.retention, with: {at_least: 30 days, at_most: 1 year}}
  - {id: accounts, says: Apart., check: separation.accounts}
  - {id: lineage, says: Apart., check: separation.lineage}
  - {id: networks, says: Apart., check: separation.networks}
  - {id: keys, says: Apart., check: separation.keys}
  - {id: trail, says: Recorded., check: audit.trail, with: {reads: true}}
  - {id: flows, says: Recorded., check: logs.flows}
  - {id: receivers, says: Somebody is told., check: alerting.receivers}
  - {id: orphans, says: Backups go with their source., check: backup.orphans}
  - {id: outside-access, says: Seen., check: detection.outside-access}
  - {id: threats, says: Seen., check: detection.threats}
  - {id: by-default, says: Encrypted from the start., check: encryption.by-default}
  - {id: blocked, says: Not public., check: exposure.blocked}
  - {id: new-places, says: New data in the EU., check: residency.by-policy, with: {places: [EU]}}
  - id: new-keys
    says: New data under our own keys.
    check: encryption.own-keys-by-policy
    with: {services: [storage.googleapis.com]}
  - {id: administrators, says: Few., check: identity.administrators, with: {at_most: 5}}
  - {id: passwords, says: Long., check: identity.passwords, with: {at_least: 12}}
  - {id: root, says: Not used., check: identity.root-unused}
  - {id: second-factor, says: Two factors., check: identity.second-factor}
  - {id: third-parties, says: Declared., check: third-parties.declared}
"""
"""Every built-in check, with the parameters that make it ask the most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a recording became."""

    flight: Flight
    inventory: Inventory
    estate: Estate
    findings: tuple[Finding, ...]

    @property
    def records(self) -> Mapping[str, int]:
        """How many records there are of each modelled type, by its native name in lower case."""
        native = {kind.name: kind.native.lower() for kind in providers()[self.inventory.provider].types}
        return dict(sorted(Counter(native[r.type] for r in self.inventory.records if r.modelled).items()))

    def resource(self, ending: str, type_name: str = "") -> Resource:
        """The one resource whose id ends so. Raises ValueError for none or several."""
        found = [r for r in self.estate.resources if r.id.endswith(ending) and r.record.type.startswith(type_name)]
        (only,) = found
        return only


@cache
def providers() -> Mapping[str, Provider]:
    """The installed providers."""
    return registry.providers()


@cache
def policy() -> Policy:
    """The policy, with every check that is installed."""
    names = {kind.name for provider in providers().values() for kind in provider.types}
    return loads(POLICY, "recorded.yaml", checks=registry.checks(), types=names, providers=providers())


@cache
def asked(name: str) -> tuple[list[Wanted], Plan]:
    """What is asked of a provider: every fact of each type, and what each promise asks; and the plan of that."""
    types = providers()[name].types
    everything = Wanted("everything", every_fact(), frozenset(kind.name for kind in types))
    wanted = [everything, *(wants(policy(), promise, providers()) for promise in policy().promises)]
    return wanted, plan(types, wanted)


@cache
def every_fact() -> frozenset[str]:
    """The keys of all facts that any type answers, asked for by a promise or not."""
    facts: set[Fact[object]] = {
        answer.fact for provider in providers().values() for kind in provider.types for answer in kind.facts
    }
    return frozenset(fact.key for fact in facts)


def replayed(flight: Flight, folder: Path) -> Outcome:
    """Write the recording into the folder, and scan and judge from it: every type, and every fact of each."""
    flight.write(folder)
    provider = providers()[flight.account.provider]
    wanted, made = asked(provider.name)
    session = Recording(folder).session(provider.name)
    inventory = collect(provider, session, made, workers=1)
    types = {kind.name: kind for kind in provider.types}
    facts = every_fact().union(*(want.facts for want in wanted))
    estate = link([inventory], types, {provider.name: provider.sweeps}, facts, policy())
    today = datetime.fromisoformat(AT).date()
    seen = list(estate.resources)
    findings = tuple(
        finding
        for promise, want in zip(policy().promises, wanted[1:], strict=True)
        for finding in judging.findings(
            Judge(policy(), promise, want.types, lambda *_: False, today), seen, estate.gaps, estate.accounts
        )
    )
    return Outcome(flight, inventory, estate, findings)


def documented(folder: Path, cloud: str) -> Document:
    """The document of a scan that replays the recording in the folder, as the command line does it."""
    recording = Recording(folder)
    request = Request(
        policy=policy(),
        providers=providers(),
        at=datetime.fromisoformat(recording.at),
        clouds=frozenset({cloud}),
        opened=lambda provider, _: recording.session(provider.name),
    )
    return document(scan(request).after(""), None)
