"""The reader's role in several languages: what a provider may offer besides `Provider.role`, and how to quote texts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from scanner.facts import JSON


@runtime_checkable
class WritesRoles(Protocol):
    """A provider that writes its role in more than one language."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The names of the languages besides "json", which is `Provider.role`."""

    def role_as(self, form: str, permissions: frozenset[str], scope: Mapping[str, JSON]) -> str:
        """The role with these permissions and those of the discovery, for the scope of a policy or for {}. The form is
        one of `forms`.
        """


def hcl(text: str) -> str:
    """A quoted text of Terraform's language, in which nothing is interpolated."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def hcl_list(texts: Iterable[str], indent: int) -> str:
    """A list of texts of Terraform's language, one a line."""
    blanks = " " * indent
    return "[\n" + "".join(f"{blanks}  {hcl(each)},\n" for each in texts) + f"{blanks}]"


def sh(text: str) -> str:
    """A text as one word of a shell."""
    return shlex.quote(text)


def texts(scope: Mapping[str, JSON], key: str) -> tuple[str, ...]:
    """The list of texts at a key of a scope; () where there is none."""
    found = scope.get(key)
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def text(scope: Mapping[str, JSON], key: str, default: str) -> str:
    """The text at a key of a scope."""
    found = scope.get(key)
    return found if isinstance(found, str) and found else default
