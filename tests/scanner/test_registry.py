"""What is installed: found by entry points, and named where it does not work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from checks.check import Check
from reports.report import Report
from scanner import registry
from scanner.registry import PluginError

Install = Callable[..., None]
READ: dict[str, Callable[[], Mapping[str, object]]] = {
    "providers": registry.providers,
    "checks": registry.checks,
    "reports": registry.reports,
}
MODULE = """
from types import SimpleNamespace
from checks.check import Severity, check
from reports.html import HTML
from reports.report import Report
from scanner.facts import Exposure

def made(name):
    def judge(data: Exposure):
        "It is so."
        yield "so", lambda: True
    return check(name, severity=Severity.LOW, fix="", reads=(Exposure.public,))(judge)

def cloud(name, **changes):
    parts = dict(name=name, types=(), sweeps=(), kind=print, open=print, role=print)
    return SimpleNamespace(**{key: value for key, value in {**parts, **changes}.items() if value is not None})

ONE, OTHER, AGAIN = made("shelf.one"), made("shelf.other"), made("residency.places")
BOTH = (ONE, OTHER)
MIXED = (ONE, "not a check")
SHELF, AWS = cloud("shelf"), cloud("aws")
HALF = cloud("half", sweeps=None, role=None)
NAMED = SimpleNamespace(id="shelf.named")
PAGE = Report("page.md", HTML.render)
WORD = "a word"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution on the path: its group, entry points and module."""

    def put(group: str, points: Mapping[str, str], *, module: str = MODULE, name: str = "shelf-plugin") -> None:
        folder = tmp_path / name
        information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"[asdeclared.{group}]", *(f"{key} = {value}" for key, value in points.items())]
        (information / "entry_points.txt").write_text("\n".join(lines))
        (folder / "shelf_plugin.py").write_text(module)
        monkeypatch.syspath_prepend(folder)

    yield put
    sys.modules.pop("shelf_plugin", None)


def message(group: str) -> str:
    with pytest.raises(PluginError) as caught:
        READ[group]()
    return str(caught.value)


def test_the_built_in_ones_are_there() -> None:
    assert list(registry.providers()) == ["aws", "azure", "gcp"]
    assert {"residency.places", "encryption.at-rest", "backup.retention"} <= set(registry.checks())
    files = {name: report.file for name, report in registry.reports().items()}
    assert (files["html"], files["json"]) == ("report.html", "report.json")
    assert all(name == provider.name for name, provider in registry.providers().items())
    assert all(name == each.id for name, each in registry.checks().items())


@pytest.mark.parametrize("group", READ)
def test_they_come_in_order(group: str, install: Install) -> None:
    value = {"providers": "SHELF", "checks": "BOTH", "reports": "PAGE"}[group]
    install(group, {"a-first": f"shelf_plugin:{value}"})
    assert list(READ[group]()) == sorted(READ[group]())


def test_no_cloud_sdk_is_loaded_by_it() -> None:
    code = (
        "import sys\nfrom scanner import registry\n"
        "found = [registry.providers(), registry.checks(), registry.reports()]\n"
        "assert all(found)\n"
        "print([n for n in ('boto3', 'botocore', 'azure', 'google', 'requests', 'sqlalchemy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "[]"


def test_a_plugin_brings_a_provider(install: Install) -> None:
    install("providers", {"any": "shelf_plugin:SHELF"})
    assert list(registry.providers()) == ["aws", "azure", "gcp", "shelf"]


def test_an_entry_point_is_one_check_or_several(install: Install) -> None:
    before = set(registry.checks())
    install("checks", {"several": "shelf_plugin:BOTH"})
    found = registry.checks()
    assert set(found) - before == {"shelf.one", "shelf.other"}
    assert isinstance(found["shelf.one"], Check)


def test_a_report_has_the_name_of_its_entry_point(install: Install) -> None:
    install("reports", {"markdown": "shelf_plugin:PAGE"})
    assert isinstance(registry.reports()["markdown"], Report)
    assert registry.reports()["markdown"].file == "page.md"


def test_without_plugins_there_are_none() -> None:
    assert registry.plugins() == ()


def test_plugins_are_named_once_and_in_order_and_not_loaded(install: Install) -> None:
    install("reports", {"any": "no_such_module:PAGE"})
    for group in READ:
        install(group, {"one": "shelf_plugin:ONE", "two": "shelf_plugin:TWO"}, name=f"a-{group}-plugin")
    install("others", {"any": "shelf_plugin:ONE"}, name="no-plugin")
    assert registry.plugins() == (
        "a-checks-plugin 1.0",
        "a-providers-plugin 1.0",
        "a-reports-plugin 1.0",
        "shelf-plugin 1.0",
    )
    assert "shelf_plugin" not in sys.modules


BROKEN = [
    ("shelf_plugin:NOTHING", MODULE, "AttributeError"),
    ("shelf_plugin.deeper:ONE", MODULE, "ModuleNotFoundError"),
    ("no_such_module:ONE", MODULE, "ModuleNotFoundError"),
    ("shelf_plugin:ONE", "import no_such_sdk", "ModuleNotFoundError"),
    ("shelf_plugin:ONE", "def broken(:", "SyntaxError"),
    ("shelf_plugin:ONE", "1 / 0", "ZeroDivisionError"),
    (
        "shelf_plugin:ONE",
        "from checks.check import check\n@check('no.text', severity='low', fix='', reads=())\ndef ONE():\n    yield",
        "TypeError",
    ),
]


@pytest.mark.parametrize("group", READ)
@pytest.mark.parametrize(("value", "module", "error"), BROKEN)
def test_a_broken_entry_point_is_named(install: Install, group: str, value: str, module: str, error: str) -> None:
    install(group, {"tapes": value}, module=module)
    told = message(group)
    assert told.startswith(f"asdeclared.{group}: tapes = {value} of shelf-plugin cannot be loaded: {error}: ")


@pytest.mark.parametrize(
    ("group", "value", "told"),
    [
        ("providers", "WORD", "is not a provider; it has no name, types, sweeps, kind, open, role"),
        ("providers", "HALF", "is not a provider; it has no sweeps, role"),
        ("checks", "WORD", "is not a check; make it with @check"),
        ("checks", "NAMED", "is not a check; make it with @check"),
        ("checks", "MIXED", "is not a check; make it with @check"),
        ("reports", "WORD", "is not a report; make it with Report"),
    ],
)
def test_what_is_something_else_is_named(install: Install, group: str, value: str, told: str) -> None:
    install(group, {"tapes": f"shelf_plugin:{value}"})
    assert message(group) == f"asdeclared.{group}: tapes = shelf_plugin:{value} of shelf-plugin {told}"


@pytest.mark.parametrize(
    ("group", "point", "value", "twice"),
    [
        ("providers", "zoo", "AWS", "aws"),
        ("checks", "zoo", "AGAIN", "residency.places"),
        ("reports", "html", "PAGE", "html"),
    ],
)
def test_a_name_that_a_built_in_one_has_is_refused(
    install: Install, group: str, point: str, value: str, twice: str
) -> None:
    install(group, {point: f"shelf_plugin:{value}"})
    told = message(group)
    assert told.startswith(f"{twice!r} is brought twice; the second time by asdeclared.{group}: {point} = ")


@pytest.mark.parametrize(("group", "value"), [("providers", "SHELF"), ("checks", "ONE")])
def test_a_name_that_one_plugin_brings_twice_is_refused(install: Install, group: str, value: str) -> None:
    install(group, {"one": f"shelf_plugin:{value}", "two": f"shelf_plugin:{value}"})
    assert message(group).endswith(f"asdeclared.{group}: two = shelf_plugin:{value} of shelf-plugin")
