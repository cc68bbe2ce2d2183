"""What an earlier run saw stays seen: a refresh never replaces an answer by none, nor by one that covers less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.evidence.completeness import (
    ALERT_SERIES,
    ALERT_STATES,
    ANNOTATIONS,
    PANELS,
    RULES,
    of_incident,
    of_rule,
    of_service,
    of_slo,
)
from pm_autofill.evidence.incident import BESIDE
from pm_autofill.evidence.readings import NOT_ASKED, WHOLE, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pm_autofill.evidence.alerts import ChangeSeries
    from pm_autofill.evidence.incident import IncidentRecord, OtherIncident
    from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, Panel
    from pm_autofill.evidence.readings import Answered
    from pm_autofill.evidence.record import Evidence, Gap, Source
    from pm_autofill.evidence.replay import PastEvents, RuleRun
    from pm_autofill.evidence.slos import BudgetTotals, CounterRead, SloEvidence

_PARTS = ("log", "alerts", "notes", "earlier", "analytics")
_CHANGES = ("changes", "changes.service")
# Beginnings of the names of parts that tell of other incidents.
_OTHERS = ("past", "related", "window", "same_alert.")
# So much of the earlier samples must be there again: a scrape more or less at the edges is no loss.
_AS_MUCH = 0.98
# What is put in place of a new answer that holds less, by its key, or by how that begins.
_STANDING = frozenset({ALERT_SERIES, ALERT_STATES, ANNOTATIONS, RULES})
_STANDING_PARTS = ("incident.", "changes.", "replay.")
_NOTHING = frozenset({State.REFUSED, State.NOT_ASKED})
_BUDGET = ("window", "time_zone", "method", "slice_length", "slice_objective")


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
    less = _answered_less(new, earlier)
    by_name = {slo.definition.name: slo for slo in earlier.slos}
    slos = tuple(_merge_slo(slo, by_name.get(slo.definition.name)) for slo in new.slos)
    if not any(slo.named for slo in slos):
        # Found in Prometheus before, and not now: the store did not answer, or forgot its rules.
        slos += tuple(slo for slo in earlier.slos if slo.named and slo.definition.discovered)
    filled = replace(
        new,
        pagerduty=_merge_record(new.pagerduty, earlier.pagerduty, less),
        grafana=_merge_grafana(new, earlier, less),
        alert_series=(() if ALERT_SERIES in less else new.alert_series) or earlier.alert_series,
        alert_rules=(() if RULES in less else new.alert_rules) or earlier.alert_rules,
        changes=_merge_changes(new.changes, earlier.changes, less),
        past_events=_merge_past(new.past_events, earlier.past_events, slos, less),
        rule_runs=_merge_runs(new.rule_runs, earlier.rule_runs, less),
        slos=slos,
    )
    filled = replace(filled, readings=_merge_readings(new, earlier, _whole_from(filled, new, earlier) | less))
    if filled == new:
        return new
    filled = replace(filled, gaps=tuple(_kept(gap, filled) for gap in new.gaps))
    return replace(filled, sources={**earlier.sources, **new.sources, **_sources_kept(slos, new, earlier)})


def _answered_less(new: Evidence, earlier: Evidence) -> frozenset[str]:
    """The questions of an incident that was over which were answered whole before, and in part now."""
    if earlier.pagerduty is None or earlier.pagerduty.incident.resolved_at is None:
        return frozenset()
    parts = (key for key, one in new.readings.items() if one.state is State.PARTIAL)
    found = {key for key in parts if key in earlier.readings and earlier.readings[key].state in WHOLE}
    # Samples are compared by what they cover, and whatever is not put in place of the new answer stays a part.
    return frozenset(
        key for key in found if key in _STANDING or key.startswith(_STANDING_PARTS) or key.endswith(".past")
    )


def _whole_from(filled: Evidence, new: Evidence, earlier: Evidence) -> frozenset[str]:
    """The questions whose earlier answers stand though some of their parts were answered now."""
    runs, past = ({id(one) for one in every} for every in (earlier.rule_runs, earlier.past_events))
    weeks = {id(slo.weeks) for slo in earlier.slos if slo.weeks}
    totals = {id(one) for slo in earlier.slos for one in slo.totals}
    shown = _shown(earlier)
    reads = {id(read) for slo in earlier.slos for read in _reads(slo)}
    sampled = [slo.definition.name for slo in filled.slos if id(slo.total or slo.ratio) in reads]
    budgets = [slo.definition.name for slo in filled.slos if any(id(one) in totals for one in slo.totals)]
    return frozenset(
        (
            *((ALERT_SERIES,) if earlier.alert_series and not new.alert_series else ()),
            *((PANELS,) if shown and shown <= _shown(filled) else ()),
            *(of_rule(run.rule) for run in filled.rule_runs if id(run) in runs),
            *(of_slo(name, "samples") for name in sampled),
            *(of_slo(slo.definition.name, "usual") for slo in filled.slos if id(slo.weeks) in weeks),
            *(of_slo(one.slo, "past") for one in filled.past_events if id(one) in past),
            # A window of the budget is its own question, so what it once had does not become less by asking again.
            *(key for name in budgets for key in earlier.readings if key.startswith(of_slo(name, "totals."))),
        )
    )


def _shown(evidence: Evidence) -> set[int]:
    """The data of the panels, by identity."""
    boards = evidence.grafana.dashboards if evidence.grafana else ()
    return {id(panel.matrix) for one in boards for panel in one.panels if panel.matrix.sample_count}


def _kept(gap: Gap, filled: Evidence) -> Gap:
    """A gap, marked where every answer that it is missing from is there all the same."""
    states = [filled.readings[key].state for key in gap.questions if key in filled.readings]
    whole = len(states) == len(gap.questions) > 0 and all(state in WHOLE for state in states)
    return replace(gap, kept=whole)


def _merge_readings(new: Evidence, earlier: Evidence, standing: frozenset[str]) -> dict[str, Answered]:
    """How far each question was answered: as before where it was refused now and its earlier answer stands.

    What was read whole while the incident lasted is not whole any more: more may have happened since.
    """
    record = earlier.pagerduty
    if record is None or record.incident.resolved_at is None:
        return new.readings
    now = {key: one for key, one in new.readings.items() if one.state not in _NOTHING and key not in standing}
    return {**new.readings, **earlier.readings, **now}


def _sources_kept(slos: tuple[SloEvidence, ...], new: Evidence, earlier: Evidence) -> dict[str, Source]:
    """Sources of earlier samples that stand in place of new ones; a question asked twice has one id."""
    fresh = {id(read) for slo in new.slos for read in _reads(slo)}
    kept = {read.source for slo in slos for read in _reads(slo) if id(read) not in fresh}
    return {id_: source for id_, source in earlier.sources.items() if id_ in kept}


def _reads(slo: SloEvidence) -> Iterator[CounterRead]:
    for read in (slo.total, slo.bad, slo.good, slo.good_above, slo.ratio, slo.process_starts):
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
            good_above=earlier.good_above,
            boundary=earlier.boundary,
            ratio=earlier.ratio,
            process_starts=new.process_starts or earlier.process_starts,
        )
    elif new.process_starts is None and earlier.process_starts is not None:
        merged = replace(new, process_starts=earlier.process_starts)
    if len(new.weeks) < len(earlier.weeks) or _in_part(new.weeks) > _in_part(earlier.weeks):
        merged = replace(merged, weeks=earlier.weeks)
    if any(getattr(mine, name) != getattr(theirs, name) for name in _BUDGET):
        return merged
    history = new.history_start or earlier.history_start
    return replace(merged, totals=_merge_totals(new, earlier), history_start=history)


def _in_part(sums: tuple[BudgetTotals, ...]) -> bool:
    return any(one.partial for one in sums)


def _merge_totals(slo: SloEvidence, earlier: SloEvidence) -> tuple[BudgetTotals, ...]:
    """Totals of all windows asked for; of rolling windows with one end, those that reach back further."""
    rolling = slo.definition.rolling

    def key(totals: BudgetTotals) -> tuple[datetime, datetime]:
        return totals.end if rolling else totals.start, totals.end

    by_window = {key(totals): totals for totals in earlier.totals}
    for totals in slo.totals:
        before = by_window.get(key(totals))
        if before is None or (totals.start <= before.start and not (totals.partial and not before.partial)):
            by_window[key(totals)] = totals
    new = {totals.end for totals in slo.totals}
    return tuple(sorted(by_window.values(), key=lambda totals: (totals.end not in new, totals.end, totals.start)))


def _merge_changes(
    new: tuple[ChangeSeries, ...], earlier: tuple[ChangeSeries, ...], less: frozenset[str]
) -> tuple[ChangeSeries, ...]:
    """What change queries saw; from before where a service's could be read in part only now."""
    kept = tuple(one for one in earlier if of_service(one.service) in less)
    services = {one.service for one in kept}
    return (*(one for one in new if one.service not in services), *kept) or earlier


def _merge_past(
    new: tuple[PastEvents, ...],
    earlier: tuple[PastEvents, ...],
    slos: tuple[SloEvidence, ...],
    less: frozenset[str],
) -> tuple[PastEvents, ...]:
    """The past of every SLO; from before where less of it could be read now and the SLO counts the same events."""
    events = {slo.definition.name: slo.definition.events for slo in slos}
    before = {one.slo: one for one in earlier if events.get(one.slo) == one.events}
    emptied = {one.slo for one in new if not _samples(one) and one.slo in before and _samples(before[one.slo])}
    read = {one.slo for one in new if one.slo not in emptied and of_slo(one.slo, "past") not in less}
    kept = {name: one for name, one in before.items() if name not in read}
    return (*(one for one in new if one.slo not in kept), *kept.values())


def _samples(one: PastEvents) -> int:
    return sum(steps.matrix.sample_count for steps in one.total)


def _merge_runs(new: tuple[RuleRun, ...], earlier: tuple[RuleRun, ...], less: frozenset[str]) -> tuple[RuleRun, ...]:
    """The runs of this time's rules; from before where the same rule could not be evaluated now."""
    before = {(run.rule.name, run.rule.expression): run for run in earlier if not run.refused}
    if not new:
        return earlier
    return tuple(
        before.get((run.rule.name, run.rule.expression), run) if run.refused or of_rule(run.rule) in less else run
        for run in new
    )


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


def _merge_record(
    new: IncidentRecord | None, earlier: IncidentRecord | None, less: frozenset[str]
) -> IncidentRecord | None:
    """The record with the parts that could not be read now, or less of them."""
    if new is None or earlier is None or new.incident.id != earlier.incident.id:
        return new or earlier
    parts = {
        part: source for part, source in earlier.sources.items() if part not in new.sources or of_incident(part) in less
    }
    if not parts:
        return new
    fields = {part: getattr(earlier, part) for part in _PARTS if part in parts}
    if any(part in parts for part in _CHANGES):
        changes = {one.id: one for one in (*earlier.changes, *new.changes)}
        fields["changes"] = tuple(sorted(changes.values(), key=lambda one: (one.at, one.id)))
    if any(part.startswith(_OTHERS) for part in parts):
        fields["others"] = _union(new.others, earlier.others)
        fields["merged"] = _union(new.merged, earlier.merged)
    logs = {id_: log for id_, log in earlier.merged_logs.items() if f"log.{id_}" in parts}
    return replace(new, **fields, merged_logs={**new.merged_logs, **logs}, sources={**parts, **new.sources})


def _union(new: tuple[OtherIncident, ...], earlier: tuple[OtherIncident, ...]) -> tuple[OtherIncident, ...]:
    by_id = {(one.id, "beside" if one.relation in BESIDE else one.relation): one for one in (*earlier, *new)}
    return tuple(sorted(by_id.values(), key=lambda one: (one.at, one.id)))


def _merge_grafana(new: Evidence, earlier: Evidence, less: frozenset[str]) -> GrafanaRecord | None:
    """Dashboards that the configuration still names, and panels whose data could not be had now."""
    if new.grafana is None or earlier.grafana is None:
        return new.grafana or earlier.grafana
    before = {dashboard.uid: dashboard for dashboard in earlier.grafana.dashboards}
    now = new.request.as_of
    found = [_merge_dashboard(dashboard, before.get(dashboard.uid), now) for dashboard in new.grafana.dashboards]
    missing = _named_dashboards(new) - {dashboard.uid for dashboard in found}
    found += [dashboard for dashboard in earlier.grafana.dashboards if dashboard.uid in missing]
    if not found:  # by alerts or tags, as before: not found now
        found = [one for one in earlier.grafana.dashboards if one.uid not in _named_dashboards(earlier)]
    annotations = new.grafana.annotations or earlier.grafana.annotations
    refused = any(new.readings.get(key, NOT_ASKED).state is State.REFUSED for key in (ANNOTATIONS, ALERT_STATES))
    if refused or less & {ANNOTATIONS, ALERT_STATES}:
        every = {(one.id, one.start): one for one in (*earlier.grafana.annotations, *new.grafana.annotations)}
        annotations = tuple(sorted(every.values(), key=lambda one: (one.start, one.id)))
    return replace(new.grafana, dashboards=tuple(found), annotations=annotations)


def _merge_dashboard(new: Dashboard, earlier: Dashboard | None, now: datetime) -> Dashboard:
    """A dashboard with what its panels showed before where they have no data, and its snapshot while that lasts."""
    if earlier is None:
        return new
    before = {(panel.id, panel.queries): panel for panel in earlier.panels}
    panels = (_merge_panel(panel, before.get((panel.id, panel.queries))) for panel in new.panels)
    merged = replace(new, panels=tuple(panels))
    if new.snapshot or earlier.snapshot_until is None or earlier.snapshot_until <= now:
        return merged
    return replace(merged, snapshot=earlier.snapshot, snapshot_until=earlier.snapshot_until)


def _merge_panel(new: Panel, earlier: Panel | None) -> Panel:
    """What a panel showed before stands where it has no data now; so does the renderer's picture."""
    if earlier is None:
        return new
    if earlier.matrix.sample_count and not new.matrix.sample_count:
        return earlier
    if earlier.rendered and not new.rendered and earlier.link == new.link:
        return replace(new, rendered=earlier.rendered, not_rendered="")
    return new


def _named_dashboards(evidence: Evidence) -> set[str]:
    services = evidence.configuration.get("services") or ()
    return {str(one.get("uid")) for service in services for one in service.get("dashboards") or ()}
