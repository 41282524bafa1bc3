"""What a history says without its database: a run's row, its place in the chain, and what can be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reports.text import visible
from scanner.facts import canonical, sha256
from scanner.run import Link


class HistoryError(Exception):
    """The history cannot do what was asked. The message says why and what to do."""


class Tampered(HistoryError):
    """What is stored is not what was committed."""


class Gone(HistoryError):
    """The entries of a run were pruned. The message says when and by which rule."""


class Named(BaseModel):
    """A run as an act names it, with the clock and the verdict that its header told."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    number: int
    digest: str
    at: str
    verdict: str


class Act(BaseModel):
    """What was done to the runs of a policy after they were committed, and why.

    The acts of a policy are a chain of their own: `number` counts from 1, `previous` is the digest of the act before.
    `at` is the clock of who did it, `newest` the newest run at the time, `runs` what was kept, released or pruned.
    `why` is the reason for keeping or releasing; `before` and `last` are the rule of a pruning.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    what: Literal["keep", "release", "prune"]
    policy: str
    number: int
    previous: str
    at: str
    newest: Named
    runs: tuple[Named, ...]
    why: str = ""
    before: str | None = None
    last: int | None = None

    @property
    def body(self) -> bytes:
        """Its canonical JSON."""
        return canonical(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical JSON."""
        return sha256(self.body)

    @property
    def rule(self) -> str:
        """The rule of a pruning in words."""
        older = f"older than {self.before}" if self.before is not None else ""
        beyond = f"not among the last {self.last}" if self.last is not None else ""
        return visible(" and ".join(each for each in (older, beyond) if each))


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list of runs. `number` counts from 1 within a policy, `previous` is the digest of the run before
    that was not partial, `at` the run's clock, `verdict` the one on the whole, `header` the digest of its header,
    `entries` that of its list of entries. `pruned` is the act that took its entries away, `kept` the one that forbids
    that.
    """

    policy: str
    number: int
    digest: str
    previous: str
    at: str
    partial: bool
    verdict: str
    header: str
    entries: str
    pruned: Act | None = None
    kept: Act | None = None

    def __str__(self) -> str:
        return visible(f"run {self.number} of {self.policy!r} ({self.digest[:12]}, {self.at})")

    @property
    def link(self) -> Link:
        """What its digest is computed from."""
        return Link(self.header, self.entries, self.previous)


@dataclass(frozen=True, slots=True)
class Chained:
    """A run's place in the chain, which outlives its entries. `at` is its clock, `digest` what its link gives."""

    number: int
    at: str
    digest: str
    link: Link
    pruned: bool


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning took away: the runs, and how many entries and bodies they alone had. `kept` are the runs that the
    rule would have taken if nobody kept them. `freed` is the size of the bodies in bytes; `file` by how many bytes the
    file became smaller, None where it did not (yet): a server gives space back by itself.
    """

    runs: tuple[RunRow, ...]
    kept: tuple[RunRow, ...]
    entries: int = 0
    bodies: int = 0
    freed: int = 0
    file: int | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """What one policy's history gained from another one: runs, acts, and the runs that were pruned because the other
    history had pruned them.
    """

    policy: str
    runs: tuple[RunRow, ...] = ()
    acts: int = 0
    pruned: tuple[RunRow, ...] = ()
