"""The rows of Azure Resource Graph from the lists of Azure Resource Manager, where Resource Graph is refused.

`GET /subscriptions/{id}/resources` has every resource, and no properties. So each modelled type that it shows is listed
by its own service as well, and each child by itself. What neither brought is an error, never a row without properties:
a field that is missing there would be taken for one that Azure leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from scanner.collect.model import Call, CallError, Per
from scanner.facts import JSON
from scanner.facts.convert import text

Pages = Callable[[Call, str], Iterator[JSON]]
"""The items of a listing at a path, over all pages."""
Get = Callable[[str], Mapping[str, JSON]]

EVERYTHING: Final = Call(
    "*/read", "GET /subscriptions/{@account}/resources", "/value", {"api-version": "2021-04-01"}, per=Per.ACCOUNT
)
DESCENDANTS: Final = Call(
    "Microsoft.Management/managementGroups/descendants/read",
    "GET /providers/Microsoft.Management/managementGroups/{group}/descendants",
    "/value",
    {"api-version": "2020-05-01"},
)
GONE: Final = frozenset({"ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound", "Http404"})
"""Codes by which ARM says that a resource is not there (any more)."""
VERSIONS: Final[Mapping[str, str]] = {
    "microsoft.apimanagement/service": "2024-05-01",
    "microsoft.app/containerapps": "2026-07-01",
    "microsoft.appconfiguration/configurationstores": "2024-06-01",
    "microsoft.cache/redis": "2024-11-01",
    "microsoft.cache/redisenterprise": "2025-07-01",
    "microsoft.cdn/profiles": "2026-10-01",
    "microsoft.cdn/profiles/afdendpoints": "2026-10-01",
    "microsoft.cdn/profiles/endpoints": "2026-10-01",
    "microsoft.cognitiveservices/accounts": "2025-09-01",
    "microsoft.compute/diskencryptionsets": "2026-03-02",
    "microsoft.compute/disks": "2026-03-02",
    "microsoft.compute/galleries/images/versions": "2026-03-03",
    "microsoft.compute/images": "2026-04-01",
    "microsoft.compute/snapshots": "2026-03-02",
    "microsoft.compute/virtualmachines": "2026-04-01",
    "microsoft.containerregistry/registries": "2025-11-01",
    "microsoft.containerregistry/registries/replications": "2025-11-01",
    "microsoft.containerservice/managedclusters": "2026-08-01",
    "microsoft.databricks/workspaces": "2026-01-01",
    "microsoft.datafactory/factories": "2018-06-01",
    "microsoft.dataprotection/backupvaults": "2026-06-01",
    "microsoft.dbformysql/flexibleservers": "2024-12-30",
    "microsoft.dbforpostgresql/flexibleservers": "2026-10-01",
    "microsoft.devices/iothubs": "2023-06-30",
    "microsoft.documentdb/databaseaccounts": "2026-03-15",
    "microsoft.eventgrid/domains": "2025-02-15",
    "microsoft.eventgrid/topics": "2025-02-15",
    "microsoft.eventhub/namespaces": "2026-01-01",
    "microsoft.keyvault/managedhsms": "2026-05-15",
    "microsoft.keyvault/vaults": "2026-05-15",
    "microsoft.kusto/clusters": "2025-02-14",
    "microsoft.kusto/clusters/databases": "2025-02-14",
    "microsoft.machinelearningservices/workspaces": "2020-08-01",
    "microsoft.netapp/netappaccounts/capacitypools/volumes": "2026-08-01",
    "microsoft.network/applicationgateways": "2026-03-01",
    "microsoft.network/networksecuritygroups": "2026-03-01",
    "microsoft.network/virtualnetworks": "2026-03-01",
    "microsoft.operationalinsights/workspaces": "2025-07-01",
    "microsoft.recoveryservices/vaults": "2026-11-01",
    "microsoft.search/searchservices": "2025-05-01",
    "microsoft.servicebus/namespaces": "2026-01-01",
    "microsoft.sql/managedinstances": "2025-01-01",
    "microsoft.sql/managedinstances/databases": "2025-01-01",
    "microsoft.sql/servers": "2025-01-01",
    "microsoft.sql/servers/databases": "2025-01-01",
    "microsoft.storage/storageaccounts": "2026-09-01",
    "microsoft.synapse/workspaces": "2021-03-01",
    "microsoft.synapse/workspaces/sqlpools": "2021-03-01",
    "microsoft.web/sites": "2025-05-01",
    "microsoft.web/sites/slots": "2025-05-01",
}
"""The API version of each modelled type that Resource Graph lists: the one that the vendor's SDK uses by default."""


UNTRACKED: Final[Mapping[str, str]] = {"microsoft.kusto/clusters/databases": "microsoft.kusto/clusters"}
"""Types that are rows of Resource Graph and no resources of their own to Resource Manager (models without tags), with
the type of the parent that lists them.
"""


def rows(subscription: str, modelled: frozenset[str], listed: Pages, get: Get) -> Iterator[Mapping[str, JSON]]:
    """Every resource of a subscription, those of modelled types with their properties.

    Raises CallError after all that could be read where something could not.
    """
    found: dict[str, list[Mapping[str, JSON]]] = {}
    for row in listed(EVERYTHING, f"/subscriptions/{subscription}/resources"):
        found.setdefault(str(_row(row).get("type")).lower(), []).append(_row(row))
    errors: list[CallError] = []
    for native, brief in sorted(found.items()):
        try:
            whole = _whole(native, subscription, brief, listed, get) if native in modelled else brief
            yield from (_located(row) for row in whole)
        except CallError as error:
            errors.append(error)
    for native, parent in UNTRACKED.items():
        for row in found.get(parent, ()) if native in modelled - found.keys() else ():
            try:
                yield from (_located(each) for each in _children(native, row, listed))
            except CallError as error:
                # With its parent it was deleted after that was listed.
                errors += [error] if error.code not in GONE else []
    if errors:
        raise errors[0]


def _children(native: str, parent: Mapping[str, JSON], listed: Pages) -> Iterator[Mapping[str, JSON]]:
    last = native.rpartition("/")[2]
    call = Call(f"{native}/read", f"GET /{{id}}/{last}", "/value", _give(native))
    return ({**_row(item), "type": native} for item in listed(call, f"{text(parent.get('id'))}/{last}"))


def _whole(
    native: str, subscription: str, brief: Iterable[Mapping[str, JSON]], listed: Pages, get: Get
) -> Iterator[Mapping[str, JSON]]:
    if native not in VERSIONS:
        raise CallError("NoVersion", refused=False, detail=f"no API version is known by which to list {native}")
    if native.count("/") == 1:
        call = Call(f"{native}/read", f"GET /subscriptions/{{@account}}/providers/{native}", "/value", _give(native))
        own = [_row(item) for item in listed(call, f"/subscriptions/{subscription}/providers/{native}")]
        # A service's own list may leave out the type, and what is of another kind.
        yield from ({**item, "type": native} for item in own)
        told = {str(item.get("id")).lower() for item in own}
        brief = [row for row in brief if str(row.get("id")).lower() not in told]
    for row in brief:
        try:
            yield {**row, **get(f"{text(row.get('id'))}?api-version={VERSIONS[native]}")}
        except CallError as error:
            # It was deleted after it was listed.
            if error.code not in GONE:
                raise


def _located(row: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """The row with its location as Resource Graph writes it: services also write "UK South"."""
    location = row.get("location")
    return {**row, "location": location.lower().replace(" ", "")} if isinstance(location, str) else row


def _row(item: JSON) -> Mapping[str, JSON]:
    if not isinstance(item, Mapping):
        raise CallError("UnexpectedReply", refused=False, detail=f"{EVERYTHING.operation}: a row is no object")
    return item


def _give(native: str) -> Mapping[str, JSON]:
    return {"api-version": VERSIONS[native]}
