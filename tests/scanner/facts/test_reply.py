"""Projection, pointers and canonical JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.facts import JSON, Fragment, Projection, canonical, sha256
from scanner.facts.reply import join, split

NAMES = st.sampled_from(["a", "b", "c", "~", "/", ""])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("xy", min_size=1, max_size=3)
VALUES: st.SearchStrategy[JSON] = st.recursive(
    SCALARS, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(NAMES, deeper, max_size=4), max_leaves=12
)
POINTERS = st.lists(st.lists(NAMES | st.just("*"), max_size=4).map(join), max_size=4)
Steps = tuple[str | int, ...]


def leaves(value: JSON, at: Steps = ()) -> Iterator[tuple[Steps, JSON]]:
    """Scalars, and containers with nothing in them."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*at, name))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from leaves(item, (*at, number))
    else:
        yield at, value


def lists(value: JSON, at: Steps = ()) -> Iterator[tuple[Steps, int]]:
    if isinstance(value, list):
        yield at, len(value)
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for step, item in items:
        yield from lists(item, (*at, step))


def fits(step: str | int, declared: str) -> bool:
    return declared == "*" or (isinstance(step, str) and step == declared)


def declared(at: Steps, pointers: list[str]) -> bool:
    """Whether a pointer keeps this place: it is the place, or one above it."""
    return any(len(p) <= len(at) and all(map(fits, at, p)) for p in map(split, pointers))


def towards(at: Steps, pointers: list[str]) -> bool:
    """Whether a declared place may lie below, or a list of items lies here where an object was foreseen."""
    return any(all(isinstance(s, int) or fits(s, d) for s, d in zip(at, split(p), strict=False)) for p in pointers)


def lookup(value: JSON, at: Steps) -> JSON:
    for step in at:
        value = value[step]  # type: ignore[index] # `at` comes from the value's own places
    return value


@given(VALUES, POINTERS)
@example({"a": {"b": 1, "c": 2}}, ["/a/*", "/a/b/c"])
def test_only_declared_values_are_kept(value: JSON, pointers: list[str]) -> None:
    for at, leaf in leaves(Projection.of(pointers)(value)):
        if not declared(at, pointers):
            assert leaf in (None, "", {}, []), "a value at an undeclared path is kept"
            assert not pointers or towards(at, pointers)


@given(VALUES, POINTERS)
@example({"a": {"b": {"x": 1, "y": 2}}}, ["/a/*/x", "/a/b/y"])
@example({"a": {"b": {"x": 1, "y": 2}}}, ["/a/*", "/a/b/y"])
def test_every_declared_value_is_kept(value: JSON, pointers: list[str]) -> None:
    kept = dict(leaves(Projection.of(pointers)(value)))
    for at, leaf in leaves(value):
        if declared(at, pointers):
            assert at in kept
            assert kept[at] == leaf
            assert type(kept[at]) is type(leaf)


@given(VALUES, POINTERS)
def test_projecting_twice_changes_nothing(value: JSON, pointers: list[str]) -> None:
    projection = Projection.of(pointers)
    once = projection(value)
    assert canonical(projection(once)) == canonical(once)


@given(VALUES, POINTERS)
def test_lists_keep_their_length(value: JSON, pointers: list[str]) -> None:
    projected = Projection.of(pointers)(value)
    for at, size in lists(projected):
        assert len(lookup(value, at)) == size  # type: ignore[arg-type] # the same place is a list there too


@given(VALUES, POINTERS)
def test_the_value_itself_is_left_alone(value: JSON, pointers: list[str]) -> None:
    before = canonical(value)
    Projection.of(pointers)(value)
    assert canonical(value) == before


@given(VALUES, POINTERS)
def test_the_order_of_the_pointers_means_nothing(value: JSON, pointers: list[str]) -> None:
    assert canonical(Projection.of(pointers)(value)) == canonical(Projection.of(reversed(pointers))(value))


@pytest.mark.parametrize(
    ("pointers", "value", "kept"),
    [
        ((), {"a": 1}, {}),
        (("",), {"a": [1, None]}, {"a": [1, None]}),
        (("", "/a"), {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        (("/a", "/a/b"), {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        (("/a/b",), {"a": {"b": 1, "secret": 2}, "secret": 3}, {"a": {"b": 1}}),
        (("/a/b",), {"a": {}}, {"a": {}}),
        (("/a/*/b",), {"a": [{"b": 1, "c": 2}, {"c": 3}]}, {"a": [{"b": 1}, {}]}),
        (("/a/*/b",), {"a": {"x": {"b": 1, "c": 2}}}, {"a": {"x": {"b": 1}}}),
        (("/a/b",), {"a": [{"b": "secret"}, 1]}, {"a": [None, None]}),
        (("/a/b",), {"a": "secret"}, {"a": ""}),
        (("/a/*/b",), {"a": ["secret", None]}, {"a": ["", None]}),
        (("/a/b",), {"a": None}, {"a": None}),
        (("/a/b",), "secret", ""),
        (("/a~1b", "/c~0d"), {"a/b": 1, "c~d": 2}, {"a/b": 1, "c~d": 2}),
    ],
)
def test_projection(pointers: tuple[str, ...], value: JSON, kept: JSON) -> None:
    assert Projection.of(pointers)(value) == kept


@given(VALUES)
def test_canonical_json_is_the_same_for_any_order_of_keys(value: JSON) -> None:
    def turned(part: JSON) -> JSON:
        if isinstance(part, dict):
            return {name: turned(part[name]) for name in reversed(part)}
        return [turned(item) for item in part] if isinstance(part, list) else part

    assert canonical(turned(value)) == canonical(value)
    assert Fragment(turned(value)).digest == Fragment(value).digest


def test_canonical_json() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()
    assert Fragment({"b": 1, "a": 2}).data == b'{"a":2,"b":1}'
    assert Fragment({}).digest == sha256(b"{}")
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(NAMES | st.text(max_size=4)))
def test_pointers_round_trip(steps: list[str]) -> None:
    assert split(join(steps)) == tuple(steps)


def test_pointers() -> None:
    assert split("/a~1b/~01") == ("a/b", "~1")
    assert join(("a/b", 0, "~1")) == "/a~1b/0/~01"
    assert split("") == ()
    with pytest.raises(ValueError, match="starts with '/'"):
        split("a")
