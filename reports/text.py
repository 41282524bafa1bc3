"""Text from a cloud or a policy, made harmless for a terminal and a page."""

from __future__ import annotations


def visible(text: object) -> str:
    """Text in which control and direction characters are seen and do nothing."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in str(text))
