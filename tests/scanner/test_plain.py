"""Values of facts as JSON, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import (
    FOREVER,
    JSON,
    AtRest,
    Copy,
    CopyKind,
    Duration,
    Evidence,
    KeyOwner,
    Plan,
    PlanKind,
    Reason,
    Seen,
    Tls,
    Unknown,
    canonical,
)
from scanner.plain import plain

ODD = Unknown(Reason.SHAPE, "odd", evidence=(Evidence("x.get"),))
ODD_PLAIN = {"reason": "shape", "detail": "odd", "call": "", "permission": ""}


@dataclass
class Pair:
    """A record of the tests, with a part that is no part of its identity."""

    left: object
    right: object = field(compare=False)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        ("a", "a"),
        (Fraction(1, 3), "1/3"),
        (Duration.of(35), "35 days"),
        (FOREVER, "forever"),
        (AtRest.NONE, "none"),
        (KeyOwner.PROVIDER_IN_ACCOUNT, "provider-in-account"),
        (Tls.V1_2, "1.2"),
        (date(2031, 12, 27), "2031-12-27"),
        (datetime(2031, 12, 27, 1, 2, 3, tzinfo=UTC), "2031-12-27T01:02:03+00:00"),
        ({1: date(2031, 12, 27), "a": (1,)}, {"1": "2031-12-27", "a": [1]}),
        (("b", "a"), ["b", "a"]),
        (["b", "a"], ["b", "a"]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Seen(("b", "a"), (ODD,)), ["a", "b"]),
        (Pair("b", "hidden"), {"left": "b"}),
        (ODD, ODD_PLAIN),
        (Copy(CopyKind.GEO_PAIR, "azure:ukwest"), {"kind": "geo-pair", "place": "azure:ukwest", "ref": ""}),
        (
            Plan(PlanKind.SNAPSHOT, FOREVER, ODD, ("aws:eu-west-1",), encrypted=True, immutable=False),
            {
                "kind": "snapshot",
                "retention": "forever",
                "every": ODD_PLAIN,
                "places": ["aws:eu-west-1"],
                "encrypted": True,
                "immutable": False,
            },
        ),
    ],
)
def test_plain(value: object, result: JSON) -> None:
    found = plain(value)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize("value", [b"bytes", object(), 1j, [b"bytes"]])
def test_what_has_no_plain_form(value: object) -> None:
    with pytest.raises(TypeError, match="has no plain form"):
        plain(value)


@given(st.lists(st.integers(-9, 9) | st.text() | st.booleans() | st.none(), unique_by=repr))
def test_a_set_is_written_alike_in_any_order(items: list[object]) -> None:
    backwards = canonical(plain(Seen(tuple(reversed(items)))))
    assert backwards == canonical(plain(Seen(tuple(items))))
