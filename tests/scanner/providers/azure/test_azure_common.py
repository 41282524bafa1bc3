"""What is the same for every Azure type: the tags of configuration, and the sweep."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Body, Fragment, Where
from scanner.providers.azure.graph import SWEEP
from scanner.providers.azure.resourcegroup import GROUP
from scanner.providers.azure.sql import SERVER
from tests.scanner.providers.azure.azure_states import Json, seen, state, value


@pytest.mark.parametrize("kind", [GROUP, SERVER])
def test_configuration_has_its_tags(kind: ResourceType) -> None:
    assert value(state(kind, "Tagging.tags", item={"id": "/x", "tags": {"env": "test"}})) == {"env": "test"}


@pytest.mark.parametrize(
    ("item", "native"), [({"type": "Contoso.Records/Ledgers"}, "contoso.records/ledgers"), ({}, "")]
)
def test_the_sweep_names_a_type(item: Json, native: str) -> None:
    assert SWEEP.native(item) == native


@pytest.mark.parametrize(("location", "items", "gaps"), [("uksouth", ("azure:uksouth",), 1), ("", (), 2)])
def test_the_sweep_knows_the_home_and_never_all(location: str, items: tuple[str, ...], gaps: int) -> None:
    (homes,) = [answer for answer in SWEEP.facts if answer.fact.key == "Location.homes"]
    reply = Body(SWEEP.each.operation, SWEEP.each.permission, Fragment({"location": location}))
    found = seen(homes({"item": reply}, Where()))
    assert (found.items, len(found.gaps)) == (items, gaps)
