"""What follows from the evidence: facts with their origin, the timeline, and remarks; codes and values, no prose."""

from pm_autofill.findings.conclusions import Findings
from pm_autofill.findings.facts import (
    DURATIONS,
    EVENT_COUNTS,
    FACT_NAMES,
    INSTANTS,
    RATIOS,
    SLO_FACT_NAMES,
    TEXTS,
    UNITS,
    Basis,
    Fact,
    Known,
    Unit,
    Unknown,
    Value,
)
from pm_autofill.findings.narrative import (
    Definition,
    Finding,
    Paging,
    Picture,
    Reference,
    RelatedIncident,
    Severity,
    TimelineRow,
)
from pm_autofill.findings.slos import BadPeriod, BudgetShare, SloFindings

__all__ = [
    "DURATIONS",
    "EVENT_COUNTS",
    "FACT_NAMES",
    "INSTANTS",
    "RATIOS",
    "SLO_FACT_NAMES",
    "TEXTS",
    "UNITS",
    "BadPeriod",
    "Basis",
    "BudgetShare",
    "Definition",
    "Fact",
    "Finding",
    "Findings",
    "Known",
    "Paging",
    "Picture",
    "Reference",
    "RelatedIncident",
    "Severity",
    "SloFindings",
    "TimelineRow",
    "Unit",
    "Unknown",
    "Value",
]
