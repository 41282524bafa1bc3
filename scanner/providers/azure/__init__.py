"""Azure: Resource Graph for the inventory, Azure Resource Manager for what it does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.collect.catalogue import Catalogue
from scanner.collect.model import Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind
from scanner.providers.azure import compute, loganalytics, network, resourcegroup, session, sql, storage
from scanner.providers.azure.graph import SWEEP

SERVICES = (compute, loganalytics, network, resourcegroup, sql, storage)


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

    def unlisted(self) -> frozenset[str]:
        """The reads of children, in lower case: they are no rows of Resource Graph, so that a role without one of them
        hides no row. A parent, which a child's type asks for, is a row.
        """
        calls = [call for kind in self.types for call in kind.ask.values()]
        return frozenset(call.permission.lower() for call in calls if "/.." not in call.operation)

    def role(self, permissions: frozenset[str]) -> str:
        """A custom role, as JSON."""
        return session.role(permissions)


PROVIDER = Azure()
