"""Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from scanner.collect.catalogue import Catalogue
from scanner.collect.identity import Identity
from scanner.collect.model import Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind, Location, Reason, Tagging, Unknown, View, pairs, text
from scanner.places import GLOBAL, gcp
from scanner.providers.gcp import project, roles, services
from scanner.providers.gcp.assets import DATA, LISTING, LOCATION, OWNER
from scanner.providers.gcp.compute import DISK, REGION_DISK, SNAPSHOT
from scanner.providers.gcp.logbucket import LOG_BUCKET
from scanner.providers.gcp.network import NETWORK, SUBNETWORK
from scanner.providers.gcp.session import LIMITS, open_session
from scanner.providers.gcp.sql import INSTANCE
from scanner.providers.gcp.storage import BUCKET


def _native(item: Mapping[str, JSON]) -> str:
    native = item.get("assetType")
    return native if isinstance(native, str) else ""


def _homes(view: View) -> Iterator[str | Unknown]:
    """The inventory's location. "global" says where the name is unique, not where data is."""
    place = gcp(view.at(f"item:{LOCATION}", text))
    if place != GLOBAL:
        yield place
    yield Unknown(Reason.UNMODELLED, "the type is not modelled; it may keep data elsewhere too")


SWEEP = Sweep(
    LISTING,
    native=_native,
    id="{/name}",
    label="/name",
    facts=(Location.homes.items(_homes, f"item:{LOCATION}"), Tagging.tags.at(f"{DATA}/labels", pairs)),
    region=LOCATION,
    account=OWNER,
    paths=("/assetType",),
)


@dataclass(frozen=True, slots=True)
class Gcp:
    """The provider "gcp": one listing of Cloud Asset Inventory for each parent serves every type and the sweep."""

    name: str = "gcp"
    types: tuple[ResourceType, ...] = (
        BUCKET,
        INSTANCE,
        DISK,
        REGION_DISK,
        SNAPSHOT,
        LOG_BUCKET,
        NETWORK,
        SUBNETWORK,
        *project.TYPES,
        *services.TYPES,
    )
    sweeps: tuple[Sweep, ...] = (SWEEP,)

    def kind(self, native: str) -> Kind:
        """The class of an asset type, by the catalogue beside this file."""
        return Catalogue.load(__name__).kind(native)

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """Open the scope: `parents` (organizations/N, folders/N, projects/ID) and expected `projects`."""
        return open_session(scope, options)

    @property
    def limits(self) -> tuple[str, ...]:
        """What its answers leave out, whatever the policy."""
        return LIMITS

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:  # noqa: ARG002 - the credential has none
        """The caller; see `scanner.collect.identity`."""
        from scanner.providers.gcp.identity import identify

        return identify(options)

    def role(self, permissions: frozenset[str]) -> str:
        """A custom role for `gcloud iam roles create asdeclaredReader --organization=ID --file=FILE`."""
        role = {
            "title": roles.TITLE,
            "description": roles.TEXT,
            "stage": "GA",
            "includedPermissions": sorted(permissions | {LISTING.permission}),
        }
        return orjson.dumps(role, option=orjson.OPT_INDENT_2).decode() + "\n"

    @property
    def forms(self) -> tuple[str, ...]:
        """The other languages of the role; see `scanner.collect.roles`."""
        return roles.FORMS

    def role_as(self, form: str, permissions: frozenset[str], scope: Mapping[str, JSON]) -> str:
        """The role and its bindings, in one of the forms."""
        return roles.written(form, permissions | {LISTING.permission}, scope)


PROVIDER = Gcp()
