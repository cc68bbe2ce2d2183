"""What an earlier run saw stays seen: a refresh never replaces an answer by none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from pm_autofill.evidence.record import Evidence
    from pm_autofill.evidence.slos import SloEvidence


def carry_over(new: Evidence, earlier: Evidence) -> Evidence:
    """Fill what this run could not read from an earlier run's evidence of the same incident.

    Args:
        new: This run's evidence.
        earlier: The earlier run's.

    Returns:
        The new evidence with the earlier answers where it has none, and their sources; its gaps stay.
    """
    by_name = {slo.definition.name: slo for slo in earlier.slos}
    filled = replace(
        new,
        pagerduty=new.pagerduty or earlier.pagerduty,
        grafana=new.grafana or earlier.grafana,
        alert_series=new.alert_series or earlier.alert_series,
        alert_rules=new.alert_rules or earlier.alert_rules,
        changes=new.changes or earlier.changes,
        slos=tuple(_fill(slo, by_name.get(slo.definition.name)) for slo in new.slos),
    )
    if filled == new:
        return new
    return replace(filled, sources={**earlier.sources, **new.sources})


def _fill(new: SloEvidence, earlier: SloEvidence | None) -> SloEvidence:
    """An SLO's samples from before where none could be read now; never of another definition."""
    if earlier is None or earlier.definition != new.definition:
        return new
    if new.total is None and new.ratio is None:
        return replace(earlier, named=new.named)
    totals = new.totals or earlier.totals
    return replace(new, totals=totals, history_start=new.history_start or earlier.history_start)
