"""The rows and the queries of the simulated Azure Resource Graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from scanner.demo.azure_access import ArmError
from scanner.demo.azure_estate import Body, Subscription
from scanner.demo.kusto import QueryError, Row, Rows, run_query

MAX_ROWS: Final = 1000
"""The largest page that Resource Graph gives."""
GRAPH_CHILDREN: Final = frozenset(
    {
        "microsoft.cdn/profiles/afdendpoints",
        "microsoft.cdn/profiles/endpoints",
        "microsoft.compute/virtualmachines/extensions",
        "microsoft.kusto/clusters/databases",
        "microsoft.netapp/netappaccounts/capacitypools/volumes",
        "microsoft.sql/managedinstances/databases",
        "microsoft.sql/servers/databases",
        "microsoft.sql/servers/elasticpools",
        "microsoft.synapse/workspaces/sqlpools",
        "microsoft.web/sites/slots",
    }
)
"""Child types that Resource Graph and the generic listing have as rows of their own, in lower case."""
SETTINGS: Final = frozenset(
    {
        "microsoft.authorization/denyassignments",
        "microsoft.authorization/roleassignments",
        "microsoft.authorization/roledefinitions",
        "microsoft.authorization/roleeligibilityscheduleinstances",
        "microsoft.insights/diagnosticsettings",
        "microsoft.managedservices/registrationassignments",
        "microsoft.security/pricings",
        "microsoft.security/securitycontacts",
    }
)
"""Types that belong to a subscription itself, in lower case: no listing of resources has them."""
GROUP_TYPE: Final = "microsoft.resources/subscriptions/resourcegroups"
"""The type of a resource group in Resource Graph; ARM has a shorter one."""
SUPPORT: Final = (
    "Please provide below info when asking for support: timestamp = 2026-11-02T09:00:00.0000000Z, "
    "correlationId = 00000000-0000-0000-0000-000000000000."
)
COLUMNS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId"), False),
    **dict.fromkeys(("managedBy",), False),
    **dict.fromkeys(("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"), True),
}
"""The columns of ``resources`` and ``resourcecontainers``; true for the dynamic ones."""


def _top_level(type_: str) -> bool:
    return type_.count("/") == 1 or type_.lower() in GRAPH_CHILDREN


def resource_row(body: Body, tenant: str) -> Row:
    """Turn an ARM body into a row of the table ``resources`` or ``resourcecontainers``."""
    _, _, subscription, *rest = body["id"].split("/")
    group = rest[1].lower() if len(rest) > 1 else ""
    own = {column: body.get(column) for column, dynamic in COLUMNS.items() if dynamic}
    return {
        "id": body["id"],
        "name": body["name"],
        "type": body["type"].lower(),
        "tenantId": tenant,
        "kind": body.get("kind", ""),
        "location": body.get("location", "").lower(),
        "resourceGroup": group,
        "subscriptionId": subscription,
        "managedBy": body.get("managedBy", ""),
        **own,
    }


def subscription_body(subscription: Subscription) -> Body:
    """Build the body that ``GET /subscriptions/{id}`` gives."""
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "tags": dict(subscription.tags),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
        "displayName": subscription.name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def subscription_of(body: Body) -> str:
    """Return the subscription of a body, in lower case."""
    return str(body["id"].split("/")[2]).lower()


def is_group(body: Body) -> bool:
    """Tell whether it is a resource group."""
    return bool(body["type"].lower() == "microsoft.resources/resourcegroups")


def is_row(body: Body) -> bool:
    """Tell whether the table ``resources`` and the generic listing have it."""
    return _top_level(body["type"]) and not is_group(body) and body["type"].lower() not in SETTINGS


def subscription_container(body: Body) -> Body:
    """Turn the body of a subscription into one of the table ``resourcecontainers``."""
    properties = {"state": body["state"], "subscriptionPolicies": body["subscriptionPolicies"]}
    own = {"id": body["id"], "name": body["displayName"], "type": "microsoft.resources/subscriptions"}
    return {**own, "tags": body["tags"], "properties": properties}


def graph_request(content: bytes) -> Body:
    """Parse the body of a Resource Graph query. Raises ArmError (400) where it is not one."""
    try:
        asked = json.loads(content)
    except ValueError:
        asked = None
    if not _is_query(asked):
        details = [{"code": "InvalidQuery", "message": "The request needs a JSON body with a query."}]
        raise ArmError(400, "BadRequest", SUPPORT, details=details)
    if (asked.get("options") or {}).get("resultFormat", "objectArray") != "objectArray":
        details = [{"code": "InvalidResultFormat", "message": "Only objectArray is simulated."}]
        raise ArmError(400, "BadRequest", SUPPORT, details=details)
    return asked


def run_graph(query: str, tables: Mapping[str, Sequence[Row]]) -> Rows:
    """Run a query. Raises ArmError (400) for an invalid one, in the way of Resource Graph."""
    try:
        return run_query(query, tables, COLUMNS)
    except QueryError as error:
        token = error.token
    general = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error"
    )
    place = {"line": 1, "characterPositionInLine": token.at, "token": token.text}
    details: list[Body] = [
        {"code": "InvalidQuery", "message": f"{general} before retrying."},
        {"code": "ParserFailure", "message": "ParserFailure", **place},
    ]
    raise ArmError(400, "BadRequest", SUPPORT, details=details)


def _is_query(asked: object) -> TypeGuard[Body]:
    return isinstance(asked, dict) and isinstance(asked.get("query"), str)


def whole_option(options: Body, name: str, default: int) -> int:
    """Read a whole number from the options of a query; `$top` has a largest value. Raises ArmError (400) for others."""
    value = options.get(name, default)
    if not isinstance(value, int) or value < 0 or (name == "$top" and not 1 <= value <= MAX_ROWS):
        details = [{"code": "InvalidOption", "message": f"{name} cannot be {value}."}]
        raise ArmError(400, "BadRequest", SUPPORT, details=details)
    return value
