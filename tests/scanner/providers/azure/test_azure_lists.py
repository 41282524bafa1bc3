"""The rows of Azure Resource Manager's own lists, where Resource Graph is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from scanner.collect.model import Call, CallError
from scanner.facts import JSON
from scanner.providers.azure import PROVIDER
from scanner.providers.azure.lists import GONE, VERSIONS, rows

DISK, DATABASE, OTHER = "microsoft.compute/disks", "microsoft.sql/servers/databases", "contoso.records/ledgers"
NATIVES = frozenset({DISK, DATABASE})


def _rows(
    brief: list[JSON], whole: Mapping[str, JSON | CallError], natives: frozenset[str] = NATIVES
) -> tuple[list[JSON], str]:
    """The rows, and the code of the error that came after them; `whole` has the items of a type's list or an id's own
    body.
    """

    def listed(call: Call, path: str) -> Iterator[JSON]:
        assert call.items == "/value"
        found = brief if path.endswith("/resources") else whole[path.rpartition("/providers/")[2]]
        assert path.endswith(call.operation.rpartition("/")[2])
        if isinstance(found, CallError):
            raise found
        assert isinstance(found, list)
        yield from found

    def get(url: str) -> Mapping[str, JSON]:
        id_, _, version = url.partition("?api-version=")
        assert version in (VERSIONS[DATABASE], VERSIONS[DISK], VERSIONS[CHILD])
        body = whole[id_]
        if isinstance(body, CallError):
            raise body
        assert isinstance(body, dict)
        return body

    found: list[JSON] = []
    try:
        found.extend([])
        for row in rows("s", natives, listed, get):
            found.append(row)  # noqa: PERF402  # what came before an error counts
    except CallError as error:
        return found, error.code
    return found, ""


def _brief(id_: str, native: str) -> dict[str, JSON]:
    return {"id": id_, "type": native, "name": "n"}


REFUSED, GONE_NOW = CallError("AuthorizationFailed", refused=True), CallError("ResourceNotFound", refused=False)
FULL = {"id": "/d", "properties": {"a": 1}}


@pytest.mark.parametrize(
    ("brief", "whole", "expected", "code"),
    [
        ([], {}, [], ""),
        ([_brief("/l", OTHER)], {}, [_brief("/l", OTHER)], ""),
        ([_brief("/d", "Microsoft.Compute/Disks")], {DISK: [FULL]}, [{**FULL, "type": DISK}], ""),
        # What the service's own list leaves out is asked for by itself: it may be gone, or not.
        ([_brief("/d", DISK)], {DISK: [], "/d": GONE_NOW}, [], ""),
        ([_brief("/d", DISK)], {DISK: [], "/d": REFUSED}, [], "AuthorizationFailed"),
        (
            [_brief("/D", DISK), _brief("/e", DISK)],
            {DISK: [FULL], "/e": {"properties": {}}},
            [{**FULL, "type": DISK}, {**_brief("/e", DISK), "properties": {}}],
            "",
        ),
        ([_brief("/b", DATABASE)], {"/b": FULL}, [{**_brief("/b", DATABASE), **FULL}], ""),
        ([_brief("/b", DATABASE)], {"/b": GONE_NOW}, [], ""),
        ([_brief("/b", DATABASE)], {"/b": REFUSED}, [], "AuthorizationFailed"),
        (
            [_brief("/d", DISK), _brief("/b", DATABASE), _brief("/l", OTHER)],
            {DISK: REFUSED, "/b": FULL},
            [_brief("/l", OTHER), {**_brief("/b", DATABASE), **FULL}],
            "AuthorizationFailed",
        ),
        ([{"type": OTHER, "location": "UK South"}], {}, [{"type": OTHER, "location": "uksouth"}], ""),
        (
            [_brief("/b", DATABASE)],
            {"/b": {"location": "UK West"}},
            [{**_brief("/b", DATABASE), "location": "ukwest"}],
            "",
        ),
        (["row"], {}, [], "UnexpectedReply"),
        ([_brief("/d", DISK)], {DISK: ["item"]}, [], "UnexpectedReply"),
    ],
)
def test_rows(brief: list[JSON], whole: Mapping[str, JSON | CallError], expected: list[JSON], code: str) -> None:
    assert _rows(brief, whole) == (expected, code)


CLUSTER, CHILD = "microsoft.kusto/clusters", "microsoft.kusto/clusters/databases"
CLUSTERS = {CLUSTER: [{"id": "/c/One"}, {"id": "/c/Two"}]}


@pytest.mark.parametrize(
    ("databases", "expected", "code"),
    [
        ({"/c/One/databases": [{"id": "/a", "location": "UK South"}], "/c/Two/databases": []}, ["/a"], ""),
        ({"/c/One/databases": [{"id": "/a"}], "/c/Two/databases": REFUSED}, ["/a"], "AuthorizationFailed"),
        ({"/c/One/databases": REFUSED, "/c/Two/databases": [{"id": "/b"}]}, ["/b"], "AuthorizationFailed"),
        ({"/c/One/databases": [], "/c/Two/databases": GONE_NOW}, [], ""),
    ],
)
def test_children_that_are_no_resources_are_listed_for_each_parent(
    databases: Mapping[str, JSON | CallError], expected: list[str], code: str
) -> None:
    brief: list[JSON] = [_brief("/c/One", CLUSTER), _brief("/c/Two", CLUSTER)]
    found, error = _rows(brief, {**CLUSTERS, **databases}, frozenset({CLUSTER, CHILD}))
    assert [row["id"] for row in found if isinstance(row, dict) and row["type"] == CHILD] == expected
    assert all(row["location"] == "uksouth" for row in found if isinstance(row, dict) and "location" in row)
    assert error == code


def test_a_child_that_is_a_resource_after_all_is_one_row() -> None:
    brief: list[JSON] = [_brief("/c/One", CLUSTER), _brief("/a", CHILD)]
    found, error = _rows(brief, {**CLUSTERS, "/a": FULL}, frozenset({CLUSTER, CHILD}))
    assert ([row["type"] for row in found if isinstance(row, dict)], error) == ([CLUSTER, CLUSTER, CHILD], "")


def test_no_child_is_listed_that_nobody_modelled() -> None:
    found, error = _rows([_brief("/c/One", CLUSTER)], CLUSTERS, frozenset({CLUSTER}))
    assert (len(found), error) == (2, "")


def test_a_modelled_type_without_a_version_is_never_a_row_without_properties() -> None:
    assert _rows([_brief("/l", OTHER)], {}, frozenset({OTHER})) == ([], "NoVersion")


@pytest.mark.parametrize("code", sorted(GONE))
def test_a_resource_that_is_gone_is_no_error(code: str) -> None:
    assert _rows([_brief("/b", DATABASE)], {"/b": CallError(code, refused=False)}) == ([], "")


def test_every_type_that_resource_graph_lists_has_a_version() -> None:
    listed = {kind.native for kind in PROVIDER.types if kind.each.operation.startswith("POST")}
    assert listed == VERSIONS.keys(), "a type's API version belongs into scanner/providers/azure/lists.py"
