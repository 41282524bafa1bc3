"""The JSON Schema of a policy file, for editors. The loader is stricter: it also knows names, places and dates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from checks.check import Check
from scanner.policy.model import Policy
from scanner.policy.words import BUILT_IN

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


def schema(checks: Mapping[str, Check], types: Collection[str], providers: Collection[str] = ()) -> Json:
    """The schema (draft 2020-12) of a policy that may use these checks, types and providers of plugins.

    The parameters under `with` follow the check that is named.
    """
    found = Policy.model_json_schema(by_alias=True)
    parts: Json = found["$defs"]
    plugins = sorted(set(providers) - set(BUILT_IN))
    _open(parts["Scope"], plugins, {"type": "object"})
    _open(parts["Environment"], plugins, {"type": "array", "items": {"type": "string"}})
    _names(parts["AppliesTo"]["properties"], types, [*BUILT_IN, *plugins])
    _checks(parts["Promise"], checks.values())
    parts.update({_part(check): _parameters(check) for check in checks.values()})
    return {"$schema": DRAFT, **found, "title": "asdeclared policy"}


def _open(part: Json, plugins: Iterable[str], value: Json) -> None:
    """Close a part that takes keys of plugins: to these plugins only. No key is null."""
    part["additionalProperties"] = False
    part["properties"] |= dict.fromkeys(plugins, value)
    for name in BUILT_IN:
        part["properties"][name] = _not_null(part["properties"][name])


def _not_null(value: Json) -> Json:
    if "anyOf" not in value:
        return value
    (only,) = (each for each in value["anyOf"] if each != {"type": "null"})
    return {**only, **{key: item for key, item in value.items() if key not in ("anyOf", "default")}}


def _names(applies_to: Json, types: Collection[str], providers: list[str]) -> None:
    globs = {"type": "string", "pattern": r"\*"}
    applies_to["types"]["items"] = {"anyOf": [{"enum": sorted(types)}, globs]}
    applies_to["providers"]["items"] = {"enum": providers}


def _checks(promise: Json, checks: Iterable[Check]) -> None:
    ordered = sorted(checks, key=lambda check: check.id)
    named = [{"const": check.id, "description": check.doc} for check in ordered]
    promise["properties"]["check"] |= {"anyOf": named} if named else {"enum": []}
    if ordered:
        promise["allOf"] = [_rule(check) for check in ordered]


def _rule(check: Check) -> Json:
    then: Json = {"properties": {"with": {"$ref": f"#/$defs/{_part(check)}"}}}
    if any(field.is_required() for field in check.parameters.model_fields.values()):
        then["required"] = ["with"]
    return {"if": {"properties": {"check": {"const": check.id}}, "required": ["check"]}, "then": then}


def _part(check: Check) -> str:
    return f"with.{check.id}"


def _parameters(check: Check) -> Json:
    found = check.parameters.model_json_schema(by_alias=True, ref_template=f"#/$defs/{_part(check)}/$defs/{{model}}")
    return {**found, "description": found.get("description", check.title)}
