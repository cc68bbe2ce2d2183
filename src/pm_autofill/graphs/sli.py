"""An SLO's share of failed (or slow) requests over time, against what its objective allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.findings import Known, Picture
from pm_autofill.graphs import style, table
from pm_autofill.graphs.captions import bucket_words, going_on_words, marked_words, outside_words, unsure_words
from pm_autofill.graphs.gaps import find_gaps, gap_words, mark_gaps
from pm_autofill.graphs.labels import drawable, file_stem
from pm_autofill.graphs.notes import changes_words
from pm_autofill.graphs.sheet import Note, finish, lay_out, scale_values, write_above
from pm_autofill.instants import from_epoch
from pm_autofill.wording.labels import noun
from pm_autofill.wording.numbers import objective, percent
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from pm_autofill.graphs.observed import Observed
    from pm_autofill.graphs.sheet import Sheet

_HEADROOM = 1.18
_MINUTE = 60.0
_LEAST_EVENTS = 20  # fewer make no ratio worth naming; requests.failed_ratio_peak has the same bound


def picture(data: Observed) -> Picture:
    """Draw an SLO's failed ratio.

    Args:
        data: What is drawn.

    Returns:
        The picture, named for the SLO.
    """
    title = f"{data.bad.capitalize()} {noun(data.definition)} of {data.name}"
    return Picture(
        name=file_stem(data.definition.name, "slo"),
        kind="sli",
        title=title,
        alt=_alt(data),
        caption=_caption(data),
        href=data.href,
        sources=data.sources,
        png=_draw(data, title),
        csv=_csv(data),
    )


def _csv(data: Observed) -> bytes:
    columns = [(f"{data.bad}_ratio", data.ratio)]
    if data.buckets is not None:
        columns += [(f"{data.bad}_requests", data.buckets.bad), ("requests", data.buckets.total)]
    columns.append(("allowed_ratio", np.full(len(data.ratio), data.definition.budget_ratio)))
    if data.found.baseline_ratio is not None:
        columns.append(("usual_ratio", np.full(len(data.ratio), data.found.baseline_ratio)))
    return table.to_csv(table.frame(data.edges[:-1], columns))


def _draw(data: Observed, title: str) -> bytes:
    allowed, usual = data.definition.budget_ratio, data.found.baseline_ratio
    length = None if data.buckets is None else data.buckets.length
    what = f"Share of {noun(data.definition)} that {'failed' if data.bad == 'failed' else 'were slow'}"
    subtitle = f"{what}{bucket_words(length)}{going_on_words(data.shown)}"
    sheet = lay_out(drawable(title, "Failed share"), subtitle, data.view, data.shown, data.changes)
    highest = max([allowed, usual or 0.0, *data.ratio[np.isfinite(data.ratio)].tolist()])
    scale_values(sheet, 0.0, min(highest * _HEADROOM, max(highest, 1.04)), "percentunit")
    axes = sheet.axes
    axes.stairs(data.ratio, data.edges, fill=True, color=style.VERMILLION, alpha=0.3, linewidth=0, zorder=2)
    axes.stairs(data.ratio, data.edges, baseline=None, color=style.VERMILLION, linewidth=1.4, zorder=3)
    axes.axhline(allowed, color=style.INK, linestyle=style.DASHED, linewidth=1.1, zorder=3.5)
    sheet.notes.append(Note(allowed, f"allowed {percent(allowed)}"))
    if usual is not None:
        axes.axhline(usual, color=style.BLUE, linestyle=style.DOTTED, linewidth=1.3, zorder=3.4)
        sheet.notes.append(Note(usual, f"usual {percent(usual)}", style.BLUE))
    mark_gaps(sheet, find_gaps(data))
    _name_peak(sheet, data)
    return finish(sheet)


def _name_peak(sheet: Sheet, data: Observed) -> None:
    """Name the worst minute, where whole minutes are drawn: it is the one the document names."""
    if data.buckets is None or data.shown.start is None or data.buckets.length != _MINUTE:
        return
    inside = (data.edges[1:] > data.shown.start) & (data.edges[:-1] < data.impact_end)
    ratio = np.where(inside & (data.buckets.total >= _LEAST_EVENTS), data.ratio, np.nan)
    if not np.isfinite(ratio).any():
        return
    peak = int(np.nanargmax(ratio))
    middle = float(data.edges[peak] + data.edges[peak + 1]) / 2
    write_above(sheet, middle, float(ratio[peak]), percent(float(ratio[peak])))


def _alt(data: Observed) -> str:
    subject = f"{data.bad.capitalize()} {noun(data.definition)} of {data.service}"
    marked = gap_words(find_gaps(data)) + marked_words(data.shown.inside(data.view))
    start, end = data.shown.start, data.impact_end
    if start is None:
        return f"{subject}: {_level(data, data.view.start, data.view.end)} on average{marked}"
    failed = data.found.facts.get("requests.failed_ratio")
    during = percent(failed.number) if isinstance(failed, Known) else _level(data, start, end)
    words = f"{subject}: {_level(data, data.view.start, start)} until {minute(from_epoch(start))}, {during}"
    if data.shown.end is None:
        return f"{words} since then, still going on{marked}"
    return f"{words} until {minute(from_epoch(end))}, then {_level(data, end, data.view.end)}{marked}"


def _level(data: Observed, start: float, end: float) -> str:
    if data.buckets is not None:
        mean = data.buckets.mean_ratio(start, end)
    else:
        inside = data.ratio[(data.edges[:-1] >= start) & (data.edges[1:] <= end) & np.isfinite(data.ratio)]
        mean = float(inside.mean()) if len(inside) else None
    return "unknown" if mean is None else percent(mean)


def _caption(data: Observed) -> str:
    allowed = data.definition.budget_ratio
    words = f"Share of {data.bad} {noun(data.definition)}{bucket_words(data.buckets.length if data.buckets else None)}"
    words += f"; the objective of {objective(data.definition.objective)} allows {percent(allowed)}"
    if data.found.baseline_ratio is not None:
        words += f", {percent(data.found.baseline_ratio)} is usual"
    if find_gaps(data):
        words += f"; dotted: {' or '.join(sorted({gap.reason for gap in find_gaps(data)}))}"
    words += f".{changes_words(data.changes)}"
    return f"{words}{unsure_words(data.shown)}{outside_words(data.shown.outside(data.view))}"
