"""The tracked view: what is not there is unknown, what is not declared cannot be read."""

from __future__ import annotations

import pytest

from scanner.facts import (
    JSON,
    Absent,
    Body,
    Evidence,
    Failed,
    Fragment,
    Node,
    NotKnown,
    Reason,
    Refused,
    Reply,
    Unasked,
    UndeclaredRead,
    Unknown,
    View,
    flag,
    text,
    whole,
)

PATHS = frozenset({"item:/A/B", "item:/List/*/Name", "item:/Tags/*", "tls:"})
GET = ("x.get", "x:Get")


def view(value: JSON = None, tls: Reply | None = None) -> View:
    replies: dict[str, Reply] = {"item": Body(*GET, Fragment(value)), "other": Body(*GET, Fragment({"A": 1}))}
    return View(replies | ({"tls": tls} if tls else {}), PATHS)


def unknown(read: object) -> Unknown:
    assert callable(read)
    with pytest.raises(NotKnown) as raised:
        read()
    return raised.value.unknown


def test_a_value_and_where_it_was_read() -> None:
    seen = view({"A": {"B": 3}})
    assert seen.at("item:/A/B", whole) == 3
    digest = Fragment({"A": {"B": 3}}).digest
    assert seen.evidence == [Evidence("x.get", "/A/B", digest, "value")]


@pytest.mark.parametrize("value", [{}, {"A": {}}, {"A": None}, {"A": {"B": None}}])
def test_what_is_missing(value: JSON) -> None:
    found = unknown(lambda: view(value).at("item:/A/B", whole))
    assert found == Unknown(Reason.SHAPE, "x.get /A/B is missing, which is not documented", *GET)
    declared = view(value)
    assert declared.at("item:/A/B", whole, missing="none") == "none"
    assert declared.evidence == [Evidence("x.get", "/A/B", Fragment(value).digest, "missing")]


def test_a_missing_field_may_mean_none() -> None:
    assert view({}).at("item:/A/B", whole, missing=None) is None


@pytest.mark.parametrize("value", [{"A": "text"}, {"A": [1]}, {"A": ""}, "text", [], False])
def test_another_form_is_not_a_missing_field(value: JSON) -> None:
    found = unknown(lambda: view(value).at("item:/A/B", whole, missing=0))
    assert found.reason is Reason.SHAPE
    assert found.detail.endswith("is not an object")
    assert [each.pointer for each in found.evidence] == ["/A" if isinstance(value, dict) else ""]


@pytest.mark.parametrize(
    ("value", "result"),
    [("on", "text"), (True, "true"), (1, "one"), (1.0, "float")],
)
def test_a_table_takes_the_exact_type(value: JSON, result: str) -> None:
    table: dict[object, str] = {"on": "text"}
    for key, meaning in ((True, "true"), (1, "one"), (1.0, "float")):
        only = {**table, key: meaning}
        if type(key) is type(value) or value == "on":
            assert view({"A": {"B": value}}).at("item:/A/B", only) == result
        else:
            detail = f"x.get /A/B has an unforeseen value {value!r}"
            assert unknown(lambda only=only: view({"A": {"B": value}}).at("item:/A/B", only)).detail == detail


def test_a_table_takes_no_value_of_another_form() -> None:
    assert unknown(lambda: view({"A": {"B": {"C": 1}}}).at("item:/A/B", {"on": True})).reason is Reason.SHAPE


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError])
def test_a_function_refuses_by_raising(error: type[Exception]) -> None:
    def via(value: JSON) -> int:
        raise error(value)

    long = "x" * 100
    found = unknown(lambda: view({"A": {"B": long}}).at("item:/A/B", via))
    assert found.detail == "x.get /A/B has an unforeseen value '" + "x" * 56 + "..."
    exact = unknown(lambda: view({"A": {"B": "x" * 58}}).at("item:/A/B", via))
    assert exact.detail == "x.get /A/B has an unforeseen value '" + "x" * 58 + "'"


def test_a_defect_in_a_function_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        view({"A": {"B": 0}}).at("item:/A/B", lambda value: 1 // whole(value))


@pytest.mark.parametrize(
    ("reply", "reason", "detail"),
    [
        (Refused(*GET, "AccessDenied"), Reason.REFUSED, "x.get refused (AccessDenied)"),
        (Failed(*GET, "timed out"), Reason.FAILED, "timed out"),
        (Unasked(*GET, "no promise asks for it"), Reason.NOT_ASKED, "no promise asks for it"),
        (Absent(*GET, "NoSuch"), Reason.SHAPE, "absent (NoSuch), undeclared here"),
    ],
)
def test_replies_that_are_none(reply: Reply, reason: Reason, detail: str) -> None:
    expected = Unknown(reason, detail, *GET)
    assert unknown(lambda: view({}, reply).at("tls:/On", flag)) == expected
    assert unknown(lambda: view({}, reply).each("tls:/On")) == expected
    assert unknown(lambda: view({}, reply).at("tls:/On", flag, missing=False)) == expected
    if not isinstance(reply, Absent):
        assert unknown(lambda: view({}, reply).at("tls:/On", flag, absent=False)) == expected
        assert unknown(lambda: view({}, reply).each("tls:/On", missing=True, absent=True)) == expected


def test_a_source_without_a_reply() -> None:
    assert unknown(lambda: view({}).at("tls:/On", flag, absent=False)) == Unknown(
        Reason.NOT_ASKED, "no reply named 'tls'"
    )


def test_a_declared_absence_is_evidence() -> None:
    absent = Absent(*GET, "NoSuch")
    for read in (
        lambda seen: seen.at("tls:/On", flag, absent=False) is False,
        lambda seen: list(seen.each("tls:/On", absent=True)) == [],
        lambda seen: seen.absent("tls"),
    ):
        seen = view({}, absent)
        assert read(seen)
        assert seen.evidence == [Evidence("x.get", seen="absent", code="NoSuch")]


def test_a_reply_that_is_there_is_not_absent() -> None:
    seen = view({}, Body(*GET, Fragment({"On": True})))
    assert seen.absent("tls") is False
    assert seen.at("tls:/On", flag, absent=False) is True
    assert [each.seen for each in seen.evidence] == ["value"]


@pytest.mark.parametrize("path", ["item:/A/C", "item:/C", "item:/Gone/Other", "other:/A", "tls2:/A", "other:"])
def test_an_undeclared_read_is_a_defect(path: str) -> None:
    value = {"A": {"C": 1}, "C": 1}
    for missing in (None, 1):
        with pytest.raises(UndeclaredRead, match="is read but not declared"):
            view(value).at(path, text, missing=missing)
    with pytest.raises(UndeclaredRead):
        view(value).each(path, missing=True)


@pytest.mark.parametrize("reply", [Refused(*GET, "AccessDenied"), Absent(*GET, "NoSuch"), Failed(*GET, "late")])
def test_an_undeclared_source_is_a_defect_whatever_came_back(reply: Reply) -> None:
    seen = View({"other": reply}, PATHS)
    for read in (lambda: seen.node("other"), lambda: seen.absent("other"), lambda: seen.each("other:", absent=True)):
        with pytest.raises(UndeclaredRead, match="other is read but not declared"):
            read()


def test_the_items_of_a_list() -> None:
    seen = view({"List": [{"Name": "a"}, {"Name": "b"}, {"Other": 1}, None]})
    nodes = list(seen.each("item:/List"))
    assert [node.pointer for node in nodes] == ["/List/0", "/List/1", "/List/2", "/List/3"]
    assert [node.at("/Name", text, missing="-") for node in nodes] == ["a", "b", "-", "-"]
    assert [(each.pointer, each.seen) for each in seen.evidence] == [
        ("/List", "value"),
        ("/List/0/Name", "value"),
        ("/List/1/Name", "value"),
        ("/List/2/Name", "missing"),
        ("/List/3/Name", "missing"),
    ]
    with pytest.raises(UndeclaredRead):
        nodes[2].at("/Other", whole)


@pytest.mark.parametrize("value", [{}, {"List": None}])
def test_a_missing_list_means_none_only_where_declared(value: JSON) -> None:
    assert unknown(lambda: view(value).each("item:/List")).detail == "x.get /List is not a list"
    seen = view(value)
    assert list(seen.each("item:/List", missing=True)) == []
    assert [each.seen for each in seen.evidence] == ["missing"]


@pytest.mark.parametrize("value", ["", {}, 0, False, "text"])
def test_another_form_is_not_an_empty_list(value: JSON) -> None:
    assert unknown(lambda: view({"List": value}).each("item:/List", missing=True)).detail == "x.get /List is not a list"


def test_a_declared_place_covers_what_lies_below_and_above() -> None:
    assert view({"Tags": {"env": "prod"}}).at("item:/Tags/env", text) == "prod"
    assert view({"A": {"B": 1}}).at("item:/A", lambda value: value) == {"B": 1}
    assert view({}, Body(*GET, Fragment("on"))).at("tls:", text) == "on"
    assert view({}, Body(*GET, Fragment({"deep": {"er": 1}}))).at("tls:/deep/er", whole) == 1


def test_a_node_below_a_node() -> None:
    root = view({"A": {"B": 1}}).node("item")
    assert isinstance(root, Node)
    assert root.pointer == ""
    assert unknown(lambda: view([]).node("item").at("/A/B", whole)).detail == "x.get / is not an object"
