"""Exposure: what is open to everybody."""

from __future__ import annotations

from checks.check import Conditions, Fault, Severity, check
from scanner.facts import Exposure


@check(
    "exposure.not-public",
    severity=Severity.CRITICAL,
    fix="Block public access on the resource and on its account.",
    reads=(Exposure.public,),
)
def not_public(data: Exposure) -> Conditions:
    """Nobody on the Internet can read the data or reach the store without being invited."""
    yield "not public", lambda: _everybody(public=data.public)


def _everybody(*, public: bool) -> list[Fault]:
    return [Fault("true", "it is open to everybody on the Internet")] if public else []
