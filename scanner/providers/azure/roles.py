"""The reader's role on Azure: as Terraform, and as commands of the Azure CLI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from scanner.collect.roles import hcl, hcl_list, sh, texts
from scanner.facts import JSON

NAME = "asdeclared reader"
TEXT = "Reads what asdeclared asks for, and nothing else."
FORMS = ("terraform", "az")
SOMEWHERE = "/subscriptions/00000000-0000-0000-0000-000000000000"


def scopes(scope: Mapping[str, JSON]) -> tuple[str, ...]:
    """The scopes at which the role is to be assigned: those that the policy names, or one that is to be filled in.

    A tenant's root management group has the tenant's id.
    """
    groups = (*texts(scope, "management_groups"), *texts(scope, "tenants"))
    named = [f"/subscriptions/{each}" for each in texts(scope, "subscriptions")]
    named += [f"/providers/Microsoft.Management/managementGroups/{each}" for each in groups]
    return tuple(named) or (SOMEWHERE,)


def definition(permissions: Iterable[str], where: Iterable[str]) -> dict[str, JSON]:
    """The role as `az role definition create` takes it."""
    return {
        "Name": NAME,
        "IsCustom": True,
        "Description": TEXT,
        "Actions": sorted(permissions),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": list(where),
    }


def written(form: str, permissions: Iterable[str], scope: Mapping[str, JSON]) -> str:
    """The role in one of `FORMS`."""
    where = scopes(scope)
    return _terraform(permissions, where) if form == "terraform" else _commands(permissions, where)


def _terraform(permissions: Iterable[str], where: tuple[str, ...]) -> str:
    return f"""variable "principal_id" {{
  description = "Object id of the identity that scans"
  type        = string
}}

variable "scopes" {{
  description = "Ids of the subscriptions and management groups that it reads"
  type        = list(string)
  default     = {hcl_list(where, 2)}
}}

resource "azurerm_role_definition" "reader" {{
  name              = {hcl(NAME)}
  description       = {hcl(TEXT)}
  scope             = var.scopes[0]
  assignable_scopes = var.scopes

  permissions {{
    actions = {hcl_list(sorted(permissions), 4)}
  }}
}}

resource "azurerm_role_assignment" "reader" {{
  for_each           = toset(var.scopes)
  scope              = each.value
  role_definition_id = azurerm_role_definition.reader.role_definition_resource_id
  principal_id       = var.principal_id
}}
"""


def _commands(permissions: Iterable[str], where: tuple[str, ...]) -> str:
    made = sh(json.dumps(definition(permissions, where)))
    assign = 'az role assignment create --assignee-object-id "$PRINCIPAL" --assignee-principal-type "$KIND"'
    return "\n".join(
        [
            "set -eu",
            ': "${PRINCIPAL:?object id of the identity that scans}"',
            ': "${KIND:=ServicePrincipal}"  # or User, or Group',
            f"az role definition create --role-definition {made}",
            *(f"{assign} --role {sh(NAME)} --scope {sh(each)}" for each in where),
        ]
    )
