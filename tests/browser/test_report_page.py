"""The page in a real browser: nothing is loaded, nothing runs, nothing sticks out, and a keyboard is enough."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from reports.document import Coverage, Document, PromiseVerdict, Verdict
from reports.html import render
from tests.reports.documents import GAP, HALF, HOSTILE, change, document, drift, everything, finding, promise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
SIZES = [(1400, 900), (400, 800)]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
ELEMENTS = "[...document.querySelectorAll('*')].map(each => [each.tagName, ...each.getAttributeNames()].join(' '))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as it is installed; Playwright's own download is not wanted."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("the program chromium is not on the path")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM)
        yield running
        running.close()


@dataclass
class Opened:
    """A page and everything that happened on it."""

    page: Page
    address: str
    happened: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens documents."""
    contexts = []

    def open_page(
        made: Document, size: tuple[int, int] = SIZES[0], scheme: Literal["light", "dark"] = "light"
    ) -> Opened:
        file = tmp_path / "report.html"
        file.write_bytes(render(made))
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        contexts.append(context)
        found = Opened(context.new_page(), file.as_uri())
        tell = found.happened.append
        found.page.on("console", lambda message: tell(f"console: {message.text}"))
        found.page.on("pageerror", lambda error: tell(f"error: {error}"))
        # Nobody dismisses a dialog: a page that opens one hangs, and fails.
        found.page.on("dialog", lambda dialog: tell(f"dialog: {dialog.message}"))
        found.page.on("request", lambda asked: tell(f"request: {asked.url}"))
        found.page.on("popup", lambda popup: tell(f"popup: {popup.url}"))
        found.page.goto(found.address)
        return found

    yield open_page
    for context in contexts:
        context.close()


def usual() -> Document:
    """A document with long ids, as clouds have them, and something in every part of the page."""
    resource = (
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data-production/providers/Microsoft.Sql"
    )
    long = finding(1).subject.model_copy(update={"id": f"{resource}/servers/sql-example/databases/customers"})
    return document(
        promises=tuple(promise(name, verdict) for name, verdict in zip("abcde", PromiseVerdict, strict=True)),
        findings=(
            *(finding(n, verdict, "b") for n, verdict in enumerate(Verdict)),
            finding(9, promise="a", subject=long),
        ),
        coverage=Coverage.model_validate({**document().coverage.model_dump(), "gaps": (GAP,) * 3}),
        drift=drift(change(), change(1)),
    )


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_one_file_that_fits_the_window(opened: Any, size: tuple[int, int], scheme: str) -> None:
    found = opened(usual(), size, scheme)
    assert overflow(found.page) == 0
    found.page.evaluate(OPEN_ALL)
    assert overflow(found.page) == 0
    assert found.happened == [f"request: {found.address}"]


@pytest.mark.parametrize("size", SIZES)
def test_the_first_screen_holds_the_verdict_and_the_promises(opened: Any, size: tuple[int, int]) -> None:
    page = opened(usual(), size).page
    assert page.title() == "Example SaaS Ltd: broken on 2026-11-02"
    for seen in (page.locator("h1"), page.locator("h2").first, page.locator("tbody tr").first):
        box = seen.bounding_box()
        assert box["y"] + box["height"] <= size[1]
    assert page.locator("tbody").first.locator("tr").count() == 5


def test_the_page_is_light_or_dark_as_the_reader_wants(opened: Any) -> None:
    colours = {
        scheme: opened(usual(), scheme=scheme).page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.querySelector('.fail')).color]"
        )
        for scheme in SCHEMES
    }
    assert colours == {
        "light": ["rgb(0, 0, 0)", "rgb(179, 38, 30)"],
        "dark": ["rgb(255, 255, 255)", "rgb(255, 138, 128)"],
    }


def test_the_evidence_opens_by_keyboard(opened: Any) -> None:
    page = opened(usual()).page
    evidence = page.locator("details").first.locator("table")
    assert not evidence.is_visible()
    for _ in range(50):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    assert page.evaluate("document.activeElement.parentElement === document.querySelector('details')")
    page.keyboard.press("Enter")
    assert evidence.is_visible()
    assert "rds.describe_db_instances /StorageEncrypted" in evidence.inner_text()
    page.keyboard.press("Space")
    assert not evidence.is_visible()


def test_a_promise_leads_to_its_findings_by_keyboard(opened: Any) -> None:
    page = opened(usual()).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#promise-1'")
    assert page.locator("#promise-1").inner_text() == "broken What b says."


@pytest.fixture(scope="module")
def plain(browser: Browser) -> list[list[str]]:
    """The elements of the same pages with harmless text."""
    page = browser.new_page()
    found = []
    for made in everything(lambda _: "plain"):
        page.set_content(render(made).decode())
        found.append(page.evaluate(ELEMENTS))
    page.close()
    return found


def assert_inert(found: Opened, verdict: str, elements: list[str]) -> None:
    page = found.page
    assert page.evaluate(ELEMENTS) == elements
    page.evaluate(OPEN_ALL)
    for place in ("summary", "td", "code", "h3"):
        page.locator(place).first.hover()
    assert f": {verdict} on " in page.title()
    assert found.happened == [f"request: {found.address}"]


@pytest.mark.parametrize("payload", [*(each[:200] for each in HOSTILE), HALF])
def test_hostile_text_makes_no_element_and_runs_nothing(opened: Any, plain: list[list[str]], payload: str) -> None:
    made = everything(lambda _: payload)[0]
    assert_inert(opened(made), made.verdict, plain[0])


def test_hostile_texts_in_a_row_do_not_either(opened: Any, plain: list[list[str]]) -> None:
    payload = " ".join(each[:200] for each in HOSTILE)
    for made, elements in zip(everything(lambda _: payload), plain, strict=True):
        assert_inert(opened(made), made.verdict, elements)


@pytest.mark.parametrize("size", SIZES)
def test_endless_names_do_not_make_the_page_wide(opened: Any, size: tuple[int, int]) -> None:
    made = everything(lambda _: "x" * 10_000)[0]
    page = opened(made.model_copy(update={"promises": made.promises[:1]}), size).page
    page.evaluate(OPEN_ALL)
    assert overflow(page) == 0
