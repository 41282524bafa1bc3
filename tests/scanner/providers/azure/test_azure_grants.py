"""Who may do everything in a subscription, and who is let in from another tenant: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Reason
from scanner.providers.azure.grants import BUILT_IN, OWNER
from scanner.providers.azure.subscription import SUBSCRIPTION
from tests.scanner.providers.azure.azure_states import REFUSED, told

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ACCESS, RBAC = sorted(BUILT_IN - {OWNER})
CUSTOM = "00000000-0000-0000-0000-0000000000c1"
TENANT, LIGHTHOUSE = "00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000c"
ROLES = "/subscriptions/x/providers/Microsoft.Authorization/RoleDefinitions"


def given(role: object = OWNER, who: object = "A", kind: object = "User", **more: object) -> dict[str, Any]:
    definition = f"{ROLES}/{str(role).upper()}" if role else None
    return {"properties": {"roleDefinitionId": definition, "principalId": who, "principalType": kind, **more}}


def held(*assignments: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"held.value": list(assignments), "eligible.value": [], "roles.value": [], **more}


def custom(*actions: str, cut: tuple[str, ...] = ()) -> dict[str, Any]:
    permissions = [{"actions": list(actions), "notActions": list(cut)}]
    return {"roles.value": [{"name": CUSTOM, "properties": {"permissions": permissions}}]}


def by_custom(*actions: str, cut: tuple[str, ...] = ()) -> dict[str, Any]:
    return held(given(CUSTOM)) | custom(*actions, cut=cut)


A: tuple[list[str], list[Reason]] = (["user/a"], [])
EXAMPLE = "00000000-0000-0000-0000-0000000000f"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ([f"group/{EXAMPLE}1", f"serviceprincipal/{EXAMPLE}4", f"user/{EXAMPLE}3"], [])),
        (held(), ([], [])),
        (held(given()), A),
        (held(given(ACCESS)), A),
        (held(given(RBAC)), A),
        (held(given(READER)), ([], [])),
        (held(given(READER), given(who="B", kind="ServicePrincipal")), (["serviceprincipal/b"], [])),
        (held(**{"eligible.value": [given()]}), A),
        (held(given(condition="@Resource[x]")), A),
        (held(given(ACCESS, condition="@Resource[x]")), ([], [Reason.UNDECIDED])),
        (held(given(kind=None)), ([], [Reason.SHAPE])),
        (held(given(who=None)), ([], [Reason.SHAPE])),
        (held(given(role=None)), ([], [Reason.SHAPE])),
        # custom roles
        (held(given(CUSTOM)), ([], [])),
        (by_custom("*"), A),
        (by_custom("*/write"), A),
        (by_custom("Microsoft.Authorization/*"), A),
        (by_custom("microsoft.authorization/ROLEASSIGNMENTS/write"), A),
        (by_custom("Microsoft.Authorization/roleAssignments/read"), ([], [])),
        (by_custom("*/read", "Microsoft.Sql/*"), ([], [])),
        (by_custom("*", cut=("Microsoft.Authorization/*/Write",)), ([], [])),
        (by_custom("*", cut=("Microsoft.Authorization/elevateAccess/Action",)), A),
        (held(given(CUSTOM), **{"roles.value": [{"name": CUSTOM, "properties": {}}]}), ([], [Reason.SHAPE])),
        # what was not seen
        ({"held": REFUSED}, ([], [Reason.REFUSED])),
        (held(given()) | {"roles": REFUSED}, ([], [Reason.REFUSED])),
        (held(given()) | {"eligible": REFUSED}, ([], [Reason.REFUSED])),
    ],
)
def test_an_administrator_may_assign_roles(changes: dict[str, Any], expected: object) -> None:
    assert told(SUBSCRIPTION, "Identity.administrators", changes) == expected


def delegated(*tenants: object) -> dict[str, Any]:
    found = [
        {"properties": {"registrationDefinition": {"properties": {"managedByTenantId": each}}}} for each in tenants
    ]
    return {"item.managedByTenants": [], "everywhere.value": [], "delegated.value": found}


GUESTS = Reason.NOT_ASKED
FOREIGN = {"everywhere.value": [given(READER, kind="ForeignGroup"), given(kind="Group"), given(kind="User")]}


@pytest.mark.parametrize(
    ("changes", "grantees", "gaps"),
    [
        ({}, [(TENANT, TENANT), (LIGHTHOUSE, LIGHTHOUSE), (f"foreigngroup/{EXAMPLE}5", Reason.NOT_ASKED)], [GUESTS]),
        (delegated(), [], [GUESTS]),
        (delegated() | {"item.managedByTenants": None}, [], [GUESTS]),
        (delegated() | {"item.managedByTenants": [{}]}, [], [Reason.SHAPE]),
        (delegated(TENANT, TENANT.upper()), [(TENANT, TENANT)], [GUESTS]),
        (delegated(None), [], [Reason.SHAPE, GUESTS]),
        (delegated() | FOREIGN, [("foreigngroup/a", Reason.NOT_ASKED)], [GUESTS]),
        (delegated() | {"everywhere.value": [given(kind=None)]}, [], [Reason.SHAPE]),
        ({"delegated": REFUSED}, [], [Reason.REFUSED]),
        ({"everywhere": REFUSED}, [(TENANT, TENANT), (LIGHTHOUSE, LIGHTHOUSE)], [Reason.REFUSED]),
    ],
)
def test_who_is_let_in_from_outside(changes: dict[str, Any], grantees: object, gaps: object) -> None:
    assert told(SUBSCRIPTION, "Trust.grantees", changes) == (grantees, gaps)
