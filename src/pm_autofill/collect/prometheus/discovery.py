"""The rules that SLO tools generated, as Prometheus has them loaded; else the series they recorded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.refusals import gap_of
from pm_autofill.collect.prometheus.rules import is_not_offered, loaded_rules
from pm_autofill.errors import SourceError
from pm_autofill.slo.discovered import Rule

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.prometheus.asking import Interviewer

_PATH = "/api/v1/rules"
_WHAT = "SLOs in Prometheus' rules"
_MARKS = frozenset({"sloth_id", "slo"})
_RECORDED = '{__name__=~"sloth_slo_info|slo:objective:ratio|slo:time_period:days",sloth_id!=""}'


def read_slo_rules(ask: Interviewer, at: datetime) -> Observed[tuple[Rule, ...]]:
    """Read the rules in which SLOs may be found.

    Args:
        ask: Asks.
        at: When the recorded series are looked at, where a store evaluates no rules itself.

    Returns:
        All rules; where none is of an SLO, what Sloth's recording rules left in the store; nothing where there is
        neither.
    """
    key = source_id("slo_rules")
    try:
        answer, proof = ask.get(_PATH, _WHAT)
    except SourceError as error:
        if not is_not_offered(error):
            return Observed((), {}, (gap_of(error, _WHAT),))
    else:
        rules = tuple(Rule(*one) for one in loaded_rules(answer.data))
        if any(not _MARKS.isdisjoint(rule.labels) for rule in rules):
            return Observed(rules, {key: ask.page(_PATH, "rules", proof)})
    return _recorded(ask, at, key)


def _recorded(ask: Interviewer, at: datetime, key: str) -> Observed[tuple[Rule, ...]]:
    """Recorded series as the rules that record them."""
    try:
        answer = ask.instant(_RECORDED, at, _WHAT)
    except SourceError as error:
        return Observed((), {}, (gap_of(error, _WHAT),))
    rules = []
    for one in answer.matrix.series:
        labels = {label: value for label, value in one.labels.items() if label != "__name__"}
        value = float(one.values[-1]) if len(one.values) else math.nan
        rules.append(Rule(one.labels.get("__name__", ""), f"vector({value!r})", labels))
    return Observed(tuple(rules), {key: answer.source(ask.base)} if rules else {})
