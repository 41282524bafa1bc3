"""Whatever an asset says, each fact of it has a state: nothing that a cloud writes ends a scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.collect.model import ResourceType, declared
from scanner.facts import Body, Fragment, Inapplicable, Known, Unknown, Where
from scanner.providers.gcp import PROVIDER

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    3.5,
    -1,
    2**63 - 1,
    "",
    "x",
    "9" * 5000,
    "99999999999999999999s",
    "../../..",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "0.0.0.0/99",
    "bq://",
    [],
    ["x"],
    [7],
    [[]],
    [{}],
    {},
    {"x": {}},
)


def with_at(tree: Any, steps: list[str], leaf: Any) -> Any:
    """The tree with the leaf at this place; a `*` is a list of one."""
    if not steps:
        return leaf
    if steps[0] == "*":
        return [with_at(tree[0] if isinstance(tree, list) and tree else {}, steps[1:], leaf)]
    below = tree if isinstance(tree, dict) else {}
    return below | {steps[0]: with_at(below.get(steps[0], {}), steps[1:], leaf)}


def hostile(kind: ResourceType) -> Iterator[Any]:
    """Items in which one declared place, or every one, has a value that nobody foresaw."""
    places = [pointer.split("/")[1:] for pointer in sorted(declared(kind, "item"))]
    for leaf in HOSTILE:
        everywhere: Any = {"name": kind.native}
        for place in places:
            yield with_at({"name": f"//x.googleapis.com/projects/p/locations/europe-west2/y/{kind.name}"}, place, leaf)
            everywhere = with_at(everywhere, place, leaf)
        yield everywhere


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_every_fact_has_a_state(kind: ResourceType) -> None:
    for item in hostile(kind):
        for answer in kind.facts:
            found = answer({"item": Body("c", "p", Fragment(item))}, Where("gcp", "p"))
            assert isinstance(found, Known | Unknown | Inapplicable), (answer.fact, item)
