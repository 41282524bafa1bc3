"""Flow logs of a virtual network: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Inapplicable, Reason
from scanner.providers.azure.network import NETWORK
from tests.scanner.providers.azure.azure_states import BASE, FAILED, REFUSED, told

OWN, GROUP = f"{BASE}/Microsoft.Network/virtualNetworks/apps", f"{BASE}/groups/app"


def subnet(name: str, group: str = "") -> dict[str, Any]:
    properties = {"networkSecurityGroup": {"id": f"{BASE}/groups/{group}"}} if group else {}
    return {"id": f"{OWN}/subnets/{name}", "properties": properties}


def log(target: str = OWN, *, enabled: object = True, **more: object) -> dict[str, Any]:
    return {"properties": {"targetResourceId": target, "enabled": enabled, **more}}


def network(*subnets: dict[str, Any], logs: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    watchers = [{"id": f"{BASE}/watcher"}]
    return {
        "item.id": OWN,
        "item.properties.subnets": list(subnets),
        "watchers.value": watchers,
        "logs.value": list(logs),
    }


ONE, TWO = subnet("a", "app"), subnet("b", "web")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (network(ONE, logs=(log(),)), True),
        (network(ONE, logs=(log(OWN.upper()),)), True),
        (network(ONE, logs=()), False),
        (network(ONE, logs=(log(enabled=False),)), False),
        (network(ONE, logs=(log(f"{OWN}-other"),)), False),
        (network(ONE, logs=(log(enabledFilteringCriteria="dstIP=192.0.2.1"),)), False),
        (network(ONE, logs=(log(enabledFilteringCriteria="", recordTypes=""),)), True),
        (network(ONE, logs=(log(recordTypes="B,C, e,d"),)), True),
        (network(ONE, logs=(log(recordTypes="B,E"),)), False),
        (network(ONE, logs=(log(f"{BASE}/groups/app"),)), True),
        (network(ONE, TWO, logs=(log(f"{BASE}/groups/app"),)), False),
        (network(ONE, TWO, logs=(log(f"{BASE}/groups/app"), log(f"{BASE}/groups/WEB"))), True),
        (network(ONE, subnet("b"), logs=(log(f"{BASE}/groups/app"), log(f"{OWN}/subnets/b"))), True),
        (network(ONE, subnet("b"), logs=(log(f"{BASE}/groups/app"),)), False),
        (network(logs=(log(),)), Inapplicable),
        (network(ONE, logs=()) | {"watchers.value": []}, False),
        (network(ONE, logs=(log(enabled=None),)), Reason.SHAPE),
        (network(ONE, logs=(log(recordTypes=7),)), Reason.SHAPE),
        ({"watchers": REFUSED}, Reason.REFUSED),
        ({"logs": REFUSED}, Reason.REFUSED),
        ({"logs": FAILED}, Reason.FAILED),
    ],
)
def test_all_traffic_is_recorded(changes: dict[str, Any], expected: object) -> None:
    assert told(NETWORK, "FlowLog.recorded", changes) is expected


def test_no_log_is_asked_for_without_a_watcher() -> None:
    changes = {**network(ONE, logs=()), "watchers.value": []}
    del changes["logs.value"]
    assert told(NETWORK, "FlowLog.recorded", {**changes, "logs": FAILED}) is False
