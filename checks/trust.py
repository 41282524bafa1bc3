"""Trust: nobody is let in but who is declared."""

from __future__ import annotations

from checks.check import Conditions, Fault, Severity, check, every
from scanner.facts import STRANGER, Grantee, Trust, need


@check(
    "third-parties.declared",
    severity=Severity.HIGH,
    fix="Take the access away, or declare the third party as a sub-processor.",
    reads=(Trust.grantees,),
    with_config=True,
)
def only_declared(given: Trust) -> Conditions:
    """Nobody has access but the organisation itself and its declared sub-processors.

    Judges access that is given by name: by resource policies, roles, grants, shares and role assignments. Own are the
    accounts of the policy's scope and environments, and its domains; what is open to everybody is judged by
    exposure.not-public.
    """
    yield "declared", lambda: every(given.grantees, _stranger)


def _stranger(grantee: Grantee) -> Fault | None:
    if need(grantee.party) != STRANGER:
        return None
    return Fault(grantee.ref, f"it lets in {grantee.ref} of {grantee.account}, whom the policy does not name")
