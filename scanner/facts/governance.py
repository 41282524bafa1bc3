"""What holds for an account, a region of it, or a network: records, detection, alerts, people and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.facts.fact import Facet, Fact, SetFact


class Means(StrEnum):
    """How somebody is told."""

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    OTHER = "other"
    """A queue, a function, a chat or another system."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, by one means. `ref` names the contact or the group, never an address or a number."""

    means: Means
    ref: str


class AuditTrail(Facet):
    """What administrators do is recorded."""

    recorded = Fact[bool]("Is every administrative action here recorded?")
    protected = Fact[bool]("Is the record kept so that nobody can change or remove an entry unnoticed?")
    reads = Fact[bool]("Is it recorded, too, who reads data here, in every service?")


class Detection(Facet):
    """Attacks and open doors are looked for."""

    threats = Fact[bool]("Is the cloud's own threat detection on here?")
    outside_access = Fact[bool]("Does the cloud's own analyser look for access from outside here?")


class Alerting(Facet):
    """Somebody is told."""

    receivers = SetFact[Receiver]("Who is told of security events here, and by which means?")


class Identity(Facet):
    """Who can sign in, and what they may do."""

    single_factor = SetFact[str]("Which people can sign in with a password alone?")
    administrators = SetFact[str]("Which people, groups, roles and applications may do everything here?")
    root_last_used = Fact[datetime | None]("When was the root user last used? None: never.")
    root_keys = Fact[bool]("Has the root user keys for programs?")
    password_length = Fact[int]("How many characters must a password have at least? 0: no rule.")


class Defaults(Facet):
    """What holds for a new resource unless its maker says otherwise."""

    disks_encrypted = Fact[bool]("Is every new disk here encrypted, whatever its maker says?")
    public_blocked = Fact[bool](
        "Is access by the public forbidden to all stores of objects here, whatever each of them says?"
    )
    places = SetFact[str](
        "In which places alone may something new be made here? Unplaced: wherever its maker likes. None: nowhere."
    )
    own_keys = SetFact[str]("Which services refuse to store something new here without a key of the customer's own?")


class FlowLog(Facet):
    """The traffic of a network is recorded."""

    recorded = Fact[bool]("Is all traffic of this network recorded, what is let through and what is not?")
