"""What is installed: providers, checks and reports, the built-in ones by the same entry points as a plugin's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any, TypeVar

from checks.check import Check
from reports.report import Report
from scanner.collect.model import Provider

T = TypeVar("T")
OWN = "asdeclared"
GROUPS = ("asdeclared.providers", "asdeclared.checks", "asdeclared.reports")
_PROVIDER = ("name", "types", "sweeps", "kind", "open", "role")


class PluginError(Exception):
    """An installed entry point does not work: it is named, with the distribution that brought it."""


def providers(among: Collection[str] | None = None) -> Mapping[str, Provider]:
    """Every installed provider by name, or those of the distributions `among`. No cloud SDK is loaded by this."""
    found: dict[str, Provider] = {}
    for _, value, point in _load("asdeclared.providers", among):
        missing = [each for each in _PROVIDER if not hasattr(value, each)]
        if missing:
            raise PluginError(f"{point} is not a provider; it has no {', '.join(missing)}")
        _add(found, value.name, value, point)
    return dict(sorted(found.items()))


def checks(among: Collection[str] | None = None) -> Mapping[str, Check]:
    """Every installed check by id, or those of the distributions `among`. An entry point names one or several."""
    found: dict[str, Check] = {}
    for _, value, point in _load("asdeclared.checks", among):
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, Check):
                raise PluginError(f"{point} is not a check; make it with @check")
            _add(found, each.id, each, point)
    return dict(sorted(found.items()))


def reports() -> Mapping[str, Report]:
    """Every installed report by the name of its format, which is its entry point's."""
    found: dict[str, Report] = {}
    for name, value, point in _load("asdeclared.reports"):
        if not isinstance(value, Report):
            raise PluginError(f"{point} is not a report; make it with Report")
        _add(found, name, value, point)
    return found


def plugins() -> tuple[str, ...]:
    """Name and version of every other installed distribution that brings a provider, check or report, sorted. None
    of it is loaded.
    """
    owners = (point.dist for group in GROUPS for point in entry_points(group=group))
    return tuple(sorted({f"{each.name} {each.version}" for each in owners if each and each.name != OWN}))


def installed(plugin: str, *, exactly: bool = False) -> bool:
    """Whether a plugin, told as name and version, is installed; `exactly` where that version is asked for."""
    name, _, wanted = plugin.partition(" ")
    try:
        return version(name) == wanted or not exactly
    except (PackageNotFoundError, ValueError):
        return False


def brought(told: Iterable[str]) -> frozenset[str]:
    """The distributions of a run: this one, and its plugins, told as names and versions."""
    return frozenset({OWN, *(each.partition(" ")[0] for each in told)})


def _load(group: str, among: Collection[str] | None = None) -> Iterator[tuple[str, Any, str]]:
    """Name and value of each entry point, by name, and what to call it in an error."""
    for point in sorted(entry_points(group=group), key=lambda each: each.name):
        if among is not None and (point.dist is None or point.dist.name not in among):
            continue
        owner = point.dist.name if point.dist else "an unknown distribution"
        told = f"{group}: {point.name} = {point.value} of {owner}"
        try:
            value = point.load()
        except Exception as error:  # The boundary to plugins: their modules may break in any way.
            raise PluginError(f"{told} cannot be loaded: {type(error).__name__}: {error}") from error
        yield point.name, value, told


def _add(found: dict[str, T], name: str, value: T, point: str) -> None:
    if name in found:
        raise PluginError(f"{name!r} is brought twice; the second time by {point}")
    found[name] = value
