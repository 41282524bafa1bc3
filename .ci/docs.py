"""Writes the reference pages in docs/reference from the code, so that they say what runs.

`python .ci/docs.py` writes them; `python .ci/docs.py --check` fails where one is not as the code has it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from checks.check import Check
from reports.document import Document
from reports.report import Report
from scanner import registry
from scanner.cli import explain
from scanner.cli.main import COMMANDS, cli
from scanner.cli.permissions import whole
from scanner.collect.model import Call, Per, Provider, ResourceType
from scanner.collect.roles import WritesRoles
from scanner.facts import Answer, Facet, Inapplicable, Kind, Known, Seen
from scanner.facts.reply import legible
from scanner.policy.schema import schema

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
EVERY_KEY = ROOT / "examples" / "every-key.yaml"
CLOUDS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
WRITTEN = "<!-- Written by .ci/docs.py from the code: do not edit. -->\n"
POLICY = """# The policy file

A policy is one YAML file. It is strict: an unknown key is an error, told with file, line and column. `asdeclared
policy check FILE` checks it, `asdeclared policy schema` prints this page as a JSON Schema for editors. The examples
are those of [every-key.yaml](../../examples/every-key.yaml).

Durations are a whole number and a unit: `35 days`, `6 months`, `1 year`; or `forever`. A year is 365 days, a month
a twelfth of it. A place is a region of a provider (`azure:uksouth`), a country (`GB`), `EU`, `EEA`, or `adequate`:
the EEA and the countries with an unconditional EU adequacy decision in force on the day of the scan.
"""
CHECKS = """# Checks

A check states the desired condition once for all clouds. It reads facts; each condition is judged by itself. A
condition that reads a fact that could not be established never passes. `asdeclared explain CHECK` also tells the
calls for each type.

| check | severity | about | what must hold |
|---|---|---|---|"""
TYPES = """# Resource types

{total} types are modelled: {counted}. A type is *data* where it holds customers' data, else *config*; a *container*
holds other resources. Every other type is seen by a sweep as far as the sweep can see it, classed by a catalogue,
and told.

| type | the vendor's name | class | tells something of |
|---|---|---|---|"""
CLOUD = """# Resource types of {title}

{types} types are modelled, {data} of them data. For each: how it is listed, which calls are made for it and the
permission of each, what each fact is read from, and what cannot be seen. A scan makes only the calls that its
policy needs.
"""
HELP = """# Commands

What `--help` prints. Talk goes to standard error, what a program may read to standard output.

| command | |
|---|---|"""
FORMATS = """
## Report formats

For `--format` of `scan` and `report`. Without one, `scan` writes html and json, and `report` html.

| format | file | what it is | needs |
|---|---|---|---|"""
DOCUMENT = """# The document, version 1

`report.json` is the document that every report renders. Its JSON Schema is
[reports/document.v1.json](../../reports/document.v1.json). `schema` names the version, which is apart from that of
the program: fields are only ever added within a version.
"""
STATEMENT = """# The statement, version 1

`asdeclared statement PACK` verifies a pack, and then writes what may be published of each promise: as Markdown, or
with `--format json` as what follows. Its JSON Schema is
[reports/statement.v1.json](../../reports/statement.v1.json). Where the verification fails, nothing is written.
"""
Json = Mapping[str, Any]


def pages() -> dict[str, str]:
    """Every generated page by its name in docs/reference."""
    providers = {name: each for name, each in registry.providers().items() if name in CLOUDS}
    checks = {name: each for name, each in registry.checks().items() if _built_in(each)}
    made = {
        "policy.md": policy(checks, providers),
        "checks.md": about_checks(checks, providers),
        "types.md": types(providers),
        **{f"types-{name}.md": cloud(each) for name, each in providers.items()},
        "commands.md": commands(),
        "document.md": document(),
        "statement.md": statement(),
    }
    return {name: WRITTEN + "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _built_in(check: Check) -> bool:
    return check.judge.__module__.startswith("checks.")


def rows(part: Json, examples: Mapping[str, object] | None = None, parts: Json | None = None) -> Iterator[str]:
    """A table of the keys of an object. `parts` are those that a key without a meaning of its own may refer to."""
    shown = examples is not None
    named = parts or {}
    yield f"| key | type | default | meaning |{' example |' if shown else ''}"
    yield f"|---|---|---|---|{'---|' if shown else ''}"
    for key, value in part["properties"].items():
        default = "required" if key in part.get("required", ()) else _default(value)
        meaning = (value.get("description") or _referred(value, named)).replace("\n", " ")
        example = (
            f" {_example(examples[key])} |" if examples and key in examples and not _parts(value) else " |" * shown
        )
        yield f"| `{key}` | {kind(value)} | {default} | {_cell(meaning)} |{example}"


def _parts(value: Json) -> list[str]:
    """The names of the parts that a value refers to, itself or by its items."""
    return re.findall(r"\]\(#", kind(value))


def _referred(value: Json, parts: Json) -> str:
    match value:
        case {"$ref": str(ref)} | {"allOf": [{"$ref": str(ref)}]}:
            return str(parts.get(ref.rpartition("/")[2], {}).get("description", ""))
    return ""


def _default(value: Json) -> str:
    if "default" not in value:
        return "none"
    return {"[]": "none", "{}": "none", '""': "none", "null": "none"}.get(
        json.dumps(value["default"]), f"`{json.dumps(value['default'])}`"
    )


def _example(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def kind(value: Json) -> str:
    """The type of a value in words."""
    match value:
        case {"$ref": str(ref)}:
            name = ref.rpartition("/")[2]
            return f"[{name}](#{slug(name)})"
        case {"const": const}:
            return f"`{json.dumps(const)}`"
        case {"enum": list(words)}:
            return " or ".join(f"`{json.dumps(word)}`" for word in words)
        case {"anyOf": list(several)}:
            return " or ".join(dict.fromkeys(kind(each) for each in several if each != {"type": "null"}))
    return _plain(value)


def _plain(value: Json) -> str:
    match value:
        case {"type": "array", "items": dict(items)}:
            return f"list of {kind(items)}"
        case {"type": "object", "additionalProperties": dict(items)}:
            return f"map of {kind(items)}"
        case {"type": "object", "patternProperties": dict(patterns)}:
            return f"map of {' or '.join(kind(each) for each in patterns.values())}"
        case {"type": "object"}:
            return "map"
        case {"type": "string", "format": "date"}:
            return "day"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "number": "number"}
    return words.get(str(value.get("type")), "any")


def slug(heading: str) -> str:
    """The anchor that a heading has on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def parts(found: Json, names: Iterable[str]) -> Iterator[str]:
    """A section for each part of a schema."""
    for name in names:
        part = found["$defs"][name]
        yield from ("", f"## {name}", "", *(_said(part)), "")
        if "properties" in part:
            yield from rows(part, parts=found["$defs"])
        else:
            yield f"{kind(part)}."


def _said(part: Json) -> list[str]:
    return [part["description"]] if "description" in part else []


PARTS = {
    "Scope": ("scope",),
    "AwsScope": ("scope", "aws"),
    "AzureScope": ("scope", "azure"),
    "GcpScope": ("scope", "gcp"),
    "Unscanned": ("scope", "unscanned", 0),
    "Environment": ("environments", "production"),
    "Tenants": ("tenants",),
    "SubProcessor": ("sub_processors", 0),
    "Promise": ("promises", 0),
    "AppliesTo": ("promises", 0, "applies_to"),
    "DeclaredException": ("exceptions", 0),
}
"""The parts of a policy, in order, and where the example has them."""


def policy(checks: Mapping[str, Check], providers: Mapping[str, Provider]) -> Iterator[str]:
    """The page about the policy file."""
    found = schema(checks, [each.name for provider in providers.values() for each in provider.types])
    example = YAML(typ="safe").load(EVERY_KEY.read_text())
    yield from (POLICY, *rows(found, example, found["$defs"]))
    for name, path in PARTS.items():
        yield from ("", f"## {name}", "", f"At `{_written(path)}`. {found['$defs'][name].get('description', '')}", "")
        yield from rows(found["$defs"][name], _at(example, path), found["$defs"])
    for check in checks.values():
        yield from _with(check, found, example)
    yield from parts(found, [name for name in found["$defs"] if name not in PARTS and not name.startswith("with.")])


def _written(path: tuple[str | int, ...]) -> str:
    text = ".".join(str(each) for each in path)
    return text.replace(".0", "[]").replace("production", "NAME")


def _at(value: Any, path: Iterable[str | int]) -> Mapping[str, object]:
    for step in path:
        value = value[step]
    return dict(value)


def _with(check: Check, found: Json, example: Json) -> Iterator[str]:
    """The parameters of a check."""
    yield from ("", f"## with: {check.id}", "", f"{check.title} See [{check.id}](checks.md#{slug(check.id)}).", "")
    part = found["$defs"][f"with.{check.id}"]
    if not part.get("properties"):
        yield "It takes no parameters."
        return
    given: dict[str, object] = {}
    for promise in example["promises"]:
        if promise["check"] == check.id:
            given |= promise.get("with", {})
    yield from rows(part, given)


def about_checks(checks: Mapping[str, Check], providers: Mapping[str, Provider]) -> Iterator[str]:
    """The page about the checks."""
    yield from (
        CHECKS,
        *(
            f"| [{each.id}](#{slug(each.id)}) | {each.severity.value} | {each.kinds} | {each.title} |"
            for each in checks.values()
        ),
    )
    for each in checks.values():
        yield from _check(each, providers)
    yield from ("", "## Facts", "", "Each fact is a question with one meaning for every type of every cloud.", "")
    yield from ("| fact | question |", "|---|---|")
    for facet in _facets(providers):
        yield from (f"| `{fact.key}` | {_cell(fact.question)} |" for fact in facet.questions())


def _check(check: Check, providers: Mapping[str, Provider]) -> Iterator[str]:
    yield from ("", f"## {check.id}", "", check.doc, "")
    yield f"It judges {check.subjects}; severity {check.severity.value}, unless the policy says otherwise."
    parameters = f"[with: {check.id}](policy.md#{slug(f'with: {check.id}')})"
    yield f"Parameters: {parameters if check.parameters.model_fields else 'none'}."
    yield from ("", "It reads:", "")
    yield from (f"- `{fact.key}`: {fact.question}" for fact in check.reads)
    yield from ("", f"Where it fails: {check.fix}")
    kinds = [each for provider in providers.values() for each in provider.types if explain._speaks_of(check, each)]
    telling = [each for each in kinds if _tells(check, each)]
    yield from (
        "",
        f"Types that tell something of it: {_links(telling) or 'none; the program answers it of each container'}.",
    )
    if mute := [each for each in kinds if each not in telling and _makes_sense(check, each)]:
        yield from (
            "",
            f"Types that tell nothing of it themselves (others, such as a backup vault, may): {_links(mute)}.",
        )


def _links(kinds: Iterable[ResourceType]) -> str:
    ordered = sorted(kinds, key=lambda each: each.name)
    return ", ".join(f"[{each.name}](types-{each.provider}.md#{slug(each.name)})" for each in ordered)


def _tells(check: Check, each: ResourceType) -> bool:
    facets = check.traits
    return any(answer.fact.facet in facets and told(answer, each) for answer in each.facts)


def told(answer: Answer, each: ResourceType) -> bool:
    """Whether an answer can establish anything: it reads something, or the vendor documents it."""
    match explain._bare(answer, each):
        case Known(Seen(items, gaps)):
            return bool(answer.paths or items or not gaps)
        case Known():
            return True
    return bool(answer.paths)


def _makes_sense(check: Check, each: ResourceType) -> bool:
    left = {answer.fact.facet for answer in each.facts if isinstance(explain._bare(answer, each), Inapplicable)}
    return not each.container and not check.traits <= each.without.keys() | left


def _facets(providers: Mapping[str, Provider]) -> list[type[Facet]]:
    answers = [answer for provider in providers.values() for each in provider.types for answer in each.facts]
    return sorted({answer.fact.facet for answer in answers}, key=lambda facet: facet.__name__)


def types(providers: Mapping[str, Provider]) -> Iterator[str]:
    """The page with every type."""
    total = sum(len(each.types) for each in providers.values())
    counted = ", ".join(f"{len(each.types)} of {CLOUDS[name]}" for name, each in providers.items())
    yield TYPES.format(total=total, counted=counted)
    for provider in providers.values():
        for each in sorted(provider.types, key=lambda kind: kind.name):
            facets = ", ".join(sorted({answer.fact.facet.__name__ for answer in each.facts if told(answer, each)}))
            link = f"[{each.name}](types-{provider.name}.md#{slug(each.name)})"
            yield f"| {link} | `{each.native}` | {_class(each)} | {facets} |"


def _class(each: ResourceType) -> str:
    return "container" if each.container else each.kind.value


def cloud(provider: Provider) -> Iterator[str]:
    """The page about the types of one cloud."""
    data = sum(each.kind is Kind.DATA for each in provider.types)
    yield from (
        CLOUD.format(title=CLOUDS[provider.name], types=len(provider.types), data=data),
        "## What is not seen",
        "",
        *(f"- {line}" for line in _blind(provider)),
        "",
        "## Permissions of all types",
        "",
        f"`asdeclared permissions {provider.name} POLICY` prints a role with just those that a policy needs."
        + (f" Forms: {', '.join(('json', *provider.forms))}." if isinstance(provider, WritesRoles) else ""),
        "",
        *(f"- `{each}`" for each in sorted(whole(provider))),
    )
    for each in sorted(provider.types, key=lambda kind: kind.name):
        yield from _type(each)


def _blind(provider: Provider) -> Iterator[str]:
    for sweep in provider.sweeps:
        yield f"Types that are not modelled are seen by `{sweep.each.operation}`" + (
            f": {sweep.blind}" if sweep.blind else "."
        )
    yield from getattr(provider, "limits", ())


def _type(each: ResourceType) -> Iterator[str]:
    often = "account" if each.each.per is Per.ACCOUNT else "account and region"
    yield from ("", f"## {each.name}", "", f"`{each.native}`, {_class(each)}. Listed once for each {often}.", "")
    yield from ("| call | permission |", "|---|---|")
    yield from dict.fromkeys(_call(call) for call in (each.each, *each.ask.values()))
    if each.facts:
        yield from ("", "| fact | read from | not seen, or documented |", "|---|---|---|")
        yield from (_fact(answer, each) for answer in each.facts)
    if each.without:
        yield ""
        yield from (f"- {facet.__name__} makes no sense for it: {why}." for facet, why in each.without.items())


def _call(call: Call) -> str:
    return f"| `{_cell(call.operation)}` | {f'`{call.permission}`' if call.permission else 'none needed'} |"


def _fact(answer: Answer, each: ResourceType) -> str:
    sources: dict[str, list[str]] = {}
    for path in answer.paths:
        source, _, pointer = path.partition(":")
        operation = (each.each if source == "item" else each.ask[source]).operation
        sources.setdefault(operation, []).append(legible(pointer) or "/")
    told = "; ".join(f"`{name}`: {', '.join(dict.fromkeys(found))}" for name, found in sources.items())
    limits = "; ".join(explain._limits(answer, each))
    return f"| `{answer.fact.key}` | {_cell(told) or '(nothing is asked)'} | {_cell(limits)} |"


def commands() -> Iterator[str]:
    """The page with the help of every command."""
    yield from (
        HELP,
        *(f"| [{name}](#{slug(f'asdeclared {name}')}) | {_cell(text)} |" for name, text in COMMANDS.items()),
        FORMATS,
        *(_format(name, each) for name, each in registry.reports().items() if _of_ours(each)),
        "",
        "## asdeclared",
        *_help(cli, "asdeclared"),
    )
    context = click.Context(cli, info_name="asdeclared")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is not None:
            yield from _command(command, f"asdeclared {name}", "##")


def _of_ours(report: Report) -> bool:
    return report.render.__module__.startswith("reports.")


def _format(name: str, report: Report) -> str:
    doc = sys.modules[report.render.__module__].__doc__ or ""
    needs = f"the extra `{report.extra}`" if report.extra else ""
    return f"| {name} | `{report.file}` | {_cell(' '.join(doc.split(chr(10) * 2)[0].split()))} | {needs} |"


def _command(command: click.Command, name: str, mark: str) -> Iterator[str]:
    yield from ("", f"{mark} {name}", *_help(command, name))
    if isinstance(command, click.Group):
        for each in sorted(command.commands):
            yield from _command(command.commands[each], f"{name} {each}", mark + "#")


def _help(command: click.Command, name: str) -> list[str]:
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100)
    context.help_option_names = ["-h", "--help"]
    return ["", "```text", command.get_help(context), "```"]


def document() -> Iterator[str]:
    """The page about `report.json`."""
    found = Document.model_json_schema(by_alias=True, mode="serialization")
    yield from (
        DOCUMENT,
        *rows(found, parts=found["$defs"]),
        *parts(found, found["$defs"]),
    )


def statement() -> Iterator[str]:
    """The page about the statement."""
    found = json.loads((ROOT / "reports" / "statement.v1.json").read_text())
    yield from (
        STATEMENT,
        *rows(found, parts=found["$defs"]),
        *parts(found, found["$defs"]),
    )


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    made = pages()
    stale = [name for name, text in made.items() if _read(REFERENCE / name) != text]
    if "--check" in arguments:
        print(*(f"docs/reference/{name} is not up to date: run python .ci/docs.py" for name in stale), sep="\n")
        return 1 if stale else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (REFERENCE / name).write_text(made[name])
    return 0


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
