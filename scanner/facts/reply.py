"""Replies and fragments: what came back, projected to declared paths and addressed by content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

JSON = object
"""A decoded JSON value: None, bool, int, float, str, list or dict with string keys."""


def canonical(value: JSON) -> bytes:
    """Canonical JSON: UTF-8, keys sorted by code point, no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def trimmed(value: JSON) -> bytes:
    """Canonical JSON to be kept: a copy of just its length, because the encoder's own bytes keep the whole buffer."""
    return bytes(memoryview(canonical(value)))


def sha256(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Fragment:
    """One item of a reply after projection. Its identity is the SHA-256 of its canonical JSON.

    A sealed fragment holds only those bytes, and reads its body from them again when it is asked for: a large estate
    is many fragments, and a decoded body is many times as large.
    """

    __slots__ = ("_body", "_data", "_digest")

    def __init__(self, body: JSON, digest: str = "") -> None:
        self._body: JSON = body
        self._data = b""
        self._digest = digest

    @classmethod
    def sealed(cls, data: bytes, digest: str = "") -> Fragment:
        """The fragment of canonical JSON, and its digest where the caller has just verified it."""
        made = cls(None)
        made._data, made._digest = data, digest
        return made

    @property
    def is_sealed(self) -> bool:
        """Whether it holds canonical JSON instead of a body."""
        return bool(self._data)

    def seal(self) -> Fragment:
        """The same fragment, sealed."""
        if self._data:
            return self
        return Fragment.sealed(trimmed(self._body), self._digest)

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


def digests(told: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of the canonical JSON of each body among replies as they are written, by source."""
    return {source: sha256(canonical(each["body"])) for source, each in told.items() if "body" in each}


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


FORMS: Mapping[str, Callable[[str], str]] = {
    "location": lambda name: _group(r"/(?:locations|regions|zones)/([^/]+)/", name),
    "project": lambda name: _group(r"^//[^/]+/(projects/[^/]+)/", name),
    "node": lambda name: _group(r"^(//cloudresourcemanager\.googleapis\.com/.*)", name),
}
"""What a path may read of a name instead of all of it, as in "item:/name|location": the location or the project in it,
or all of it where it is that of a project, folder or organization of Google Cloud; "" where there is none. Resources
that differ in nothing but their names are then alike.
"""


def _group(pattern: str, name: str) -> str:
    found = re.search(pattern, name)
    return found[1] if found else ""


@lru_cache(8192)
def form_of(step: str) -> tuple[str, str]:
    """The step of a pointer without its form, and the form; "" without one."""
    base, _, form = step.rpartition("|")
    return (base, form) if form in FORMS and base else (step, "")


def formless(pointer: str) -> str:
    """A pointer without the form of its last step."""
    return pointer.rpartition("|")[0] if form_of(pointer)[1] else pointer


def legible(pointer: str) -> str:
    """A pointer for people: "/name (location)"."""
    base, form = form_of(pointer)
    return f"{base} ({form})" if form else pointer


def formed(value: Mapping[str, JSON], step: str) -> JSON:
    """The value at a step, in its form. A text that is there in that form already is taken as it is."""
    base, form = form_of(step)
    if not form or step in value:
        return value.get(step)
    raw = value.get(base)
    return FORMS[form](raw) if isinstance(raw, str) else raw


Tree = dict[str, Any]
"""Steps to deeper trees; an empty tree keeps everything below. FORMED has the steps that have a form."""
FORMED = "|"


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
        return {} if self.keep is None else _kept(value, self.keep)


def _add(root: Tree, steps: tuple[str, ...]) -> None:
    node = root
    for step in steps:
        if form_of(step)[1]:
            node.setdefault(FORMED, {})[step] = {}
            return
        if step in node and not node[step]:
            return
        node = node.setdefault(step, {})


def _kept(value: JSON, keep: Tree) -> JSON:
    """What one tree keeps."""
    if not keep:
        return value
    if isinstance(value, dict):
        if "*" in keep:
            return _project(value, [keep])
        kept: dict[str, JSON] = {}
        for step, deeper in keep.items():
            if step in value:
                kept[step] = _kept(value[step], deeper) if deeper else value[step]
        return kept | _formed(value, keep[FORMED]) if FORMED in keep else kept
    if isinstance(value, list):
        deeper = keep.get("*")
        return [None if deeper is None else _kept(item, deeper) for item in value]
    return None if value is None else ""


def _formed(value: Mapping[str, JSON], steps: Iterable[str]) -> dict[str, JSON]:
    return {step: formed(value, step) for step in steps if step in value or form_of(step)[0] in value}


def _project(value: JSON, keep: list[Tree]) -> JSON:
    """What any of these trees keeps: a name may be declared both by itself and by `*`."""
    if not all(keep):
        return value
    if isinstance(value, Mapping):
        deeper = {name: [tree[step] for tree in keep for step in {name, "*"} if step in tree] for name in value}
        steps = [step for tree in keep for step in tree.get(FORMED, ())]
        return {name: _project(value[name], trees) for name, trees in deeper.items() if trees} | _formed(value, steps)
    if isinstance(value, list):
        items = [tree["*"] for tree in keep if "*" in tree]
        return [_project(item, items) if items else None for item in value]
    return None if value is None else ""
