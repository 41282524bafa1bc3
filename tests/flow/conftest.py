"""One scan of the simulated estate over real sockets, recorded: what the tests of the whole flow start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.document import Document
from scanner import registry
from scanner.collect.model import Options, Provider
from scanner.collect.tape import Recorder, Recording
from scanner.demo.clouds import POLICY, WEEKS, pointed_at, simulated
from scanner.policy import Policy, load
from scanner.run import Run, document
from scanner.scan import Request, scan


@dataclass(frozen=True)
class Flow:
    """The policy, the providers, and the recordings of both weeks with what was found live."""

    policy_file: Path
    policy: Policy
    providers: Mapping[str, Provider]
    recordings: tuple[Path, Path]
    live: tuple[Run, Run]

    def request(self, folder: Path, week: int = 0, clouds: tuple[str, ...] = ()) -> Request:
        """A request that replays a recording, or only what it has of some clouds."""
        recording = Recording(folder)
        return Request(
            self.policy,
            self.providers,
            WEEKS[week],
            clouds=frozenset(clouds),
            opened=lambda provider, _: recording.session(provider.name),
        )

    def replayed(self, folder: Path, week: int = 0, clouds: tuple[str, ...] = ()) -> Run:
        """The run that a recording gives."""
        return scan(self.request(folder, week, clouds)).after("")

    def document(self, folder: Path, week: int = 0) -> Document:
        """The document that a recording gives."""
        return document(self.replayed(folder, week), None)


def declared(path: Path) -> Policy:
    """The policy of a file, with everything that is installed."""
    providers = registry.providers()
    types = [kind.name for provider in providers.values() for kind in provider.types]
    return load(path, checks=registry.checks(), types=types, providers=list(providers))


@pytest.fixture(scope="session")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    folder = tmp_path_factory.mktemp("flow")
    policy_file = folder / "asdeclared.yaml"
    policy_file.write_bytes(POLICY.read_bytes())
    policy = declared(policy_file)
    providers = registry.providers()
    recordings = (folder / "week0", folder / "week1")
    live = []
    with simulated(0) as first, simulated(1) as second:
        for week, listening in enumerate((first, second)):
            endpoints = listening()
            recorder = Recorder(recordings[week], WEEKS[week].isoformat())
            options = {"azure": Options(endpoints.azure), "gcp": Options(endpoints.gcp)}
            with pointed_at(endpoints):
                live.append(scan(Request(policy, providers, WEEKS[week], options, tape=recorder)).after(""))
            recorder.close()
    return Flow(policy_file, policy, providers, recordings, (live[0], live[1]))
