"""Edge zones: the location of what is in one is the parent region's, and says nothing of where the data is."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Reason
from scanner.providers.azure import compute, images, storage
from tests.scanner.providers.azure.azure_states import bodies, told

TYPES = (*compute.TYPES, *storage.TYPES, images.IMAGE)
ZONE: dict[str, object] = {"item.extendedLocation": {"name": "losangeles", "type": "EdgeZone"}}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_what_is_in_an_edge_zone_has_no_known_place(kind: ResourceType) -> None:
    assert told(kind, "Location.homes", ZONE) == ([], [Reason.UNDECIDED])
    assert told(kind, "Location.homes", {"item.extendedLocation": {"name": 1}}) == ([], [Reason.SHAPE])
    region = f"azure:{bodies(kind)['item']['location']}"
    unset: tuple[dict[str, object], ...] = ({}, {"item.extendedLocation": {}})
    for none in unset:
        assert told(kind, "Location.homes", none) == ([region], [])


@pytest.mark.parametrize("kind", [compute.SNAPSHOT, storage.ACCOUNT, images.IMAGE], ids=lambda kind: kind.name)
def test_nor_have_the_backups_in_it(kind: ResourceType) -> None:
    def places(changes: dict[str, object]) -> set[object]:
        plans: Any = told(kind, "Backup.plans", changes)
        return {plan[3] for plan in plans[0]}

    assert places({}) == {("azure:uksouth",)}
    assert places(ZONE) == {Reason.UNDECIDED}
