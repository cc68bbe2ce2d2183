"""``pm-autofill doctor``: can each source be reached, with which rights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pm_autofill.cli.drafting import Seconds, printable
from pm_autofill.errors import AutofillError, CredentialsRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pm_autofill.collect.observation import Probe
    from pm_autofill.collect.sources import Sources

_CLIENTS = ("pagerduty", "prometheus-api-client", "grafana-client")
_MARKS = {True: "ok", False: "FAILED", None: "-"}
_REFUSED = 4


@click.command(short_help="can each source be reached, with which rights")
@click.option("--config", metavar="FILE", help="Configuration file.")
@click.option("--deadline", type=Seconds(min=1), default=30.0, show_default=True, metavar="SECONDS")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def command(ctx: click.Context, *, config: str | None, deadline: float, as_json: bool, debug: bool) -> None:
    """Look at every configured source: reach, rights, versions, clock.

    Nothing is written anywhere. Exit 0 when all works, 3 when something does not, 4 when PagerDuty refuses the token.
    """
    del debug
    from pm_autofill.cli.ordering import prepare_sources, read_configuration

    configuration = read_configuration(config)
    sources = prepare_sources(configuration, deadline)
    probes = [*_installation(), *_probe_all(sources)]
    if as_json:
        import json

        import msgspec

        click.echo(json.dumps({"probes": [msgspec.to_builtins(probe) for probe in probes]}))
    else:
        click.echo(f"configuration: {printable(str(configuration.path))}", err=True)
        for probe in probes:
            _print(probe)
    failed = [probe for probe in probes if probe.ok is False]
    refused = any(probe.source == "PagerDuty" and probe.name == _TOKEN for probe in failed)
    ctx.exit(_REFUSED if refused else 3 if failed else 0)


_TOKEN = "token accepted"  # noqa: S105 - the name of a probe


def _print(probe: Probe) -> None:
    line = f"{_MARKS[probe.ok]:7}{probe.source}: {probe.name}: {probe.detail}"
    click.echo(printable(line))
    if probe.ok is False and probe.hint:
        click.echo(printable(f"       {probe.hint}"))


def _installation() -> Iterable[Probe]:
    """Versions of the clients, and whether urllib3 is what it says it is."""
    from importlib.metadata import version

    from pm_autofill import __version__
    from pm_autofill.collect.observation import Probe
    from pm_autofill.collect.transport.overridden import urllib3_overridden

    clients = ", ".join(f"{name} {version(name)}" for name in _CLIENTS)
    yield Probe(source="pm-autofill", name="versions", ok=True, detail=f"pm-autofill {__version__}, {clients}")
    overridden = urllib3_overridden()
    yield Probe(
        source="pm-autofill",
        name="urllib3",
        ok=not overridden,
        detail="replaced by urllib3-future" if overridden else "as installed",
        hint="Reinstall with URLLIB3_NO_OVERRIDE=1 and --no-binary urllib3-future; see docs/dependencies.md.",
    )


def _probe_all(sources: Sources) -> list[Probe]:
    """All sources at once; one that is not set up properly is a failed probe."""
    from pm_autofill.collect.observation import Probe
    from pm_autofill.collect.transport.background import gather

    dashboards = [(service.name, one) for service in sources.settings.services for one in service.dashboards]
    tasks: dict[str, Callable[[], tuple[Probe, ...]]] = {
        "PagerDuty": lambda: sources.pagerduty().probe(),
        "Prometheus": lambda: sources.prometheus().probe(),
        "Grafana": lambda: sources.grafana().probe(dashboards),
    }
    configured = {"PagerDuty": True, "Prometheus": sources.settings.prometheus, "Grafana": sources.settings.grafana}

    def guarded(name: str) -> tuple[Probe, ...]:
        try:
            return tasks[name]()
        except AutofillError as error:
            label = _TOKEN if isinstance(error, CredentialsRefused) else "reachable"
            return (Probe(source=name, name=label, ok=False, detail=error.message, hint=error.hint),)

    wanted = [name for name in tasks if configured[name]]
    found = gather({name: partial(guarded, name) for name in wanted}, sources.deadline)
    probes: list[Probe] = []
    for name in tasks:
        if name not in found:
            probes.append(Probe(source=name, name="configured", ok=None, detail="not configured"))
            continue
        result = found[name]
        failed = Probe(source=name, name="reachable", ok=False, detail=str(result))
        probes += [failed] if isinstance(result, Exception) else result
    return probes
