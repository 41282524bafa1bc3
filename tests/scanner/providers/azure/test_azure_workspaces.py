"""What a workspace of Log Analytics is by the vendor's replies, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import AtRest, Copy, CopyKind, Duration, KeyOwner, Reason, Seen
from scanner.providers.azure.loganalytics import WORKSPACE
from tests.scanner.providers.azure.azure_states import BASE, REFUSED, Json, changed, reason, seen, state, value

LOGS: Json = {
    "id": f"{BASE}/Microsoft.OperationalInsights/workspaces/logs",
    "name": "logs",
    "type": "microsoft.operationalinsights/workspaces",
    "location": "uksouth",
    "tags": {},
    "properties": {"retentionInDays": 35, "features": {}},
}
NOTHING: Json = {"value": []}


def _table(total: object, retention: object = 35) -> Json:
    return {"properties": {"retentionInDays": retention, "totalRetentionInDays": total}}


@pytest.mark.parametrize(
    ("changes", "tables", "days", "reasons"),
    [
        ({}, [], [35], []),
        ({}, [_table(35), _table(35)], [35], []),
        ({}, [_table(90), _table(35), _table(365), _table(90)], [35, 90, 365], []),
        ({}, [_table(-1, 400)], [35, 400], []),
        ({}, [_table(-1, -1)], [35], [Reason.SHAPE]),
        ({}, [_table(None), _table(90)], [35, 90], [Reason.SHAPE]),
        ({"properties.retentionInDays": 30}, [], [30, 31], []),
        ({"properties.retentionInDays": 30, "properties.features.immediatePurgeDataOn30Days": True}, [], [30], []),
        ({"properties.retentionInDays": None}, [_table(90)], [], [Reason.SHAPE]),
    ],
)
def test_how_long_logs_are_kept(changes: Json, tables: list[Json], days: list[int], reasons: list[Reason]) -> None:
    item = changed(LOGS, changes)
    found = seen(state(WORKSPACE, "LogStore.retention", item=item, tables={"value": tables}))
    assert list(found.items) == [Duration.of(count) for count in days]
    assert [gap.reason for gap in found.gaps] == reasons


def test_unread_tables_leave_a_gap_beside_the_workspaces_retention() -> None:
    found = seen(state(WORKSPACE, "LogStore.retention", item=LOGS, tables=REFUSED))
    assert found.items == (Duration.of(35),)
    assert found.gaps[0].permission == "Microsoft.OperationalInsights/workspaces/tables/read"


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("Exposure.public", {}, False),
        ("Location.copies", {}, Seen()),
        ("Location.copies", {"properties.replication": {"enabled": False, "location": "ukwest"}}, Seen()),
        (
            "Location.copies",
            {"properties.replication": {"enabled": True, "location": "ukwest"}},
            Seen((Copy(CopyKind.REPLICA, "azure:ukwest"),)),
        ),
    ],
)
def test_a_workspace_answers(fact: str, changes: Json, expected: object) -> None:
    assert value(state(WORKSPACE, fact, item=changed(LOGS, changes), exports=NOTHING)) == expected


@pytest.mark.parametrize("fact", ["EncryptionAtRest.owner", "EncryptionAtRest.key"])
def test_the_key_of_a_cluster_is_not_known(fact: str) -> None:
    item = changed(LOGS, {"properties.features.clusterResourceId": f"{BASE}/x"})
    assert reason(state(WORKSPACE, fact, item=item)) is Reason.NOT_ASKED


@pytest.mark.parametrize(("enable", "copied"), [(True, 1), (None, 1), ("perhaps", 1), (False, 0)])
def test_an_active_export_is_a_log_sink(enable: object, copied: int) -> None:
    rule = {"properties": {"enable": enable, "destination": {"resourceId": f"{BASE}/Sink"}}}
    copies = seen(state(WORKSPACE, "Location.copies", item=LOGS, exports={"value": [rule]}))
    assert [(found.kind, found.ref) for found in copies.items] == [(CopyKind.LOG_SINK, f"{BASE}/sink".lower())] * copied


@pytest.mark.parametrize("fact", ["EncryptionInTransit.minimum_tls", "LogStore.access_recorded"])
def test_what_is_not_read_of_a_workspace_is_unknown(fact: str) -> None:
    assert reason(state(WORKSPACE, fact, item=LOGS)) is Reason.NOT_ASKED
