"""YAML 1.2 with the position of every key and value, for texts that may come from anyone.

The events of the parser are read, not its objects: so nothing is constructed, no version of YAML but 1.2 is taken
(in 1.1, the country NO is false), and depth and size are bounded, aliases included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from scanner.policy.problem import PolicyError, Problem, quoted

MOST_BYTES = 1_000_000
MOST_NODES = 50_000
MOST_DEPTH = 24

At = tuple[int, int]
Scalar = str | int | float | bool | None
Step = str | int
Event = Any

_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# A longer number is an identifier in any policy, and stays the text that it is.
_WHOLE = re.compile(r"[-+]?[0-9]{1,15}", re.ASCII)
_OTHER_BASE = re.compile(r"0o[0-7]{1,15}|0x[0-9a-fA-F]{1,12}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]{1,15}|[0-9]{1,15}(?:\.[0-9]{0,15})?)(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file: where it starts, what it is, and for a scalar how it was written.

    `keys` are the positions of a mapping's keys. `size` counts the values in it, `depth` the levels below it.
    """

    at: At
    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    written: str = ""
    keys: Mapping[str, At] = field(default_factory=dict)
    size: int = 1
    depth: int = 0

    def plain(self) -> Any:
        """The value as JSON."""
        match self.value:
            case Mapping():
                return {name: node.plain() for name, node in self.value.items()}
            case tuple():
                return [node.plain() for node in self.value]
        return self.value

    def child(self, step: Step) -> Node | None:
        """The value under a key or an index."""
        if isinstance(self.value, Mapping):
            return self.value.get(str(step))
        if isinstance(self.value, tuple) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def find(self, *path: Step) -> Node:
        """The value at a path, or the last one on the way to it that is there."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                break
            node = below
        return node

    def entries(self, *path: Step) -> Mapping[str, Node]:
        """The keys and values of the mapping at a path; none where there is no mapping."""
        found: Node | None = self
        for step in path:
            found = found.child(step) if found else None
        return found.value if found and isinstance(found.value, Mapping) else {}


@dataclass(slots=True)
class _Reader:
    """Builds nodes from events. Mistakes that leave the rest readable are collected, others raise `_Stop`."""

    events: Iterator[Event]
    problems: list[Problem]
    anchors: dict[str, Node] = field(default_factory=dict)
    count: int = 0

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            match event:
                case DocumentStartEvent() if root is not None:
                    raise _stop(_at(event), "a second document starts here", "A policy is one document.")
                case DocumentStartEvent() if event.version not in (None, (1, 2)):
                    raise _stop(_at(event), "only YAML 1.2 is read", "Leave the %YAML line out.")
                case ScalarEvent() | AliasEvent() | SequenceStartEvent() | MappingStartEvent():
                    root = self.node(event, 0)
                case DocumentEndEvent() | _:
                    pass
        return root

    def node(self, event: Event, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise _stop(_at(event), f"this is nested more than {MOST_DEPTH} levels deep")
        if event.__class__ is not AliasEvent and event.tag is not None:
            self.say(_at(event), f"a tag such as {quoted(event.tag)} is not taken", "Leave it out.")
        match event:
            case AliasEvent():
                return self.grown(self.alias(event), depth, _at(event))
            case ScalarEvent():
                node = self.scalar(event)
            case SequenceStartEvent():
                node = self.sequence(event, depth)
            case _:
                node = self.mapping(event, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Event) -> Node:
        # An anchor counts from its value's end on, so that no value holds itself.
        found = self.anchors.get(event.anchor)
        if found is None:
            raise _stop(_at(event), f"no anchor {quoted(event.anchor)} stands before this alias")
        return found

    def grown(self, node: Node, depth: int, at: At) -> Node:
        """Count a value, each time that an alias repeats it too."""
        self.count += node.size
        if self.count > MOST_NODES or depth + node.depth > MOST_DEPTH:
            raise _stop(at, f"with its aliases the policy has more than {MOST_NODES} values or is too deep")
        return node

    def scalar(self, event: Event) -> Node:
        text: str = event.value
        if _SURROGATE.search(text):
            raise _stop(_at(event), "half a character (a surrogate) stands in this text")
        at = _at(event)
        return self.grown(Node(at, _resolved(text) if event.implicit[0] else text, text), 0, at)

    def sequence(self, event: Event, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(each := next(self.events), SequenceEndEvent):
            items.append(self.node(each, depth + 1))
            self.filled(items[-1], "an item of this list")
        self.count += 1
        return Node(_at(event), tuple(items), size=1 + _size(items), depth=_depth(items))

    def mapping(self, event: Event, depth: int) -> Node:
        found: dict[str, Node] = {}
        keys: dict[str, At] = {}
        while not isinstance(each := next(self.events), MappingEndEvent):
            key = self.key(each)
            node = self.node(next(self.events), depth + 1)
            if key in found:
                self.say(_at(each), f"{quoted(key)} stands here twice; first in line {keys[key][0]}")
                continue
            if node.value is None:
                # The parser tells where the next value stands, which may be lines below.
                node = replace(node, at=_at(each))
            self.filled(node, quoted(key))
            found[key], keys[key] = node, _at(each)
        self.count += 1
        return Node(_at(event), found, "", keys, 1 + _size(found.values()), _depth(found.values()))

    def key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent):
            raise _stop(_at(event), "a key must be a plain text")
        key = self.scalar(event).written
        if key == "<<" and event.style is None:
            self.say(_at(event), "YAML 1.2 has no merge key '<<'", "Write the keys out.")
        return key

    def filled(self, node: Node, what: str) -> None:
        if node.value is None:
            self.problems.append(empty(node.at, what))

    def say(self, at: At, message: str, hint: str = "") -> None:
        self.problems.append(Problem(*at, message, hint))


class _Stop(Exception):
    """Reading ends here. Carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def empty(at: At, what: str) -> Problem:
    """The problem of a key without a value."""
    return Problem(*at, f"{what} has no value", "Write one, or leave it out.")


def read(text: str, name: str) -> tuple[Node, list[Problem]]:
    """Read one document. Returns it with the mistakes that leave it readable; raises PolicyError for the others."""
    problems: list[Problem] = []
    try:
        _short(text)
        root = _Reader(_events(text), problems).document()
    except _Stop as stop:
        raise PolicyError(name, [*problems, stop.problem]) from None
    if root is None or root.value is None:
        raise PolicyError(name, [*problems, Problem(1, 1, "the policy is empty")])
    return root, problems


def decode(data: bytes, name: str) -> str:
    """UTF-8 text, with or without a byte order mark. Raises PolicyError with the place of the first other byte."""
    try:
        _short(data)
        return data.decode("utf-8-sig")
    except _Stop as stop:
        raise PolicyError(name, [stop.problem]) from None
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        at = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise PolicyError(name, [Problem(*at, "this is not UTF-8 text", "Save the file as UTF-8.")]) from None


def _short(content: str | bytes) -> None:
    if len(content) > MOST_BYTES:
        raise _stop((1, 1), f"the policy is longer than {MOST_BYTES} bytes")


def _events(text: str) -> Iterator[Event]:
    """The events of the pure parser, which does not recurse. Its errors come with a position."""
    parser = YAML(typ="safe", pure=True)
    at = (1, 1)
    try:
        for event in parser.parse(text):
            at = _at(event)
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else at
        raise _stop(at, f"this is not YAML: {error.problem or error.context}", _advice(error.problem)) from None
    except ReaderError as error:
        raise _stop(_position(text, error.position), "a character stands here that no text has") from None
    # An escape such as "\UFFFFFFFF" in a text breaks the parser itself.
    except (YAMLError, ValueError, OverflowError):
        raise _stop(at, "this is not YAML: after this place something cannot be read") from None


def _position(text: str, index: int) -> At:
    before = text[:index]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _advice(problem: str | None) -> str:
    if problem and r"\t" in problem:
        return "Indent with spaces, not with tabs."
    if problem and "cannot start any token" in problem:
        return "Write the text in quotes."
    return ""


def _resolved(text: str) -> Scalar:
    """The value of a scalar without quotes, by the core schema of YAML 1.2, without infinity and not-a-number."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _stop(at: At, message: str, hint: str = "") -> _Stop:
    return _Stop(Problem(*at, message, hint))


def _at(event: Event) -> At:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _size(nodes: Any) -> int:
    return sum(node.size for node in nodes)


def _depth(nodes: Any) -> int:
    return max((node.depth + 1 for node in nodes), default=0)
