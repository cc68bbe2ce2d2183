"""What each question asks, whether a draft needs the answer, and how a gap names it when it is missing.

The one table that says which gaps a draft owes. A question that no line fits is an error: somebody has to decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from tests.law.recorded import Question


class Need(Enum):
    """How much a draft needs an answer."""

    INCIDENT = "without it there is no draft"
    REQUIRED = "without it there is a draft with exactly one gap, which names it"
    BESIDE = "what it serves is required, itself not: a gap may name it, nothing else may"
    OPTIONAL = "without it nothing is missing: no gap"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    Attributes:
        name: Names it in tables.
        system: Who is asked.
        asks: Pattern of the request: path, then parameters as ``name=value``, one a line.
        need: How much a draft needs the answer.
        named: Pattern of what the gap says is missing.
        replaceable: Whether the same is asked in another way when the answer fails, so that nothing may be missing.
    """

    name: str
    system: str
    asks: str
    need: Need
    named: str = ""
    replaceable: bool = False


# How a gap says what is missing does to the draft: one of these words somewhere in it.
EFFECT = re.compile(
    r"\b(unknown|not (known|counted|told|drawn|compared|in|inferred|replayed)|without (it|them)|at least|so far as"
    r"|may be|may have|left out|a bound|bounds|cannot be|missing from)\b"
)
# What was not read here may be what mitigated.
CHANGES = frozenset({"related changes", "service changes", "changes", "annotations"})
REQUIRED, OPTIONAL, BESIDE = Need.REQUIRED, Need.OPTIONAL, Need.BESIDE
_STATES = r"\bstate|annotations\b"
_RAW = r"query=[a-zA-Z_:][\w:]*\{.*\}\[\d+s\]$"

# The first that fits counts.
KINDS = (
    Kind("incident", "pagerduty", r"^/incidents/\w+$", Need.INCIDENT),
    Kind("log", "pagerduty", r"^/incidents/\w+/log_entries$", REQUIRED, r"\blog\b"),
    Kind("alerts", "pagerduty", r"^/incidents/\w+/alerts$", REQUIRED, r"\balerts\b"),
    Kind("notes", "pagerduty", r"^/incidents/\w+/notes$", REQUIRED, r"\bnotes\b"),
    Kind("related changes", "pagerduty", r"^/incidents/\w+/related_change_events$", REQUIRED, r"\bchange"),
    Kind("service changes", "pagerduty", r"^/services/\w+/change_events$", REQUIRED, r"\bchange"),
    Kind("past incidents", "pagerduty", r"^/incidents/\w+/past_incidents$", OPTIONAL),
    Kind("related incidents", "pagerduty", r"^/incidents/\w+/related_incidents$", OPTIONAL),
    Kind("analytics", "pagerduty", r"^/analytics/", OPTIONAL),
    # Whether others were merged into it, and whether its alert fired more often, stands in these lists alone.
    Kind("same alert", "pagerduty", r"^/incidents$(?s:.*)^incident_key=", REQUIRED, r"\bincidents\b"),
    Kind("other incidents", "pagerduty", r"^/incidents$(?s:.*)^service_ids\[\]=", REQUIRED, r"\bincidents\b"),
    Kind("service", "pagerduty", r"^/services", BESIDE, r"\bservice\b"),
    # How many there are is asked beside them, so that none of them is known to be none.
    Kind("process starts", "prometheus", r"^query=\(count\(count_over_time\(process_start", BESIDE, r"\bSLI\b|process"),
    Kind("alert count", "prometheus", r"^query=\(count\(count_over_time\(ALERTS", REQUIRED, r"\balerts?\b"),
    Kind("alert series", "prometheus", r"^query=ALERTS(_FOR_STATE)?\{", REQUIRED, r"\balerts?\b"),
    Kind("process starts", "prometheus", r"^query=process_start_time_seconds", BESIDE, r"\bSLI\b|restart|process"),
    Kind("SLI", "prometheus", _RAW, REQUIRED, r"\bSLI\b", replaceable=True),
    # How many samples an answer will have; where it cannot be told, the SLI is read in steps.
    Kind("sample count", "prometheus", r"^query=sum by .*\(count_over_time\(", BESIDE, r"\bSLI\b"),
    Kind("history", "prometheus", r"^query=min_over_time\(\(time\(\)", REQUIRED, r"\b(budget|history)\b"),
    Kind(
        "budget window",
        "prometheus",
        r"^/api/v1/query$(?s:.*)^query=\(?sum\(max without",
        REQUIRED,
        r"\bbudget\b",
        replaceable=True,
    ),
    Kind("budget window", "prometheus", r"^query=(\(sum\()?(sum|count)_over_time\(\(\(", REQUIRED, r"\bbudget\b"),
    Kind("usual", "prometheus", r"^/api/v1/query_range$(?s:.*)^query=\(?sum\(max without", REQUIRED, r"\busual\b"),
    Kind("past", "prometheus", r"^query=\(?sum\(increase\(", REQUIRED, r"\bpast\b|\breplay"),
    Kind("changes", "prometheus", r"^query=.*changes\(", REQUIRED, r"\bchanges\b"),
    Kind("replay", "prometheus", r"^/api/v1/query_range$(?s:.*)^query=.*(> |< |>= |<= )", REQUIRED, r"\breplay"),
    # An SLI of which there is only the ratio.
    Kind("SLI", "prometheus", r"^/api/v1/query_range$(?s:.*)^query=sum\(rate\(", REQUIRED, r"\bSLI\b"),
    Kind("rules", "prometheus", r"^/api/v1/rules$", REQUIRED, r"\brules\b"),
    Kind("annotations", "grafana", r"^/api/annotations$(?s:.*)^type=annotation$", REQUIRED, r"\bannotations\b"),
    Kind("alert states", "grafana", r"^/api/annotations$(?s:.*)^type=alert$", REQUIRED, _STATES),
    Kind("alert states", "grafana", r"^/api/v1/rules/history$", REQUIRED, _STATES),
    Kind("dashboard", "grafana", r"^/api/dashboards/uid/", REQUIRED, r"\bdashboard"),
    Kind("panel", "grafana", r"^/api/ds/query$", REQUIRED, r"\bpanel", replaceable=True),
    Kind("variable", "grafana", r"/resources/|/api/v1/(label|series)", BESIDE, r"\b(variable|panel)"),
    Kind("settings", "grafana", r"^/api/(frontend/settings|health|datasources)", BESIDE, r"."),
    Kind("search", "grafana", r"^/api/search$", BESIDE, r"\bdashboards\b"),
)


def kind_of(question: Question) -> Kind:
    """What kind of question it is.

    Raises:
        LookupError: The table has no line for it.
    """
    recording = question.recording
    asked = "\n".join((recording.path, *(f"{name}={value}" for name, value in recording.parameters)))
    for kind in KINDS:
        if kind.system == question.system and re.search(kind.asks, asked, re.MULTILINE):
            return kind
    message = f"no kind of question fits {question.system} {recording.path}?{urlencode(recording.parameters)}"
    raise LookupError(message)
