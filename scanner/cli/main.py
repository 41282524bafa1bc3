"""The command `asdeclared`. Commands are imported when they are used, so that help is quick and loads no cloud SDK."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

COMMANDS = {
    "scan": "Scan the clouds and give every promise its verdict.",
    "report": "Write the report of a run in the history.",
    "pack": "Write the evidence of a run as one file, signed if you like.",
    "verify": "Check an evidence pack, and derive every verdict in it again.",
    "statement": "Write what may be published, from a verified pack.",
    "drift": "Tell what changed between two runs.",
    "runs": "List the runs in the history.",
    "history": "Keep and prune runs, verify their chain, and copy it to and from a file.",
    "show": "Show a finding with its evidence.",
    "key": "Make a key that signs packs, or print the public half of one.",
    "policy": "Check a policy file, or print its JSON Schema.",
    "permissions": "Print a role with just the permissions that a policy needs.",
    "checks": "List the checks, or explain one.",
    "explain": "Tell what a check or a resource type reads, in which calls, and what it cannot see.",
    "init": "Write a first policy file.",
    "doctor": "Tell whether a scan can work: credentials, permissions, versions, clock and history.",
    "inventory": "List what is there, with places and copies, without promises.",
    "demo": "Scan a simulated estate on this machine, twice, with a week of change between.",
    "completion": "Print the completion script of a shell.",
}

AS_DECLARED, BROKEN, UNPROVEN, USAGE, FAILED = range(5)
"""The exit codes."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"scanner.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of commands, without loading any; click's own loads them all for their help."""
        named = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="asdeclared")
def cli() -> None:
    """Is your cloud as declared? Reads what you promise about data, and says promise by promise whether it holds.

    Exit codes: 0 as declared, 1 broken, 2 unproven or empty, 3 usage or policy error, 4 the scan itself failed.
    """


YOUNG = 50_000
"""So many new objects are made before the collector looks for circles among them. A scan makes millions of small ones,
of which hardly any is in a circle: at Python's own threshold the looking takes a tenth to a fifth of its time.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(YOUNG)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. What a user did wrong is a message, never a traceback."""
    color = False if os.environ.get("NO_COLOR") else None
    try:
        code = cli.main(args=arguments, prog_name="asdeclared", standalone_mode=False, color=color)
    except click.Abort:
        click.echo("Stopped.", err=True)
        return FAILED
    except click.ClickException as error:
        error.show()
        return error.code if isinstance(error, Trouble) else USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:
        # The last boundary: an exit code of 1 would say that a promise is broken.
        if os.environ.get("ASDECLARED_DEBUG"):
            raise
        click.echo(f"Error: {type(error).__name__}: {error} (ASDECLARED_DEBUG=1 shows where)", err=True)
        return FAILED
    return int(code or 0)


class Trouble(click.ClickException):
    """Something that ends the command, with its exit code: USAGE or FAILED."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code
