"""Text from a cloud or a policy, made harmless for a terminal and a page."""

from __future__ import annotations


def visible(text: object) -> str:
    """Text in which control and direction characters are seen and do nothing."""
    word = str(text)
    if word.isprintable():
        return word
    return "".join(each if each.isprintable() else _escaped(ord(each)) for each in word)


def _escaped(point: int) -> str:
    """As Python and JSON write it; with eight digits where four are too few, or digits after it would be taken in."""
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
