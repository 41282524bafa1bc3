"""What a history says without its database: a run's row, and what can be wrong."""

from __future__ import annotations

from dataclasses import dataclass


class HistoryError(Exception):
    """The history cannot do what was asked. The message says why and what to do."""


class Tampered(HistoryError):
    """What is stored is not what was committed."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list of runs. `number` counts from 1 within a policy, `previous` is the digest of the run before
    that was not partial, `at` the run's clock, `verdict` the one on the whole, `header` the digest of its header.
    """

    policy: str
    number: int
    digest: str
    previous: str
    at: str
    partial: bool
    verdict: str
    header: str

    def __str__(self) -> str:
        return f"run {self.number} of {self.policy!r} ({self.digest[:12]}, {self.at})"
