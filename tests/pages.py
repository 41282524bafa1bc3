"""The pages of documentation: their blocks, links and headings, for the tests that run and check them.

The info string of a block says what it is:

- `console`: commands after `$ `, each with what it prints. `...` in it stands for any text. A command without output
  below it prints what it likes. It exits 0, unless the next command is `echo $?`, or the block says `exit=CODE,CODE`.
- `sh`: commands, one a line.
- `yaml policy`: a whole policy, which loads. `yaml fragment`: keys of one. `yaml`, `json`, `ini`: data, which parses.
- `file=PATH`, with any of them: the block is written to that file; `append=PATH`: it is added at its end.
- `recorded`: `asdeclared scan` reads the recording of the demo's clouds instead of clouds: of the second week, or
  where the command names the day of the first, of that.
- `served`: the commands that look into clouds are pointed at the demo's, served.
- `skip=REASON`, with hyphens for blanks: it is not run, or its data is used by nothing here; it is still parsed.
- `text`: neither run nor parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
KINDS = frozenset({"console", "sh", "yaml", "json", "ini", "text"})
WORDS = frozenset({"policy", "fragment", "recorded", "served"})
OPTIONS = frozenset({"file", "append", "skip", "exit"})
_FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind, the other words of its info string, its text, and where it stands."""

    kind: str
    words: tuple[str, ...]
    text: str
    where: str

    def option(self, name: str, default: str = "") -> str:
        """The value of `NAME=value` in the info string."""
        return next((each.partition("=")[2] for each in self.words if each.startswith(f"{name}=")), default)

    @property
    def file(self) -> str:
        """The file that it is written to, or added to; "" for none."""
        return self.option("file") or self.option("append")

    @property
    def skip(self) -> str:
        """Why it is not run; "" where it is."""
        return self.option("skip")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what it prints; None where the page does not show it."""

    text: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Runs:
    """What a page starts from, and the blocks of it that are followed, in order."""

    setup: tuple[str, ...]
    blocks: tuple[Block, ...]


def pages() -> list[Path]:
    """Every page: README.md and those in docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """The blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return tuple(
        Block(
            found[1],
            tuple(found[2].split()),
            found[3],
            f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}",
        )
        for found in _FENCE.finditer(text)
    )


def runs(page: Path) -> Runs:
    """What is run of a page."""
    setup = re.search(r"^<!-- setup: ([\w ]+) -->$", page.read_text(encoding="utf-8"), re.MULTILINE)
    followed = [each for each in blocks(page) if each.file or (each.kind in {"console", "sh"} and not each.skip)]
    return Runs(tuple(setup[1].split()) if setup else (), tuple(followed))


def commands(block: Block) -> list[Command]:
    """The commands of a block."""
    text = block.text.replace("\\\n", "")
    if block.kind == "sh":
        lines = [line.partition("  #")[0].strip() for line in text.splitlines()]
        return [Command(re.sub(r"\s+", " ", line), None) for line in lines if line and not line.startswith("#")]
    first, *parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not first, f"{block.where}: it does not begin with a command"
    return [_command(part) for part in parts]


def _command(part: str) -> Command:
    line, _, output = part.partition("\n")
    return Command(re.sub(r"\s+", " ", line.partition("  #")[0].strip()), output if output.strip() else None)


def shows(shown: str, printed: str) -> bool:
    """Whether a text is what a page shows of it. A line of `...` alone stands for any lines."""
    pattern = re.escape(_trimmed(shown)).replace(r"\.\.\.", "...")
    pattern = re.sub(r"^\.\.\.(\\\n|\n)", "(?:.*\n)?", pattern, flags=re.MULTILINE)
    return re.fullmatch(pattern.replace("...", ".*?"), _trimmed(printed), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def links(page: Path) -> list[str]:
    """The targets of a page's links. What stands in blocks and in code is none."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text(encoding="utf-8")))
    return _LINK.findall(prose)


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings)
