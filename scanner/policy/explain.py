"""From a validation error to a problem that a reader can act on: where it stands, what is wrong, the nearest word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from scanner.policy.problem import Problem, meant, printable, quoted
from scanner.policy.source import Node, Step, empty

Model = type[BaseModel]
Errors = Sequence[Mapping[str, Any]]
Said = tuple[str, str]

_KINDS = {
    "string": "a text",
    "tuple": "a list",
    "list": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "model": "a mapping of keys and values",
    "model_attributes": "a mapping of keys and values",
    "dict": "a mapping of keys and values",
    "mapping": "a mapping of keys and values",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
}


def explain(root: Node, model: Model, errors: Errors, base: tuple[Step, ...] = ()) -> Iterator[Problem]:
    """The problems of a validation of the value at `base` by a model, in no order."""
    for error in errors:
        loc = tuple(error["loc"])
        if error["type"] == "nested":
            inner = error["ctx"]
            yield from explain(root, inner["model"], inner["errors"], (*base, *loc))
        # A list whose items are all wrong counts as too short as well.
        elif error["type"] != "too_short" or not root.find(*base, *loc).value:
            yield _problem(root, model, error, base, loc)


def _problem(
    root: Node, model: Model, error: Mapping[str, Any], base: tuple[Step, ...], loc: tuple[Step, ...]
) -> Problem:
    path = (*base, *loc)
    kind: str = error["type"]
    if kind == "extra_forbidden":
        return unknown_key(root, path, keys_of(model_at(model, loc[:-1])))
    if kind == "missing":
        return Problem(*root.find(*path[:-1]).at, f"{quoted(path[-1])} is missing")
    if path and path[-1] == "[key]":
        at = root.find(*path[:-2]).keys.get(str(path[-2]), root.find(*path).at)
        return Problem(*at, *map(printable, _said(error, root.find(*path))))
    node = root.find(*path)
    if node.value is None and path:
        return empty(node.at, "an item of this list" if isinstance(path[-1], int) else quoted(path[-1]))
    return Problem(*node.at, *map(printable, _said(error, node)))


def unknown_key(root: Node, path: tuple[Step, ...], valid: Sequence[str]) -> Problem:
    """The problem of a key that a mapping does not have."""
    word = str(path[-1])
    at = root.find(*path[:-1]).keys.get(word, root.find(*path).at)
    if is_endpoint(word):
        return Problem(*at, f"{quoted(word)}: a policy file cannot name an endpoint", ENDPOINT)
    known = f"Known: {', '.join(sorted(set(valid)))}." if valid else "No key is known here."
    return Problem(*at, f"unknown key {quoted(word)}", meant(word, valid) or known)


ENDPOINT = "Whoever may edit the file could send credentials anywhere; give it on the command line."


def is_endpoint(word: str) -> bool:
    """Whether a key asks to talk to another server than the vendor's."""
    bare = re.sub("[^a-z]", "", word.lower())
    return "endpoint" in bare or bare == "baseurl"


def keys_of(model: Model | None) -> tuple[str, ...]:
    """The keys of a model as a policy writes them."""
    return tuple(info.alias or name for name, info in model.model_fields.items()) if model else ()


def model_at(model: Model, loc: Sequence[Step]) -> Model | None:
    """The model that stands at a path inside another."""
    current: Model | None = model
    many = False
    for step in loc:
        if many:
            # A step into a list, or to a name in a mapping: every item has the same model.
            many = False
            continue
        annotation = _annotation(current, step)
        current, many = _inner(annotation), _is_many(annotation)
    return current


def _annotation(model: Model | None, key: Step) -> Any:
    fields = model.model_fields.items() if model else ()
    return next((info.annotation for name, info in fields if (info.alias or name) == key), None)


def _is_many(annotation: Any) -> bool:
    return get_origin(annotation) in (tuple, list, dict, Mapping)


def _inner(annotation: Any) -> Model | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _inner(each))), None)


def _said(error: Mapping[str, Any], node: Node) -> Said:
    """The message and the hint of one error."""
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    match kind:
        case "refused":
            return context["message"], context["hint"]
        case "value_error" | "assertion_error":
            message, found, word = str(context["error"]).partition("Did you mean ")
            return message.rstrip(" ."), found + word
        case "literal_error" | "enum":
            valid = re.findall(r"'([^']*)'|\b(\d+)\b", context["expected"])
            return _choice(node, [text or number for text, number in valid if text or number])
        case "too_short" | "string_too_short":
            return "this is empty", "Write at least one."
    wanted = _KINDS.get(kind.removesuffix("_type").removesuffix("_parsing"))
    return (f"{wanted} is wanted here, not {_named(node)}", _advice(wanted, node)) if wanted else (error["msg"], "")


def _choice(node: Node, valid: Sequence[str]) -> Said:
    word = node.written
    if word in valid:
        return f"{word} is wanted here without quotes", ""
    return f"{quoted(word)} is not one of {', '.join(valid)}", meant(word, valid)


def _named(node: Node) -> str:
    match node.value:
        case Mapping():
            return "a mapping"
        case tuple():
            return "a list"
        case str():
            return f"the text {quoted(node.value)}"
        case bool():
            return f"{node.written}, which is a truth value"
    return f"the number {node.written}"


def _advice(wanted: str, node: Node) -> str:
    if isinstance(node.value, tuple | Mapping):
        return ""
    if wanted == "a text":
        return f'Write it in quotes: "{node.written}".'
    return f"Write it in brackets: [{printable(node.written)}]." if wanted == "a list" else ""
