"""The pages: their links lead somewhere, what they show parses and loads, and generated ones are up to date.

The commands in them are run by `tests/flow/test_docs_run.py`.
"""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from scanner import registry
from scanner.policy import Policy, loads
from scanner.policy.contradictions import contradictions
from tests.pages import KINDS, OPTIONS, ROOT, WORDS, Block, anchors, blocks, links, pages, shows

DAY = date(2026, 11, 9)
BLOCKS = [block for page in pages() for block in blocks(page)]
EVERY_KEY = ROOT / "examples" / "every-key.yaml"


def of(*kinds: str, word: str = "") -> list[Any]:
    found = [each for each in BLOCKS if each.kind in kinds and (not word or word in each.words)]
    return [pytest.param(each, id=each.where) for each in found]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("docs_generator", ROOT / ".ci" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    made: Mapping[str, str] = generator.pages()
    stale = [name for name, text in made.items() if (ROOT / "docs" / "reference" / name).read_text() != text]
    assert stale == [], "run: python .ci/docs.py"


def test_no_page_is_left_of_a_generator_that_does_not_write_it(generator: ModuleType) -> None:
    marked = {each.name for each in (ROOT / "docs").rglob("*.md") if each.read_text().startswith(generator.WRITTEN)}
    assert marked == set(generator.pages())


def test_a_reader_of_the_readme_has_little_to_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: there is no such file"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in seen:
            seen.add(page)
            found = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
            todo += [each for each in found if each.suffix == ".md" and each.is_relative_to(ROOT)]
    assert set(pages()) - seen == set()


@pytest.mark.parametrize("block", of(*{each.kind for each in BLOCKS}))
def test_every_block_says_what_it_is(block: Block) -> None:
    assert block.kind in KINDS
    names = {word.partition("=")[0] for word in block.words}
    assert names <= WORDS | OPTIONS


@pytest.mark.parametrize("block", of("yaml", "ini", "text"))
def test_what_is_used_by_nothing_says_why(block: Block) -> None:
    used = block.file or {"policy", "fragment"} & set(block.words)
    help_text = "reference/commands.md" in block.where
    assert used or block.skip or help_text


@pytest.mark.parametrize("block", of("sh", "console"))
def test_scripts_parse(block: Block) -> None:
    text = (
        block.text
        if block.kind == "sh"
        else "".join(line[2:] + "\n" for line in block.text.splitlines() if line.startswith("$ "))
    )
    done = subprocess.run(["/bin/bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_extra_that_is_named_is_there() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    text = "".join(page.read_text() for page in pages())
    named = {name for found in re.findall(r"(?:asdeclared|\.)\[([a-z,]+)\]", text) for name in found.split(",")}
    assert {"aws", "azure", "gcp", "sign"} <= named <= extras


@pytest.mark.parametrize("block", of("json"))
def test_json_parses(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", of("ini"))
def test_units_parse(block: Block) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(block.text)
    assert parser.sections()


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml_parses(block: Block) -> None:
    assert isinstance(YAML(typ="safe").load(block.text), dict)


@pytest.mark.parametrize("block", of("yaml", word="policy"))
def test_policies_load_without_a_problem(block: Block) -> None:
    problem_free(block.text)


@pytest.mark.parametrize("block", of("yaml", word="fragment"))
def test_a_fragment_fits_into_a_policy(block: Block) -> None:
    whole = YAML(typ="safe").load(EVERY_KEY.read_text()) | YAML(typ="safe").load(block.text)
    policy_of(json.dumps(whole, default=str))


def test_the_example_with_every_key_has_every_key() -> None:
    problem_free(EVERY_KEY.read_text())
    text = (ROOT / "docs" / "reference" / "policy.md").read_text()
    without = [
        line for line in text.splitlines() if line.startswith("| `") and line.endswith("| |") and "](#" not in line
    ]
    assert {line.split("`")[1] for line in without} <= EITHER


EITHER = {"places_from_tag", "at_least", "at_most", "exactly", "every"}
"""Parameters that exclude others: the example of one check has one, that of another check the other."""


def problem_free(text: str) -> None:
    types = frozenset(kind.name for each in registry.providers().values() for kind in each.types)
    assert contradictions(policy_of(text), DAY, types) == ()


def policy_of(text: str) -> Policy:
    providers = registry.providers()
    types = [kind.name for each in providers.values() for kind in each.types]
    return loads(text, "page.yaml", checks=registry.checks(), types=types, providers=list(providers))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("one\ntwo\n", "one  \ntwo", True),
        ("one\ntwo\n", "one\ntwo\nthree", False),
        ("one\n...\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("one\n...\nfour\n", "one\nfour\n", True),
        ("one\n...\n", "one\n", True),
        ("...\nfour\n", "three\nfour\n", True),
        ("...\nfour\n", "three\nfour\nfive\n", False),
        ("1 of ... kept\n", "1 of 20 kept\n", True),
        ("1 of ... kept\n", "1 of 20 broken\n", False),
        ("a.b\n", "axb\n", False),
    ],
)
def test_what_is_shown_is_compared(shown: str, printed: str, same: bool) -> None:
    assert shows(shown, printed) is same
