"""The code in CONTRIBUTING.md works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"`([\w/]+\.py)`:\n\n```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages with the files of the page added."""
    import shutil

    root = tmp_path_factory.mktemp("contributed")
    for package in ("scanner", "checks", "reports"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in BLOCKS:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return root


def test_the_page_has_a_check_with_its_table_and_a_type() -> None:
    assert [name for name, _ in BLOCKS] == [
        "checks/keys.py",
        "tests/checks/test_keys.py",
        "scanner/providers/aws/filecache.py",
    ]


def python(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_table_of_the_check_passes(added: Path) -> None:
    assert "3 passed" in python(added, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/checks/test_keys.py")


def test_the_type_answers_every_facet(added: Path) -> None:
    code = """
from scanner.providers.aws.filecache import FILE_CACHE
from scanner.collect.model import pointers
import botocore.session
print(sorted({a.fact.facet.__name__ for a in FILE_CACHE.facts} | {f.__name__ for f in FILE_CACHE.without}))
model = botocore.session.Session().get_service_model("fsx").operation_model("DescribeFileCaches")
item = model.output_shape.members["FileCaches"].member
print(all(p.split("/")[1] in item.members for p in pointers(FILE_CACHE)))
"""
    facets, known = python(added, "-c", code).splitlines()
    assert facets == str(
        ["Backup", "EncryptionAtRest", "EncryptionInTransit", "Exposure", "Lineage", "Location", "LogStore", "Tagging"]
    )
    assert known == "True"
