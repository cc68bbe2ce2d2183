"""``pm-autofill slos [PATH...]``: the SLOs found, and how each would be counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pm_autofill.cli.drafting import Seconds, printable
from pm_autofill.errors import AutofillError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.slo.outcome import Loaded, Refused

    _Outcome = tuple[Sequence[Loaded], Sequence[Refused]]


@click.command(short_help="the SLOs found, and how each would be counted")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--config", metavar="FILE", help="Configuration file; not needed where PATHs are given.")
@click.option("--service", metavar="NAME", help="Only the SLOs of this service.")
@click.option("--deadline", type=Seconds(min=1), default=30.0, show_default=True, metavar="SECONDS")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    config: str | None,
    service: str | None,
    deadline: float,
    as_json: bool,
    debug: bool,
) -> None:
    """List the SLOs in files and folders, or those of the configuration.

    PATH is a file, a folder or a pattern; its format is recognised by content. Without PATH the SLOs of the
    configuration are listed, and those that Sloth's and Pyrra's rules in Prometheus tell of.

    Exit 0 when an SLO was found, 1 when none was.
    """
    del debug
    loaded, refused = _in_files(paths) if paths else _configured(config, deadline)
    if service is not None:
        wanted = service.casefold()
        loaded = [one for one in loaded if wanted in {one.definition.service.casefold(), one.owner.casefold()}]
    click.echo(_as_json(loaded, refused) if as_json else _as_text(loaded, refused))
    if not loaded and not refused:
        of = f" of the service {service!r}" if service is not None else ""
        where = ", ".join(paths) if paths else "the configuration or in Prometheus' rules"
        hint = "Formats are recognised by content; see docs/slo-formats.md."
        click.echo(printable(f"pm-autofill: no SLO{of} was found in {where}. {hint}"), err=True)
    ctx.exit(0 if loaded else 1)


def _in_files(paths: Sequence[str]) -> _Outcome:
    from pm_autofill.slo import files

    found = files.load(paths, Path.cwd())
    return found.loaded, found.refused


def _configured(config: str | None, seconds: float) -> _Outcome:
    from pm_autofill.cli.ordering import now, prepare_sources, read_configuration
    from pm_autofill.slo import configured, discovered

    configuration = read_configuration(config)
    loaded, refused = configured.read(configuration.settings, configuration.folder)
    if configuration.settings.prometheus is None:
        return loaded, refused
    try:
        found = prepare_sources(configuration, seconds).prometheus().slo_rules(now())
    except AutofillError as error:
        click.echo(printable(f"pm-autofill: SLOs in Prometheus' rules: {error}"), err=True)
        return loaded, refused
    for gap in found.gaps:
        click.echo(printable(f"pm-autofill: {gap.what}: {gap.reason}. {gap.hint}"), err=True)
    more, others = discovered.read(found.value)
    return (*loaded, *(one.loaded for one in more)), (*refused, *others)


def _as_json(loaded: Sequence[Loaded], refused: Sequence[Refused]) -> str:
    slos = [
        {
            "name": one.definition.name,
            "service": one.definition.service,
            "objective": str(one.definition.objective),
            "window": one.definition.window,
            "method": one.definition.method.value,
            "source": {"file": one.file, "object": one.object},
            "countable": one.countable,
            "why": one.why,
        }
        for one in loaded
    ]
    others = [{"file": one.file, "object": one.object, "field": one.field, "reason": one.reason} for one in refused]
    return json.dumps({"slos": slos, "refused": others})


def _as_text(loaded: Sequence[Loaded], refused: Sequence[Refused]) -> str:
    lines = []
    for one in loaded:
        slo = one.definition
        lines.append(f"{slo.name} ({slo.service}): {slo.objective}% over {slo.window}, {slo.method.value}")
        lines += [f"    {one.why}", f"    from {one.file}: {one.object}"]
    lines += [f"refused: {_place(one)}: {one.reason}" for one in refused]
    lines.append(f"{len(loaded)} loaded, {len(refused)} refused")
    return "\n".join(printable(line) for line in lines)


def _place(one: Refused) -> str:
    return ": ".join(part for part in (one.file, one.object, one.field) if part)
