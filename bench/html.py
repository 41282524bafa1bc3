"""How heavy the HTML report of a large estate is, to write and in a browser.

    python bench/html.py               # 100,000 findings
    python bench/html.py 20000         # another size

Seconds to write the page and its size; and in Chromium, where it is installed, seconds to the first paint and until the
list of findings works, milliseconds to search it, and the memory of the page.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from reports.document import (
    AccountSeen,
    ConditionResult,
    Coverage,
    Document,
    FactRead,
    FaultFound,
    Finding,
    NotSeen,
    PolicyInfo,
    PromiseResult,
    PromiseVerdict,
    Read,
    RunInfo,
    Subject,
    Verdict,
)
from reports.html import render

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROMISES = 16
FAULT = FaultFound(value="aws:eu-west-1", why="aws:eu-west-1 is in IE, not in GB")
DENIED = NotSeen(
    reason="refused",
    detail="s3.get_bucket_replication refused (AccessDenied)",
    call="s3.get_bucket_replication",
    permission="s3:GetReplicationConfiguration",
)


def verdict_of(number: int) -> Verdict:
    """One in ten fails, one in twelve is unknown."""
    return Verdict.FAIL if number % 10 == 0 else Verdict.UNKNOWN if number % 12 == 1 else Verdict.PASS


def finding(number: int) -> Finding:
    """A finding of one of the promises, each about a resource of its own: so there is most to search."""
    verdict = verdict_of(number)
    resource, promise = number, number % PROMISES
    account = f"{111111111111 * (1 + resource % 9)}"
    name = f"example-saas-{resource:07d}"
    faults = (FAULT,) if verdict is Verdict.FAIL else ()
    unknowns = (DENIED,) if verdict is Verdict.UNKNOWN else ()
    read = Read(call="s3.list_buckets", pointer="/BucketRegion", digest=f"{resource:064x}")
    return Finding(
        id=f"{number:016x}",
        promise=f"promise-{promise}",
        subject=Subject(
            kind="resource",
            id=f"arn:aws:s3:::{name}",
            type=("aws.s3.bucket", "aws.rds.instance", "azure.sql.database", "gcp.compute.disk")[resource % 4],
            provider="aws",
            account=account,
            region=("eu-west-2", "eu-west-1")[resource % 2],
            name=name,
            environments=(("production",), ("test",), ())[resource % 3],
        ),
        verdict=verdict,
        severity="high",
        conditions=(ConditionResult(name="homes", verdict=verdict, faults=faults, unknowns=unknowns),),
        evidence=(
            FactRead(fact="Location.homes", state="known", value=["aws:eu-west-1"], reads=(read,)),
            FactRead(fact="Location.copies", state="known", value=[], reads=(read,)),
        ),
        fix="Move the data to a promised place, or change what is promised.",
    )


def document(size: int) -> Document:
    """A document of so many findings."""
    findings = tuple(finding(number) for number in range(size))
    counts = {f"promise-{n}": Counter[str]() for n in range(PROMISES)}
    for each in findings:
        counts[each.promise][each.verdict.value] += 1
    return Document(
        run=RunInfo(digest="12" * 32, at="2026-11-02T06:00:00+00:00", scanner="bench", tables="34" * 32, partial=False),
        policy=PolicyInfo(name="bench", organisation="Example SaaS Ltd", digest="56" * 32),
        verdict="broken",
        promises=tuple(promise(name, found) for name, found in counts.items()),
        findings=findings,
        exceptions=(),
        contradictions=(),
        coverage=Coverage(
            accounts=(AccountSeen(provider="aws", id="111111111111", reached=True),),
            types=(),
            gaps=(),
            refused=(),
            limits=(),
            not_examined=(),
        ),
    )


def promise(name: str, counts: Counter[str]) -> PromiseResult:
    """A broken promise."""
    return PromiseResult(
        id=name,
        says=f"What {name} says of customer data.",
        check="residency.places",
        severity="high",
        parameters={"places": ["GB"]},
        verdict=PromiseVerdict.BROKEN,
        counts=dict(counts),
        digest="ab" * 32,
    )


def browse(page_file: Path, chromium: str) -> dict[str, float]:
    """The figures of the page in Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        start = time.perf_counter()
        page.goto(page_file.as_uri())
        loaded = time.perf_counter() - start
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
        searches = [search(page, word) for word in ("example-saas-0000042", "0001", "no such name", "eu-west", "")]
        client = page.context.new_cdp_session(page)
        client.send("Performance.enable")
        measured = {each["name"]: each["value"] for each in client.send("Performance.getMetrics")["metrics"]}
        browser.close()
    return {
        "first paint, s": paint,
        "loaded with the list, s": loaded,
        "search, ms (median)": statistics.median(searches),
        "search, ms (worst)": max(searches),
        "JavaScript heap, MiB": measured["JSHeapUsedSize"] / 2**20,
        "elements": measured["Nodes"],
    }


def search(page: Page, word: str) -> float:
    """Milliseconds to filter and show the list for a word in the address, without the wait for a pause in typing."""
    script = """word => new Promise(done => {
        const start = performance.now();
        addEventListener('hashchange', () => done(performance.now() - start), {once: true});
        location.hash = '#findings?q=' + encodeURIComponent(word) + '&group=';
    })"""
    taken: float = page.evaluate(script, word)
    return taken


def main() -> None:
    """Print the figures."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    made = document(size)
    start = time.perf_counter()
    page = render(made)
    print(f"findings                   {size:>12,}")
    print(f"write, s                   {time.perf_counter() - start:>12.1f}")
    print(f"page, MiB                  {len(page) / 2**20:>12.1f}")
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not on the path: not measured in a browser")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_bytes(page)
        for name, value in browse(file, chromium).items():
            print(f"{name:<26} {value:>12,.1f}")


if __name__ == "__main__":
    main()
