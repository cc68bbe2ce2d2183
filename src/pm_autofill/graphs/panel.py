"""A Grafana panel drawn from its data, with the phases marked; what differs from Grafana: ``docs/graphs.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.series import label_text
from pm_autofill.findings import Picture
from pm_autofill.graphs import style, table, units
from pm_autofill.graphs.captions import going_on_words, marked_words
from pm_autofill.graphs.labels import drawable, file_stem
from pm_autofill.graphs.panel_lines import Line, draw_lines
from pm_autofill.graphs.panel_scale import Scale, choose_scale
from pm_autofill.graphs.sheet import Note, finish, lay_out, plan_legend, write_legend
from pm_autofill.graphs.stacking import drawn, on_grid, stack
from pm_autofill.graphs.unit_table import CUSTOM, UNITS
from pm_autofill.graphs.view import View, phases
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import plural
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.evidence.series import Floats, Series
    from pm_autofill.findings import Findings
    from pm_autofill.graphs.sheet import Sheet
    from pm_autofill.graphs.view import Phases

MOST_NAMED = 12
_NAMES_TOLD = 3
_LONGEST_UNIT = 24
_MOST_DECIMALS = 8


@dataclass(frozen=True, slots=True, eq=False)
class PanelData:
    """A panel as it is drawn.

    Attributes:
        panel: The panel.
        dashboard: The dashboard's title.
        shown: The phases.
        view: The stretch of time it was asked for.
        lines: Its series, in the panel's order, with their looks.
        scale: Its value axis.
    """

    panel: Panel
    dashboard: str
    shown: Phases
    view: View
    lines: tuple[Line, ...]
    scale: Scale

    @property
    def title(self) -> str:
        """The panel's title."""
        return plain(self.panel.title) or f"Panel {self.panel.id}"

    @property
    def name(self) -> str:
        """The panel in a sentence."""
        return f"Panel {self.title}" if plain(self.panel.title) else self.title

    @property
    def named(self) -> tuple[Line, ...]:
        """The lines with a look of their own."""
        return tuple(line for line in self.lines if line.look is not style.REST)


def picture(evidence: Evidence, findings: Findings, dashboard: Dashboard, panel: Panel) -> Picture | None:
    """Draw a panel.

    Args:
        evidence: When it was asked for.
        findings: The phases to mark.
        dashboard: Where it stands.
        panel: What to draw.

    Returns:
        The picture; None where there is a problem with its data, or none that can be drawn.
    """
    data = None if panel.problem else _gather(evidence, findings, dashboard, _tame(panel))
    if data is None:
        return None
    return Picture(
        name=f"panel-{file_stem(panel.title, str(panel.id))}",
        kind="panel",
        title=data.title,
        alt=_alt(data),
        caption=_caption(data),
        href=panel.link,
        sources=(panel.source,) if panel.source else (),
        png=_draw(data),
        csv=_csv(data),
    )


def _tame(panel: Panel) -> Panel:
    """The panel with its settings within what can be drawn."""
    known = panel.unit in UNITS or panel.unit.partition(":")[0] in CUSTOM
    return msgspec.structs.replace(
        panel,
        unit=drawable(panel.unit, "", _LONGEST_UNIT) if not known or len(panel.unit) > _LONGEST_UNIT else panel.unit,
        decimals=None if panel.decimals is None else min(max(panel.decimals, 0), _MOST_DECIMALS),
        fill_ratio=panel.fill_ratio if 0 <= panel.fill_ratio <= 1 else 0.0,
        stacked=panel.stacked if panel.stacked in {"normal", "percent"} else "none",
    )


def _gather(evidence: Evidence, findings: Findings, dashboard: Dashboard, panel: Panel) -> PanelData | None:
    numbered = [(number, one) for number, one in enumerate(panel.matrix.series) if np.isfinite(drawn(one.values)).any()]
    if not numbered:
        return None
    view = _view(evidence, panel, [one for _, one in numbered])
    names = [
        panel.series[number].name if number < len(panel.series) else label_text(one.labels) for number, one in numbered
    ]
    series = [one for _, one in numbered]
    chosen = _most_seen(series)
    looks = iter(style.LOOKS)
    lines = tuple(
        Line(name, one, next(looks) if place in chosen else style.REST)
        for place, (name, one) in enumerate(zip(names, series, strict=True))
    )
    edges = stack(series, share=panel.stacked == "percent")[1:] if panel.stacked != "none" else None
    scale = choose_scale(panel, [drawn(one.values) for one in series] if edges is None else edges)
    return PanelData(panel, plain(dashboard.title), phases(findings, findings.facts), view, lines, scale)


def _view(evidence: Evidence, panel: Panel, series: list[Series]) -> View:
    """The range the panel was asked for; that of its samples where it is not told."""
    source = evidence.sources.get(panel.source)
    if source is not None and source.start is not None and source.end is not None and source.start < source.end:
        return View(source.start.timestamp(), source.end.timestamp())
    first, last = min(float(one.times[0]) for one in series), max(float(one.times[-1]) for one in series)
    return View(first, last) if last > first else View(first - 60, last + 60)


def _most_seen(series: list[Series]) -> frozenset[int]:
    """Which series get a look of their own: those that reach farthest from nought."""
    reach = [float(np.nanmax(np.abs(drawn(one.values)))) for one in series]
    ranked = sorted(range(len(series)), key=lambda number: (-reach[number], number))
    return frozenset(ranked[:MOST_NAMED])


def _draw(data: PanelData) -> bytes:
    panel = data.panel
    named = data.named
    rest = len(data.lines) - len(named)
    names = [line.name for line in named] + ([f"+{rest} more"] if rest else [])
    legend = plan_legend(names)
    where = f"{data.dashboard}, drawn from the panel's data" if data.dashboard else "Drawn from the panel's data"
    sheet = lay_out(
        drawable(data.title, f"Panel {panel.id}"),
        drawable(f"{where}{going_on_words(data.shown)}", "Drawn from the panel's data"),
        data.view,
        data.shown,
        below=legend.height,
    )
    data.scale.apply(sheet.axes)
    write_legend(sheet, legend, draw_lines(sheet.axes, panel, data.lines))
    _draw_thresholds(sheet, data)
    return finish(sheet)


def _draw_thresholds(sheet: Sheet, data: PanelData) -> None:
    panel, scale = data.panel, data.scale
    if not panel.show_thresholds or panel.stacked == "percent":
        return
    for step in panel.thresholds:
        if step.value is None or not scale.low <= step.value <= scale.high:
            continue
        sheet.axes.axhline(step.value, color=style.INK, linestyle=style.DASH_DOT, linewidth=1.1, zorder=3.6)
        text = units.format_value(step.value, panel.unit, panel.decimals)
        sheet.notes.append(Note(step.value, drawable(f"threshold {text}", "threshold")))


def _csv(data: PanelData) -> bytes:
    times, grid = on_grid([line.series for line in data.lines])
    return table.to_csv(table.frame(times, [(line.name, row) for line, row in zip(data.lines, grid, strict=True)]))


def _alt(data: PanelData) -> str:
    panel = data.panel
    times = np.concatenate([line.series.times for line in data.lines])
    values: Floats = np.concatenate([drawn(line.series.values) for line in data.lines])
    low, high = (
        units.format_value(float(bound), panel.unit, panel.decimals) for bound in (np.nanmin(values), np.nanmax(values))
    )
    names = [plain(line.name, limit=40) for line in data.lines[:_NAMES_TOLD]]
    told = ", ".join(names) + (", ..." if len(data.lines) > _NAMES_TOLD else "")
    at = minute(from_epoch(float(times[int(np.nanargmax(values))])))
    words = f"{data.name}: {plural(len(data.lines), 'series', 'series')} ({told}) between {low} and {high}"
    return f"{words}, highest at {at}{marked_words(data.shown.inside(data.view))}"


def _caption(data: PanelData) -> str:
    panel = data.panel
    words = data.name + (f" of dashboard {data.dashboard}" if data.dashboard else "")
    words += ", drawn from its data"
    rest = len(data.lines) - len(data.named)
    if rest:
        words += f"; the {MOST_NAMED} largest of {len(data.lines)} series are named"
    if data.scale.hidden:
        words += f"; {plural(data.scale.hidden, 'value')} at or below nought cannot be shown on its logarithmic axis"
    if panel.not_applied:
        words += f"; not applied: {', '.join(plain(name, limit=60) for name in panel.not_applied)}"
    return f"{words}."
