"""Answers put together: what goes into the record, how far each answer reaches, and which gaps it leaves."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pm_autofill.collect.pagerduty.asking import Answer, Outline, Question
from pm_autofill.collect.pagerduty.assembly import Settled, assemble
from pm_autofill.collect.pagerduty.pages import Pages
from pm_autofill.collect.transport.shares import Share
from pm_autofill.errors import CredentialsRefused, SourceError, SourceRejected, SourceUnavailable
from pm_autofill.evidence.incident import Agent, AgentKind, Alert, Incident, IncidentRecord, OtherIncident
from pm_autofill.evidence.readings import NOT_ASKED, Answered, State
from pm_autofill.evidence.record import Gap, Source

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Observed

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
ANN = {"type": "user_reference", "summary": "Ann"}
COMPLETE, EMPTY = Answered(state=State.COMPLETE), Answered(state=State.EMPTY)
WHAT = "what was asked"
AGAIN = "Run it again later; if it stays so, look at the incident in PagerDuty."
BROKEN = "Look at the incident in PagerDuty; if they are fine there, report it to this project."
DOWN = SourceUnavailable("PagerDuty", "it is down", "wait")
SOURCE = Source(system="PagerDuty", query="q", url="", retrieved_at=NOON, sha256="")


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


OWN = Incident(
    id="P1",
    number=1,
    title="Incident P1",
    url="https://x.pagerduty.com/incidents/P1",
    status="triggered",
    created_at=at(5),
    resolved_at=None,
    service_id="PSVC",
    service="checkout",
)
RECORD = IncidentRecord(incident=OWN, sources={"incident": "pagerduty.incident"})


def when(minutes: float, zone: str) -> str:
    """An instant as PagerDuty writes it; of another zone than UTC without an offset, an hour ahead."""
    if zone == "UTC":
        return at(minutes).isoformat()
    return (at(minutes) + timedelta(hours=1)).replace(tzinfo=None).isoformat()


def incident(id_: str, minutes: float, into: str = "", service: str = "PSVC", zone: str = "UTC") -> dict[str, Any]:
    """An incident as PagerDuty tells it."""
    reason = {"type": "merge_resolve_reason", "incident": {"id": into}} if into else None
    when_ = when(minutes, zone)
    return {"id": id_, "created_at": when_, "status": "triggered", "service": {"id": service}, "resolve_reason": reason}


def entry(kind: str, minutes: float, zone: str = "UTC", **parts: object) -> dict[str, Any]:
    """A log entry."""
    id_ = f"{kind}-{minutes}"
    return {"id": id_, "type": f"{kind}_log_entry", "created_at": when(minutes, zone), "agent": ANN, **parts}


def alert(id_: str, minutes: float, key: str = "", zone: str = "UTC") -> dict[str, Any]:
    """An alert."""
    return {"id": id_, "created_at": when(minutes, zone), "summary": "s", "alert_key": key}


def note(id_: str, minutes: float, zone: str = "UTC") -> dict[str, Any]:
    """A note."""
    return {"id": id_, "created_at": when(minutes, zone), "user": ANN, "content": "looking"}


def change(id_: str, minutes: float, summary: str = "Deploy", zone: str = "UTC") -> dict[str, Any]:
    """A change event."""
    return {"id": id_, "timestamp": when(minutes, zone), "summary": summary}


def beside(id_: str, minutes: float, relation: str) -> OtherIncident:
    """Another incident as evidence has it."""
    return OtherIncident(id=id_, title=f"Incident {id_}", url="", at=at(minutes), relation=relation)


def pages(*objects: object, failure: SourceError | None = None, zone: str = "UTC") -> Pages:
    """A list of one page."""
    outline = Outline(count=len(objects), ids=frozenset(), total=0, more=None, limit=None, zone=zone)
    packed = zlib.compress(json.dumps({"objects": objects}).encode())
    answer = Answer(outline=outline, sha256="", retrieved_at=NOON, packed=packed, memory=1, share=Share())
    return Pages("objects", (answer,), failure)


def question(part: str, start: float | None = None, end: float | None = None) -> Question:
    """A question."""
    first, last = (None if one is None else at(one) for one in (start, end))
    return Question(part=part, what=WHAT, path="", key="objects", start=first, end=last)


def put(part: str, *objects: object, record: IncidentRecord = RECORD, **of_pages: Any) -> Observed[IncidentRecord]:  # noqa: ANN401 - as pages takes it
    """The record with the answer to one question."""
    return assemble(record, [Settled(question(part), pages(*objects, **of_pages), SOURCE)])


def gap(what: str, reason: str, hint: str) -> Gap:
    """A gap of PagerDuty."""
    return Gap(source="PagerDuty", what=what, reason=reason, hint=hint)


def partial(what: str) -> Answered:
    """A part."""
    return Answered(state=State.PARTIAL, missing=what)


def refused() -> Answered:
    """A refusal."""
    return Answered(state=State.REFUSED, missing=WHAT)


@pytest.mark.parametrize(
    ("error", "gaps", "reading"),
    [
        (DOWN, (gap(WHAT, "it is down", "wait"),), refused()),
        (SourceRejected("PagerDuty", "no", "h", status=404), (gap(WHAT, "no", "h"),), refused()),
        (CredentialsRefused("PagerDuty", "no", "h", status=401), (gap(WHAT, "no", "h"),), refused()),
        (SourceRejected("PagerDuty", "pay", status=402), (), NOT_ASKED),
    ],
)
def test_a_question_that_was_refused_leaves_a_gap(error: SourceError, gaps: tuple[Gap, ...], reading: Answered) -> None:
    """What the plan does not include was as good as not asked; what a draft is whole without is refused, and no gap."""
    found = assemble(RECORD, [Settled(question("notes"), error=error)])
    assert (found.value, found.sources, found.gaps) == (RECORD, {}, gaps)
    assert found.readings == {"incident.notes": reading}
    for part in ("past", "related", "analytics"):
        optional = assemble(RECORD, [Settled(question(part), error=error)])
        assert (optional.gaps, optional.readings) == ((), {f"incident.{part}": reading})


@pytest.mark.parametrize(
    ("objects", "failure", "gaps", "reading"),
    [
        ([note("N", 9)], None, (), COMPLETE),
        ([], None, (), EMPTY),
        ([note("N", 9)], DOWN, (gap(f"the rest of {WHAT}", "it is down", "wait"),), partial(f"the rest of {WHAT}")),
        ([], DOWN, (gap(f"the rest of {WHAT}", "it is down", "wait"),), partial(f"the rest of {WHAT}")),
        (
            [note("N", 9), {"id": "M"}],
            None,
            (gap(f"1 of 2 entries of {WHAT}", "no usable time (1)", BROKEN),),
            partial(f"1 of 2 entries of {WHAT}"),
        ),
        (
            [note("N", 9), {"id": "M"}],
            DOWN,
            (
                gap(f"the rest of {WHAT}", "it is down", "wait"),
                gap(f"1 of 2 entries of {WHAT}", "no usable time (1)", BROKEN),
            ),
            partial(f"the rest of {WHAT}, 1 of 2 entries of {WHAT}"),
        ),
    ],
)
def test_how_far_a_list_reaches(
    objects: list[object], failure: SourceError | None, gaps: tuple[Gap, ...], reading: Answered
) -> None:
    """All, nothing, or a part; what came is kept, with its source."""
    found = put("notes", *objects, failure=failure)
    assert [one.id for one in found.value.notes] == (["N"] if objects else [])
    assert (found.gaps, found.readings) == (gaps, {"incident.notes": reading})
    assert found.sources == {"pagerduty.notes": SOURCE}
    assert found.value.sources == {"incident": "pagerduty.incident", "notes": "pagerduty.notes"}


def test_what_a_draft_is_whole_without_leaves_no_gap() -> None:
    """Neither a list that breaks off, nor an object that cannot be read."""
    found = put("past", {"incident": incident("O", -9)}, {"incident": {}}, failure=DOWN)
    assert found.value.others == (replace(beside("O", -9, "past"), url="https://x.pagerduty.com/incidents/O"),)
    assert (found.gaps, found.readings) == ((), {"incident.past": COMPLETE})


def test_without_its_proof_an_answer_is_none() -> None:
    """Nor is one without pages."""
    unproven = assemble(RECORD, [Settled(question("notes"), pages(note("N", 9)))])
    assert (unproven.value, unproven.sources) == (RECORD, {})
    assert assemble(RECORD, [Settled(question("notes"), source=SOURCE)]).value == RECORD
    assert Settled(question("notes")).gaps == ()


def test_answers_are_taken_in_one_after_the_other() -> None:
    """Each with its own reading, source and gaps; none undoes what another brought."""
    found = assemble(
        RECORD,
        [
            Settled(question("notes"), pages(note("N", 9)), SOURCE),
            Settled(question("changes"), error=DOWN),
            Settled(question("log"), pages(entry("trigger", 5), failure=DOWN), SOURCE),
        ],
    )
    assert ([one.id for one in found.value.notes], [one.id for one in found.value.log]) == (["N"], ["trigger-5"])
    assert list(found.sources) == ["pagerduty.notes", "pagerduty.log"]
    assert [one.what for one in found.gaps] == [WHAT, f"the rest of {WHAT}"]
    assert found.readings == {
        "incident.notes": COMPLETE,
        "incident.changes": refused(),
        "incident.log": partial(f"the rest of {WHAT}"),
    }


@pytest.mark.parametrize(
    ("part", "of"),
    [("log", lambda told: told.log), ("log.M", lambda told: told.merged_logs["M"])],
)
def test_a_log_without_its_trigger_is_not_the_log(part: str, of: Any) -> None:  # noqa: ANN401 - a row's accessor
    """Whatever it holds; one that broke off may have had it."""
    headless = gap(WHAT, "it holds no entry of the trigger, with which every incident begins", AGAIN)
    found = put(part, entry("acknowledge", 8))
    assert [one.id for one in of(found.value)] == ["acknowledge-8"]
    assert (found.gaps, found.readings) == ((headless,), {f"incident.{part}": partial(WHAT)})
    assert put(part).gaps == (headless,)
    assert put(part, entry("acknowledge", 8), entry("trigger", 5)).gaps == ()
    assert [one.what for one in put(part, failure=DOWN).gaps] == [f"the rest of {WHAT}"]
    assert [one.what for one in put(part, {"id": "x"}).gaps] == [f"1 of 1 entries of {WHAT}"]


def test_the_logs_of_merged_incidents_stand_beside_one_another() -> None:
    """By the incident's id, each with its source."""
    first = put("log.M", entry("trigger", 3))
    both = put("log.N", entry("trigger", 4), record=first.value).value
    assert {id_: [one.id for one in log] for id_, log in both.merged_logs.items()} == {
        "M": ["trigger-3"],
        "N": ["trigger-4"],
    }
    assert both.sources == {**RECORD.sources, "log.M": "pagerduty.log.M", "log.N": "pagerduty.log.N"}
    assert both.log == ()


FIRING = {"firing": [{"labels": {"alertname": "Burn"}, "startsAt": "2026-11-18T12:03:00Z"}]}


def test_the_log_tells_who_opened_the_incident() -> None:
    """Where the incident itself does not; a log without a trigger tells nobody."""
    person = Agent(kind=AgentKind.PERSON, name="Ann")
    machine = Agent(kind=AgentKind.AUTOMATION, name="Robot")
    log = (entry("acknowledge", 8, agent={"type": "service_reference", "summary": "X"}), entry("trigger", 5))
    assert put("log", *log).value.incident.opened_by == person
    told = replace(RECORD, incident=replace(OWN, opened_by=machine))
    assert put("log", *log, record=told).value.incident.opened_by == machine
    assert put("log", entry("acknowledge", 8)).value.incident.opened_by == OWN.opened_by


def test_the_log_tells_of_alerts_that_are_not_had() -> None:
    """Or that came without a body; their number is never less than what is known of them."""
    trigger = entry("trigger", 5, channel={"incident_key": "K", "details": FIRING})
    alone = put("log", trigger).value
    assert [(one.key, one.at, len(one.firing)) for one in alone.alerts] == [("K", at(5), 1)]
    assert alone.incident.alert_count == 1
    bare = replace(RECORD, alerts=(Alert(id="A", at=at(4), title="", key="K"),), incident=replace(OWN, alert_count=7))
    filled = put("log", trigger, record=bare).value
    assert [(one.id, len(one.firing)) for one in filled.alerts] == [("A", 1)]
    assert filled.incident.alert_count == 7


@pytest.mark.parametrize(
    ("told", "objects", "failure", "gaps", "count"),
    [
        (2, [alert("A", 5), alert("B", 6)], None, [], 2),
        (3, [alert("A", 5)], None, [gap(WHAT, "PagerDuty counts 3 and lists 1", AGAIN)], 3),
        (1, [], None, [gap(WHAT, "PagerDuty counts 1 and lists 0", AGAIN)], 1),
        (0, [alert("A", 5)], None, [], 1),
        (3, [alert("A", 5)], DOWN, [gap(f"the rest of {WHAT}", "it is down", "wait")], 3),
        (3, [alert("A", 5), {}], None, [gap(f"1 of 2 entries of {WHAT}", "no id (1)", BROKEN)], 3),
    ],
)
def test_alerts_are_as_many_as_pagerduty_counts(
    told: int, objects: list[object], failure: SourceError | None, gaps: list[Gap], count: int
) -> None:
    """Fewer are a part of them; why is said once."""
    record = replace(RECORD, incident=replace(OWN, alert_count=told))
    found = put("alerts", *objects, record=record, failure=failure)
    assert (list(found.gaps), found.value.incident.alert_count) == (gaps, count)
    assert [one.id for one in found.value.alerts] == [one["id"] for one in objects if "id" in one]  # type: ignore[index, operator]


@pytest.mark.parametrize("part", ["changes", "changes.service"])
def test_change_events_of_both_questions_are_one_list(part: str) -> None:
    """By time; of one that both tell the first stands."""
    before = put("changes", change("E", 1, "first"), change("F", 9)).value
    found = put(part, change("E", 1, "second"), change("G", 4), {}, record=before)
    assert [(one.id, one.summary) for one in found.value.changes] == [("E", "first"), ("G", "Deploy"), ("F", "Deploy")]
    assert [one.what for one in found.gaps] == [f"1 of 3 entries of {WHAT}"]


def test_past_and_related_incidents_stand_by_their_relation() -> None:
    """Each once as one that is like it, and once as one beside it."""
    near = beside("W", -1, "same window")
    record = replace(RECORD, others=(near, beside("O", -20, "past")))
    found = put(
        "related",
        *({"incident": incident(id_, minutes)} for id_, minutes in (("O", -20), ("W", -1), ("R", -9), ("P1", 5))),
        record=record,
    )
    assert [(one.id, one.relation) for one in found.value.others] == [
        ("O", "past"),
        ("R", "related"),
        ("W", "same window"),
        ("W", "related"),
    ]


def window(part: str, *objects: object, start: float | None = 0, end: float | None = 60, **of_pages: Any) -> Settled:  # noqa: ANN401 - as pages takes it
    """A question for a list of incidents, and its answer."""
    return Settled(question(part, start, end), pages(*objects, **of_pages), SOURCE)


LACKS = gap(WHAT, "the list lacks incident P1 itself, so that others may be missing, too", AGAIN)


@pytest.mark.parametrize("part", ["window", "earlier"])
@pytest.mark.parametrize(
    ("objects", "start", "end", "gaps"),
    [
        ([incident("P1", 5), incident("X", 9)], 0, 60, ()),
        ([incident("X", 9)], 0, 60, (LACKS,)),
        ([], 0, 60, (LACKS,)),
        ([], 5, 60, (LACKS,)),
        ([], 5.1, 60, ()),
        ([], 0, 5.1, (LACKS,)),
        ([], 0, 5, ()),
        ([], None, 60, ()),
        ([], 0, None, ()),
        ([{}], 0, 60, (gap(f"1 of 1 entries of {WHAT}", "no id (1)", BROKEN),)),
    ],
)
def test_a_list_of_incidents_holds_the_one_it_is_asked_for(
    part: str, objects: list[object], start: float | None, end: float | None, gaps: tuple[Gap, ...]
) -> None:
    """Where its window does; a list without it may lack others, too."""
    found = assemble(RECORD, [window(part, *objects, start=start, end=end)])
    assert found.gaps == gaps
    broken = assemble(RECORD, [window(part, failure=DOWN)])
    assert [one.what for one in broken.gaps] == [f"the rest of {WHAT}"]


def test_other_services_incidents_do_not_hold_it() -> None:
    """They are asked for by those services."""
    found = assemble(RECORD, [window("window.foreign", incident("X", 9, service="OTHER"))])
    assert (found.gaps, found.value.others) == ((), ())


@pytest.mark.parametrize("part", ["window", "window.foreign"])
def test_incidents_beside_it_are_merged_into_it_or_not(part: str) -> None:
    """Those before stay, each once, by time."""
    record = replace(RECORD, merged=(beside("M", 8, "merged"),), others=(beside("X", 9, "same alert"),))
    objects = (
        incident("P1", 5),
        incident("N", 3, "P1", "OTHER"),
        incident("M", 8, "P1"),
        incident("X", 9),
        incident("Y", 2),
        incident("Z", 1, service="OTHER"),
    )
    found = assemble(record, [window(part, *objects)])
    assert found.value.merged == (beside("N", 3, "merged"), beside("M", 8, "merged"))
    assert found.value.others == (beside("Y", 2, "same window"), beside("X", 9, "same alert"))
    assert (found.gaps, found.readings) == ((), {f"incident.{part}": COMPLETE})


def test_incidents_of_the_week_before_are_those_that_stood_alone() -> None:
    """Neither itself nor what was merged; they replace what an earlier answer had."""
    objects = (incident("P1", 5), incident("W", -900), incident("V", -800, "W"))
    record = replace(RECORD, earlier=(beside("U", -999, "earlier"),))
    found = assemble(record, [window("earlier", *objects)])
    assert found.value.earlier == (beside("W", -900, "earlier"),)


def test_incidents_of_the_same_alert_are_beside_it_wherever_they_are() -> None:
    """Those merged into it are told apart; those merged into others are not beside it."""
    record = replace(RECORD, merged=(beside("M", 8, "merged"),), others=(beside("X", 9, "same window"),))
    objects: tuple[object, ...] = (
        incident("P1", 5),
        incident("N", 3, "P1", "OTHER"),
        incident("X", 9),
        incident("Y", 2, service="OTHER"),
        incident("Z", 1, "Y"),
        {},
    )
    found = assemble(record, [window("same_alert.1", *objects)])
    assert found.value.merged == (beside("N", 3, "merged"), beside("M", 8, "merged"))
    assert found.value.others == (beside("Y", 2, "same alert"), beside("X", 9, "same alert"))
    assert [one.what for one in found.gaps] == [f"1 of 6 entries of {WHAT}"]


def test_pagerduty_s_own_figures_are_one_object() -> None:
    """Not a list, so that an answer without a count is no empty one."""
    body = pages().answers[0]
    outline = Outline(count=None, ids=frozenset(), total=0, more=None, limit=None, zone="UTC")
    packed = zlib.compress(json.dumps({"seconds_to_resolve": 60}).encode())
    answer = Answer(outline=outline, sha256="", retrieved_at=NOON, packed=packed, memory=1, share=body.share)
    found = assemble(RECORD, [Settled(question("analytics"), Pages("", (answer,)), SOURCE)])
    assert found.value.analytics == {"seconds_to_resolve": 60.0}
    assert (found.gaps, found.readings) == ((), {"incident.analytics": COMPLETE})


ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("part", "objects", "first"),
    [
        ("log", [entry("trigger", 3, ZONE)], lambda told: told.log[0].at),
        (
            "log",
            [entry("trigger", 3, ZONE, channel={"incident_key": "K", "details": FIRING})],
            lambda told: told.alerts[0].at,
        ),
        ("log.M", [entry("trigger", 3, ZONE)], lambda told: told.merged_logs["M"][0].at),
        ("alerts", [alert("A", 3, zone=ZONE)], lambda told: told.alerts[0].at),
        ("notes", [note("N", 3, ZONE)], lambda told: told.notes[0].at),
        ("changes", [change("E", 3, zone=ZONE)], lambda told: told.changes[0].at),
        ("window", [incident("X", 3, zone=ZONE)], lambda told: told.others[0].at),
        ("earlier", [incident("X", 3, zone=ZONE)], lambda told: told.earlier[0].at),
        ("same_alert.1", [incident("X", 3, zone=ZONE)], lambda told: told.others[0].at),
    ],
)
def test_times_without_an_offset_are_of_the_zone_that_the_answer_names(
    part: str,
    objects: list[object],
    first: Any,  # noqa: ANN401 - a row's accessor
) -> None:
    """Whatever was asked for."""
    assert first(put(part, *objects, zone=ZONE).value) == at(3)
