"""Azure: Resource Graph for the inventory, Azure Resource Manager for what it does not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.collect.catalogue import Catalogue
from scanner.collect.identity import Identity
from scanner.collect.model import Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind
from scanner.providers.azure import (
    apim,
    appconfig,
    backupvault,
    cognitive,
    compute,
    cosmos,
    eventgrid,
    flexible,
    images,
    iot,
    keyvault,
    loganalytics,
    messaging,
    network,
    recovery,
    redis,
    registry,
    resourcegroup,
    roles,
    search,
    session,
    sql,
    sqlinstance,
    storage,
    web,
)
from scanner.providers.azure.arm import Arm, endpoint
from scanner.providers.azure.graph import SWEEP

SERVICES = (
    apim,
    appconfig,
    backupvault,
    cognitive,
    compute,
    cosmos,
    eventgrid,
    flexible,
    images,
    iot,
    keyvault,
    loganalytics,
    messaging,
    network,
    recovery,
    redis,
    registry,
    resourcegroup,
    search,
    sql,
    sqlinstance,
    storage,
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
        return session.open_session(scope, options, self.unlisted())

    @property
    def limits(self) -> tuple[str, ...]:
        """What its answers leave out, whatever the policy."""
        return session.LIMITS

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:  # noqa: ARG002 - the credential has none
        """The caller; see `scanner.collect.identity`."""
        from scanner.providers.azure.identity import identify

        arm = Arm(endpoint(options.endpoint), options.workers)
        try:
            return identify(arm)
        finally:
            arm.close()

    def unlisted(self) -> frozenset[str]:
        """The reads of children, in lower case: they are no rows of Resource Graph, so that a role without one of them
        hides no row. A parent, which a child's type asks for, is a row.
        """
        calls = [call for kind in self.types for call in kind.ask.values()]
        return frozenset(call.permission.lower() for call in calls if "/.." not in call.operation)

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


PROVIDER = Azure()
