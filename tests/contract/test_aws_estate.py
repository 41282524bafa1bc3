"""An estate of more than 300 resources, scanned by the real clients: every verdict against the one that stands in its
table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from reports.document import Document, PromiseVerdict
from scanner import registry
from scanner.collect.model import Options
from scanner.demo import aws as simulated
from scanner.demo import moto_corrections
from scanner.demo.aws_estate import scan_time
from scanner.policy import loads
from scanner.run import document
from scanner.scan import Request, scan
from tests.contract.aws_estate import ACCOUNTS, POLICY, REFUSED, REGIONS, WAYS, expected, seed

Made = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Estate:
    """The ids of what was made, and what the scan found."""

    made: Made
    found: Document


@pytest.fixture(scope="module")
def estate() -> Iterator[Estate]:
    from moto.core.base_backend import BackendDict

    clock = moto_corrections.Clock(scan_time(0))
    regions = frozenset(REGIONS)
    patches = [
        *moto_corrections.corrections(clock),
        (moto_corrections, "ENABLED", regions),
        (simulated, "ENABLED", regions),
    ]
    with moto_corrections.patched(patches), pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
            environment.delenv(name, raising=False)
        simulated._start_empty()
        with simulated._serving() as server:
            endpoint = f"http://127.0.0.1:{server.server_port}"
            made = seed(simulated._Clients(endpoint))
            _vendors_own()
            rules = tuple(simulated._rule(each.refusal) for each in REFUSED)
            server.app = simulated._Gate(server.app, rules, simulated._model("sts"))
            yield Estate(made, _scanned(endpoint))
        BackendDict.reset()


def _vendors_own() -> None:
    """Tell whose the keys are that AWS makes for a service: for moto they are the customer's."""
    from moto.kms.models import kms_backends

    for account in ACCOUNTS:
        for region in REGIONS:
            backend: Any = kms_backends[account][region]
            for key in backend.keys.values():
                if key.description.startswith("Default"):
                    key.key_manager = "AWS"


def _scanned(endpoint: str) -> Document:
    providers = registry.providers()
    types = [kind.name for provider in providers.values() for kind in provider.types]
    policy = loads(POLICY, "estate.yaml", checks=registry.checks(), types=types, providers=list(providers))
    request = Request(policy, providers, scan_time(0), {"aws": Options(endpoint)})
    return document(scan(request).after(""), None)


def test_the_estate_is_large(estate: Estate) -> None:
    assert len(estate.made) >= 300
    assert {account for account, _, _ in estate.made} == ACCOUNTS.keys()
    assert {region for _, region, _ in estate.made} == set(REGIONS)


def test_every_verdict_is_the_one_of_the_table(estate: Estate) -> None:
    found = {
        (each.promise, each.subject.id): str(each.verdict)
        for each in estate.found.findings
        if each.subject.kind == "resource"
    }
    wanted = expected(estate.made)
    names = {id_: " ".join(key) for key, id_ in estate.made.items()}
    wrong = {
        f"{promise}: {names.get(id_, id_)}": (wanted.get((promise, id_)), found.get((promise, id_)))
        for promise, id_ in wanted.keys() | found.keys()
        if wanted.get((promise, id_)) != found.get((promise, id_))
    }
    assert wrong == {}


def test_every_refused_listing_is_a_gap_of_the_promises_that_need_it(estate: Estate) -> None:
    gaps = Counter(
        (each.promise, each.subject.account, each.subject.region)
        for each in estate.found.findings
        if each.subject.kind == "gap"
    )
    assert gaps == Counter((promise, each.account, each.region) for each in REFUSED for promise in each.gaps)
    assert {str(each.verdict) for each in estate.found.findings if each.subject.kind == "gap"} == {"unknown"}


def test_every_facet_is_kept_broken_and_refused_somewhere(estate: Estate) -> None:
    wanted = Counter((promise, verdict) for (promise, _), verdict in expected(estate.made).items())
    hidden = {promise for each in REFUSED for promise in each.gaps}
    for promise in estate.found.promises:
        assert wanted[promise.id, "pass"], promise.id
        assert wanted[promise.id, "fail"], promise.id
        assert wanted[promise.id, "unknown"] or promise.id in hidden, promise.id
        # One that is broken anywhere is broken, whatever could not be seen.
        assert promise.verdict is PromiseVerdict.BROKEN


def test_every_refusal_is_told_with_its_permission(estate: Estate) -> None:
    told = {each.call.replace("_", "").lower() for each in estate.found.coverage.refused}
    assert told == {each.action.replace(":", ".").lower() for each in REFUSED}


def test_every_way_is_used_and_every_refusal_is_of_something_that_is_there() -> None:
    names = [way.name for way in WAYS]
    assert len(set(names)) == len(names)
    assert {name for each in REFUSED for name in each.verdicts} <= set(names)
    assert {each.hides for each in REFUSED} - {""} <= {way.type for way in WAYS}
