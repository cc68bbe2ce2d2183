"""What a source's answer held, as a small table: a few samples around the instants that matter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.series import label_text
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.times import day_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.evidence.record import Source
    from pm_autofill.evidence.replay import Stretch
    from pm_autofill.evidence.series import Matrix, Series
    from pm_autofill.evidence.slos import SloEvidence

ROWS = 10
_NEAR = timedelta(0)
_AROUND = 300.0


def sample_lines(evidence: Evidence, source: str, instants: Sequence[datetime]) -> list[str]:
    """What one source answered, in at most ``ROWS`` rows per kind of answer.

    Args:
        evidence: What was observed.
        source: Id of the question.
        instants: What the rows shall lie around; without any, the answer's first and last ones are shown.

    Returns:
        Lines of plain text; empty where the evidence keeps no samples of this source.
    """
    return [
        *(line for matrix in _matrices(evidence, source) for line in _matrix_lines(matrix, instants)),
        *_total_lines(evidence, source),
        *_alert_lines(evidence, source),
        *_rule_lines(evidence, source),
        *_run_lines(evidence, source),
        *_record_lines(evidence, source, instants),
        *_annotation_lines(evidence, source, instants),
    ]


def telling_instants(evidence: Evidence, name: str) -> list[datetime]:
    """When what decides a text fact was recorded; empty for facts whose instants are in the facts themselves."""
    record = evidence.pagerduty
    if record is None or name != "severity":
        return []
    return [entry.at for entry in record.log if entry.type == "priority_change" or entry.field == "priority"]


def _matrices(evidence: Evidence, source: str) -> Iterator[Matrix]:
    for slo in evidence.slos:
        reads = (slo.total, slo.bad, slo.good, slo.good_above, slo.ratio, slo.process_starts)
        yield from (read.matrix for read in reads if read is not None and read.source == source)
    yield from (change.matrix for change in evidence.changes if change.source == source)
    for past in evidence.past_events:
        yield from (steps.matrix for steps in (*past.total, *past.part) if steps.source == source)
    for dashboard in evidence.grafana.dashboards if evidence.grafana else ():
        yield from (panel.matrix for panel in dashboard.panels if panel.source == source)


def _matrix_lines(matrix: Matrix, instants: Sequence[datetime]) -> list[str]:
    """The series that changes most around these instants, as the one in which there is something to see."""
    if not matrix.sample_count:
        return ["no samples"]
    at = [instant.timestamp() for instant in instants] or [-np.inf, np.inf]
    first, last = min(at) - _AROUND, max(at) + _AROUND
    chosen = max(
        (one for one in matrix.series if len(one.times)),
        key=lambda one: (_movement(one.cut(first, last)), _movement(one)),
    )
    number = len(matrix.series)
    which = "" if number == 1 else f", the one of {number} series that changes most"
    return [f"samples of {plain(label_text(chosen.labels))}{which}:", *_series_lines(chosen, instants)]


def _movement(series: Series) -> float:
    finite = series.values[np.isfinite(series.values)]
    return float(np.abs(np.diff(finite)).sum()) if len(finite) else -1.0


def _series_lines(series: Series, instants: Sequence[datetime]) -> list[str]:
    shown = _nearest(series.times, [instant.timestamp() for instant in instants])
    lines, last = [], -1
    for index in shown:
        if last >= 0 and index != last + 1:
            lines.append("  ...")
        lines.append(f"  {day_clock(from_epoch(float(series.times[index])))}  {_number(float(series.values[index]))}")
        last = index
    return lines


def _nearest(times: np.ndarray[tuple[int], np.dtype[np.float64]], wanted: Sequence[float]) -> list[int]:
    """Indices of at most ``ROWS`` samples: as many around each wanted instant, else at both ends."""
    anchors = sorted(wanted) or [float(times[0]), float(times[-1])]
    each = max(2, ROWS // len(anchors))
    chosen: set[int] = set()
    for anchor in anchors[: ROWS // 2]:
        first = int(np.searchsorted(times, anchor)) - each // 2
        first = min(max(first, 0), max(len(times) - each, 0))
        chosen.update(range(first, min(first + each, len(times))))
    return sorted(chosen)[:ROWS]


def _number(value: float) -> str:
    return f"{value:.10g}"


def _total_lines(evidence: Evidence, source: str) -> list[str]:
    return [
        f"sums from {day_clock(totals.start)} to {day_clock(totals.end)} UTC: "
        f"{_number(totals.bad)} bad of {_number(totals.total)} {unit}"
        for slo in evidence.slos
        for unit, totals in (*((_unit(slo), one) for one in slo.totals), *(("events", one) for one in slo.weeks))
        if source in totals.sources
    ]


def _unit(slo: SloEvidence) -> str:
    return "events" if slo.definition.method is BudgetMethod.OCCURRENCES else "slices"


def _alert_lines(evidence: Evidence, source: str) -> list[str]:
    series = [one for one in evidence.alert_series if one.source == source]
    rows = [f"  {plain(one.name)}  {one.state}  {day_clock(one.first)} to {day_clock(one.last)}" for one in series]
    return ["stretches of ALERTS:", *rows[:ROWS]] if rows else []


def _rule_lines(evidence: Evidence, source: str) -> list[str]:
    rules = [one for one in evidence.alert_rules if one.source == source]
    rows = [f"  {plain(one.name)}  for {_number(one.hold)} s  {plain(one.expression)}" for one in rules]
    return ["rules:", *rows[:ROWS]] if rows else []


def _run_lines(evidence: Evidence, source: str) -> list[str]:
    """When a replayed rule's expression held in the time that a question was for; the latest stretches."""
    runs = [run for run in evidence.rule_runs if source in run.sources]
    asked = evidence.sources.get(source)
    rows = [
        f"  {plain(run.rule.name)}  {day_clock(stretch.first)} to {day_clock(stretch.last)}"
        for run in runs
        for stretch in [one for one in run.stretches if _is_in(one, asked)][-ROWS:]
    ]
    return ["its expression held:", *rows] if rows else ["its expression never held"] if runs else []


def _is_in(stretch: Stretch, asked: Source | None) -> bool:
    """Whether a stretch lies at least partly in the time that a question was for."""
    if asked is None or asked.start is None or asked.end is None:
        return True
    return stretch.first <= asked.end and stretch.last >= asked.start


def _record_lines(evidence: Evidence, source: str, instants: Sequence[datetime]) -> list[str]:
    """Entries of PagerDuty's answers, those nearest to the instants that matter."""
    record = evidence.pagerduty
    part = next((part for part, id_ in record.sources.items() if id_ == source), "") if record else ""
    if record is None or not part:
        return []
    return _entry_lines("entries:", _entries(record, part), instants)


def _annotation_lines(evidence: Evidence, source: str, instants: Sequence[datetime]) -> list[str]:
    marks = evidence.grafana.annotations if evidence.grafana else ()
    found = [(mark.start, mark.text or f"{mark.alert} {mark.state}") for mark in marks if mark.source == source]
    return _entry_lines("annotations:", found, instants)


def _entry_lines(title: str, entries: Sequence[tuple[datetime, str]], instants: Sequence[datetime]) -> list[str]:
    """The entries nearest to the instants that matter, by time."""
    near = sorted(entries, key=lambda row: min((abs(row[0] - at) for at in instants), default=_NEAR))[:ROWS]
    rows = [f"  {day_clock(at)}  {plain(words, limit=100)}" for at, words in sorted(near)]
    return [title, *rows] if rows else []


def _entries(record: IncidentRecord, part: str) -> list[tuple[datetime, str]]:
    incident = record.incident
    if part == "incident":
        resolved = [(incident.resolved_at, "resolved")] if incident.resolved_at else []
        return [(incident.created_at, "created"), *resolved]
    if part == "log" or part.startswith("log."):
        log = record.log if part == "log" else record.merged_logs.get(part.removeprefix("log."), ())
        return [(entry.at, f"{entry.type} ({entry.agent.kind}): {entry.summary}") for entry in log]
    lists = {
        "notes": [(note.at, f"{note.author.name}: {note.text}") for note in record.notes],
        "alerts": [(alert.at, alert.title) for alert in record.alerts],
        "changes": [(change.at, change.summary) for change in record.changes],
        "analytics": [(incident.created_at, f"{name}: {seconds:g}") for name, seconds in record.analytics.items()],
    }
    return lists.get(part, [(other.at, other.title) for other in record.others])
