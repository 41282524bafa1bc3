"""By policy: what the cloud itself refuses to make, whoever asks for it. That binds what is new, and so supports a
promise for the future; of what is there already other checks tell.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from pydantic import Field

from checks.check import Conditions, Fault, Parameters, Severity, check, every
from checks.parameters import PlaceName
from checks.residency import outside
from scanner.facts import Defaults, Kind
from scanner.places import UNPLACED


class Only(Parameters):
    """The places where something new may be made."""

    places: tuple[PlaceName, ...] = Field(
        min_length=1, description="any of these: provider region, country, EEA, EU, adequate"
    )


@check(
    "residency.by-policy",
    severity=Severity.MEDIUM,
    fix="Set a policy that allows new resources in the promised places alone, for the whole organisation.",
    reads=(Defaults.places,),
    about=Kind.CONFIG,
)
def made_in_place(here: Defaults, want: Only, today: date) -> Conditions:
    """Something new can be made in the promised places alone: a policy of the organisation refuses all others.

    Every place that the policies allow is judged; where none is set, something new may be made anywhere. It says
    nothing of what is there already, of services that do not heed such a policy, and of resources without a choice of
    place: promise it beside `residency.places`. On Google Cloud an organization and its folders are judged as well
    as projects, since a new project is bound by what is set above it.
    """
    yield "new resources", lambda: every(here.places, lambda place: _refused(place, want.places, today))


def _refused(place: str, places: tuple[str, ...], today: date) -> Fault | None:
    if place == UNPLACED:
        return Fault(place, "no policy limits the places where something new may be made")
    return outside(place, place, places, today)


Service = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$",
        max_length=100,
        json_schema_extra={"examples": ["storage.googleapis.com"]},
    ),
]
"""The name of a service, as the cloud's policies name it."""


class Keyed(Parameters):
    """The services that must demand a key of the customer's own."""

    services: tuple[Service, ...] = Field(
        min_length=1, description="the services, as the cloud names them: storage.googleapis.com"
    )


@check(
    "encryption.own-keys-by-policy",
    severity=Severity.MEDIUM,
    fix="Set a policy under which this service stores nothing new without a key of your own.",
    reads=(Defaults.own_keys,),
    about=Kind.CONFIG,
)
def own_key_demanded(here: Defaults, want: Keyed) -> Conditions:
    """Named services store nothing new without a key of the customer's own: a policy of the organisation refuses it.

    It says nothing of what is stored already: promise it beside `encryption.at-rest` with `key_owner: customer`.
    """
    for service in want.services:
        yield service, partial(_demands, here, service)


def _demands(here: Defaults, service: str) -> bool:
    """Being named is enough, whatever else could not be seen."""
    return any(each == service for each in here.own_keys)


CHECKS = (made_in_place, own_key_demanded)
