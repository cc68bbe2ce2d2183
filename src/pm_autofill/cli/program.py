"""The program: its commands, and how every error becomes one message and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING

import click

from pm_autofill import __version__
from pm_autofill.cli import drafting, gate
from pm_autofill.errors import AutofillError, CredentialsRefused, WritableByAll

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pm_autofill.redaction.secrets import Secrets

_COMMANDS = {
    "check": "what humans still owe, what contradicts itself",
    "demo": "the whole thing on a recorded incident, no account needed",
    "doctor": "can each source be reached, with which rights",
    "explain": "where a number comes from",
    "publish": "to a git host, as a draft pull or merge request, or to a folder",
    "slos": "the SLOs found, and how each would be counted",
}
_REFUSED = 4
_INTERRUPTED = 130


class _Program(click.Group):
    """Commands are imported when they are used, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the help."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"pm_autofill.cli.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - every module of this package keeps it
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))
        drafting.describe(formatter)


@click.group(
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(version)s")
@drafting.options
@click.pass_context
def program(ctx: click.Context, /, **chosen: object) -> None:
    """Write the machine-knowable half of a post-mortem.

    Collects alert and acknowledgement times from PagerDuty, SLI samples from Prometheus and dashboards from Grafana,
    computes when the impact began and ended, how many requests failed and what that took of the error budget, and
    fills them into your template. What it cannot know stays a prompt for you.

    The path of the draft is printed on stdout, everything else on stderr.
    """
    if ctx.invoked_subcommand is None:
        from pm_autofill.cli.choices import Choices

        choices = Choices.of(chosen)
        if choices.resolved_since is None:
            ctx.exit(drafting.run(choices))
        from pm_autofill.cli import schedule

        ctx.exit(schedule.run(choices))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit.

    Args:
        arguments: The command line without the program's name; the process's own by default.
    """
    from pm_autofill.redaction.secrets import Secrets

    known = Secrets()
    with gate.closed_to(known):
        code = _run(list(sys.argv[1:] if arguments is None else arguments), known)
    leave(code)


def _run(arguments: list[str], known: Secrets) -> int:
    """Run the program; every error becomes one message and an exit code.

    Args:
        arguments: The command line.
        known: Where secrets are noted when they are looked up.

    Returns:
        The exit code.
    """
    debug = "--debug" in arguments
    quiet = not {"-q", "--quiet"}.isdisjoint(arguments)
    warnings.showwarning = partial(_show_warning, warnings.showwarning, quiet=quiet)
    try:
        code = program.main(arguments, prog_name="pm-autofill", standalone_mode=False, obj=known)
    except click.exceptions.Abort:
        code = _INTERRUPTED
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        words = drafting.printable(" ".join(error.format_message().split()))
        stop = "" if words.endswith((".", "?")) else "."
        command = context.command_path if context else "pm-autofill"
        click.echo(f"pm-autofill: {words}{stop} Try: {command} --help", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except AutofillError as error:
        _show_origin(error, debug=debug)
        click.echo(f"pm-autofill: {drafting.printable(str(error))}", err=True)
        refused = isinstance(error, CredentialsRefused) and error.source == "PagerDuty"
        code = _REFUSED if refused else error.exit_code
    except BrokenPipeError:
        code = 1  # whoever read stdout has seen enough
    except OSError as error:
        _show_origin(error, debug=debug)
        problem = drafting.printable(f"{error.filename or 'the output'}: {error.strerror or type(error).__name__}")
        hint = "Check its rights and the free space; --debug shows where it happened."
        click.echo(f"pm-autofill: cannot use {problem}. {hint}", err=True)
        code = 1
    except Exception as error:  # noqa: BLE001 - the last resort; told, never hidden
        _show_origin(error, debug=debug)
        kind = type(error).__name__
        click.echo(
            f"pm-autofill: internal error ({kind}). This is a bug: please report it with the output of --debug",
            err=True,
        )
        code = 1
    return code if isinstance(code, int) else 0


def _show_warning(
    usual: Callable[..., None], message: Warning | str, category: type[Warning], *place: object, quiet: bool
) -> None:
    """A warning of ours as one line; any other as Python shows it."""
    if not issubclass(category, WritableByAll):
        usual(message, category, *place)
    elif not quiet:
        click.echo(f"pm-autofill: {drafting.printable(str(message))}", err=True)


def _show_origin(error: Exception, *, debug: bool) -> None:
    """The traceback, for those who asked for it; the message and the exit code are the same with it."""
    if debug:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)


def leave(code: int) -> None:
    """Exit now: threads still waiting for a slow server are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # it was closed before the program began
            try:
                stream.flush()
            except OSError:
                code = code or 1
    os._exit(code)
