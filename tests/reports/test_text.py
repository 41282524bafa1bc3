"""Text made harmless: what acts is shown, what is read stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Data is kept in UK South.", "Data is kept in UK South."),
        ("Größe 数据 نص 🗄", "Größe 数据 نص 🗄"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\x9b0m", "\\u009b0m"),
        ("a\x00b\r\n\t", "a\\u0000b\\u000d\\u000a\\u0009"),
        ("\u202egnp", "\\u202egnp"),
        ("\u2066\u200b\ufeff\u2028", "\\u2066\\u200b\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
        ("\uffff", "\\uffff"),
        ("\U000e0041b", "\\U000e0041b"),
        ("\U0010ffff", "\\U0010ffff"),
        (12, "12"),
    ],
)
def test_what_acts_is_shown(text: object, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_that_acts_is_left(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(shown) == shown
    shown.encode()
