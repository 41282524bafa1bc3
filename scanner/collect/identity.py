"""Who a provider's credential is, and how it was found: what a provider may tell besides what a scan needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

from scanner.collect.model import Options
from scanner.facts import JSON


@dataclass(frozen=True, slots=True)
class Identity:
    """A credential that works.

    `way` tells in words where it was found, and never any of its secret. `principal` is who the vendor says that the
    caller is, `home` the caller's own account, tenant or project, and `region` the one that its configuration names; ""
    where nothing tells. `skew` is how many seconds this machine's clock is ahead of the vendor's, None where no reply
    told the time. `scope` is a scope that can be read with it, in the policy's words, for who has no policy yet; None
    where the credential suggests none.
    """

    way: str
    principal: str = ""
    home: str = ""
    region: str = ""
    skew: float | None = None
    scope: Mapping[str, JSON] | None = None


@runtime_checkable
class Knows(Protocol):
    """What a provider may have besides `scanner.collect.model.Provider`: it can tell who the caller is."""

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:
        """The caller, in the policy's scope or in {}. Raises CredentialError, ScopeError, and ImportError without the
        SDK.
        """


def skew(date: str, now: datetime | None = None) -> float | None:
    """Seconds by which the clock is ahead of the time in a Date header (RFC 9110); None where it is none. The header
    has whole seconds, so less than one means nothing.
    """
    try:
        told = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return ((now or datetime.now(UTC)) - (told if told.tzinfo else told.replace(tzinfo=UTC))).total_seconds()
