"""Every command in README.md and docs is run, and does and prints what the page shows.

A page is run from its first block to its last in an empty folder of its own. `asdeclared` runs in this process, other
programs in bash. What a block is, its info string says: see `tests.pages`. Before a page, `<!-- setup: ... -->` puts
into its folder what the page starts from. The clouds are the demo's: recorded ones for the demo and for a block marked
`recorded`, served ones (Azure and Google Cloud) where the page names an endpoint and for a block marked `served`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.cli import demo, main
from scanner.collect.tape import Recording
from scanner.demo import azure, azure_access, azure_estate, clouds, gcp, gcp_estate
from scanner.demo.clouds import POLICY, WEEKS
from scanner.scan import Request, scan
from tests.flow.conftest import Flow
from tests.pages import ROOT, Block, Command, commands, pages, runs, shows
from tests.scanner.pack.authority import running

AZURE, GCP, STAMPS = "http://127.0.0.1:40002", "http://127.0.0.1:40003", "https://tsa.example.com"
"""What the pages call the served clouds and the time stamp authority."""
PROGRAMS = ("jq", "openssl", "unzip")
"""What pages use that not every machine has."""
SMALL = """version: 1
name: example-saas
organisation: Example SaaS Ltd
scope: {azure: {subscriptions: [00000000-0000-0000-0000-000000000001]}}
promises:
  - id: documents-in-uk-south
    says: "Shared document stores on Azure are kept in UK South."
    check: residency.places
    with: {places: ["azure:uksouth"]}
    applies_to: {types: [azure.storage.account]}
"""
"""A policy of which a scan, a pack and its verification take little time."""
LOOKING = frozenset({"scan", "doctor", "inventory", "init"})
"""The commands that look into clouds."""
PROGRAM = """#!/bin/sh
exec {python} -c 'from scanner.cli.main import main; main()' "$@"
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program `asdeclared`, for what bash runs."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "asdeclared").write_text(PROGRAM.format(python=shlex.quote(sys.executable)))
    (folder / "asdeclared").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def served() -> Iterator[Mapping[str, str]]:
    """The simulated Azure and Google Cloud of the second week: the endpoints of the pages, and the true ones."""
    hidden = azure_access.Refusal(clouds.RETENTION_HIDDEN, clouds.RETENTION_READ)
    arm = azure.AzureCloud(azure_estate.demo_estate(1), refuse=[hidden])
    assets = gcp.GcpCloud(gcp_estate.demo_estate(1), now=WEEKS[1])
    with ExitStack() as stack:
        stack.callback(arm.stop)
        stack.callback(assets.stop)
        yield {AZURE: arm.start(), GCP: assets.start()}


@pytest.fixture(scope="module")
def made(flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `asdeclared demo` leaves."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        replayed(flow, patch)
        assert told(["demo"])[0] == 0
    return folder / "asdeclared-demo"


def replayed(flow: Flow, patch: pytest.MonkeyPatch) -> None:
    """`asdeclared demo` reads the recordings of its clouds."""

    def read(request: Request) -> Any:
        recording = Recording(flow.recordings[WEEKS.index(request.at)])
        return scan(replace(request, opened=lambda provider, _: recording.session(provider.name)))

    patch.setattr(demo, "scan", read)
    patch.setattr(clouds, "simulated", lambda _: nullcontext(lambda: clouds.Endpoints("", "", "")))


def told(arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command, and what it prints on both streams together."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(out):
        code = main.run(arguments)
    out.seek(0)
    return code, out.read()


class Page:
    """A page that is run: the folder, the names that stand for others, and the last exit code."""

    def __init__(self, flow: Flow, names: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
        self.flow, self.patch = flow, patch
        self.names = dict(names)
        self.pointed = ["--azure-endpoint", names[AZURE], "--gcp-endpoint", names[GCP]]
        self.code = 0

    def run(self, command: Command, how: tuple[str, ...] = ()) -> str:
        """Run a command, and return what it prints, in the page's words."""
        text = command.text
        if text == "echo $?":
            before, self.code = self.code, 0
            return f"{before}\n"
        for name, true in self.names.items():
            text = text.replace(name, true)
        words = shlex.split(text) if text.startswith("asdeclared ") and not set(text) & set("|<>$;&`") else []
        if words:
            recording = self.flow.recordings[str(WEEKS[0].date()) not in text]
            more = ["--replay", str(recording)] if "recorded" in how and words[1] == "scan" else []
            more += self.pointed if "served" in how and words[1] in LOOKING else []
            self.code, printed = told([*words[1:], *more])
        elif text.startswith("export "):
            name = text.removeprefix("export ").partition("=")[0]
            self.code, value = shell(f'{text} && printf %s "${name}"')
            self.patch.setenv(name, value)
            printed = ""
        else:
            self.code, printed = shell(text)
        for name, true in self.names.items():
            printed = printed.replace(true, name)
        return printed


def shell(text: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - the pages are ours
        ["/bin/bash", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


@contextmanager
def set_up(page: Path, flow: Flow, made: Path, folder: Path) -> Iterator[Mapping[str, str]]:
    """Put into the folder what the page starts from. The value is what else the page's names stand for."""
    with ExitStack() as stack:
        names: dict[str, str] = {}
        for word in runs(page).setup:
            match word:
                case "demo":
                    shutil.copytree(made, folder / "asdeclared-demo")
                case "small":
                    (folder / "asdeclared.yaml").write_text(SMALL)
                case "runs":
                    for recording in flow.recordings:
                        assert told(["scan", "--quiet", "--replay", str(recording)])[0] == 1
                case "policy":
                    (folder / "asdeclared.yaml").write_bytes(POLICY.read_bytes())
                case "history":
                    (folder / ".asdeclared").mkdir()
                    shutil.copy(made / "history.db", folder / ".asdeclared")
                case "authority":
                    tsa = stack.enter_context(running(folder, ec.generate_private_key(ec.SECP256R1())))
                    (folder / "tsa-root.pem").write_bytes(tsa.root)
                    names[STAMPS] = tsa.url
                case _:
                    raise AssertionError(f"{page.name}: there is no setup {word!r}")
        yield names


@pytest.mark.parametrize("page", [page for page in pages() if runs(page).blocks], ids=lambda page: str(page.stem))
def test_a_page_does_as_it_says(
    page: Path,
    flow: Flow,
    made: Path,
    served: Mapping[str, str],
    program: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "".join(block.text for block in runs(page).blocks)
    if missing := [name for name in PROGRAMS if re.search(rf"\b{name}\b", text) and not shutil.which(name)]:
        pytest.skip(f"the page uses {', '.join(missing)}, which is not installed here")
    for name in [name for name in os.environ if name.startswith(("AWS_", "ASDECLARED_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PATH", f"{program}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    replayed(flow, monkeypatch)
    with set_up(page, flow, made, tmp_path) as more:
        running_page = Page(flow, {**served, **more}, monkeypatch)
        for block in runs(page).blocks:
            follow(block, running_page)


def follow(block: Block, page: Page) -> None:
    """Do what a block says: write its file, or run its commands and compare."""
    if block.file:
        Path(block.file).parent.mkdir(parents=True, exist_ok=True)
        with Path(block.file).open("a" if block.option("append") else "w") as file:
            file.write(block.text)
        return
    found = commands(block)
    for command, after in zip(found, [*found[1:], None], strict=True):
        printed = page.run(command, block.words)
        where = f"{block.where}: {command.text}\nexit {page.code}\n{printed}"
        expected = map(int, block.option("exit", "0").split(","))
        assert page.code in expected or (after and after.text == "echo $?"), where
        assert command.output is None or shows(command.output, printed), f"{where}\nnot as shown:\n{command.output}"
