"""The error budget: the whole of it as a bar with what this incident took, and how that went over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.budget_windows import period_name, periods_in
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Known, Picture
from pm_autofill.graphs import sheet as sheets
from pm_autofill.graphs import style, table
from pm_autofill.graphs.budget_bar import ROOM, draw_bar, left_words
from pm_autofill.graphs.captions import marked_words
from pm_autofill.graphs.gaps import NO_SAMPLES, find_gaps, mark_gaps
from pm_autofill.graphs.labels import drawable, file_stem
from pm_autofill.graphs.notes import changes_words
from pm_autofill.instants import Window, from_epoch
from pm_autofill.wording.labels import budget, noun
from pm_autofill.wording.numbers import percent
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.observed import Observed
    from pm_autofill.graphs.sheet import Sheet

_LEAST_SPAN = 0.002
_EDGE = 0.14


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How the budget went.

    Attributes:
        times: Epoch seconds from S to V (or to the last sample), ascending, shape (n,).
        consumed: Share of the budget this incident had taken by then, shape (n,).
        before: Share left at S; None when unknown.
        after: Share left at V; None when unknown.
        spent_at: When the budget ran out; None when it did not, or was spent before.
        period: The stretch of the calendar the budget is for, such as ``2026-11``; empty for a rolling window.
    """

    times: Floats
    consumed: Floats
    before: float | None
    after: float | None
    spent_at: float | None = None
    period: str = ""

    @property
    def taken(self) -> float:
        """Share of the budget the incident took."""
        return float(self.consumed[-1])

    @property
    def remaining(self) -> Floats | None:
        """Share left at each instant; None when it was unknown at S.

        Formula: before - consumed(t), and what the window's moving on gave back or took, spread evenly from S to V
            where the share left at V is known.
        """
        if self.before is None:
            return None
        moved = 0.0 if self.after is None else self.after - (self.before - self.taken)
        elapsed = (self.times - self.times[0]) / (self.times[-1] - self.times[0])
        return np.asarray(self.before - self.consumed + moved * elapsed)

    @property
    def left(self) -> float | None:
        """Share left at the end; None when unknown."""
        return self.after if self.after is not None or self.before is None else self.before - self.taken


def picture(data: Observed) -> Picture | None:
    """Draw what the incident took of an SLO's error budget.

    Args:
        data: What is drawn.

    Returns:
        The picture; None where the consumption, or its course, is unknown.
    """
    course = follow(data)
    if course is None:
        return None
    title = f"Error budget of {data.name}"
    return Picture(
        name=f"{file_stem(data.definition.name, 'slo')}-budget",
        kind="budget",
        title=title,
        alt=_said(data, course) + marked_words(data.shown.inside(data.view)),
        caption=f"{_said(data, course)}. The line follows the {_followed(data)}."
        + changes_words(data.changes, brief=True),
        href=data.href,
        sources=data.sources,
        png=_draw(data, course, title),
        csv=_csv(course),
    )


def follow(data: Observed) -> Course | None:
    """How the budget was consumed from S to V.

    Args:
        data: The SLO; its facts tell how much was consumed in all.

    Returns:
        The course; None where consumption or start are unknown, or nothing was counted between S and V.

    Formula: consumed * B(t) / B(V), B(t) being what counts against the budget in [S, t]: bad events (occurrences), bad
        slices (timeslices), or the slices' ratios (ratio timeslices). Of several stretches of the calendar the one
        of which most was taken is followed.
    """
    consumed, start = data.found.facts.get("error_budget.consumed_ratio"), data.shown.start
    spending = _spending(data)
    if not isinstance(consumed, Known) or start is None or spending is None:
        return None
    edges, each = spending
    start, end = (start, data.impact_end) if data.slices is None else (float(edges[0]), float(edges[-1]))
    share, first, last = _period(data, start, end)
    start, end = max(start, first), min(end, last)
    times = np.concatenate(([start], edges[(edges > start) & (edges < end)], [end]))
    course = np.interp(times, edges, np.concatenate(([0.0], np.cumsum(np.nan_to_num(each)))))
    course -= course[0]
    if end <= start or course[-1] <= 0:
        return None
    whole = len(data.found.budget_shares) < 2  # noqa: PLR2004 - one budget
    return Course(
        times,
        course / course[-1] * consumed.number,
        _left_then(data, "before") if whole or last < data.impact_end else None,
        _left_then(data, "after") if whole or last >= data.impact_end else None,
        data.found.budget_exhausted_at.timestamp() if data.found.budget_exhausted_at else None,
        share,
    )


def _left_then(data: Observed, when: str) -> float | None:
    fact = data.found.facts.get(f"error_budget.remaining_{when}_ratio")
    return fact.number if isinstance(fact, Known) else None


def _period(data: Observed, start: float, end: float) -> tuple[str, float, float]:
    """The stretch of the calendar of which most was taken, with its ends; no name and no ends for a rolling window."""
    largest = max(data.found.budget_shares, key=lambda share: share.ratio, default=None)
    if largest is None or not largest.period:
        return "", -np.inf, np.inf
    for period in periods_in(Window(from_epoch(start), from_epoch(end)), data.definition):
        if period_name(period, data.definition) == largest.period:
            return largest.period, period.start.timestamp(), period.end.timestamp()
    return largest.period, -np.inf, np.inf


def _spending(data: Observed) -> tuple[Floats, Floats] | None:
    """What counts against the budget between edges, in events or slices; None where that is unknown."""
    if data.definition.method is BudgetMethod.OCCURRENCES:
        return None if data.buckets is None else (data.edges, data.buckets.counted_bad)
    return None if data.slices is None else (data.slices.edges, data.slices.spent)


_FOLLOWED = {
    BudgetMethod.OCCURRENCES: "{} {} counted between start and end",
    BudgetMethod.TIMESLICES: "bad ones of the time slices that the impact touches",
    BudgetMethod.RATIO_TIMESLICES: "ratios of {} {} in the time slices that the impact touches",
}


def _followed(data: Observed) -> str:
    return _FOLLOWED[data.definition.method].format(data.bad, noun(data.definition))


def _csv(course: Course) -> bytes:
    columns = [("consumed_ratio", course.consumed)]
    left = course.remaining
    if left is not None:
        columns.append(("remaining_ratio", left))
    return table.to_csv(table.frame(course.times, columns))


def _draw(data: Observed, course: Course, title: str) -> bytes:
    left = course.remaining
    line = "consumed by this incident" if left is None else "left while the impact lasted"
    subtitle = f"Bar: the whole {budget(data.definition, course.period)}; line: the share of it {line}"
    sheet = sheets.lay_out(drawable(title, "Error budget"), subtitle, data.view, data.shown, data.changes, above=ROOM)
    draw_bar(sheet, course.taken, course.left)
    values = course.consumed if left is None else left
    low, high = (0.0, course.taken * 1.15) if left is None else _zoom(left)
    sheets.scale_values(sheet, low, high or 1.0, "percentunit")
    axes = sheet.axes
    if left is not None:
        lost = left <= left[0]
        axes.fill_between(course.times, left, left[0], lost, color=style.VERMILLION, alpha=0.3, linewidth=0, zorder=2)
    else:
        axes.fill_between(course.times, values, 0.0, color=style.VERMILLION, alpha=0.3, linewidth=0, zorder=2)
    axes.plot(course.times, values, color=style.VERMILLION, linewidth=1.8, zorder=3)
    axes.plot(
        course.times[[0, -1]], values[[0, -1]], "o", color=style.VERMILLION, markersize=5, zorder=3.5, clip_on=False
    )
    mark_gaps(sheet, [gap for gap in find_gaps(data) if gap.reason == NO_SAMPLES])
    _name_ends(sheet, data, course, values)
    if low < 0 < high:
        axes.axhline(0.0, color=style.INK, linewidth=1.2, zorder=3)
        sheet.notes.append(sheets.Note(0.0, "budget spent"))
    return sheets.finish(sheet)


def _zoom(left: Floats) -> tuple[float, float]:
    """The part of the axis to show: what was lost, with some room; the end of the budget where it is near."""
    low, high = float(left.min()), float(left.max())
    span = max(high - low, _LEAST_SPAN)
    low, high = low - 0.2 * span, high + 0.2 * span
    return (min(low, -0.1 * span) if low < span else low), high


def _name_ends(sheet: Sheet, data: Observed, course: Course, values: Floats) -> None:
    ongoing = " so far" if data.shown.end is None else ""
    last = float(values[-1])
    if course.before is None:
        _name_end(sheet, float(course.times[-1]), last, f"{percent(last)} consumed{ongoing}", left=False)
        return
    _name_end(sheet, float(course.times[0]), float(values[0]), left_words(course.before), left=True)
    _name_end(sheet, float(course.times[-1]), last, f"{left_words(last)}{ongoing}", left=False)
    if course.spent_at is not None:
        words = f"spent at {minute(from_epoch(course.spent_at))}"
        sheets.write_above(sheet, course.spent_at + 0.07 * sheet.view.seconds, 0.0, words, raised=0.13)


def _name_end(sheet: Sheet, at: float, value: float, text: str, *, left: bool) -> None:
    """Write beside an end of the line, on the side where there is room."""
    share = (at - sheet.view.start) / sheet.view.seconds
    left = share > _EDGE if left else share > 1 - _EDGE
    sheet.axes.annotate(
        text,
        (at, value),
        xytext=(-7 if left else 7, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        size=style.TEXT_SIZE,
        weight="bold",
        zorder=6,
        annotation_clip=False,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )


def _said(data: Observed, course: Course) -> str:
    name = budget(data.definition, course.period).replace(" budget", " error budget")
    ongoing = data.shown.end is None
    words = f"This incident took {percent(course.taken)} of the {name} of {data.name}"
    words += " so far" if ongoing else ""
    if course.before is not None:
        words += f": {left_words(course.before)} before"
    if course.before is not None and course.after is not None:
        words += f", {left_words(course.after)} {'now' if ongoing else 'after'}"
    if course.spent_at is not None:
        words += f"; it was spent {'by' if course.before is None else 'at'} {minute(from_epoch(course.spent_at))}"
    return words
