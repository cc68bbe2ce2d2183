"""``pm-autofill demo``: the whole thing on a recorded incident, through the same clients, no account needed."""

from __future__ import annotations

import shlex
import sys
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pm_autofill.cli import drafting
from pm_autofill.cli.choices import Choices
from pm_autofill.graphs import process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from importlib.resources.abc import Traversable

    from pm_autofill.cli.recording import Index
    from pm_autofill.cli.replay import ReplayServer
    from pm_autofill.graphs.process import Drawing
    from pm_autofill.pipeline import Order, Outcome

_CONFIGURATION = "pm-autofill.yaml"
_DEADLINE = 60.0
_OUTPUT = "pm-autofill-demo"
_BEFORE = """\
Replaying a recorded incident: a release of checkout-api breaks 12 % of its requests for 39 minutes.
Three servers on this machine play PagerDuty, Prometheus and Grafana; nothing leaves it, and no account is needed.
"""
_AFTER = """\
That is the draft; its graphs are in {folder}/graphs
Where a number comes from:  pm-autofill explain {folder} requests.failed
The same again, offline:    pm-autofill --from-evidence {folder}/evidence.json
With your own systems:      write pm-autofill.yaml, then pm-autofill doctor
"""


@click.command(short_help="the whole thing on a recorded incident, no account needed")
@click.option(
    "--output", metavar="DIR", default=_OUTPUT, show_default=True, help="Folder that holds the draft's folder."
)
@click.option("--strict", is_flag=True, help="Exit 1 when the draft has gaps.")
@click.option("--json", "as_json", is_flag=True, help="Print path, exit code and all facts as JSON.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option("-v", "--verbose", is_flag=True, help="Say more of what is being done.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(**chosen: object) -> int:
    """Draft the post-mortem of a recorded incident.

    Recorded answers of PagerDuty, Prometheus and Grafana are replayed by servers on this machine and read through the
    same clients as real ones. No account, no network and no configuration is needed, and yours is not looked at.
    """
    choices = Choices.of({**chosen, "incident": "recorded"})
    choices.check()
    with process.started() as drawing:
        outcome = run(Path(choices.output or _OUTPUT), _reporter(choices), drawing)
    code = drafting.conclude(outcome, choices)
    _guide(choices, _AFTER.format(folder=shlex.quote(str(outcome.path.parent))))
    return code


def run(output: Path, report: Callable[[str], None], drawing: Drawing | None = None) -> Outcome:
    """Replay the recordings and draft from them.

    Args:
        output: The folder that is to hold the draft's folder.
        report: Told what is being done.
        drawing: What draws; None for this process.

    Returns:
        What was made.

    Raises:
        AutofillError: There is no draft.
    """
    from pm_autofill import pipeline
    from pm_autofill.cli.recording import load

    folder = recordings()
    index = load(folder)
    with ExitStack() as running:
        servers = {system: running.enter_context(server) for system, server in replay(index, folder).items()}
        variables = {system: (server.url, "no-token-is-needed") for system, server in servers.items()}
        return pipeline.run(prepare_order(index, folder, variables, output), report, drawing)


def recordings() -> Traversable:
    """The folder with the recordings, wherever the package is installed."""
    return resources.files("pm_autofill") / "fixtures" / "demo"


def replay(index: Index, folder: Traversable) -> dict[str, ReplayServer]:
    """The servers that replay the recordings, by system; not started yet."""
    from pm_autofill.cli.replay import ReplayServer

    systems = {"pagerduty": index.pagerduty, "prometheus": index.prometheus, "grafana": index.grafana}
    return {system: ReplayServer(system, recorded, folder, index.as_of) for system, recorded in systems.items()}


def prepare_order(index: Index, folder: Traversable, reached: Mapping[str, tuple[str, str]], output: Path) -> Order:
    """What the demo asks the pipeline for: nothing in it is of the user's environment or of the clock.

    Args:
        index: Says which incident, and what is taken as now.
        folder: Holds the demo's configuration.
        reached: By system: its base URL and the token it takes.
        output: The folder that is to hold the draft's folder.

    Returns:
        The order.
    """
    from pm_autofill import config
    from pm_autofill.cli.gate import known_secrets
    from pm_autofill.cli.ordering import configured_template
    from pm_autofill.collect.connections import Connections
    from pm_autofill.collect.sources import Sources
    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.evidence.record import Request
    from pm_autofill.pipeline import Order

    with resources.as_file(folder / _CONFIGURATION) as file:
        configuration = config.read(file)
    variables: dict[str, str] = {}
    for system, (url, token) in reached.items():
        variables |= {f"DEMO_{system.upper()}_URL": url, f"DEMO_{system.upper()}_TOKEN": token}

    def now() -> datetime:
        return index.as_of

    environment = config.Environment(variables, configuration.folder, known_secrets())
    return Order(
        request=Request(as_of=index.as_of, incident=index.incident),
        configuration=configuration,
        template=configured_template(configuration),
        output=output,
        sources=Sources(Connections(configuration.settings, environment, Deadline(_DEADLINE), now)),
        clock=now,
    )


def _reporter(choices: Choices) -> Callable[[str], None]:
    """How progress is told: only when asked to; the demo is over before it could be read."""
    _guide(choices, _BEFORE)
    if choices.verbose:
        return lambda text: click.echo(drafting.printable(text), err=True)
    return lambda _text: None


def _guide(choices: Choices, text: str) -> None:
    """Say something to a person who watches."""
    if not choices.quiet and (choices.verbose or sys.stderr.isatty()):
        click.echo(text, err=True, nl=False)
