"""Whether what Azure shows is proven to be everything: roles that read all, and deny assignments that take it away."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.providers.azure import PROVIDER
from scanner.providers.azure.completeness import hides_something, sees_everything


def _granted(*actions: str, cut: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"actions": list(actions), "notActions": list(cut)}


@pytest.mark.parametrize(
    ("permissions", "complete"),
    [
        ([], False),
        ([_granted("*/read")], True),
        ([_granted("*")], True),
        ([_granted("Microsoft.Storage/*", "*/READ")], True),
        ([_granted("Microsoft.Storage/*/read")], False),
        (
            [_granted("*", cut=("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/elevateAccess/Action"))],
            True,
        ),
        ([_granted("*", cut=("Microsoft.Storage/storageAccounts/read",))], False),
        ([_granted("*", cut=("Microsoft.Storage/*",))], False),
        ([_granted("*/read", cut=("*/read",))], False),
        ([_granted("*/read", cut=("Microsoft.Storage/*/Re*",))], False),
        ([_granted("Microsoft.Sql/*"), _granted("*/read")], True),
        ([_granted("*/read", cut=("Microsoft.Sql/servers/read",)), _granted("Microsoft.Sql/*")], False),
    ],
)
def test_only_a_role_that_reads_everything_makes_a_listing_complete(permissions: list[Any], complete: bool) -> None:
    assert sees_everything(permissions) is complete


@pytest.mark.parametrize("permissions", [["*"], [{"actions": ["*"]}], [{"notActions": []}], [_granted("*", cut=(7,))]])  # type: ignore[arg-type]  # hostile on purpose
def test_permissions_of_an_unforeseen_form_prove_nothing(permissions: list[Any]) -> None:
    with pytest.raises((TypeError, KeyError)):
        sees_everything(permissions)


@given(st.lists(st.text(alphabet="aM./*", max_size=8).map(lambda text: f"{text}read")))
def test_any_read_taken_away_makes_it_incomplete(cut: list[str]) -> None:
    assert sees_everything([_granted("*", cut=tuple(f"x/{each}" for each in cut))]) is (
        not any(f"x/{each}".rpartition("/")[2] == "read" or "*" in f"x/{each}".rpartition("/")[2] for each in cut)
    )


def test_a_role_without_the_read_of_a_child_hides_no_row() -> None:
    unlisted = PROVIDER.unlisted()
    child = "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read"
    assert sees_everything([_granted("*/read", cut=(child,))], unlisted)
    assert not sees_everything([_granted("*/read", cut=(child,))])
    assert not sees_everything([_granted("*/read", cut=("Microsoft.Sql/servers/read",))], unlisted)
    assert not sees_everything([_granted("*/read", cut=("Microsoft.Sql/servers/databases/*/read",))], unlisted)


@pytest.mark.parametrize(
    "read",
    [
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Network/networkWatchers/flowLogs/read",
        # Each is asked for by an id that another resource names, or of a parent, and is a row all the same.
        "Microsoft.App/managedEnvironments/read",
        "Microsoft.App/managedEnvironments/certificates/read",
        "Microsoft.Compute/diskEncryptionSets/read",
        "Microsoft.Compute/galleries/read",
        "Microsoft.ContainerRegistry/registries/replications/read",
        "Microsoft.NetApp/netAppAccounts/snapshotPolicies/read",
        "Microsoft.Sql/servers/read",
    ],
)
def test_what_may_be_a_row_counts_whoever_asks_for_it(read: str) -> None:
    assert not sees_everything([_granted("*/read", cut=(read,))], PROVIDER.unlisted())


def _denied(*actions: str, spared: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"properties": {"permissions": [{"actions": list(actions), "notActions": list(spared)}]}}


@pytest.mark.parametrize(
    ("assignments", "hides"),
    [
        ([], False),
        ([_denied()], False),
        ([_denied("*")], True),
        ([_denied("*", spared=("*/read",))], False),
        ([_denied("*", spared=("*/READ", "Microsoft.Solutions/*"))], False),
        ([_denied("*", spared=("*",))], False),
        ([_denied("*", spared=("Microsoft.Storage/*/read",))], True),
        ([_denied("*/write", "*/delete", "Microsoft.Sql/servers/action")], False),
        ([_denied("Microsoft.Storage/storageAccounts/read")], True),
        (
            [_denied("Microsoft.Storage/storageAccounts/Read", spared=("microsoft.storage/storageaccounts/read",))],
            False,
        ),
        ([_denied("Microsoft.Sql/servers/databases/transparentDataEncryption/read")], False),
        ([_denied("*/write"), _denied("Microsoft.Storage/*")], True),
        ([{"properties": {"permissions": []}}], False),
    ],
)
def test_a_deny_assignment_that_takes_a_read_may_hide_rows(assignments: list[Any], hides: bool) -> None:
    assert hides_something(assignments, PROVIDER.unlisted()) is hides


@pytest.mark.parametrize(
    "assignment",
    [
        "*",
        {},
        {"properties": {}},
        {"properties": {"permissions": None}},
        {"properties": {"permissions": ["*"]}},
        {"properties": {"permissions": [{"actions": ["*"]}]}},
        {"properties": {"permissions": [{"notActions": [], "actions": "*/read"}]}},
        {"properties": {"permissions": [{"actions": [7], "notActions": []}]}},
    ],
)
def test_a_deny_assignment_of_an_unforeseen_form_proves_nothing(assignment: Any) -> None:
    with pytest.raises((TypeError, KeyError)):
        hides_something([assignment])
