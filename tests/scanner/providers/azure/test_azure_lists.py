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
        if isinstance(found, CallError):
            raise found
        assert isinstance(found, list)
        yield from found

    def get(url: str) -> Mapping[str, JSON]:
        id_, _, version = url.partition("?api-version=")
        assert version == VERSIONS[DATABASE]
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
        ([_brief("/d", DISK)], {DISK: []}, [], ""),
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


def test_a_modelled_type_without_a_version_is_never_a_row_without_properties() -> None:
    assert _rows([_brief("/l", OTHER)], {}, frozenset({OTHER})) == ([], "NoVersion")


@pytest.mark.parametrize("code", sorted(GONE))
def test_a_resource_that_is_gone_is_no_error(code: str) -> None:
    assert _rows([_brief("/b", DATABASE)], {"/b": CallError(code, refused=False)}) == ([], "")


def test_every_type_that_resource_graph_lists_has_a_version() -> None:
    listed = {kind.native for kind in PROVIDER.types if kind.each.operation.startswith("POST")}
    assert listed == VERSIONS.keys(), "a type's API version belongs into scanner/providers/azure/lists.py"
