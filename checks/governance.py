"""Governance: what is recorded, looked for and told, and what holds for all that is new in an account."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import Field

from checks import by_policy
from checks.check import Conditions, Parameters, Severity, check
from scanner.facts import Alerting, AuditTrail, Defaults, Detection, FlowLog, Kind, Means


class Trail(Parameters):
    """What must be recorded beside what administrators do."""

    reads: bool = Field(default=False, description="whether it must be recorded, too, who reads data")


def _of_trail(want: Trail) -> tuple[object, ...]:
    return (AuditTrail.recorded, AuditTrail.protected, *((AuditTrail.reads,) if want.reads else ()))


@check(
    "audit.trail",
    severity=Severity.HIGH,
    fix="Record all administrative actions in every region, in a store that nobody can change unnoticed.",
    reads=(AuditTrail.recorded, AuditTrail.protected, AuditTrail.reads),
    asks=_of_trail,
    about=Kind.CONFIG,
)
def recorded(trail: AuditTrail, want: Trail) -> Conditions:
    """Every administrative action is recorded, in every region, and the record is protected.

    With `reads`, it must be recorded as well who reads data, in every service and with nobody exempted.
    """
    yield "recorded", lambda: trail.recorded
    yield "protected", lambda: trail.protected
    if want.reads:
        yield "reads", lambda: trail.reads


@check(
    "detection.threats",
    severity=Severity.HIGH,
    fix="Turn on the cloud's threat detection here.",
    reads=(Detection.threats,),
    about=Kind.CONFIG,
)
def threats_detected(here: Detection) -> Conditions:
    """Attacks are looked for by the cloud's own threat detection, in every account and region."""
    yield "threats", lambda: here.threats


@check(
    "detection.outside-access",
    severity=Severity.MEDIUM,
    fix="Turn on the cloud's analyser of access from outside here.",
    reads=(Detection.outside_access,),
    about=Kind.CONFIG,
)
def outside_access_detected(here: Detection) -> Conditions:
    """Access from outside is looked for by the cloud's own analyser, in every account and region."""
    yield "outside access", lambda: here.outside_access


class Told(Parameters):
    """By which means somebody must be told."""

    by: tuple[Literal["email", "sms", "call", "other"], ...] = Field(
        ("email",), min_length=1, description="the means by which somebody is told, all of them"
    )


@check(
    "alerting.receivers",
    severity=Severity.HIGH,
    fix="Name a security contact or an action group that is told by this means.",
    reads=(Alerting.receivers,),
    about=Kind.CONFIG,
)
def somebody_told(here: Alerting, want: Told) -> Conditions:
    """Somebody is told of security events, by every promised means."""
    for means in want.by:
        yield means, partial(_told, here, Means(means))


def _told(here: Alerting, means: Means) -> bool:
    """One receiver is enough, whatever else could not be seen."""
    return any(receiver.means is means for receiver in here.receivers)


@check(
    "encryption.by-default",
    severity=Severity.MEDIUM,
    fix="Turn on encryption by default for new disks in this region.",
    reads=(Defaults.disks_encrypted,),
    about=Kind.CONFIG,
)
def disks_encrypted(here: Defaults) -> Conditions:
    """New disks are encrypted, whatever their maker says, in every account and region."""
    yield "new disks", lambda: here.disks_encrypted


@check(
    "exposure.blocked",
    severity=Severity.HIGH,
    fix="Block public access for the whole account.",
    reads=(Defaults.public_blocked,),
    about=Kind.CONFIG,
)
def public_blocked(here: Defaults) -> Conditions:
    """Public access to stores is forbidden for the whole account, whatever each of them says."""
    yield "blocked", lambda: here.public_blocked


@check(
    "logs.flows",
    severity=Severity.MEDIUM,
    fix="Record the traffic of this network, accepted and rejected.",
    reads=(FlowLog.recorded,),
    about=Kind.CONFIG,
)
def flows_recorded(network: FlowLog) -> Conditions:
    """The traffic of every network is recorded: what is let through and what is not."""
    yield "recorded", lambda: network.recorded


CHECKS = (
    recorded,
    threats_detected,
    outside_access_detected,
    somebody_told,
    disks_encrypted,
    public_blocked,
    flows_recorded,
    *by_policy.CHECKS,
)
