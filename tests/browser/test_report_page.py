"""The page in a real browser: nothing is loaded, nothing runs that came from a cloud, nothing sticks out, and it can be
used by keyboard, by a screen reader, without its script, and on paper.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from reports.document import Coverage, Document, PromiseVerdict, Verdict
from reports.html import render
from tests.reports.documents import GAP, HALF, HOSTILE, change, document, drift, everything, finding, flow, promise

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
SIZES = [(1400, 900), (400, 800)]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
ELEMENTS = "[...document.querySelectorAll('*')].map(each => [each.tagName, ...each.getAttributeNames()].join(' '))"
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(each => Number(each.tagName[1]))"
ACTIVE = "document.activeElement.id || document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"


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
        made: Document,
        size: tuple[int, int] = SIZES[0],
        scheme: Literal["light", "dark"] = "light",
        at: str = "",
        also: bytes = b"",
        **options: Any,
    ) -> Opened:
        file = tmp_path / "report.html"
        file.write_bytes(render(made).replace(b"</body>", also + b"</body>"))
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        found = Opened(context.new_page(), file.as_uri())
        tell = found.happened.append
        found.page.on("console", lambda message: tell(f"console: {message.text}"))
        found.page.on("pageerror", lambda error: tell(f"error: {error}"))
        # Nobody dismisses a dialog: a page that opens one hangs, and fails.
        found.page.on("dialog", lambda dialog: tell(f"dialog: {dialog.message}"))
        found.page.on("request", lambda asked: tell(f"request: {asked.url}"))
        found.page.on("popup", lambda popup: tell(f"popup: {popup.url}"))
        found.page.goto(found.address + at)
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
    verdicts = (PromiseVerdict.KEPT, *(each for each in PromiseVerdict if each is not PromiseVerdict.KEPT))
    return document(
        promises=tuple(promise(name, verdict) for name, verdict in zip("abcde", verdicts, strict=True)),
        findings=(
            *(finding(n, verdict, "b") for n, verdict in enumerate(Verdict)),
            finding(9, promise="a", subject=long),
        ),
        coverage=Coverage.model_validate({**document().coverage.model_dump(), "gaps": (GAP,) * 3}),
        drift=drift(change(), change(1)),
        places=(
            flow("aws:eu-west-2", "GB", count=20),
            flow("aws:eu-west-1", "IE", count=2),
            flow("aws:us-east-1", "US", role="replica", origin=flow("aws:eu-west-2", "GB").place),
            flow("unplaced", role="log"),
            flow("", why="a call was refused", role="backup"),
        ),
    )


def many() -> Document:
    """A document whose findings take more than a page of the list."""
    other = finding(0).subject.model_copy(update={"account": "222222222222", "environments": ("test",), "name": "odd"})
    fails = tuple(finding(n, Verdict.FAIL, "a") for n in range(5))
    passes = tuple(finding(n, Verdict.PASS, "b") for n in range(100, 240))
    return document(
        promises=(promise("a"), promise("b", PromiseVerdict.KEPT)),
        findings=(*fails, *passes, finding(999, Verdict.UNKNOWN, "a", subject=other)),
    )


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def tab_to(page: Page, word: str, most: int = 80) -> None:
    """Press the tabulator until this has the focus, and see that it shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if word in page.evaluate(ACTIVE):
            style = "getComputedStyle(document.activeElement)"
            assert page.evaluate(f"{style}.outlineStyle") == "solid"
            return
    pytest.fail(f"{word!r} never had the focus")


def until(page: Page, expression: str) -> None:
    """Wait until this holds. Playwright's own wait evaluates text in the page, which the page forbids."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"it never came: {expression}")


def until_found(page: Page, count: int) -> None:
    """Wait until the list says that it found so many."""
    until(page, f"document.getElementById('f-status').textContent.startsWith('{count} of ')")


def listed(page: Page) -> list[str]:
    """The names in the list of findings."""
    found: list[str] = page.locator("#f-table tbody tr:not(.group) td:nth-child(2)").all_inner_texts()
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_one_file_that_fits_the_window(opened: Any, size: tuple[int, int], scheme: str) -> None:
    found = opened(usual(), size, scheme)
    assert overflow(found.page) == 0
    found.page.evaluate(OPEN_ALL)
    assert overflow(found.page) == 0
    assert found.happened == [f"request: {found.address}"]


@pytest.mark.parametrize("size", SIZES)
def test_the_first_screen_answers_what_failed_what_was_not_seen_and_what_changed(
    opened: Any, size: tuple[int, int]
) -> None:
    page = opened(usual(), size).page
    assert page.title() == "Example SaaS Ltd: broken on 2026-11-02"
    for seen in (page.locator("h1"), page.locator(".tally"), *page.locator(".panel .big").all()):
        box = seen.bounding_box()
        assert box["y"] + box["height"] <= size[1]
    assert page.locator(".panel h2").all_inner_texts() == [
        "What is not as declared",
        "What we did not see",
        "What changed since 26 October 2026",
    ]
    assert page.locator("ol.promises > li").count() == 5


def test_what_was_not_seen_is_as_prominent_as_what_failed(opened: Any) -> None:
    page = opened(usual()).page
    sizes = page.evaluate("[...document.querySelectorAll('.panel .big')].map(each => getComputedStyle(each).fontSize)")
    assert len(sizes) == 3
    assert len(set(sizes)) == 1
    boxes = [panel.bounding_box() for panel in page.locator(".panel").all()]
    assert len({round(box["width"]) for box in boxes}) == len({box["y"] for box in boxes}) == 1


def test_the_page_is_light_or_dark_as_the_reader_wants(opened: Any) -> None:
    colours = {
        scheme: opened(usual(), scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in SCHEMES
    }
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 21, 26)"}


@pytest.mark.parametrize(("size", "scheme"), list(zip(SIZES, SCHEMES, strict=True)))
def test_a_checker_of_accessibility_finds_nothing(opened: Any, size: tuple[int, int], scheme: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="the package axe-playwright-python is not installed")
    page = opened(usual(), size, scheme, bypass_csp=True).page
    page.evaluate(OPEN_ALL)
    page.add_script_tag(content=(files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")
    assert [(each["impact"], each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_headings_and_landmarks_are_in_order(opened: Any) -> None:
    page = opened(usual()).page
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav[aria-label]", "main", "footer", "[role=search][aria-label]"):
        assert page.locator(landmark).count() == 1
    assert page.locator("[role=status][aria-live=polite]").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_keyboard_is_enough_from_the_first_screen_to_a_piece_of_evidence(opened: Any) -> None:
    page = opened(usual()).page
    page.keyboard.press("Tab")
    assert "Skip to the report" in page.evaluate(ACTIVE)
    assert page.locator(".skip").bounding_box()["x"] >= 0
    tab_to(page, "What b says.")
    page.keyboard.press("Enter")
    until(page, "location.hash === '#promise-b'")
    tab_to(page, "db-1")
    evidence = page.locator("#finding-0000000000000001 .evidence")
    assert not evidence.is_visible()
    page.keyboard.press("Enter")
    assert evidence.is_visible()
    shown = evidence.inner_text()
    for word in ("rds.describe_db_instances", "/StorageEncrypted", "EncryptionAtRest.state", "none", "5e" * 32):
        assert word in shown
    page.keyboard.press("Space")
    assert not evidence.is_visible()


def test_the_skip_link_leads_past_the_summary(opened: Any) -> None:
    page = opened(usual()).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(ACTIVE) == "main"


def test_the_list_is_searched_by_keyboard_and_tells_its_count(opened: Any) -> None:
    page = opened(many()).page
    tab_to(page, "f-q")
    status = page.locator("#f-status")
    assert status.inner_text() == "146 of 146 findings"
    page.keyboard.type("DB-10 customers")
    # Half of what is typed finds as many.
    until(page, "location.hash === '#findings?q=DB-10+customers'")
    until_found(page, 10)
    assert listed(page) == [f"db-{n}" for n in range(100, 110)]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    until_found(page, 0)


def test_the_list_is_filtered_by_each_of_its_fields(opened: Any) -> None:
    page = opened(many()).page
    for name, value in (
        ("promise", "a"),
        ("environment", "test"),
        ("account", "aws 222222222222"),
        ("type", "aws.rds.instance"),
    ):
        page.select_option(f"#f-{name}", value)
    assert listed(page) == ["odd"]
    assert page.locator("#f-table tbody td").all_inner_texts() == [
        "unknown",
        "odd",
        "a",
        "aws.rds.instance",
        "aws 222222222222",
        "test",
    ]
    assert page.evaluate("location.hash") == (
        "#findings?promise=a&environment=test&account=aws+222222222222&type=aws.rds.instance"
    )
    page.uncheck("#f-verdicts input[value=unknown]")
    assert listed(page) == []
    assert page.locator("#f-status").inner_text() == "0 of 146 findings"
    page.uncheck("#f-verdicts input[value=fail]")
    page.uncheck("#f-verdicts input[value=pass]")
    page.select_option("#f-promise", "")
    assert listed(page) == []


def test_the_list_is_turned_page_by_page(opened: Any) -> None:
    page = opened(many()).page
    assert len(listed(page)) == 100
    assert page.locator("#f-page").inner_text() == "Page 1 of 2"
    assert page.locator("#f-before").is_disabled()
    page.click("#f-after")
    assert len(listed(page)) == 46
    assert page.evaluate("location.hash") == "#findings?page=2"
    assert page.locator("#f-after").is_disabled()
    page.click("#f-before")
    assert page.locator("#f-page").inner_text() == "Page 1 of 2"


@pytest.mark.parametrize(
    ("group", "headings"),
    [
        ("promise", ["What a says. (6)", "What b says. (140)"]),
        ("environment", ["not known (145)", "test (1)"]),
        ("account", ["aws (145)", "aws 222222222222 (1)"]),
        ("type", ["aws.rds.instance (146)"]),
        ("", []),
    ],
)
def test_the_list_is_grouped(opened: Any, group: str, headings: list[str]) -> None:
    page = opened(many()).page
    page.select_option("#f-group", group)
    shown = page.locator("#f-table .group th").all_inner_texts()
    page.click("#f-after")
    shown += page.locator("#f-table .group th").all_inner_texts()
    assert list(dict.fromkeys(shown)) == headings


def test_the_list_is_grouped_by_resource(opened: Any) -> None:
    page = opened(many()).page
    page.select_option("#f-group", "resource")
    first = page.locator("#f-table .group th").first.inner_text()
    assert first == "arn:aws:rds:eu-west-2:111111111111:db:customers-0 (2)"


def test_a_filter_can_be_sent_to_somebody(opened: Any) -> None:
    page = opened(many(), at="#findings?q=db&verdict=fail&group=account&promise=a").page
    assert listed(page) == [f"db-{n}" for n in range(5)]
    assert page.input_value("#f-q") == "db"
    assert page.input_value("#f-promise") == "a"
    assert page.input_value("#f-group") == "account"
    assert page.is_checked("#f-verdicts input[value=fail]")
    assert not page.is_checked("#f-verdicts input[value=pass]")


def test_a_count_leads_to_the_findings_that_it_counts(opened: Any) -> None:
    page = opened(many()).page
    page.locator("details.groups summary").nth(1).click()
    page.get_by_role("row", name="aws 222222222222").get_by_role("link", name="1").click()
    until_found(page, 1)
    assert listed(page) == ["odd"]


def test_a_row_leads_to_its_evidence(opened: Any) -> None:
    page = opened(many()).page
    page.get_by_role("link", name="db-3", exact=True).click()
    until(page, "document.getElementById('finding-0000000000000003').open")
    assert page.evaluate("document.activeElement.parentElement.id") == "finding-0000000000000003"
    assert page.locator("#finding-0000000000000003 .evidence").is_visible()


@pytest.mark.parametrize("anchor", ["finding-0000000000000065", "promise-b", "cause-resource"])
def test_a_link_leads_to_a_part_of_the_page(opened: Any, anchor: str) -> None:
    made = many().model_copy(update={"drift": drift(change())})
    page = opened(made, at=f"#{anchor}").page
    until(page, f"document.getElementById('{anchor}').getBoundingClientRect().top < innerHeight")
    assert page.locator(f"#{anchor}").is_visible()
    if anchor.startswith("finding"):
        assert page.locator(f"#{anchor} .evidence").is_visible()


@pytest.mark.parametrize("at", ["", "#finding-none", "#findings?type=none&page=x", "#%E0%A4%A", "#findings?%"])
def test_an_address_that_leads_nowhere_does_no_harm(opened: Any, at: str) -> None:
    found = opened(many(), at=at)
    assert not [each for each in found.happened if not each.startswith("request")]
    assert "of 146 findings" in found.page.locator("#f-status").inner_text()


def test_a_finding_that_is_not_in_the_page_says_so(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.CAP", 4)
    page = opened(many(), at="#findings?q=db-200").page
    assert listed(page) == ["db-200 evidence in findings.jsonl"]


def test_without_its_script_all_of_the_page_is_there(opened: Any) -> None:
    page = opened(usual(), java_script_enabled=False).page
    assert not page.locator("#explorer").is_visible()
    assert page.get_by_role("heading", name="By account").is_visible()
    assert page.locator("table.matrix").first.is_visible()
    assert page.locator("svg.map").is_visible()
    evidence = page.locator("#finding-0000000000000001 .evidence")
    assert not evidence.is_visible()
    page.locator("#finding-0000000000000001 summary").focus()
    page.keyboard.press("Enter")
    assert evidence.is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_on_paper_the_evidence_is_open_and_addresses_are_written(opened: Any, *, script: bool) -> None:
    page = opened(usual(), java_script_enabled=script).page
    page.emulate_media(media="print")
    assert page.locator("#finding-0000000000000001 .evidence").is_visible()
    assert not page.locator("nav").is_visible()
    assert not page.locator("#explorer").is_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    if script:
        source = "article a[href^=http]"
        content = page.evaluate(f"getComputedStyle(document.querySelector('{source}'), '::after').content")
        assert "https://example.com/data-protection#encryption" in content
        breaks = "[...document.querySelectorAll('article')].map(each => getComputedStyle(each).breakBefore)"
        assert set(page.evaluate(breaks)) == {"page"}
        # What printing opened is closed again.
        assert not page.evaluate("document.getElementById('finding-0000000000000001').open")


def test_one_promise_is_printed_alone(opened: Any) -> None:
    page = opened(usual()).page
    page.emulate_media(media="print")
    # The dialog of the browser is not there: what it would show is looked at when it is asked for.
    page.evaluate("window.print = () => { window.seen = [...document.querySelectorAll('.part')].filter("
                  "each => each.offsetParent !== null).map(each => each.id) }")  # fmt: skip
    page.evaluate("document.querySelector('#promise-b button').click()")
    assert page.evaluate("window.seen") == ["promise-b"]
    assert page.locator("#promise-a").is_visible()


def test_the_policy_of_the_page_stops_what_was_not_written_with_it(opened: Any) -> None:
    also = b"""<script>document.title = 'hit'</script><img src="data:," onerror="document.title = 'hit'">
        <p style="position: fixed" id="styled"><a id="to" href="javascript:document.title='hit'">to</a>"""
    found = opened(usual(), also=also)
    found.page.locator("#to").click()
    assert found.page.title() == "Example SaaS Ltd: broken on 2026-11-02"
    assert found.page.evaluate("getComputedStyle(document.getElementById('styled')).position") == "static"
    assert sum("Content Security Policy" in each for each in found.happened) >= 4


def test_the_page_makes_no_element_from_text(opened: Any) -> None:
    tried = """() => ['innerHTML', 'onclick'].map(name => {
        try { name === 'onclick' ? document.body.setAttribute(name, '1') : document.body[name] = '<b>' }
        catch (error) { return error.name }
    })"""
    assert opened(usual()).page.evaluate(tried) == ["TypeError", "TypeError"]


@pytest.fixture(scope="module")
def plain(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The elements of the same pages with harmless text."""
    page = browser.new_page()
    file = tmp_path_factory.mktemp("plain") / "report.html"
    found = []
    for made in everything(lambda _: "plain"):
        file.write_bytes(render(made))
        page.goto(file.as_uri())
        found.append(page.evaluate(ELEMENTS))
    page.close()
    return found


def assert_inert(found: Opened, verdict: str, elements: list[str]) -> None:
    page = found.page
    assert page.evaluate(ELEMENTS) == elements
    page.evaluate(OPEN_ALL)
    for place in ("summary", "code", "#f-table td"):
        page.locator(place).first.hover()
    for name in ("promise", "environment", "account", "type"):
        page.select_option(f"#f-{name}", index=1)
    assert page.locator("#f-table tbody tr").count() > 1
    assert f": {verdict} on " in page.title()
    assert overflow(page) == 0
    assert found.happened == [f"request: {found.address}"]


@pytest.mark.parametrize("payload", [*(each[:200] for each in HOSTILE), HALF])
def test_hostile_text_makes_no_element_and_runs_nothing(opened: Any, plain: list[list[str]], payload: str) -> None:
    made = everything(lambda _: payload)[0]
    assert_inert(opened(made, SIZES[1]), made.verdict, plain[0])


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
