"""What is established about a fact: known, unknown or inapplicable. Nothing here has a default."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Kind(StrEnum):
    """What a resource type is to a promise about data."""

    DATA = "data"
    CONFIG = "config"
    UNCLASSIFIED = "unclassified"


class Reason(StrEnum):
    """Why something could not be established."""

    REFUSED = "refused"
    """The call was denied; the permission that would answer is told."""
    FAILED = "failed"
    """The call did not succeed for another reason (throttled to the end, time-out, server error)."""
    SHAPE = "shape"
    """A reply came, but with a value or a form that nobody foresaw."""
    NOT_ASKED = "not_asked"
    """Nothing asked for it: no call is modelled, or a recording does not hold it."""
    INCOMPLETE = "incomplete"
    """The listing answered, but nothing proves that it shows everything."""
    UNMODELLED = "unmodelled"
    """The resource's type, or this facet of it, is not modelled yet."""
    UNREACHED = "unreached"
    """The account, subscription or project could not be reached at all."""
    DEFECT = "defect"
    """A mapping or a check did something that it must not: a defect of asdeclared or of a plugin."""
    UNDECIDED = "undecided"
    """All was seen, but it does not settle the question (a place whose country nobody knows, for one)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place where something was read.

    `call` is the operation ("s3.get_bucket_encryption"), `pointer` the JSON pointer into the fragment, `digest` the
    fragment's SHA-256 ("" where the reply had no body). `seen` is "value", "missing" (a declared missing field),
    "absent" (a declared error code, in `code`) or "documented" (the vendor says so: `basis` is where).
    """

    call: str
    pointer: str = ""
    digest: str = ""
    seen: str = "value"
    code: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """An established value with the places it was read from."""

    value: T_co
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be established, and why.

    `call` and `permission` name what would answer; `evidence` is what was read before it became clear.
    """

    reason: Reason
    detail: str
    call: str = ""
    permission: str = ""
    evidence: tuple[Evidence, ...] = field(default=(), compare=False)


UNRESOLVED = Unknown(Reason.NOT_ASKED, "resolved by the engine")
"""Stands in an item of a set for what the engine fills in from the estate and the policy."""


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """The question makes no sense for this resource, as the vendor documents."""

    why: str
    evidence: tuple[Evidence, ...] = ()


class NotKnown(Exception):
    """A fact was read that is not established. Carries the Unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(f"{unknown.reason}: {unknown.detail}")
        self.unknown = unknown


class NotApplicable(Exception):
    """A fact was read that makes no sense for this resource. Carries the Inapplicable."""

    def __init__(self, inapplicable: Inapplicable) -> None:
        super().__init__(inapplicable.why)
        self.inapplicable = inapplicable
