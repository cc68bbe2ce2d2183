"""Answers put into the evidence, and what could not be had as gaps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from pm_autofill.collect.intake import as_asked, gap_of, take_in, with_gaps
from pm_autofill.collect.observation import Observed
from pm_autofill.errors import NotFound, UsageError
from pm_autofill.evidence import Evidence, Gap, Request, Source, TemplateText
from pm_autofill.evidence.incident import Agent, AgentKind, Incident, IncidentRecord, Note

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
ONE = datetime(2026, 11, 18, 13, tzinfo=UTC)
EMPTY = Evidence(
    collected_at=NOON,
    version="1",
    request=Request(as_of=NOON),
    configuration={},
    template=TemplateText(name="t", text=""),
)


def gap(what: str, reason: str = "it is down", source: str = "Prometheus", hint: str = "Start it.") -> Gap:
    """A gap; the usual cause unless told."""
    return Gap(source=source, what=what, reason=reason, hint=hint)


def source(text: str) -> Source:
    """A source that tells its question."""
    return Source(system="Prometheus", query=text, url="", retrieved_at=NOON, sha256="")


def test_gaps_of_one_cause_become_one() -> None:
    """What is missing is listed once each, in the order it was found out."""
    first = with_gaps(EMPTY, (gap("the SLI of a"), gap("alerting rules")))
    assert first.gaps == (gap("the SLI of a; alerting rules"),)
    again = with_gaps(first, (gap("the SLI of a"), gap("changes of b")))
    assert again.gaps == (gap("the SLI of a; alerting rules; changes of b"),)


@pytest.mark.parametrize(
    "other",
    [gap("b", reason="it is slow"), gap("b", source="Grafana"), gap("b", hint="Wait.")],
)
def test_gaps_of_different_causes_stay_apart(other: Gap) -> None:
    """Another reason, source or hint is another gap."""
    assert with_gaps(EMPTY, (gap("a"), other)).gaps == (gap("a"), other)


def test_how_often_it_was_tried_is_no_other_cause() -> None:
    """The first wording stands for all."""
    tried = gap("a", reason="3 attempts failed; the last: it is down")
    skipped = gap("b", reason="it is down (2 questions skipped)")
    assert with_gaps(EMPTY, (tried, skipped, gap("c"))).gaps == (replace(tried, what="a; b; c"),)


def test_no_gaps_change_nothing() -> None:
    """The evidence stays equal."""
    assert with_gaps(EMPTY, ()) == EMPTY


def test_an_observation_brings_sources_and_gaps() -> None:
    """Added to those that are there; a question asked anew replaces its earlier answer."""
    known = replace(EMPTY, sources={"a": source("1"), "b": source("1")})
    found = take_in(known, Observed(None, {"b": source("2"), "c": source("2")}, (gap("x"),)))
    assert found.sources == {"a": source("1"), "b": source("2"), "c": source("2")}
    assert found.gaps == (gap("x"),)


def test_an_error_becomes_a_gap() -> None:
    """Its own source, sentence and hint; the given source and doctor where it has none."""
    refused = NotFound("Grafana", "no dashboard x", "Correct its uid.", status=404)
    assert gap_of(refused, "dashboards", "PagerDuty") == gap(
        "dashboards", reason="no dashboard x", source="Grafana", hint="Correct its uid."
    )
    assert gap_of(UsageError("no token"), "incidents", "PagerDuty") == gap(
        "incidents", reason="no token", source="PagerDuty", hint="Run `pm-autofill doctor`."
    )


def test_a_record_is_cut_only_where_an_instant_was_asked_for() -> None:
    """With --as-of later notes and the later resolve are undone; without it clocks that differ undo nothing."""
    notes = tuple(
        Note(id=str(at.hour), at=at, author=Agent(kind=AgentKind.PERSON, name="Noor"), text="x") for at in (NOON, ONE)
    )
    incident = Incident(
        id="P1",
        number=1,
        title="t",
        url="",
        status="resolved",
        created_at=NOON,
        resolved_at=ONE,
        service_id="S",
        service="s",
    )
    record = IncidentRecord(incident=incident, notes=notes)
    assert as_asked(record, Request(as_of=NOON)) == record
    rewound = as_asked(record, Request(as_of=NOON, rewound=True))
    assert [note.id for note in rewound.notes] == ["12"]
    assert (rewound.incident.status, rewound.incident.resolved_at) == ("triggered", None)
