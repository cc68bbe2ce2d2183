"""The command without a name: draft a post-mortem."""

from __future__ import annotations

import gc
import math
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.cli.choices import Choices
    from pm_autofill.pipeline import Outcome

_EXIT_CODES = (
    ("0", "complete"),
    ("1", "no draft; with --strict also: the draft has gaps"),
    ("2", "command line, configuration or template"),
    ("3", "draft with gaps, each named in it"),
    ("4", "PagerDuty refused the credentials"),
    ("11", "another run holds this incident"),
    ("130", "interrupted"),
)


class Seconds(click.FloatRange):
    """A number of seconds to wait at most: one or more, and not for ever."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - as typed
        """The number; neither ``inf`` nor ``nan``, which Python takes for numbers."""
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--incident", metavar="ID", help="PagerDuty id, number or URL of the incident."),
    click.option("--resolved-since", metavar="DURATION",
                 help="Draft every incident of the configured services resolved within this time, such as 24h."),
    click.option("--config", metavar="FILE", help="Configuration file [default: pm-autofill.yaml, see the README]."),
    click.option("--output", metavar="DIR", help="Folder that holds the drafts [default: from the configuration]."),
    click.option("--template", metavar="FILE", help="Template to fill in place of the configured one."),
    click.option("--since", metavar="T", help="Start of the searched window, RFC 3339."),
    click.option("--until", metavar="T", help="End of the searched window, RFC 3339."),
    click.option("--service", metavar="NAME", help="Configured service; with --since and --until, no --incident."),
    click.option("--set", "stated", metavar="FACT=VALUE", multiple=True, help="State a fact; FACT= takes it back."),
    click.option("--as-of", metavar="T", help="Take T as now: later observations are left out."),
    click.option("--from-evidence", metavar="FILE", help="Rebuild from an evidence file: no network, no tokens."),
    click.option("--deadline", type=Seconds(min=1), default=60.0, show_default=True, metavar="SECONDS",
                 help="Give up on sources that take longer than this."),
    click.option("--timeline", type=click.Choice(["brief", "full"]), metavar="brief|full",
                 help="Lesser events folded into one row, or each told [default: brief]."),
    click.option("--snapshot", is_flag=True,
                 help="Write a snapshot with data to Grafana; whoever has its link sees it, for 30 days."),
    click.option("--dry-run", is_flag=True, help="Write nothing; print the diff."),
    click.option("--strict", is_flag=True, help="Exit 1 when the draft has gaps."),
    click.option("--json", "as_json", is_flag=True, help="Print path, exit code and all facts as JSON."),
    click.option("--debug", is_flag=True, help="Show tracebacks."),
    click.option("-v", "--verbose", is_flag=True, help="Say more of what is being done."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
)  # fmt: skip


def describe(formatter: click.HelpFormatter) -> None:
    """The help's last two sections: exit codes, and the facts that --set takes."""
    from pm_autofill.analyse.base_facts import NAMES

    with formatter.section("Exit codes"):
        formatter.write_dl(list(_EXIT_CODES))
    with formatter.section("Facts that --set takes"):
        formatter.write_text(", ".join(NAMES))


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Put the options of drafting onto a command, in the order of the help."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def printable(text: str) -> str:
    """A text as it may go to a terminal: one line, no control characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def run(choices: Choices) -> int:
    """Draft, print the path, and say what is missing.

    Args:
        choices: The command line.

    Returns:
        The exit code.

    Raises:
        AutofillError: There is no draft.
    """
    choices.check()
    gc.disable()  # a run lasts seconds: looking for cycles costs a fifth of the imports, and would free some 25 MiB
    from pm_autofill.graphs import process

    with process.started() as drawing:
        from pm_autofill import pipeline
        from pm_autofill.cli.ordering import read_order

        outcome = pipeline.run(read_order(choices), _reporter(choices), drawing)
    return conclude(outcome, choices)


def conclude(outcome: Outcome, choices: Choices) -> int:
    """Print what a run gave, in the form that was asked for.

    Returns:
        0 for a complete draft, 3 for one with gaps, 1 for one with gaps under --strict.
    """
    from pm_autofill.wording.gaps import gap_words

    gaps = outcome.evidence.gaps
    code = (1 if choices.strict else 3) if gaps else 0
    if choices.as_json:
        import json

        click.echo(json.dumps({"path": str(outcome.path), "exit": code, "facts": outcome.facts}))
    elif choices.dry_run:
        click.echo(outcome.difference, nl=False)
    else:
        click.echo(str(outcome.path))
    for line in outcome.snapshots:
        click.echo(printable(line), err=True)
    if not choices.quiet:
        for remark in outcome.remarks:
            click.echo(printable(remark), err=True)
        for gap in gaps:
            click.echo(printable(f"not available: {gap_words(gap, str)}"), err=True)
    return code


def _reporter(choices: Choices) -> Callable[[str], None]:
    """How progress is told: on a terminal, or when asked to; else not at all."""
    if choices.quiet or not (choices.verbose or sys.stderr.isatty()):
        return lambda _text: None
    return lambda text: click.echo(printable(text), err=True)
