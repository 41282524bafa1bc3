"""From an ARN, as the tagging API and Resource Explorer give it, to the CloudFormation type of the resource.

Form of an ARN: `arn:partition:service:region:account:resource`
(docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from scanner.collect.catalogue import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MALFORMED = "aws:malformed/arn"
ARN = re.compile(r"arn:[a-z0-9-]+:(?P<service>[a-z0-9-]+):[^:]*:[^:]*:(?P<resource>.+)", re.DOTALL)
# The kind is what stands before the name. A bare name is no kind, or every resource would be a type of its own.
RESOURCE_KIND = re.compile(r"/?(?P<kind>[A-Za-z][A-Za-z0-9_.-]{0,62})[/:].", re.DOTALL)
LINE = re.compile(r"(?P<service>[a-z0-9-]+):(?P<resource>\S+)")
STARS = {r"\*\*": ".+", r"\*": "[^/:]+"}


@dataclass(frozen=True, slots=True)
class _Service:
    """The resources of one service: `forms` has one group for each of `types`, in order."""

    forms: re.Pattern[str]
    types: tuple[str, ...]

    def type_of(self, resource: str) -> str | None:
        match = self.forms.fullmatch(resource)
        return self.types[match.lastindex - 1] if match and match.lastindex else None


def arn_type(arn: str) -> str:
    """Return the CloudFormation type that an ARN names, such as `AWS::S3::Bucket` for `arn:aws:s3:::example`.

    What the table does not have is `aws:<service>/<kind>`, where the kind is `resource` if the ARN tells none; what is
    no ARN is `aws:malformed/arn`. The catalogue has none of these, so they are unclassified and never dropped. Nothing
    raises.
    """
    match = ARN.fullmatch(arn)
    if match is None:
        return MALFORMED
    service, resource = match["service"], match["resource"]
    known = _table().get(service)
    return (known and known.type_of(resource)) or f"aws:{service}/{_resource_kind(resource)}"


def table(text: str, name: str) -> Mapping[str, _Service]:
    """Read the lines `<service>:<resource> <type>` of the file `name`.

    Raises ValueError with the file and line where a line is not of that form.
    """
    lines: dict[str, list[tuple[str, str]]] = {}
    for where, form, native_type in pairs(text, name):
        line = LINE.fullmatch(form)
        if line is None:
            raise ValueError(f"{where}: {form!r} is not <service>:<resource>, such as ec2:volume/*")
        lines.setdefault(line["service"], []).append((line["resource"], native_type))
    return {service: _service(found) for service, found in lines.items()}


@cache
def _table() -> Mapping[str, _Service]:
    text = resources.files(__package__).joinpath("arns.txt").read_text(encoding="utf-8")
    return table(text, f"{__package__}/arns.txt")


def _service(lines: Iterable[tuple[str, str]]) -> _Service:
    forms, types = zip(*lines, strict=True)
    return _Service(re.compile("|".join(f"({_regex(form)})" for form in forms), re.DOTALL), types)


def _regex(form: str) -> str:
    return re.sub(r"\\\*\\\*|\\\*", lambda star: STARS[star[0]], re.escape(form))


def _resource_kind(resource: str) -> str:
    match = RESOURCE_KIND.match(resource)
    return match["kind"] if match else "resource"
