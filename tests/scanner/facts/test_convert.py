"""Converters: each takes what was foreseen, and raises for anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import JSON, AtRest, KeyOwner, Tls, always, flag, folded, key_values, no, pairs, text, texts, whole

REFUSED = (ValueError, TypeError, KeyError)
MODES = folded({"on": 1, "off": 0})


@pytest.mark.parametrize(
    ("convert", "value", "result"),
    [
        (text, "a", "a"),
        (flag, True, True),
        (flag, False, False),
        (no, True, False),
        (no, False, True),
        (whole, 35, 35),
        (whole, "35", 35),
        (whole, -1, -1),
        (texts, ["a", "b"], ("a", "b")),
        (texts, [], ()),
        (pairs, {"env": "prod", "none": None, "empty": ""}, {"env": "prod", "none": "", "empty": ""}),
        (key_values, [{"Key": "env", "Value": "prod"}, {"Key": "bare"}], {"env": "prod", "bare": ""}),
        (key_values, [], {}),
        (MODES, "ON", 1),
        (MODES, "off", 0),
        (always("there"), None, "there"),
        (always("there"), {"any": 1}, "there"),
    ],
)
def test_foreseen(convert: Callable[[JSON], object], value: JSON, result: object) -> None:
    found = convert(value)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        (text, ""),
        (text, None),
        (text, 1),
        (flag, "true"),
        (flag, 1),
        (no, 0),
        (whole, True),
        (whole, 1.0),
        (whole, "many"),
        (whole, None),
        (texts, "ab"),
        (texts, [""]),
        (texts, [1]),
        (pairs, [("a", "b")]),
        (pairs, {"a": 1}),
        (pairs, {"": "b"}),
        (key_values, {"Key": "a"}),
        (key_values, [{"Value": "a"}]),
        (key_values, [{"Key": "a", "Value": 1}]),
        (key_values, ["a"]),
        (key_values, [[]]),
        (MODES, "half"),
        (MODES, 1),
    ],
)
def test_unforeseen(convert: Callable[[JSON], object], value: JSON) -> None:
    with pytest.raises(REFUSED):
        convert(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda d: st.lists(d) | st.dictionaries(st.text(), d)
    )
)
def test_nothing_but_a_refusal_is_raised(value: JSON) -> None:
    for convert in (text, flag, no, whole, texts, pairs, key_values, MODES):
        try:
            assert convert(value) is not None
        except REFUSED:
            continue


def test_the_order_of_tls_versions() -> None:
    order = [Tls.NONE, Tls.V1_0, Tls.V1_1, Tls.V1_2, Tls.V1_3]
    assert [[one >= other for other in order] for one in order] == [[a >= b for b in range(5)] for a in range(5)]
    assert [str(each) for each in order] == ["none", "1.0", "1.1", "1.2", "1.3"]


def test_the_order_of_key_owners() -> None:
    assert KeyOwner.PROVIDER < KeyOwner.PROVIDER_IN_ACCOUNT < KeyOwner.CUSTOMER
    assert [str(each) for each in KeyOwner] == ["provider", "provider-in-account", "customer"]
    assert [str(each) for each in AtRest] == ["none", "encrypted"]
