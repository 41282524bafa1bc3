"""The catalogue: which native resource types of a cloud hold customer data, and which are only configuration.

Promises about data judge `data` types. A type that nobody classed is `unclassified`: its resources are reported and
never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from scanner.facts import Kind

# Far more than any cloud has; bounded because type names come from the cloud.
CACHED_TYPES = 8192
GLOB = re.compile(r"[A-Za-z0-9.:/_*-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Types that match `glob` are of `kind`. A `*` is any text, also none; letter case does not count."""

    kind: Kind
    glob: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Ordered rules, of which the first that matches a type decides."""

    rules: tuple[Rule, ...]
    _lookup: Callable[[str], Kind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the rules once; each type is then matched once."""
        object.__setattr__(self, "_lookup", lru_cache(CACHED_TYPES)(_matcher(self.rules)))

    def kind(self, native_type: str) -> Kind:
        """Return the kind of a type such as `AWS::S3::Bucket`; what no rule matches is unclassified."""
        return self._lookup(native_type)

    @classmethod
    def read(cls, text: str, name: str) -> Catalogue:
        """Read the lines `<kind> <glob>` of the file `name`, with `#` comments.

        Raises ValueError with the file and line where a line is not of that form or repeats an earlier glob.
        """
        rules: dict[str, Rule] = {}
        for where, kind, glob in pairs(text, name):
            if glob.lower() in rules:
                raise ValueError(f"{where}: {glob!r} is there already; the first line wins, so remove this one")
            rules[glob.lower()] = Rule(_kind(kind, where), _glob(glob, where))
        return cls(tuple(rules.values()))

    @classmethod
    def load(cls, package: str) -> Catalogue:
        """Return `catalogue.txt` of an importable package such as `scanner.providers.aws`; it is read once."""
        return _load(package)


def pairs(text: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield (`file:line`, first word, second word) of each line that is not blank or a comment.

    Raises ValueError with the file and line where a line has more or fewer words.
    """
    for number, line in enumerate(text.splitlines(), 1):
        match line.partition("#")[0].split():
            case []:
                continue
            case [first, second]:
                yield f"{name}:{number}", first, second
            case words:
                raise ValueError(f"{name}:{number}: expected two words, found {len(words)}: {line.strip()!r}")


@cache
def _load(package: str) -> Catalogue:
    text = resources.files(package).joinpath("catalogue.txt").read_text(encoding="utf-8")
    return Catalogue.read(text, f"{package}/catalogue.txt")


def _kind(word: str, where: str) -> Kind:
    if word not in list(Kind):
        raise ValueError(f"{where}: {word!r} is not a kind; write one of {', '.join(Kind)}")
    return Kind(word)


def _glob(word: str, where: str) -> str:
    if not GLOB.fullmatch(word):
        raise ValueError(f"{where}: {word!r} is not a type name; only letters, digits, . : / _ - and * may stand in it")
    return word


def _matcher(rules: tuple[Rule, ...]) -> Callable[[str], Kind]:
    # One alternation: a full match tries the rules in order, and its only group that took part is the rule that won.
    # ASCII, so that a look-alike letter (the Kelvin sign for K) is not taken for the letter.
    choices = ("(" + re.escape(rule.glob).replace(r"\*", ".*") + ")" for rule in rules)
    compiled = re.compile("|".join(choices), re.ASCII | re.IGNORECASE | re.DOTALL)

    def lookup(native_type: str) -> Kind:
        match = compiled.fullmatch(native_type)
        return rules[match.lastindex - 1].kind if match and match.lastindex else Kind.UNCLASSIFIED

    return lookup
