"""A Grafana panel drawn from its data as Grafana would; what differs is told in ``docs/graphs.md``."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.findings import Picture
from pm_autofill.graphs import showing, table, units
from pm_autofill.graphs.captions import marked_words
from pm_autofill.graphs.labels import file_stem
from pm_autofill.graphs.notes import notes_words
from pm_autofill.graphs.panel_data import TIMELESS, gather
from pm_autofill.graphs.stacking import drawn, on_grid
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import plural
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.evidence.series import Floats
    from pm_autofill.findings import Findings
    from pm_autofill.graphs.panel_data import Drawing, PanelData

_NAMES_TOLD = 3
# The module that draws each kind; imported when first needed.
DRAWERS = {
    "timeseries": "panel_time",
    "graph": "panel_time",
    "stat": "panel_stat",
    "gauge": "panel_gauge",
    "bargauge": "panel_bars",
    "table": "panel_table",
    "heatmap": "panel_heat",
    "state-timeline": "panel_states",
    "status-history": "panel_states",
    "barchart": "panel_columns",
}


def picture(evidence: Evidence, findings: Findings, dashboard: Dashboard, panel: Panel) -> Picture | None:
    """Draw a panel.

    Args:
        evidence: When it was asked for, and the annotations.
        findings: The phases to mark.
        dashboard: Where it stands.
        panel: What to draw.

    Returns:
        The picture; None where there is a problem with its data, or none that can be drawn.
    """
    if panel.problem or panel.kind not in DRAWERS:
        return None
    data = gather(evidence, findings, dashboard, panel)
    if data is None:
        return None
    draw: Callable[[PanelData], Drawing] = import_module(f"pm_autofill.graphs.{DRAWERS[panel.kind]}").draw
    drawing = draw(data)
    return Picture(
        name=f"panel-{file_stem(panel.title, str(panel.id))}",
        kind="panel",
        title=data.title,
        alt=_alt(data),
        caption=_caption(data, drawing.remarks),
        href=panel.link,
        sources=(panel.source,) if panel.source else (),
        png=drawing.png,
        csv=_csv(data),
    )


def rendered(drawn_one: Picture, panel: Panel) -> Iterator[Picture]:
    """The picture Grafana's own renderer made, beside the drawn one.

    Args:
        drawn_one: The drawn picture.
        panel: The panel.

    Returns:
        It, with the same data; nothing where there is none.
    """
    if panel.rendered:
        yield replace(
            drawn_one,
            name=f"{drawn_one.name}-rendered",
            alt=f"{drawn_one.title}, as Grafana's own renderer shows it",
            caption=f"Panel {drawn_one.title}, rendered by Grafana itself when this was collected; no phases marked.",
            png=panel.rendered,
        )


def _csv(data: PanelData) -> bytes:
    times, grid = on_grid([one.series for one in data.fields])
    return table.to_csv(table.frame(times, [(one.name, row) for one, row in zip(data.fields, grid, strict=True)]))


def _alt(data: PanelData) -> str:
    values: list[Floats] = [drawn(one.series.values) for one in data.fields]
    names = [plain(one.name, limit=40) for one in data.fields[:_NAMES_TOLD]]
    told = ", ".join(names) + (", ..." if len(data.fields) > _NAMES_TOLD else "")
    words = f"{data.name}: {plural(len(data.fields), 'series', 'series')} ({told})"
    if data.panel.kind in TIMELESS:
        return words
    all_values = np.concatenate(values)
    times = np.concatenate([one.series.times for one in data.fields])
    owner = np.repeat(np.arange(len(values)), [len(part) for part in values])
    lowest, highest = int(np.nanargmin(all_values)), int(np.nanargmax(all_values))
    low, high = (_written(data, int(owner[at]), float(all_values[at])) for at in (lowest, highest))
    words += f" between {low} and {high}, highest at {minute(from_epoch(float(times[highest])))}"
    return words + marked_words(data.shown.inside(data.view))


def _written(data: PanelData, place: int, value: float) -> str:
    look = data.fields[place].look
    return plain(showing.write(value, look)) or units.format_value(value, look.unit, look.decimals)


def _caption(data: PanelData, remarks: Sequence[str]) -> str:
    panel = data.panel
    words = data.name + (f" of dashboard {data.dashboard}" if data.dashboard else "")
    words += ", drawn from its data"
    words += "".join(f"; {remark}" for remark in remarks)
    words += notes_words(data.noted)
    if panel.not_rendered:
        words += f"; Grafana's own rendering was not used: {plain(panel.not_rendered, limit=200)}"
    if panel.not_applied:
        words += f"; not applied: {', '.join(plain(name, limit=160) for name in panel.not_applied)}"
    return f"{words}."
