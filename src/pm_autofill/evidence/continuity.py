"""What an earlier run saw stays seen: a refresh never replaces an answer by none, nor by one that covers less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.evidence.incident import BESIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.incident import IncidentRecord, OtherIncident
    from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, Panel
    from pm_autofill.evidence.record import Evidence, Source
    from pm_autofill.evidence.slos import BudgetTotals, CounterRead, SloEvidence

_PARTS = ("log", "alerts", "notes", "changes", "analytics")
_OTHERS = ("past", "related", "window", "window.foreign")
# So much of the earlier samples must be there again: a scrape more or less at the edges is no loss.
_AS_MUCH = 0.98


def carry_over(new: Evidence, earlier: Evidence) -> Evidence:
    """Fill what this run could not read, or only in part, from an earlier run's evidence of the same incident.

    Args:
        new: This run's evidence.
        earlier: The earlier run's.

    Returns:
        The new evidence with the earlier answers where it has none, and their sources; its gaps stay. Nothing is taken
        from evidence that knows more than ``--as-of`` lets this run know.
    """
    if new.request.as_of < earlier.request.as_of:
        return new
    by_name = {slo.definition.name: slo for slo in earlier.slos}
    slos = tuple(_merge_slo(slo, by_name.get(slo.definition.name)) for slo in new.slos)
    filled = replace(
        new,
        pagerduty=_merge_record(new.pagerduty, earlier.pagerduty),
        grafana=_merge_grafana(new, earlier),
        alert_series=new.alert_series or earlier.alert_series,
        alert_rules=new.alert_rules or earlier.alert_rules,
        changes=new.changes or earlier.changes,
        slos=slos,
    )
    if filled == new:
        return new
    return replace(filled, sources={**earlier.sources, **new.sources, **_sources_kept(slos, new, earlier)})


def _sources_kept(slos: tuple[SloEvidence, ...], new: Evidence, earlier: Evidence) -> dict[str, Source]:
    """Sources of earlier samples that stand in place of new ones; a question asked twice has one id."""
    fresh = {id(read) for slo in new.slos for read in _reads(slo)}
    kept = {read.source for slo in slos for read in _reads(slo) if id(read) not in fresh}
    return {id_: source for id_, source in earlier.sources.items() if id_ in kept}


def _reads(slo: SloEvidence) -> Iterator[CounterRead]:
    for read in (slo.total, slo.bad, slo.good, slo.ratio, slo.process_starts):
        if read is not None:
            yield read


def _merge_slo(new: SloEvidence, earlier: SloEvidence | None) -> SloEvidence:
    """An SLO's samples from before where fewer could be read now; never those of other counters."""
    if earlier is None:
        return new
    mine, theirs = new.definition, earlier.definition
    if (mine.events, mine.ratio) != (theirs.events, theirs.ratio):
        return new
    merged = new
    if _covers_less(new.total or new.ratio, earlier.total or earlier.ratio):
        merged = replace(
            new,
            total=earlier.total,
            bad=earlier.bad,
            good=earlier.good,
            ratio=earlier.ratio,
            process_starts=new.process_starts or earlier.process_starts,
        )
    elif new.process_starts is None and earlier.process_starts is not None:
        merged = replace(new, process_starts=earlier.process_starts)
    if mine.window != theirs.window:
        return merged
    history = new.history_start or earlier.history_start
    return replace(merged, totals=_merge_totals(new.totals, earlier.totals), history_start=history)


def _merge_totals(new: tuple[BudgetTotals, ...], earlier: tuple[BudgetTotals, ...]) -> tuple[BudgetTotals, ...]:
    """Totals of all instants asked for; of one instant, those that reach back further."""
    by_end = {totals.end: totals for totals in earlier}
    for totals in new:
        before = by_end.get(totals.end)
        if before is None or totals.start <= before.start:
            by_end[totals.end] = totals
    ends = {totals.end for totals in new}
    return tuple(sorted(by_end.values(), key=lambda totals: (totals.end not in ends, totals.end)))


def _covers_less(new: CounterRead | None, earlier: CounterRead | None) -> bool:
    """Whether a read holds clearly fewer samples than an earlier one of the time that both asked for."""
    if earlier is None or not earlier.matrix.sample_count:
        return False
    if new is None or not new.matrix.sample_count:
        return True
    if new.pushed_down is not earlier.pushed_down:
        return False
    start, end = max(new.start, earlier.start).timestamp(), min(new.end, earlier.end).timestamp()
    now, before = (sum(len(one.cut(start, end).times) for one in read.matrix.series) for read in (new, earlier))
    return now < _AS_MUCH * before


def _merge_record(new: IncidentRecord | None, earlier: IncidentRecord | None) -> IncidentRecord | None:
    """The record with the parts that could not be read now."""
    if new is None or earlier is None or new.incident.id != earlier.incident.id:
        return new or earlier
    parts = {part: source for part, source in earlier.sources.items() if part not in new.sources}
    if not parts:
        return new
    fields = {part: getattr(earlier, part) for part in _PARTS if part in parts}
    if any(part in parts for part in _OTHERS):
        fields["others"] = _union(new.others, earlier.others)
        fields["merged"] = _union(new.merged, earlier.merged)
    logs = {id_: log for id_, log in earlier.merged_logs.items() if f"log.{id_}" in parts}
    return replace(new, **fields, merged_logs={**logs, **new.merged_logs}, sources={**parts, **new.sources})


def _union(new: tuple[OtherIncident, ...], earlier: tuple[OtherIncident, ...]) -> tuple[OtherIncident, ...]:
    by_id = {(one.id, "beside" if one.relation in BESIDE else one.relation): one for one in (*earlier, *new)}
    return tuple(sorted(by_id.values(), key=lambda one: (one.at, one.id)))


def _merge_grafana(new: Evidence, earlier: Evidence) -> GrafanaRecord | None:
    """Dashboards that the configuration still names, and panels whose data could not be had now."""
    if new.grafana is None or earlier.grafana is None:
        return new.grafana or earlier.grafana
    before = {dashboard.uid: dashboard for dashboard in earlier.grafana.dashboards}
    found = [_merge_dashboard(dashboard, before.get(dashboard.uid)) for dashboard in new.grafana.dashboards]
    missing = _named_dashboards(new) - {dashboard.uid for dashboard in found}
    found += [dashboard for dashboard in earlier.grafana.dashboards if dashboard.uid in missing]
    annotations = new.grafana.annotations or earlier.grafana.annotations
    return replace(new.grafana, dashboards=tuple(found), annotations=annotations)


def _merge_dashboard(new: Dashboard, earlier: Dashboard | None) -> Dashboard:
    before = {panel.id: panel for panel in earlier.panels} if earlier else {}
    return replace(new, panels=tuple(_merge_panel(panel, before.get(panel.id)) for panel in new.panels))


def _merge_panel(new: Panel, earlier: Panel | None) -> Panel:
    """A panel without data is replaced by what it showed before, if it still asks the same."""
    if earlier is None or new.matrix.sample_count or not earlier.matrix.sample_count or new.queries != earlier.queries:
        return new
    return earlier


def _named_dashboards(evidence: Evidence) -> set[str]:
    services = evidence.configuration.get("services") or ()
    return {str(one.get("uid")) for service in services for one in service.get("dashboards") or ()}
