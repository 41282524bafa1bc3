"""`asdeclared completion`, and what the other commands complete. Nothing here loads a cloud SDK."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

PROGRAM = "asdeclared"
_ID = re.compile(r"^\s*-\s*\{?\s*[\"']?id[\"']?:\s*[\"']?([a-z0-9][a-z0-9-]*)", re.MULTILINE)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    r"""Print the completion script for SHELL.

    \b
    bash: eval "$(asdeclared completion bash)"                    in ~/.bashrc
    zsh:  eval "$(asdeclared completion zsh)"                     in ~/.zshrc
    fish: asdeclared completion fish > ~/.config/fish/completions/asdeclared.fish
    """
    from scanner.cli.main import cli

    made = get_completion_class(shell)
    if made is not None:
        # Of the class above: bash's own asks the bash that is installed here for its version.
        click.echo(ShellComplete.source(made(cli, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE")))
    return 0


def promises(ctx: click.Context, _: click.Parameter, word: str) -> list[CompletionItem]:
    """The ids of the promises in the policy of this command line, found without reading it as a policy."""
    # click leaves the arguments unread while an option waits for its value.
    for path in (*ctx.args, ctx.params.get("policy"), "asdeclared.yaml"):
        if path and Path(path).is_file():
            return _beginning(_ID.findall(Path(path).read_text("utf-8", "replace")), word)
    return []


def clouds(_ctx: click.Context, _: click.Parameter, word: str) -> list[CompletionItem]:
    """The names of the installed providers."""
    return _beginning((point.name for point in entry_points(group="asdeclared.providers")), word)


def formats(_ctx: click.Context, _: click.Parameter, word: str) -> list[CompletionItem]:
    """The names of the installed report formats."""
    return _beginning((point.name for point in entry_points(group="asdeclared.reports")), word)


def checks(_ctx: click.Context, _: click.Parameter, word: str) -> list[CompletionItem]:
    """The ids of the installed checks."""
    from scanner import registry

    try:
        return _beginning(registry.checks(), word)
    except registry.PluginError:
        return []


def checks_and_types(ctx: click.Context, parameter: click.Parameter, word: str) -> list[CompletionItem]:
    """The ids of the checks and the names of the modelled types."""
    from scanner import registry

    try:
        types = [kind.name for each in registry.providers().values() for kind in each.types]
    except registry.PluginError:
        types = []
    return [*checks(ctx, parameter, word), *_beginning(types, word)]


def _beginning(words: Iterable[str], start: str) -> list[CompletionItem]:
    return [CompletionItem(each) for each in dict.fromkeys(words) if each.startswith(start)]
