"""Types of the policy's words: forms of identifiers, and names that must be known elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from checks.check import Check
from scanner.policy.problem import meant, quoted

BUILT_IN = ("aws", "azure", "gcp")
"""The providers whose scope the policy's model knows."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names in a policy may refer to. `environments` are those that the same policy declares."""

    checks: Mapping[str, Check]
    types: Collection[str]
    providers: Collection[str]
    environments: Collection[str]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text: a pattern for the whole of it, and what a reader calls it."""

    pattern: str
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "description": f"{self.what}."}

    def check(self, word: str) -> str:
        """The word itself. Raises where it has another form."""
        if not re.fullmatch(self.pattern, word, re.ASCII):
            raise refused(f"{quoted(word)} is not {self.what}")
        return word


def refused(message: str, hint: str = "") -> PydanticCustomError:
    """An error whose message and hint are shown as they are."""
    return PydanticCustomError("refused", "{message}", {"message": message, "hint": hint})


def _known(what: str, of: Callable[[Vocabulary], Collection[str]]) -> Callable[[str, ValidationInfo], str]:
    def validate(word: str, info: ValidationInfo) -> str:
        valid = of(vocabulary(info))
        if word not in valid:
            raise refused(f"there is no {what} {quoted(word)}", meant(word, valid) or _choice(valid))
        return word

    return validate


def vocabulary(info: ValidationInfo) -> Vocabulary:
    """What the caller of the validation knows."""
    if not isinstance(info.context, Vocabulary):
        raise TypeError("a policy is validated with a Vocabulary as context")
    return info.context


def _choice(valid: Collection[str]) -> str:
    return f"Known: {', '.join(sorted(valid))}." if 0 < len(valid) <= 8 else ""


def _check(word: object, info: ValidationInfo) -> Check:
    known = vocabulary(info).checks
    if not isinstance(word, str):
        raise refused("the name of a check is wanted")
    if word not in known:
        raise refused(f"there is no check {quoted(word)}", meant(word, known) or _choice(known))
    return known[word]


def matches(glob: str, type_name: str) -> bool:
    """Whether a type's name, or a glob of names with `*`, covers a type."""
    return fnmatchcase(type_name, glob)


def _types(word: str, info: ValidationInfo) -> str:
    known = vocabulary(info).types
    if not any(matches(word, name) for name in known):
        raise refused(f"no known type is named {quoted(word)}", meant(word, known))
    return word


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refused(f"{quoted(value)} is not a day of the calendar") from None
    raise refused(f"{quoted(value)} is not a date", "Write it as 2027-01-31.")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Slug = Annotated[str, Form("[a-z0-9]+(?:-[a-z0-9]+)*", "a name of lower-case letters, digits and single hyphens")]
AwsAccount = Annotated[str, Form("[0-9]{12}", "an AWS account id of 12 digits")]
Guid = Annotated[
    str,
    Form("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "an id such as 00000000-0000-0000-0000-000000000001"),
    AfterValidator(str.lower),
]
GcpProject = Annotated[str, Form("[a-z0-9.:-]{1,64}", "the id of a Google Cloud project")]
GcpParent = Annotated[
    str, Form("(?:organizations|folders)/[0-9]+|projects/[a-z0-9.:-]+", "a parent such as organizations/123456789012")
]
RoleName = Annotated[str, Form(r"[\w+=,.@/-]{1,512}", "the name of a role, without account and ARN")]
ExternalId = Annotated[str, Form(r"[\w+=,.@:/-]{2,1224}", "an external id of AWS")]
OrganizationId = Annotated[str, Form("o-[a-z0-9]{10,32}", "the id of an AWS organisation such as o-exampleorgid")]
Region = Annotated[str, Form("[a-z]+(?:-[a-z0-9]+)+", "the name of an AWS region such as eu-west-2")]
Domain = Annotated[
    str, Form(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}", "a domain such as example.com")
]
Source = Annotated[str, Form("https?://[!-~]+", "the address (URL) of the published sentence")]
EnvironmentName = Annotated[str, AfterValidator(_known("environment", lambda known: known.environments))]
ProviderName = Annotated[str, AfterValidator(_known("provider", lambda known: known.providers))]
TypeGlob = Annotated[str, Form("[A-Za-z0-9._*/:-]+", "the name of a type, or several with '*'"), AfterValidator(_types)]
Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2027-01-31"]})
]
CheckName = Annotated[
    Check,
    BeforeValidator(_check),
    PlainSerializer(lambda check: check.id),
    WithJsonSchema({"type": "string"}),
    Field(description="The check that judges the promise."),
]
