"""What the pictures of one SLO are drawn from: its events in buckets, its phases, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.increments import scrape_interval
from pm_autofill.evidence.slos import BudgetMethod, Reading, SliKind
from pm_autofill.expression_browser import base_of, graph_link
from pm_autofill.graphs.buckets import Buckets, count
from pm_autofill.graphs.notes import Noted, changes
from pm_autofill.graphs.view import Phases, View, phases, view
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import ratio_of
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slices import Slices
    from pm_autofill.evidence.slos import Events, SloDefinition, SloEvidence
    from pm_autofill.findings import Findings, SloFindings

_GAP_STEPS = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """One SLO as it is drawn.

    Attributes:
        found: What follows for it.
        shown: The phases: S and V its own, D, R and M the incident's.
        edges: Where buckets begin and the last one ends, epoch seconds, shape (n + 1,).
        ratio: Bad by total in each, 0..1, shape (n,); NaN where unknown.
        buckets: The counts behind the ratio; None for an SLO that has only a ratio.
        href: The ratio over the same window in Prometheus.
        sources: Ids of the questions.
        slices: The time slices the impact touches, where the budget is spent by them; else None.
        changes: The changes to mark.
    """

    found: SloFindings
    shown: Phases
    edges: Floats
    ratio: Floats
    buckets: Buckets | None
    href: str
    sources: tuple[str, ...]
    slices: Slices | None = None
    changes: tuple[Noted, ...] = ()

    @property
    def definition(self) -> SloDefinition:
        """The SLO."""
        return self.found.definition

    @property
    def view(self) -> View:
        """From the first edge to the last."""
        return View(float(self.edges[0]), float(self.edges[-1]))

    @property
    def bad(self) -> str:
        """What a bad request is: "failed" or "slow"."""
        return "slow" if self.definition.kind is SliKind.LATENCY else "failed"

    @property
    def service(self) -> str:
        """The service's name."""
        return plain(self.definition.service)

    @property
    def name(self) -> str:
        """Service and SLO."""
        return f"{self.service} ({plain(self.definition.name)})"

    @property
    def impact_end(self) -> float:
        """When the impact ended; the end of the view while it lasts."""
        return self.view.end if self.shown.end is None else self.shown.end


def observe(evidence: Evidence, findings: Findings, slo: SloEvidence, found: SloFindings) -> Observed | None:
    """Gather what an SLO's pictures show.

    Args:
        evidence: Names the window and the sources.
        findings: D, R and M.
        slo: Its samples.
        found: What follows for it.

    Returns:
        The data; None where there is nothing to draw.
    """
    shown = phases(findings, found.facts)
    wanted = view(evidence, findings, shown)
    buckets = count(slo, wanted)
    linked = slo.ratio if buckets is None else slo.bad or slo.good
    if linked is None:
        return None
    if buckets is not None:
        edges, ratio = buckets.edges, buckets.ratio
    else:
        samples = _ratio_steps(slo, wanted)
        if samples is None:
            return None
        edges, ratio = samples
    href = _href(evidence, slo, linked.source, (float(edges[0]), float(edges[-1])))
    reads = (slo.total, slo.bad, slo.good) if buckets is not None else (slo.ratio,)
    asked = tuple(read.source for read in reads if read is not None)
    slices = _slices(slo, shown, float(edges[-1]))
    marked = changes(findings, View(float(edges[0]), float(edges[-1])))
    return Observed(found, shown, edges, ratio, buckets, href, asked, slices, marked)


def _slices(slo: SloEvidence, shown: Phases, until: float) -> Slices | None:
    """The slices between S and V; while the impact lasts, those until now."""
    end = until if shown.end is None else shown.end
    if slo.definition.method is BudgetMethod.OCCURRENCES or shown.start is None or end <= shown.start:
        return None
    from pm_autofill.evidence.slices import cut_slices  # rarely needed

    return cut_slices(slo, Window(from_epoch(shown.start), from_epoch(end)))


def _href(evidence: Evidence, slo: SloEvidence, source: str, span: tuple[float, float]) -> str:
    """The SLO's ratio over the drawn window in Prometheus; empty where it is not known where that is."""
    asked, events = evidence.sources.get(source), slo.definition.events
    base = base_of(asked.url) if asked else ""
    if not base:
        return ""
    expression = slo.definition.ratio or ""
    if events is not None and slo.total is not None:
        part, rate = events.bad or events.good or "", max(60.0, 4 * scrape_interval(slo.total))
        expression = ratio_of(
            part,
            events.total,
            complement=events.bad is None,
            window=timedelta(seconds=round(rate)),
            functions=_functions(events),
        )
    return graph_link(base, expression, Window(from_epoch(span[0]), from_epoch(span[1])))


def _functions(events: Events) -> tuple[str, str]:
    """What counts the bad or good events, and all of them, so that both are in one unit."""
    readings = (events.part_reading, events.total_reading)
    counter = "rate" if set(readings) == {Reading.COUNTER} else "increase"
    named = {Reading.COUNTER: counter, Reading.SUM: "sum_over_time", Reading.COUNT: "count_over_time"}
    return named[readings[0]], named[readings[1]]


def _ratio_steps(slo: SloEvidence, wanted: View) -> tuple[Floats, Floats] | None:
    """A ratio's samples as steps, as each tells what was before it; nothing where samples are missing."""
    if slo.ratio is None or not slo.ratio.matrix.series:
        return None
    one = max(slo.ratio.matrix.series, key=lambda series: len(series.times)).cut(wanted.start, wanted.end)
    if len(one.times) < 2:  # noqa: PLR2004 - a step needs two
        return None
    step = float(np.median(np.diff(one.times)))
    gaps = np.flatnonzero(np.diff(one.times) > _GAP_STEPS * step)
    times = np.insert(one.times, gaps + 1, one.times[gaps + 1] - step)
    values = np.insert(one.values, gaps + 1, np.nan)
    return np.insert(times, 0, times[0] - step), np.where(np.isfinite(values), values, np.nan)
