"""Each declared call refused in turn: nothing becomes known through it, and no verdict improves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from reports.document import Document, PromiseVerdict, Verdict
from scanner import registry
from scanner.run import document
from tests.flow.conftest import Flow

RANK = {
    Verdict.PASS: 3,
    Verdict.EXCEPTED: 3,
    Verdict.NOT_APPLICABLE: 3,
    Verdict.UNKNOWN: 2,
    Verdict.ERROR: 1,
    Verdict.FAIL: 0,
}


def calls() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Provider and operation, with every permission that answers it: paths of Azure are those of several types."""
    for provider in registry.providers().values():
        listed: defaultdict[str, set[str]] = defaultdict(set)
        asked = [call for kind in provider.types for call in (kind.each, *kind.ask.values())]
        for call in (*asked, *(sweep.each for sweep in provider.sweeps)):
            listed[call.operation].add(call.permission)
        yield from ((provider.name, operation, frozenset(found)) for operation, found in sorted(listed.items()))


CALLS = sorted(calls(), key=lambda each: each[:2])


def refused(source: Path, into: Path, provider: str, operation: str) -> int:
    """The recording with every reply of an operation refused; how many there were."""
    into.mkdir()
    (into / "recording.json").write_bytes((source / "recording.json").read_bytes())
    lines: list[bytes] = []
    count = 0
    for line in (source / "replies.jsonl").read_bytes().splitlines():
        reply: dict[str, Any] = orjson.loads(line)
        if (reply["provider"], reply["call"]) == (provider, operation):
            reply["reply"] = {"refused": "AccessDenied"}
            count += 1
        lines.append(orjson.dumps(reply))
    (into / "replies.jsonl").write_bytes(b"\n".join(lines))
    return count


def verdicts(found: Document) -> Mapping[tuple[str, str], Verdict]:
    return {(finding.promise, finding.subject.id): finding.verdict for finding in found.findings}


@pytest.fixture(scope="module")
def untouched(flow: Flow) -> Mapping[str, Document]:
    """What the recording tells of each cloud alone, with nothing refused."""
    clouds = {provider for provider, *_ in CALLS}
    return {cloud: document(flow.replayed(flow.recordings[0], clouds=(cloud,)), None) for cloud in clouds}


@pytest.mark.parametrize(("provider", "operation", "permissions"), CALLS, ids=[f"{p}:{o}" for p, o, _ in CALLS])
def test_a_refused_call_proves_nothing(
    flow: Flow,
    untouched: Mapping[str, Document],
    tmp_path: Path,
    provider: str,
    operation: str,
    permissions: frozenset[str],
) -> None:
    folder = tmp_path / "refused"
    if not refused(flow.recordings[0], folder, provider, operation):
        assert_nothing_asks(flow, operation)
        return
    whole, run = untouched[provider], flow.replayed(folder, clouds=(provider,))
    found = document(run, None)

    for entry in run.resources():
        for key, state in entry.states.items():
            read = {each["call"] for each in state["reads"]}
            assert state["state"] != "known" or operation not in read, (entry.id, key)

    before, after = verdicts(whole), verdicts(found)
    for pair in before.keys() & after.keys():
        assert RANK[after[pair]] <= RANK[before[pair]] or before[pair] is Verdict.FAIL, pair
        assert after[pair] is not Verdict.PASS or before[pair] is Verdict.PASS, pair

    named = {each.permission for each in found.coverage.refused}
    assert permissions & named

    improved = {PromiseVerdict.KEPT, PromiseVerdict.EMPTY}
    for old, new in zip(whole.promises, found.promises, strict=True):
        assert new.verdict is old.verdict or new.verdict not in improved, new.id


def assert_nothing_asks(flow: Flow, operation: str) -> None:
    """A call that the policy's promises do not need is not in the recording at all."""
    text = (flow.recordings[0] / "replies.jsonl").read_text()
    assert f'"call":"{operation}"' not in text


def test_a_kept_promise_that_depends_on_a_refused_call_becomes_unproven(flow: Flow, tmp_path: Path) -> None:
    kept = {each.id for each in flow.document(flow.recordings[0]).promises if each.verdict is PromiseVerdict.KEPT}
    assert "test-data-adequate" in kept
    for provider, operation in (
        ("azure", "POST /providers/Microsoft.ResourceGraph/resources"),
        ("gcp", "cloudasset.assets.list"),
        ("aws", "ec2.describe_volumes"),
    ):
        folder = tmp_path / provider
        assert refused(flow.recordings[0], folder, provider, operation)
        (promise,) = (each for each in flow.document(folder).promises if each.id == "test-data-adequate")
        assert promise.verdict is PromiseVerdict.UNPROVEN, operation
