"""The shelf: what is put there is read again as it was, from memory or from a file, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import shelf as module
from scanner.facts import Fragment, canonical, sha256
from scanner.shelf import Shelf

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SIZES = [1, 20, 64 << 20]
"""From so many bytes on, what is put there is in a file: all of it, some of it, or none."""


@pytest.fixture(params=SIZES)
def shelf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(module, "MEMORY", request.param)
    return Shelf()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JSON, max_size=8))
def test_what_was_put_there_is_read_again(shelf: Shelf, bodies: list[object]) -> None:
    put = [shelf.put(canonical(body)) for body in bodies]
    for body, made in [*zip(bodies, put, strict=True)][::-1]:
        assert made.is_sealed
        assert (made.body, made.data) == (body, canonical(body))
        assert made.digest == sha256(canonical(body))
        assert made.seal() is made
        assert made == Fragment(body)
        assert hash(made) == hash(Fragment(body))


def test_reading_does_not_move_where_the_next_is_put(shelf: Shelf) -> None:
    one = shelf.put(b'{"a":1}')
    assert one.data == b'{"a":1}'
    two = shelf.put(b"[2]")
    assert (one.body, two.body, one.data) == ({"a": 1}, [2], b'{"a":1}')


def test_each_reading_is_its_own(shelf: Shelf) -> None:
    made = shelf.put(b'{"a":[]}')
    first = made.body
    assert isinstance(first, dict)
    first["a"] = 1
    assert made.body == {"a": []}


def test_a_digest_that_was_verified_is_not_computed_again(shelf: Shelf) -> None:
    assert shelf.put(b"[]", "ab" * 32).digest == "ab" * 32
    assert shelf.put(b"[]").digest == sha256(b"[]")


def test_threads_put_and_read_at_once(shelf: Shelf) -> None:
    def work(seed: int) -> bool:
        dice = Random(seed)
        held: list[tuple[object, Fragment]] = []
        for number in range(100):
            body = {"seed": seed, "number": number, "text": "x" * dice.randrange(50)}
            held.append((body, shelf.put(canonical(body))))
            kept, made = dice.choice(held)
            if made.body != kept:
                return False
        return all(made.body == body and made.digest == sha256(canonical(body)) for body, made in held)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_fragments_outlive_the_name_of_their_shelf(shelf: Shelf) -> None:
    made = [shelf.put(canonical(number)) for number in range(50)]
    del shelf
    assert [each.body for each in made] == list(range(50))
