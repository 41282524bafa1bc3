"""Reading a policy file: strict, with the line and column of every mistake, and all mistakes at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import orjson
from pydantic import ValidationError

from checks.check import Check
from scanner.policy.explain import ENDPOINT, explain, is_endpoint, keys_of, unknown_key
from scanner.policy.model import Environment, Policy, Scope
from scanner.policy.problem import PolicyError, Problem, quoted
from scanner.policy.source import MOST_BYTES, Node, Step, decode, read
from scanner.policy.words import BUILT_IN, Vocabulary


def load(path: Path, *, checks: Mapping[str, Check], types: Collection[str], providers: Collection[str]) -> Policy:
    """Read the policy in a file; see `loads`. Raises OSError where the file cannot be read."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    return loads(decode(data, str(path)), str(path), checks=checks, types=types, providers=providers)


def loads(
    text: str, name: str, *, checks: Mapping[str, Check], types: Collection[str], providers: Collection[str]
) -> Policy:
    """Read a policy from text; `name` stands before each mistake.

    `checks` are the known checks by id, `types` the names of the modelled resource types, `providers` the names of the
    providers, of which those of plugins may have a scope and accounts of their own. Raises PolicyError.
    """
    root, problems = read(text, name)
    known = Vocabulary(checks, types, frozenset({*BUILT_IN, *providers}), root.entries("environments"))
    problems += _plugins(root, known.providers)
    problems += _repeated(root)
    try:
        policy = Policy.model_validate_json(orjson.dumps(root.plain()), strict=True, context=known)
    except ValidationError as error:
        problems += explain(root, Policy, error.errors(include_url=False))
    if problems:
        raise PolicyError(name, problems)
    return policy.settle(root, known, text)


def _plugins(root: Node, providers: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the keys that only plugins may bring."""
    yield from _keys(root, ("scope",), (*keys_of(Scope), *providers), providers)
    for name in root.entries("environments"):
        yield from _keys(root, ("environments", name), (*keys_of(Environment), *providers), providers)


def _keys(root: Node, path: tuple[Step, ...], valid: tuple[str, ...], providers: Collection[str]) -> Iterator[Problem]:
    for word, node in root.entries(*path).items():
        if word not in valid:
            yield unknown_key(root, (*path, word), valid)
        elif word in providers and word not in BUILT_IN:
            yield from _endpoints(node)
            yield from _plugin_scope(node) if path == ("scope",) else _plugin_accounts(node)


def _plugin_scope(node: Node) -> Iterator[Problem]:
    if not isinstance(node.value, Mapping):
        yield Problem(*node.at, "the scope of a provider is a mapping of keys and values")


def _plugin_accounts(node: Node) -> Iterator[Problem]:
    if not isinstance(node.value, tuple):
        yield Problem(*node.at, "the accounts of a provider are a list")
        return
    for each in node.value:
        if not isinstance(each.value, str):
            yield Problem(*each.at, "an account is a text", "Write it in quotes.")


def _endpoints(node: Node) -> Iterator[Problem]:
    match node.value:
        case Mapping() as entries:
            for word, below in entries.items():
                if is_endpoint(word):
                    yield Problem(*node.keys[word], f"{quoted(word)}: a policy file cannot name an endpoint", ENDPOINT)
                yield from _endpoints(below)
        case tuple() as items:
            for below in items:
                yield from _endpoints(below)


def _repeated(root: Node) -> Iterator[Problem]:
    """Promises that have the id of an earlier one."""
    first: dict[str, Node] = {}
    promises = root.find("promises").value
    for each in promises if isinstance(promises, tuple) else ():
        node = each.child("id")
        if node is None or not isinstance(node.value, str):
            continue
        if node.value in first:
            line = first[node.value].at[0]
            yield Problem(*node.at, f"the promise in line {line} has the id {quoted(node.value)} already")
        first.setdefault(node.value, node)
