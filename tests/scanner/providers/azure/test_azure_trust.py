"""Whom Azure's resources let in by name from outside their own subscription or directory, the unknown rows included."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Grantee, Kind, Reason, Trust, Unknown
from scanner.facts.trust import STRANGER
from scanner.providers.azure import PROVIDER
from scanner.providers.azure.flexible import MYSQL_SERVER, POSTGRES_SERVER
from scanner.providers.azure.images import GALLERY_VERSION
from scanner.providers.azure.keyvault import VAULT
from scanner.providers.azure.kubernetes import CLUSTER as AKS
from scanner.providers.azure.kusto import CLUSTER as KUSTO
from scanner.providers.azure.sql import DATABASE as SQL_DATABASE
from scanner.providers.azure.sql import SERVER as SQL_SERVER
from scanner.providers.azure.sqlinstance import DATABASE as MANAGED_DATABASE
from scanner.providers.azure.sqlinstance import INSTANCE
from scanner.providers.azure.storage import ACCOUNT
from tests.contract.azure_platforms import STRANGER as WHO
from tests.contract.azure_platforms import STRANGERS as THEIRS
from tests.scanner.providers.azure.azure_states import REFUSED, SUBSCRIPTION, told

OURS = "00000000-0000-0000-0000-00000000000a"
OTHER = "00000000-0000-0000-0000-000000000002"
ME = "00000000-0000-0000-0000-0000000000c0"
FOREIGN = Grantee(WHO, THEIRS)
FACT = "Trust.grantees"
Changes = dict[str, Any]


def grantees(kind: ResourceType, changes: Changes | None = None) -> object:
    """Who is let in and whose they are, an account that is not known by the reason, and the reasons of the gaps."""
    return told(kind, FACT, changes)


def policies(*named: tuple[object, object]) -> Changes:
    listed = [{"tenantId": tenant, "objectId": who} for tenant, who in named]
    return {"item.properties.accessPolicies": listed}


BY_ROLES = {"item.properties.enableRbacAuthorization": True}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (policies(), ([], [])),
        (policies((OURS, ME)), ([], [])),
        (policies((OURS.upper(), ME)), ([], [])),
        (policies((OURS, ME), (THEIRS, WHO)), ([(WHO, THEIRS)], [])),
        (policies((None, WHO)), ([(WHO, Reason.SHAPE)], [])),
        (policies((THEIRS, None)), ([], [Reason.SHAPE])),
        # Where roles decide, the policies are ignored, and the vault's directory is what lets in.
        ({**policies((THEIRS, WHO)), **BY_ROLES, "item.properties.tenantId": OURS}, ([], [])),
        ({**BY_ROLES, "item.properties.tenantId": THEIRS}, ([(THEIRS, THEIRS)], [])),
        ({**BY_ROLES, "item.properties.tenantId": None}, ([], [Reason.SHAPE])),
        ({"item.properties.enableRbacAuthorization": "yes"}, ([], [Reason.SHAPE])),
        ({"item.tenantId": None}, ([], [Reason.SHAPE])),
        ({"item.properties.accessPolicies": None}, ([], [Reason.SHAPE])),
    ],
)
def test_a_key_vault(changes: Changes, expected: object) -> None:
    assert grantees(VAULT, changes) == expected


def account(subscription: str, name: str = "copies") -> str:
    return f"/subscriptions/{subscription}/resourcegroups/data/providers/microsoft.storage/storageaccounts/{name}"


def replicated(*ends: tuple[object, object]) -> Changes:
    sides = [{"properties": {"sourceAccount": one, "destinationAccount": two}} for one, two in ends]
    return {"replication.value": sides}


def allowed(*resources: object) -> Changes:
    return {"item.properties.networkAcls.resourceAccessRules": [{"resourceId": each} for each in resources]}


OWN = account(SUBSCRIPTION, "downloads")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ([(account(OTHER).replace("/data/", "/copies/"), OTHER)], [])),
        (replicated(), ([], [])),
        (replicated((OWN, account(SUBSCRIPTION))), ([], [])),
        (replicated((OWN, account(OTHER))), ([(account(OTHER), OTHER)], [])),
        (replicated((account(OTHER), OWN)), ([(account(OTHER), OTHER)], [])),
        # A policy of each direction names the other account once.
        (replicated((OWN, account(OTHER)), (account(OTHER).upper(), OWN)), ([(account(OTHER), OTHER)], [])),
        (replicated(("downloads", "elsewhere")), ([("elsewhere", Reason.UNDECIDED)], [])),
        (replicated((OWN, None)), ([], [Reason.SHAPE])),
        (replicated((OWN, "/not/an/id")), ([], [Reason.SHAPE])),
        ({"replication": REFUSED}, ([], [Reason.REFUSED])),
        ({**replicated(), "item.properties.isSftpEnabled": True}, ([], [Reason.NOT_ASKED])),
        ({**replicated(), "item.properties.isSftpEnabled": False}, ([], [])),
        ({**replicated(), "item.properties.allowCrossTenantDelegationSas": True}, ([], [Reason.UNDECIDED])),
        ({**replicated(), "item.properties.allowCrossTenantDelegationSas": "?"}, ([], [Reason.SHAPE])),
        ({**replicated(), **allowed(account(OTHER))}, ([(account(OTHER), OTHER)], [])),
        (
            {
                **replicated(),
                "item.properties.networkAcls.resourceAccessRules": [{"resourceId": account(SUBSCRIPTION)}],
            },
            ([], []),
        ),
        ({"item.id": "examplefiles"}, ([], [Reason.SHAPE])),
    ],
)
def test_a_storage_account(changes: Changes, expected: object) -> None:
    assert grantees(ACCOUNT, changes) == expected


def administrator(source: str, who: object = WHO, directory: object = THEIRS) -> Changes:
    return {f"{source}.properties.administrators": {"sid": who, "tenantId": directory}}


@pytest.mark.parametrize(
    ("kind", "source"),
    [(SQL_SERVER, "item"), (SQL_DATABASE, "server"), (INSTANCE, "item"), (MANAGED_DATABASE, "instance")],
)
@pytest.mark.parametrize(
    ("who", "directory", "expected"),
    [
        (WHO, THEIRS, ([(WHO, THEIRS)], [])),
        (WHO, OURS, ([], [])),
        (WHO, OURS.upper(), ([], [])),
        (None, None, ([], [])),
        (WHO, None, ([], [Reason.SHAPE])),
        (7, OURS, ([], [Reason.SHAPE])),
    ],
)
def test_an_administrator_of_sql(
    kind: ResourceType, source: str, who: object, directory: object, expected: object
) -> None:
    assert grantees(kind, administrator(source, who, directory)) == expected


@pytest.mark.parametrize(
    ("kind", "source"), [(SQL_DATABASE, "server"), (MANAGED_DATABASE, "instance"), (AKS, "item"), (KUSTO, "item")]
)
def test_an_own_directory_that_is_not_told(kind: ResourceType, source: str) -> None:
    changes = {"item.tenantId": None, **(administrator(source) if source != "item" else {})}
    assert grantees(kind, changes) == ([], [Reason.SHAPE])


@pytest.mark.parametrize(("kind", "name"), [(POSTGRES_SERVER, "objectId"), (MYSQL_SERVER, "sid")])
@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        (OURS, ([], [])),
        (THEIRS, ([(WHO, THEIRS)], [])),
        (None, ([(WHO, Reason.SHAPE)], [])),
    ],
)
def test_administrators_of_a_flexible_server(kind: ResourceType, name: str, tenant: object, expected: object) -> None:
    changes = {"administrators.value": [{"properties": {name: WHO, "tenantId": tenant}}]}
    assert grantees(kind, changes) == expected


@pytest.mark.parametrize("kind", [POSTGRES_SERVER, MYSQL_SERVER])
def test_refused_administrators_leave_a_gap(kind: ResourceType) -> None:
    assert grantees(kind, {"administrators": REFUSED}) == ([], [Reason.REFUSED])
    nameless = {"administrators.value": [{"properties": {"tenantId": THEIRS}}]}
    assert grantees(kind, nameless) == ([], [Reason.SHAPE])


def sharing(permissions: object, *groups: tuple[str, list[object]]) -> Changes:
    listed = [{"type": kind, "ids": ids} for kind, ids in groups]
    return {"gallery.properties.sharingProfile": {"permissions": permissions, "groups": listed}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gallery.properties.sharingProfile": None}, ([], [])),
        (sharing("Private", ("Subscriptions", [OTHER])), ([], [])),
        (sharing("Community"), ([], [])),
        (
            sharing("Groups", ("Subscriptions", [OTHER, SUBSCRIPTION]), ("AADTenants", [THEIRS])),
            ([(OTHER, OTHER), (THEIRS, THEIRS)], []),
        ),
        (sharing("Groups", ("Subscriptions", [7])), ([], [Reason.SHAPE])),
        (sharing("Friends"), ([], [Reason.SHAPE])),
        ({"gallery": REFUSED}, ([], [Reason.REFUSED])),
        ({"gallery.properties.sharingProfile": {"permissions": "Groups"}}, ([], [Reason.SHAPE])),
    ],
)
def test_a_gallery(changes: Changes, expected: object) -> None:
    assert grantees(GALLERY_VERSION, changes) == expected


def test_the_groups_of_a_gallery_are_asked_for() -> None:
    assert GALLERY_VERSION.ask["gallery"].give["$expand"] == "SharingProfile/Groups"


def trusted(*tenants: object) -> Changes:
    return {"item.properties.trustedExternalTenants": [{"value": each} for each in tenants]}


def principals(*named: tuple[object, object]) -> Changes:
    return {
        "principals.value": [
            {"properties": {"principalId": "reader@example.com", "aadObjectId": who, "tenantId": tenant}}
            for tenant, who in named
        ]
    }


INSIDE = Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # No tenant but the cluster's own may be let in.
        (trusted(), ([], [])),
        (trusted(OURS), ([], [])),
        (trusted(THEIRS, OURS), ([(THEIRS, THEIRS)], [])),
        (trusted(7), ([], [Reason.SHAPE])),
        # Any tenant may: those that have a role of the cluster are told, those inside it are not.
        ({}, ([(WHO, THEIRS)], [INSIDE])),
        ({"item.properties.trustedExternalTenants": None}, ([(WHO, THEIRS)], [INSIDE])),
        (principals((OURS, WHO)), ([], [INSIDE])),
        (principals((THEIRS, None)), ([("reader@example.com", THEIRS)], [INSIDE])),
        (principals((None, WHO)), ([], [INSIDE, Reason.SHAPE])),
        ({"principals": REFUSED}, ([], [INSIDE, Reason.REFUSED])),
    ],
)
def test_a_kusto_cluster(changes: Changes, expected: object) -> None:
    assert grantees(KUSTO, changes) == expected


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        (OURS, ([], [])),
        (None, ([], [])),
        (THEIRS, ([(THEIRS, THEIRS)], [])),
        (7, ([], [Reason.SHAPE])),
    ],
)
def test_a_kubernetes_cluster(directory: object, expected: object) -> None:
    assert grantees(AKS, {"item.properties.aadProfile": {"tenantID": directory}}) == expected


def test_whose_a_grantee_is_stays_open_for_the_policy() -> None:
    (answer,) = [each for each in VAULT.facts if each.fact.key == FACT]
    assert FOREIGN.party != STRANGER
    assert isinstance(FOREIGN.party, Unknown)
    assert answer.fact is Trust.grantees


@pytest.mark.parametrize(
    "kind", [each for each in PROVIDER.types if each.kind is Kind.DATA], ids=lambda each: each.name
)
def test_every_store_of_data_tells_whom_it_lets_in(kind: ResourceType) -> None:
    answered = [answer for answer in kind.facts if answer.fact is Trust.grantees]
    assert bool(answered) != (Trust in kind.without)
