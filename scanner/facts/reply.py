"""Replies and fragments: what came back, projected to declared paths and addressed by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

JSON = object
"""A decoded JSON value: None, bool, int, float, str, list or dict with string keys."""


def canonical(value: JSON) -> bytes:
    """Canonical JSON: UTF-8, keys sorted by code point, no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sha256(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Fragment:
    """One item of a reply after projection. Its identity is the SHA-256 of its canonical JSON.

    A sealed fragment holds only those bytes, and reads its body from them again when it is asked for: a large estate
    is many fragments, and a decoded body is many times as large.
    """

    __slots__ = ("_body", "_data", "_digest")

    def __init__(self, body: JSON) -> None:
        self._body: JSON = body
        self._data = b""
        self._digest = ""

    @classmethod
    def sealed(cls, data: bytes, digest: str = "") -> Fragment:
        """The fragment of canonical JSON, and its digest where the caller has just verified it."""
        made = cls(None)
        made._data, made._digest = data, digest
        return made

    def seal(self) -> Fragment:
        """The same fragment, sealed."""
        if self._data:
            return self
        # A copy, because the encoder's own bytes keep the whole of its buffer.
        return Fragment.sealed(bytes(memoryview(canonical(self._body))), self._digest)

    @property
    def body(self) -> JSON:
        """The decoded JSON."""
        return orjson.loads(self._data) if self._data else self._body

    @property
    def data(self) -> bytes:
        """The canonical JSON."""
        return self._data or canonical(self._body)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        if not self._digest:
            self._digest = sha256(self.data)
        return self._digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fragment) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Fragment({self.body!r})"


@dataclass(frozen=True, slots=True)
class Body:
    """A good reply."""

    call: str
    permission: str
    fragment: Fragment


@dataclass(frozen=True, slots=True)
class Absent:
    """The vendor's declared way to say "no such configuration"."""

    call: str
    permission: str
    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The caller may not ask. `permission` would answer."""

    call: str
    permission: str
    code: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The call did not succeed, for a reason other than a refusal."""

    call: str
    permission: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unasked:
    """The call was not made: no promise asks for it, or a recording does not hold it."""

    call: str
    permission: str
    detail: str


Reply = Body | Absent | Refused | Failed | Unasked


@lru_cache(8192)
def split(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901); "" is the whole document."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer starts with '/': {pointer!r}")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def join(steps: Iterable[str | int]) -> str:
    """The JSON pointer of these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


Tree = dict[str, Any]
"""Steps to deeper trees; an empty tree keeps everything below."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The declared paths of a reply: the allow-list of what evidence may hold.

    `*` stands for every item of a list or every key of an object. A pointer that ends at an inner place keeps the
    whole subtree below it. Lists keep their length, so that "no item" and "an item without the field" stay two things.
    A scalar where something deeper was foreseen becomes "": it is not kept, and stays apart from a missing field.
    """

    keep: Tree | None

    @classmethod
    def of(cls, pointers: Iterable[str]) -> Projection:
        """The projection to these pointers; with none, nothing is kept."""
        root: Tree | None = None
        for steps in sorted(map(split, pointers), key=len):
            if root is None:
                root = {}
            elif not root:
                break
            _add(root, steps)
        return cls(root)

    def __call__(self, value: JSON) -> JSON:
        """The value with nothing but the declared paths."""
        return {} if self.keep is None else _project(value, [self.keep])


def _add(root: Tree, steps: tuple[str, ...]) -> None:
    node = root
    for step in steps:
        if step in node and not node[step]:
            return
        node = node.setdefault(step, {})


def _project(value: JSON, keep: list[Tree]) -> JSON:
    """What any of these trees keeps: a name may be declared both by itself and by `*`."""
    if not all(keep):
        return value
    if isinstance(value, Mapping):
        deeper = {name: [tree[step] for tree in keep for step in {name, "*"} if step in tree] for name in value}
        return {name: _project(value[name], trees) for name, trees in deeper.items() if trees}
    if isinstance(value, list):
        items = [tree["*"] for tree in keep if "*" in tree]
        return [_project(item, items) if items else None for item in value]
    return None if value is None else ""
