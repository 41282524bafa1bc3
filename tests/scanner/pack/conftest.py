"""Two runs of a small estate in one chain, and their packs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.document import Drift
from scanner import registry
from scanner.collect.tape import Recording
from scanner.drift import drift
from scanner.pack.write import Seal, pack
from scanner.policy import Policy, loads
from scanner.run import Link, Run, Told
from scanner.scan import Request, scan

ACCOUNT = "111111111111"
POLICY = """\
version: 1
name: packed   # the name of the file of a pack
organisation: Example SaaS Ltd
scope: {aws: {accounts: ["111111111111"]}}
environments: {production: {tags: {env: [production]}}}
promises:
  - id: in-uk
    says: Volumes are in the United Kingdom.
    check: residency.places
    with: {places: [GB]}
    applies_to: {types: [aws.ec2.volume]}
  - id: at-rest
    says: Production is encrypted.
    check: encryption.at-rest
    with: {algorithms: [AES-256]}
    applies_to: {environments: [production], types: [aws.ec2.volume, aws.ec2.snapshot]}
exceptions:
  - promise: at-rest
    resource: arn:aws:ec2:eu-west-2:111111111111:volume/vol-00000000000000002
    condition: encrypted
    value: none
    owner: platform@example.com
    reason: It holds published statistics.
    expires: 2027-01-31
"""
TIMES = (datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2026, 11, 9, 6, tzinfo=UTC))


@dataclass(frozen=True)
class Packs:
    """The policy, the runs oldest first, the drift of the second, and the folder of the packs."""

    policy: Policy
    runs: tuple[Run, Run]
    drift: Drift
    folder: Path

    @property
    def chain(self) -> list[Link]:
        return [run.link for run in self.runs]

    def write(self, name: str, week: int = 1, **seals: Seal) -> Path:
        """A pack of one of the runs."""
        path = self.folder / name
        changes = self.drift if week else None
        with path.open("wb") as file:
            pack(file, Told(self.runs[week], changes), self.chain[: week + 1], **seals)
        return path


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    folder = tmp_path_factory.mktemp("packs")
    providers = registry.providers()
    types = [kind.name for provider in providers.values() for kind in provider.types]
    policy = loads(POLICY, "policy.yaml", checks=registry.checks(), types=types, providers=list(providers))
    first = _run(folder / "one", policy, 0, [volume(1), volume(2, encrypted=False)], "")
    volumes = [volume(1), volume(2, encrypted=False), volume(3, zone="eu-west-1a"), volume(4, tagged=False)]
    second = _run(folder / "two", policy, 1, volumes, first.digest)
    return Packs(policy, (first, second), drift(first, second), folder)


def volume(number: int, *, zone: str = "eu-west-2a", encrypted: bool = True, tagged: bool = True) -> dict[str, object]:
    """A volume as DescribeVolumes gives it."""
    return {
        "VolumeId": f"vol-{number:017x}",
        "AvailabilityZone": zone,
        "Encrypted": encrypted,
        "SnapshotId": "",
        "Tags": [{"Key": "env", "Value": "production"}] if tagged else [],
    }


def _run(folder: Path, policy: Policy, week: int, volumes: Sequence[Mapping[str, object]], previous: str) -> Run:
    folder.mkdir()
    account = {"provider": "aws", "id": ACCOUNT, "regions": ["eu-west-2"], "partition": "aws"}
    header = {"format": "asdeclared/recording/v1", "at": TIMES[week].isoformat()}
    (folder / "recording.json").write_text(json.dumps({**header, "providers": {"aws": {"accounts": [account]}}}))
    lines = io.StringIO()
    replies: dict[str, Mapping[str, object]] = {
        "ec2.describe_volumes": {"items": volumes},
        "ec2.describe_snapshots": {"refused": "UnauthorizedOperation"} if week else {"items": []},
    }
    for call, reply in replies.items():
        at = {"provider": "aws", "account": ACCOUNT, "region": "eu-west-2"}
        lines.write(json.dumps({**at, "call": call, "reply": reply}) + "\n")
    (folder / "replies.jsonl").write_text(lines.getvalue())
    recording = Recording(folder)
    request = Request(
        policy,
        registry.providers(),
        TIMES[week],
        plugins=registry.plugins(),
        opened=lambda provider, _: recording.session(provider.name),
    )
    return scan(request).after(previous)
