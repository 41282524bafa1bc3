"""Azure: Resource Graph for the inventory, Azure Resource Manager for what it does not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.collect.catalogue import Catalogue
from scanner.collect.identity import Identity
from scanner.collect.model import Call, Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind
from scanner.providers.azure import (
    apim,
    appconfig,
    backupvault,
    cdn,
    cognitive,
    compute,
    containerapps,
    cosmos,
    databricks,
    datafactory,
    eventgrid,
    flexible,
    gateway,
    images,
    iot,
    keyvault,
    kubernetes,
    kusto,
    loganalytics,
    machinelearning,
    machines,
    messaging,
    netapp,
    network,
    recovery,
    redis,
    redisenterprise,
    registry,
    resourcegroup,
    roles,
    search,
    securitygroup,
    session,
    sql,
    sqlinstance,
    storage,
    subscription,
    synapse,
    web,
)
from scanner.providers.azure.arm import Arm, endpoint
from scanner.providers.azure.graph import SWEEP

SERVICES = (
    apim,
    appconfig,
    backupvault,
    cdn,
    cognitive,
    compute,
    containerapps,
    cosmos,
    databricks,
    datafactory,
    eventgrid,
    flexible,
    gateway,
    images,
    iot,
    keyvault,
    kubernetes,
    kusto,
    loganalytics,
    machinelearning,
    machines,
    messaging,
    netapp,
    network,
    recovery,
    redis,
    redisenterprise,
    registry,
    resourcegroup,
    search,
    securitygroup,
    sql,
    sqlinstance,
    storage,
    subscription,
    synapse,
    web,
)


@dataclass(frozen=True, slots=True)
class Azure:
    """The provider; see `scanner.collect.model.Provider`."""

    name: str = "azure"
    types: tuple[ResourceType, ...] = tuple(kind for service in SERVICES for kind in service.TYPES)
    sweeps: tuple[Sweep, ...] = (SWEEP,)

    def kind(self, native: str) -> Kind:
        """The class of an ARM type."""
        return Catalogue.load(__name__).kind(native)

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """Open a policy's scope; see `session.open_session`."""
        natives = frozenset(kind.native.lower() for kind in self.types)
        return session.open_session(scope, options, session.Modelled(self.unlisted(), natives))

    @property
    def limits(self) -> tuple[str, ...]:
        """What its answers leave out, whatever the policy."""
        return session.LIMITS

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:
        """The caller; see `scanner.collect.identity`."""
        from scanner.providers.azure.identity import identify

        arm = Arm(endpoint(options.endpoint, session.Scope.of(scope).cloud), options.workers)
        try:
            return identify(arm)
        finally:
            arm.close()

    def unlisted(self) -> frozenset[str]:
        """The reads of children, in lower case: they are no rows of Resource Graph, so that a role without one of them
        hides no row. A parent, what is named by its id, and what is asked of the whole subscription may be rows.
        """
        calls = [call for kind in self.types for call in kind.ask.values()]
        listed = {f"{kind.native}/read".lower() for kind in self.types}
        return frozenset(call.permission.lower() for call in calls if _is_child(call)) - listed

    def role(self, permissions: frozenset[str]) -> str:
        """A custom role, as JSON."""
        wanted = self._actions(permissions)
        return json.dumps(roles.definition(wanted, [roles.SOMEWHERE]), indent=2) + "\n"

    @property
    def forms(self) -> tuple[str, ...]:
        """The other languages of the role; see `scanner.collect.roles`."""
        return roles.FORMS

    def role_as(self, form: str, permissions: frozenset[str], scope: Mapping[str, JSON]) -> str:
        """The role and its assignments, in one of the forms."""
        return roles.written(form, self._actions(permissions), scope)

    def _actions(self, permissions: frozenset[str]) -> frozenset[str]:
        return permissions | {call.permission for call in session.DISCOVERY}


def _is_child(call: Call) -> bool:
    return call.operation.startswith("GET /{id}/") and "/.." not in call.operation and not call.follows


PROVIDER = Azure()
