"""What is installed: providers, checks and reports, the built-in ones by the same entry points as a plugin's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from checks.check import Check
from reports.report import Report
from scanner.collect.model import Provider


class PluginError(Exception):
    """An installed entry point does not work: it is named, with the distribution that brought it."""


def providers() -> Mapping[str, Provider]:
    """Every installed provider by name. No cloud SDK is loaded by this."""
    found: dict[str, Provider] = {}
    for name, value in _load("asdeclared.providers"):
        _unique(found, value.name, name)
        found[value.name] = value
    return dict(sorted(found.items()))


def checks() -> Mapping[str, Check]:
    """Every installed check by id. An entry point names one check or a tuple of them."""
    found: dict[str, Check] = {}
    for name, value in _load("asdeclared.checks"):
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, Check):
                raise PluginError(f"entry point {name} of asdeclared.checks is not a check; make it with @check")
            _unique(found, each.id, name)
            found[each.id] = each
    return dict(sorted(found.items()))


def reports() -> Mapping[str, Report]:
    """Every installed report by the name of its format, which is its entry point's."""
    return dict(_load("asdeclared.reports"))


def _load(group: str) -> Iterator[tuple[str, Any]]:
    for point in sorted(entry_points(group=group), key=lambda each: each.name):
        try:
            yield point.name, point.load()
        except (ImportError, AttributeError) as error:
            owner = point.dist.name if point.dist else "an unknown distribution"
            raise PluginError(f"{group}: {point.name} = {point.value} of {owner} cannot be loaded: {error}") from error


def _unique(found: Mapping[str, object], name: str, point: str) -> None:
    if name in found:
        raise PluginError(f"{name!r} is brought twice; the second time by entry point {point!r}")
