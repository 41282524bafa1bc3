"""Memory: what is remembered, up to so much."""

from __future__ import annotations

from scanner.memory import Memory


def test_it_is_emptied_before_it_holds_too_much() -> None:
    memory: Memory[str, int] = Memory(2)
    assert [memory.keep(name, n) for n, name in enumerate("ab")] == [0, 1]
    assert memory == {"a": 0, "b": 1}
    assert memory.keep("c", 2) == 2
    assert memory == {"c": 2}
