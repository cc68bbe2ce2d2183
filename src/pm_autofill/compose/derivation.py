"""One fact of ``facts.json`` with what it derives from: its formula, filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pm_autofill.evidence.slos import SliKind
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, UNITS, Unit
from pm_autofill.instants import parse_instant
from pm_autofill.wording.facts import value_words
from pm_autofill.wording.labels import label
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import count, objective

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.evidence.slos import BudgetTotals, SloEvidence
    from pm_autofill.findings import Value

LETTERS = {"S": "impact.start", "V": "impact.end"}
"""The letters formulas use for the ends of the impact, and their facts."""

_NAMES = "|".join(sorted(map(re.escape, FACT_NAMES), key=len, reverse=True))
_MENTIONED = re.compile(rf"(?<![\w.])(?:{_NAMES}|[SV])(?![\w.])")
_SAME_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Derivation:
    """A fact, and where to look up what its formula names.

    Attributes:
        name: Its name.
        slo_name: The SLO it was asked of; empty for a fact of the whole incident.
        facts: Facts by name, as in ``facts.json``: the SLO's own before the incident's.
        slo: What was observed of the SLO its counts are of; None where there is none.
    """

    name: str
    slo_name: str
    facts: Mapping[str, Mapping[str, Any]]
    slo: SloEvidence | None

    @property
    def fact(self) -> Mapping[str, Any]:
        """The fact as ``facts.json`` has it."""
        return self.facts[self.name]

    @property
    def title(self) -> str:
        """What it is called."""
        kind = self.slo.definition.kind if self.slo else SliKind.AVAILABILITY
        words = label(self.name, kind=kind if self.name in SLO_FACT_NAMES else SliKind.AVAILABILITY)
        return f"{words} of {plain(self.slo_name)}" if self.slo_name else words

    def words(self, name: str) -> str:
        """Another fact's value in words."""
        return words(name, self.facts[name]["value"]) if self._known(name) else "unknown"

    def mentioned(self) -> dict[str, str]:
        """What the formula names, each with the fact it means: names as they are, letters by ``LETTERS``."""
        names = _MENTIONED.findall(self.fact.get("formula", ""))
        return {name: LETTERS.get(name, name) for name in names if name != self.name}

    def filled(self) -> str:
        """The formula with the values of what it names."""
        formula = _MENTIONED.sub(lambda match: self.words(LETTERS.get(match[0], match[0])), self.fact["formula"])
        for phrase, value in self._given().items():
            formula = re.sub(rf"\b{phrase}\b", value, formula)
        return formula

    def instants(self) -> list[datetime]:
        """The instants that matter: the fact's own, those its formula names, or the ends of the impact."""
        named = [name for name in (self.name, *self.mentioned().values()) if UNITS[name] is Unit.INSTANT]
        names = dict.fromkeys(named or LETTERS.values())
        return [parse_instant(self.facts[name]["value"]) for name in names if self._known(name)]

    def _known(self, name: str) -> bool:
        return self.facts.get(name, {}).get("status") == "known"

    def _given(self) -> dict[str, str]:
        """What a budget's formula takes from the SLO, and from the sums that were measured for its very window.

        The usual ratio is the one with which the excess comes out.
        """
        if self.name == "requests.excess_failed":
            return self._usual()
        if self.slo is None or not self.name.startswith("error_budget."):
            return {}
        given = {"objective": objective(self.slo.definition.objective)}
        totals = self._totals()
        if totals is None or self.fact["basis"] != "measured":
            return given
        events = count(totals.total)
        return {**given, "events of the window": events, "all events": events, "bad events": count(totals.bad)}

    def _usual(self) -> dict[str, str]:
        names = ("requests.failed", "requests.total", self.name)
        failed, total, excess = (self.facts[name]["value"] if self._known(name) else 0.0 for name in names)
        return {"usual ratio": f"{(failed - excess) / total:.4g}"} if total else {}

    def _totals(self) -> BudgetTotals | None:
        """The sums of a rolling window; a share of a stretch of the calendar has those of several."""
        end = LETTERS["S" if self.name == "error_budget.remaining_before_ratio" else "V"]
        rolling = self.slo is not None and self.slo.definition.rolling
        if self.slo is None or not rolling or not self._known(end):
            return None
        at = parse_instant(self.facts[end]["value"])
        return next((totals for totals in self.slo.totals if abs(totals.end - at) <= _SAME_INSTANT), None)


def words(name: str, value: float | str) -> str:
    """A value as ``facts.json`` has it, in words.

    Args:
        name: The fact's name, which fixes the unit.
        value: A number, a text, or an RFC 3339 instant.
    """
    unit = UNITS[name]
    read: Value = parse_instant(str(value)) if unit is Unit.INSTANT else value
    return value_words(float(read) if isinstance(read, int) else read, unit, plain)
