"""What all tests share: properties are tried on the same examples in every run."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

COSTLY = ("flow", "contract", "browser", "recorded", "demo", "pack")
"""Folders whose tests share what is costly to make, such as a simulated cloud or the scanned demo."""

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is costly is made once, not in each process: its tests stay together (with `--dist loadgroup`). The groups
    are told before pytest-xdist reads them.
    """
    for item in items:
        shared = {"flow", "outcomes"}.intersection(getattr(item, "fixturenames", ()))
        if shared:
            item.add_marker(pytest.mark.xdist_group(shared.pop()))
        elif item.path.parent.name in COSTLY:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped (ASDECLARED_NO_SKIPS), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    if reporter and skipped and os.environ.get("ASDECLARED_NO_SKIPS"):
        reporter.write_line(f"\n{len(skipped)} tests were skipped, and none may be here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
