"""Keys: one for each environment, and one for each tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.check import Conditions, Fault, Parameters, Severity, check
from checks.separation import UNASSIGNED
from scanner.facts import KeyUse, NotKnown, Sharer, Unknown, need


class Apart(Parameters):
    """Between whom no key may be shared."""

    between: Literal["environments", "tenants"] = Field(
        "environments", description="who must not share a key: environments, or tenants (told by the tenants' tag)"
    )


@check(
    "separation.keys",
    severity=Severity.HIGH,
    fix="Encrypt the data of each environment, or of each customer, with a key of its own.",
    reads=(KeyUse.sharers,),
)
def own_key(data: KeyUse, want: Apart) -> Conditions:
    """No key encrypts the data of two environments, or of two tenants.

    Versions of a key, and replicas of a multi-Region key, are the same key. Of a provider's own key nobody tells what
    else it encrypts, so data under one leaves the promise unproven.
    """
    yield f"one of the {want.between}", lambda: _shared(data, want)


def _shared(data: KeyUse, want: Apart) -> Iterator[Fault | Unknown]:
    users: set[str] = set()
    for sharer in data.sharers:
        try:
            users |= _groups(sharer, want)
        except NotKnown as error:
            yield error.unknown
    if len(users) > 1:
        yield Fault(", ".join(sorted(users)), f"its key also encrypts data of {', '.join(sorted(users))}")


def _groups(sharer: Sharer, want: Apart) -> frozenset[str]:
    if want.between == "environments":
        return need(sharer.environments) or frozenset({UNASSIGNED})
    return frozenset({need(sharer.tenant)})
