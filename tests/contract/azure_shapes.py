"""Whether a body follows the vendor's own SDK model: keys, types, required fields, enums."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import importlib
import sys
import typing
from typing import Any

Body = dict[str, Any]


def model_of(name: str) -> type[Any]:
    """The model of a name such as "compute.Disk": the package below `azure.mgmt`, and the class."""
    package, _, class_name = name.rpartition(".")
    return getattr(importlib.import_module(f"azure.mgmt.{package}.models"), class_name)  # type: ignore[no-any-return]


def problems(body: Body, name: str) -> list[str]:
    """What is wrong with a body as one of the model. A model of the older SDKs says less: what it does not know is lost
    between reading and writing.
    """
    model = model_of(name)
    if not hasattr(model, "_attribute_map"):
        return problems_of(body, model, body["id"])
    written = model.deserialize(copy.deepcopy(body)).serialize(keep_readonly=True)
    return [] if written == body else [f"{body['id']}: {name} makes {written} of it"]


def hints_of(model: type[Any]) -> dict[str, Any]:
    """The type of each field of a model by the name that it has in JSON."""
    package = model.__module__.rpartition(".")[0]
    names: dict[str, Any] = {"_models": importlib.import_module(package)}
    hints: dict[str, Any] = {}
    model({})  # the SDK fills the map of fields when a model is first made
    for base in reversed(model.__mro__):
        names |= vars(sys.modules[base.__module__]) | {"_models": names["_models"]}
        own = {
            key: hint for key, hint in vars(base).get("__annotations__", {}).items() if key in model._attr_to_rest_field
        }
        holder = type("Holder", (), {"__annotations__": own})
        hints |= typing.get_type_hints(holder, globalns=names)
    return {model._attr_to_rest_field[key]._rest_name: hint for key, hint in hints.items()}


def problems_of(value: object, hint: Any, path: str) -> list[str]:
    """What is wrong with a value as a JSON value of the type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return []
    if inner and origin not in (list, dict, typing.Literal):
        return _problems_of_union(value, inner, path)
    if origin is list and isinstance(value, list):
        return [found for at, item in enumerate(value) for found in problems_of(item, inner[0], f"{path}/{at}")]
    if origin is dict and isinstance(value, dict):
        return [found for key, item in value.items() for found in problems_of(item, inner[1], f"{path}/{key}")]
    if hasattr(hint, "_deserialize") and isinstance(value, dict):
        return _problems_of_model(value, hint, path)
    return [] if _is_plain(value, hint) else [f"{path}: {value!r} is not of type {hint}"]


def _problems_of_union(value: object, members: tuple[Any, ...], path: str) -> list[str]:
    if value is None and type(None) in members:
        return []
    enums = [member for member in members if isinstance(member, type) and issubclass(member, enum.Enum)]
    known = [one.value for member in enums for one in member]
    if enums:
        return [] if value in known else [f"{path}: {value!r} is not one of {known}"]
    attempts = [problems_of(value, member, path) for member in members if member is not type(None)]
    return min(attempts, key=len)


def _problems_of_model(value: Body, hint: type[Any], path: str) -> list[str]:
    model = _named(value, hint)
    hints = hints_of(model)
    unknown = [f"{path}/{key}: {model.__name__} has no such field" for key in value if key not in hints]
    required = {key for key, one in hints.items() if type(None) not in typing.get_args(one)}
    missing = [f"{path}/{key}: required by {model.__name__}" for key in sorted(required - value.keys())]
    below = [
        found for key in value.keys() & hints.keys() for found in problems_of(value[key], hints[key], f"{path}/{key}")
    ]
    return [*unknown, *missing, *sorted(below)]


def _named(value: Body, hint: type[Any]) -> type[Any]:
    """The subclass that a discriminator names; the SDK looks for it among the nearest ones only."""
    nearest = type(hint._deserialize(value, []))
    deeper = (type(below._deserialize(value, [])) for below in hint.__subclasses__())
    further = (model for model in deeper if model not in hint.__subclasses__())
    return next(further, nearest) if nearest is hint else nearest


def _is_plain(value: object, hint: Any) -> bool:
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if hint is dt.datetime:
        return isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo is not None
    return type(value) is hint
