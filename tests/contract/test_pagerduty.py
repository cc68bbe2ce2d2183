"""PagerDuty as a collector, through the real client, against a loopback server that tells stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pm_autofill.collect.pagerduty.client import PagerDuty
from pm_autofill.collect.pagerduty.shapes import read_analytics
from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty
from pm_autofill.collect.transport.limits import usual_limits
from pm_autofill.errors import CredentialsRefused, NotFound, SourceRejected, SourceUnavailable, UsageError
from pm_autofill.evidence import Evidence, TemplateText, dump
from pm_autofill.evidence import Request as EvidenceRequest
from pm_autofill.evidence.incident import BESIDE, Agent, AgentKind, IncidentRecord
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.world import pagerduty_bodies, stories
from tests.world.loopback import Fault, Reply, Request, as_html, as_json
from tests.world.pagerduty import PagerDutyServer
from tests.world.schemas import ABSENT, check_pagerduty, data_folder
from tests.world.story import PastIncident

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Observed
    from tests.world.story import PagerDutyStory

AROUND = Window(stories.clock("12:46:50"), stories.clock("14:46:50"))
URL = f"https://acme.pagerduty.com/incidents/{stories.MAIN_ID}"


def connect(server: PagerDutyServer, token: str = "") -> PagerDuty:
    """The collector on a server; pauses between attempts take no time."""
    policy = make_policy("PagerDuty", server.url, usual_limits("PagerDuty"))
    return PagerDuty(connect_pagerduty(policy, token=token or server.token), policy)


def read(*told: PagerDutyStory, beside: Window | None = None, **server: Any) -> Observed[IncidentRecord]:  # noqa: ANN401
    """Both rounds on the first story's incident."""
    with PagerDutyServer(*told, **server) as running:
        pagerduty = connect(running)
        return pagerduty.details(pagerduty.incident(told[0].id).value, beside)


def test_the_alerts_can_be_read_alone() -> None:
    """For those who must know their labels first: one question more than the incident's own."""
    with PagerDutyServer(stories.main()) as running:
        pagerduty = connect(running)
        observed = pagerduty.alerts(pagerduty.incident(stories.MAIN_ID).value)
        asked = len(running.requests)
    assert asked == 2
    assert observed.gaps == ()
    assert [firing.labels["service"] for alert in observed.value.alerts for firing in alert.firing] == ["checkout"] * 2


def test_both_rounds_bring_the_main_story_without_a_gap() -> None:
    """Everything the story holds, in the order it happened, each part with its proof."""
    observed = read(stories.main())
    record = observed.value
    assert observed.gaps == ()
    assert record.incident.opened_by == Agent(kind=AgentKind.AUTOMATION, name="checkout-api")
    assert [entry.type for entry in record.log] == [
        "trigger",
        "assign",
        "notify",
        "annotate",
        "notify",
        "escalate",
        "notify",
        "notify",
        "acknowledge",
        "incident_workflow",
        "priority_change",
        "status_update",
        "responder_request_for_escalation_policy",
        "annotate",
        "link",
        "annotate",
        "resolve",
    ]
    assert [entry.type for entry in record.log if not entry.known] == ["incident_workflow"]
    assert [(alert.id, alert.firing[0].starts_at) for alert in record.alerts] == [
        ("Q0ALERTBURN1", datetime(2026, 11, 18, 13, 46, 30, tzinfo=UTC)),
        ("Q0ALERTSLOW1", datetime(2026, 11, 18, 14, 0, tzinfo=UTC)),
    ]
    assert [(note.at, note.author.kind) for note in record.notes] == [
        (datetime(2026, 11, 18, 13, 46, 55, tzinfo=UTC), AgentKind.AUTOMATION),
        (datetime(2026, 11, 18, 13, 59, 12, tzinfo=UTC), AgentKind.PERSON),
        (datetime(2026, 11, 18, 14, 17, 55, tzinfo=UTC), AgentKind.PERSON),
    ]
    assert [change.id for change in record.changes] == ["01CHANGEDEPLOY20261103", "01CHANGEROLLBACK261118"]
    assert [(one.id, one.relation) for one in record.others] == [
        ("Q0PAST00000977", "past"),
        ("Q0PAST00001184", "past"),
        ("Q0RELATED00001", "related"),
    ]
    assert set(record.sources) == {"incident", "log", "alerts", "notes", "changes", "past", "related"}


def test_no_number_and_no_token_is_in_what_was_brought() -> None:
    """Neither the paged people's numbers nor the token stand in the evidence."""
    observed = read(stories.main())
    written = msgspec.json.encode([observed.value, dict(observed.sources), list(observed.gaps)]).decode()
    assert "555" not in written
    assert "PDWORLDTOKEN" not in written


def test_neither_address_nor_number_is_in_the_evidence_file() -> None:
    """Wherever people put them: in notes, titles, status updates, names, and where notifications went."""
    private = "call +47 912 34 567 or (555) 867-5309, or write to ingrid.solberg@example.com"
    person = replace(stories.INGRID, name="noor.haddad@example.com")
    entries = [replace(one, by=person) if one.kind == "acknowledge" else one for one in stories.main().entries]
    told = replace(
        stories.main(),
        title=f"Checkout fails, {private}",
        entries=tuple(replace(one, summary=f"{one.summary} {private}") for one in entries),
        notes=tuple(replace(note, text=private) for note in stories.main().notes),
        changes=tuple(replace(change, summary=private) for change in stories.main().changes),
        past=tuple(replace(one, title=private) for one in stories.main().past),
    )
    with PagerDutyServer(told) as server:
        pagerduty = connect(server)
        observed = pagerduty.details(pagerduty.incident(told.id).value, AROUND)
        sent = b"".join(exchange.reply.body for exchange in server.exchanges).decode()
    whole = Evidence(
        collected_at=AROUND.end,
        version="1",
        request=EvidenceRequest(as_of=AROUND.end),
        configuration={},
        template=TemplateText(name="t", text=""),
        pagerduty=observed.value,
        sources=dict(observed.sources),
        gaps=observed.gaps,
    )
    written = dump(whole).decode()
    secrets = ("+47 912", "867-5309", "@example.com", "555 0100", "555 0101")
    assert [one for one in secrets if one not in sent] == []
    assert [one for one in secrets if one in written] == []
    assert "[address]" in written
    assert "[phone]" in written


def test_a_source_proves_its_answer() -> None:
    """The query as asked, a page for humans, and the digest of the very bytes."""
    with PagerDutyServer(stories.main()) as server:
        pagerduty = connect(server)
        found = pagerduty.incident("48213")
        observed = pagerduty.details(found.value)
        bodies = {exchange.request.path: exchange.reply.body for exchange in server.exchanges}
    source = found.sources["pagerduty.incident"]
    assert source.query == "GET /incidents/48213?include[]=first_trigger_log_entries"
    assert (source.system, source.url) == ("PagerDuty", URL)
    assert source.sha256 == sha256(bodies["/incidents/48213"]).hexdigest()
    assert source.retrieved_at == datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    notes = observed.sources["pagerduty.notes"]
    assert notes.query == f"GET /incidents/{stories.MAIN_ID}/notes"
    assert notes.sha256 == sha256(bodies[f"/incidents/{stories.MAIN_ID}/notes"]).hexdigest()


class MeetingServer(PagerDutyServer):
    """A PagerDuty that answers nothing about an incident's parts until ten questions wait for it."""

    meeting = Barrier(10)
    met = False

    def answer(self, request: Request) -> Reply:
        """The usual answer, or none when the others do not come."""
        try:
            if request.path.count("/") != 2 and not self.met:
                self.meeting.wait(timeout=30)
                self.met = True
        except BrokenBarrierError:
            return as_json({"error": {"message": "asked one after the other"}}, 400)
        return super().answer(request)


def test_the_second_round_asks_everything_at_once() -> None:
    """Ten questions, none of which waits for another; PagerDuty's figures are not there on the first day."""
    with MeetingServer(stories.main()) as server:
        pagerduty = connect(server)
        observed = pagerduty.details(pagerduty.incident(stories.MAIN_ID).value, AROUND)
    assert observed.gaps == ()
    assert len(observed.sources) == 9 + len({alert.key for alert in observed.value.alerts})


def test_the_log_is_asked_for_with_channels_in_utc_and_not_as_an_overview() -> None:
    """Without the channels there is no payload and no note; an overview leaves out the notifications."""
    with PagerDutyServer(stories.main()) as server:
        pagerduty = connect(server)
        pagerduty.details(pagerduty.incident(stories.MAIN_ID).value)
        request = next(one for one in server.requests if one.path.endswith("/log_entries"))
    assert request.all("include[]") == ["channels"]
    assert request.first("time_zone") == "UTC"
    assert request.all("is_overview") == []


def test_only_get_is_used() -> None:
    """Nothing is ever changed there."""
    with PagerDutyServer(stories.main()) as server:
        pagerduty = connect(server)
        pagerduty.details(pagerduty.incident(stories.MAIN_ID).value, AROUND)
        pagerduty.probe()
        assert {request.method for request in server.requests} == {"GET"}


@pytest.mark.parametrize("reference", ["48213", "#48213", stories.MAIN_ID.lower(), f"{URL}/timeline"])
def test_an_incident_is_found_by_id_number_and_address(reference: str) -> None:
    """Whatever was typed, parts are asked for by the id."""
    with PagerDutyServer(stories.main()) as server:
        assert connect(server).incident(reference).value.incident.id == stories.MAIN_ID


def test_an_elder_alertmanager_tells_labels_but_no_time() -> None:
    """The text block is read; when the alert began has to come from elsewhere."""
    (burn, _) = read(stories.old_alertmanager()).value.alerts
    assert burn.firing[0].labels["alertname"] == "CheckoutErrorBudgetBurn"
    assert burn.firing[0].starts_at is None


def test_an_incident_opened_by_hand_names_its_opener() -> None:
    """No alerts, a person, and what the person wrote."""
    record = read(stories.opened_by_hand()).value
    assert record.incident.opened_by == Agent(kind=AgentKind.PERSON, name="Noor Haddad")
    assert (record.incident.alert_count, record.alerts) == (0, ())
    assert record.log[0].channel == "web_trigger"
    assert record.log[0].text == "Two customers called: card payments end in an error."


def test_who_opened_it_is_known_without_the_log_where_the_first_entry_came_along() -> None:
    """The first round asks for it; the log does not overrule it."""
    body = pagerduty_bodies.incident(stories.main())
    body["first_trigger_log_entry"] = {"agent": pagerduty_bodies.reference(stories.NOOR)}
    observed = read(stories.main(), faults=[Fault(r"/incidents/[^/]+", as_json({"incident": body}))])
    assert observed.value.incident.opened_by == Agent(kind=AgentKind.PERSON, name="Noor Haddad")


def test_an_open_incident_has_no_end() -> None:
    """Acknowledged, not resolved."""
    incident = read(stories.still_open()).value.incident
    assert (incident.status, incident.resolved_at) == ("acknowledged", None)


def test_hostile_text_arrives_as_it_was_written() -> None:
    """Escaping is not the collector's business; it neither loses nor believes anything."""
    record = read(stories.hostile()).value
    assert record.incident.title.startswith("</td><script>alert(1)</script> | `rm -rf` {{ 7*7 }}")
    assert record.notes[2].text.endswith("|---|---|\n```\n{% raw %}\n![i](http://x.example/i.png)")


def test_a_merged_incident_is_followed_to_its_target() -> None:
    """The target is drafted; the source stays known, with its log."""
    source, target = stories.merged()
    with PagerDutyServer(source, target) as server:
        pagerduty = connect(server)
        found = pagerduty.incident(source.id)
        observed = pagerduty.details(found.value)
    record = observed.value
    assert (found.gaps, observed.gaps) == ((), ())
    assert record.incident.id == stories.MAIN_ID
    assert [(one.id, one.relation, one.number) for one in record.merged] == [("Q1MERGED000001", "merged", 48212)]
    assert set(found.sources) == {"pagerduty.incident", "pagerduty.incident.Q1MERGED000001"}
    notified = next(entry for entry in record.merged_logs["Q1MERGED000001"] if entry.type == "notify")
    assert notified.at == datetime(2026, 11, 18, 13, 45, 43, tzinfo=UTC)
    assert record.sources["log.Q1MERGED000001"] in observed.sources


def test_incidents_merged_into_the_one_asked_for_are_found_by_its_alerts() -> None:
    """A merge leaves alerts their service, so that the services of its alerts tell where to look."""
    source, target = stories.merged()
    with PagerDutyServer(source, target) as server:
        alerts = [pagerduty_bodies.alert(target, alert) for alert in target.alerts]
        alerts[0]["service"] = pagerduty_bodies.reference(stories.PAYMENTS_API)
        server.faults.append(Fault(r".*/alerts", as_json({"alerts": alerts, "more": False})))
        pagerduty = connect(server)
        observed = pagerduty.details(pagerduty.incident(target.id).value, AROUND)
    assert observed.gaps == ()
    assert [one.id for one in observed.value.merged] == ["Q1MERGED000001"]
    assert list(observed.value.merged_logs) == ["Q1MERGED000001"]
    assert "same window" not in {one.relation for one in observed.value.others}


def test_a_merge_in_a_circle_ends() -> None:
    """The last incident that could be read is drafted, and the circle is a gap."""
    first, second = replace(stories.main(), id="Q1FIRST", number=1), replace(stories.main(), id="Q1SECOND", number=2)
    circle = (replace(first, merged_into=second), replace(second, merged_into=first))
    with PagerDutyServer(*circle) as server:
        observed = connect(server).incident("Q1FIRST")
    assert observed.value.incident.id == "Q1SECOND"
    assert [gap.what for gap in observed.gaps] == ["incident Q1FIRST, into which Q1SECOND was merged"]


def test_a_merge_chain_without_end_is_left() -> None:
    """Ten merges are followed, no more."""
    chain = [replace(stories.main(), id=f"Q1CHAIN{number:02}", number=number + 1) for number in range(14)]
    linked = [replace(one, merged_into=following) for one, following in pairwise(chain)]
    with PagerDutyServer(*linked, chain[-1]) as server:
        observed = connect(server).incident("Q1CHAIN00")
    assert observed.value.incident.id == "Q1CHAIN10"
    assert len(observed.gaps) == 1


def test_a_merge_target_that_cannot_be_read_leaves_the_source() -> None:
    """With the reason as a gap."""
    source, _ = stories.merged()
    with PagerDutyServer(source) as server:
        observed = connect(server).incident(source.id)
    assert observed.value.incident.id == source.id
    (gap,) = observed.gaps
    assert gap.what == f"incident {stories.MAIN_ID}, into which {source.id} was merged"


def test_neighbours_on_the_same_service_are_listed() -> None:
    """Those in the window, not the incident itself, not those before it."""
    beside = replace(stories.never_acknowledged(), created=stories.clock("13:50:00"))
    before = replace(stories.opened_by_hand(), created=stories.clock("12:00:00"))
    record = read(stories.main(), beside, before, beside=AROUND).value
    near = [(one.id, one.number, one.url) for one in record.others if one.relation in BESIDE]
    assert near == [("Q1NOACK0000001", 48231, "https://acme.pagerduty.com/incidents/Q1NOACK0000001")]


def test_changes_of_the_service_stand_beside_the_related_ones() -> None:
    """PagerDuty relates nothing that came after the trigger; another service's changes are none of this one's."""
    rollback = replace(stories.ROLLED_BACK, reason="")
    told = replace(stories.main(), changes=(stories.DEPLOYED, rollback, stories.UNRELATED))
    observed = read(told, beside=AROUND)
    assert [(one.id, one.correlation) for one in observed.value.changes] == [
        ("01CHANGEDEPLOY20261103", "most_recent"),
        ("01CHANGEROLLBACK261118", ""),
    ]
    assert observed.value.sources["changes.service"] == "pagerduty.changes.service"
    assert observed.sources["pagerduty.changes.service"].query == (
        "GET /services/PSVCCHK/change_events?since=2026-11-18T12:46:50Z&until=2026-11-18T14:46:50Z"
    )
    closed = read(told, beside=AROUND, gated={"change_events": 402})
    assert [one.id for one in closed.value.changes] == ["01CHANGEDEPLOY20261103"]
    assert closed.gaps == ()


def test_changes_that_a_token_may_not_read_are_a_gap() -> None:
    """What mitigated rests on them."""
    observed = read(stories.main(), beside=AROUND, gated={"change_events": 403})
    assert [gap.what for gap in observed.gaps] == ["the change events of its service"]
    assert observed.readings["incident.changes.service"].state == "refused"


def test_incidents_of_the_week_before_are_known() -> None:
    """Those of its service, with when they ended; none that was merged away, none of another service."""
    day = timedelta(days=1)
    base = stories.never_acknowledged()
    assert base.resolved is not None
    other = replace(base, id="Q1WEEK00000001", created=base.created - 3 * day, resolved=base.resolved - 3 * day)
    old = replace(base, id="Q1WEEK00000002", created=base.created - 9 * day, resolved=base.resolved - 9 * day)
    merged = replace(other, id="Q1WEEK00000003", merged_into=other)
    foreign = replace(other, id="Q1WEEK00000004", service=stories.PAYMENTS_API)
    observed = read(stories.main(), other, old, merged, foreign, beside=AROUND)
    assert [(one.id, one.at, one.resolved_at) for one in observed.value.earlier] == [
        ("Q1WEEK00000001", other.created, other.resolved)
    ]
    assert [one.id for one in observed.value.others if one.relation in BESIDE] == []
    assert "pagerduty.earlier" in observed.sources


def test_a_neighbour_of_the_same_alert_is_told_from_others() -> None:
    """By the deduplication key of its alerts, on whichever service; with when it ended."""
    again = replace(stories.never_acknowledged(), created=stories.clock("13:50:00"))
    disk = replace(stories.BURN, name="DiskFull")
    other = replace(again, id="Q1OTHER0000001", alerts=(disk,))
    elsewhere = replace(again, id="Q1ELSEWHERE001", service=stories.PAYMENTS_API)
    merged = replace(elsewhere, id="Q1MERGED000001", merged_into=stories.main())
    observed = read(stories.main(), again, other, elsewhere, merged, beside=AROUND)
    near = {one.id: (one.relation, one.resolved_at) for one in observed.value.others if one.relation in BESIDE}
    assert near == {
        "Q1NOACK0000001": ("same alert", stories.clock("14:27:05")),
        "Q1ELSEWHERE001": ("same alert", stories.clock("14:27:05")),
        "Q1OTHER0000001": ("same window", stories.clock("14:27:05")),
    }
    assert {"pagerduty.same_alert.1", "pagerduty.same_alert.2"} <= set(observed.sources)
    assert "incident_key=" in observed.sources["pagerduty.same_alert.1"].query
    assert [one.id for one in observed.value.merged] == ["Q1MERGED000001"]
    assert list(observed.value.merged_logs) == ["Q1MERGED000001"]
    assert observed.gaps == ()


def test_an_incident_beside_it_that_is_also_like_it_is_both() -> None:
    """What PagerDuty calls similar may have begun in the same window: then it is offered as a part all the same."""
    beside = replace(stories.never_acknowledged(), created=stories.clock("13:50:00"), alerts=())
    past = PastIncident(beside.id, beside.created, beside.title, 0.5)
    observed = read(replace(stories.main(), past=(past,)), beside, beside=AROUND)
    assert [one.relation for one in observed.value.others if one.id == beside.id] == ["past", "same window"]


def test_pagerduty_s_own_figures_are_read_where_there_are_some() -> None:
    """A day after, under ``data`` or flat; before, nothing is missing. A figure that is null is not there."""
    figures = {"seconds_to_first_ack": 221, "seconds_to_resolve": 2415}
    told = read(replace(stories.main(), analytics={**figures, "seconds_to_engage": None})).value  # type: ignore[dict-item]
    assert told.analytics == {"seconds_to_first_ack": 221.0, "seconds_to_resolve": 2415.0}
    assert told.sources["analytics"] == "pagerduty.analytics"
    assert read_analytics({"seconds_to_engage": 10**400, "seconds_to_first_ack": True, "seconds_to_resolve": "9"}) == {}
    assert read_analytics(figures) == {"seconds_to_first_ack": 221.0, "seconds_to_resolve": 2415.0}
    early = read(stories.main())
    assert (early.value.analytics, early.gaps) == ({}, ())


@pytest.mark.parametrize("service", ["checkout-api", "Checkout-API", "PSVCCHK"])
def test_incidents_of_a_service_are_found_by_name_and_id(service: str) -> None:
    """Oldest first, with the proof of the question."""
    other = replace(stories.never_acknowledged(), created=stories.clock("13:50:00"))
    with PagerDutyServer(other, stories.main(), *stories.merged()[:1]) as server:
        observed = connect(server).in_window([service, service], AROUND.start, AROUND.end)
    assert observed.gaps == ()
    assert [incident.id for incident in observed.value] == [stories.MAIN_ID, "Q1NOACK0000001"]
    source = observed.sources["pagerduty.window"]
    assert (source.start, source.end) == (AROUND.start, AROUND.end)
    assert "service_ids[]=PSVCCHK" in source.query


def test_a_service_that_is_not_there_is_a_gap() -> None:
    """It is named, and the others are still asked for."""
    with PagerDutyServer(stories.main()) as server:
        observed = connect(server).in_window(["nope", "PNOTTHERE", "checkout-api"], AROUND.start, AROUND.end)
    assert [incident.id for incident in observed.value] == [stories.MAIN_ID]
    assert [gap.what for gap in observed.gaps] == ["the service 'nope'", "the service 'PNOTTHERE'"]
    assert "no service is called 'nope'" in observed.gaps[0].reason


def test_a_window_that_cannot_be_read_is_a_gap() -> None:
    """The service is there, the list of its incidents is not."""
    with PagerDutyServer(stories.main(), gated={"incidents": 403}) as server:
        observed = connect(server).in_window(["checkout-api"], AROUND.start, AROUND.end)
    assert (observed.value, dict(observed.sources)) == ((), {})
    assert [gap.what for gap in observed.gaps] == ["the incidents in the window"]


def test_without_any_service_no_window_is_asked_for() -> None:
    """A question without services would be about all of them."""
    with PagerDutyServer(stories.main()) as server:
        observed = connect(server).in_window(["nope"], AROUND.start, AROUND.end)
        assert "/incidents" not in {request.path for request in server.requests}
    assert observed.value == ()


def test_services_that_share_a_name_are_not_guessed_at() -> None:
    """Only a name to the letter decides between several."""
    twins = [{"id": "P1TWIN00", "name": "twin"}, {"id": "P2TWIN00", "name": "Twin"}]
    with PagerDutyServer(stories.main()) as server:
        server.faults.append(Fault("/services", as_json({"services": twins, "more": False})))
        pagerduty = connect(server)
        assert pagerduty.in_window(["TWIN"], AROUND.start, AROUND.end).gaps[0].reason == (
            "2 services are called 'TWIN' in PagerDuty"
        )
        pagerduty.in_window(["Twin"], AROUND.start, AROUND.end)
        assert server.requests[-1].all("service_ids[]") == ["P2TWIN00"]


@pytest.mark.parametrize("part", ["past_incidents", "related_incidents"])
@pytest.mark.parametrize("status", [402, 403, 404])
def test_what_a_plan_does_not_include_is_no_gap(part: str, status: int) -> None:
    """Nobody can do anything about it in the post-mortem."""
    observed = read(stories.main(), gated={part: status})
    assert observed.gaps == ()
    assert f"pagerduty.{part.removesuffix('_incidents')}" not in observed.sources


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("log_entries", "the incident's log"),
        ("alerts", "the incident's alerts"),
        ("notes", "the incident's notes"),
        ("related_change_events", "the change events related to the incident"),
    ],
)
def test_what_a_token_may_not_read_is_a_gap(part: str, what: str) -> None:
    """It says what is missing, why, and what would help; the rest is there."""
    observed = read(stories.main(), gated={part: 403})
    (gap,) = observed.gaps
    assert (gap.source, gap.what) == ("PagerDuty", what)
    assert "HTTP 403" in gap.reason
    assert "read-only account key" in gap.hint
    assert len(observed.sources) == 5


def test_the_log_stands_in_for_alerts_that_cannot_be_read() -> None:
    """Its trigger entry carries the first alert's payload."""
    (alert,) = read(stories.main(), gated={"alerts": 403}).value.alerts
    assert alert.title == "[FIRING:1] CheckoutErrorBudgetBurn (checkout critical)"
    assert alert.firing[0].starts_at == datetime(2026, 11, 18, 13, 46, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "reply",
    [
        as_html("<html>Sign in</html>"),
        as_json([]),
        as_json({}),
        as_json({"notes": None}),
        as_json({"notes": {"id": 1}}),
        Reply(200, b'{"notes": ['),
        Reply(200, b""),
        as_json({"error": {"message": "down"}}, 503),
        None,
    ],
    ids=["html", "list", "empty", "null", "object", "truncated", "nothing", "503", "broken"],
)
def test_an_unusable_answer_costs_its_own_part_only(reply: Reply | None) -> None:
    """One gap, no traceback, everything else read."""
    observed = read(stories.main(), faults=[Fault(r".*/notes", reply)])
    assert [gap.what for gap in observed.gaps] == ["the incident's notes"]
    assert observed.value.notes == ()
    assert len(observed.value.log) == 17


def test_unreadable_objects_are_skipped_and_counted() -> None:
    """The other notes stay."""
    notes = [{"id": "PN1", "content": "ok", "created_at": "2026-11-18T14:00:00Z"}, {"id": "PN2", "content": "x"}]
    observed = read(stories.main(), faults=[Fault(r".*/notes", as_json({"notes": notes}))])
    assert [note.id for note in observed.value.notes] == ["PN1"]
    assert [(gap.what, gap.reason) for gap in observed.gaps] == [
        ("1 of 2 entries of the incident's notes", "no usable time (1)")
    ]


def test_an_unknown_incident_says_what_is_accepted() -> None:
    """And nothing about paths of an API."""
    with PagerDutyServer(stories.main()) as server, pytest.raises(NotFound) as caught:
        connect(server).incident("PD123")
    assert caught.value.message == "PagerDuty has no incident PD123 (HTTP 404)"
    assert caught.value.hint.startswith("Give its id (such as Q1ABCDEFGHIJKL), its number (48213 or #48213)")


def test_a_refused_token_hints_at_the_other_region() -> None:
    """Without showing any of the token."""
    with PagerDutyServer(stories.main()) as server, pytest.raises(CredentialsRefused) as caught:
        connect(server, "u+SOMEOTHERTOKEN").incident(stories.MAIN_ID)
    assert caught.value.status == 401
    assert "https://api.eu.pagerduty.com" in caught.value.hint
    assert "OTHERTOKEN" not in str(caught.value)


def test_a_token_without_the_right_hints_at_the_right_kind() -> None:
    """A user's token can lose exactly the resolved incidents."""
    lost = "Access Denied: You may have lost access to this incident if it has been resolved"
    with PagerDutyServer(stories.main()) as server:
        server.faults.append(Fault(r"/incidents/.*", as_json({"error": {"message": lost, "code": 2018}}, 403)))
        with pytest.raises(CredentialsRefused, match="You may have lost access") as caught:
            connect(server).incident(stories.MAIN_ID)
    assert caught.value.status == 403
    assert "read-only account key" in caught.value.hint


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (as_json({"error": {"message": "Account expired", "code": 2012}}, 402), SourceRejected),
        (as_json({"error": {"message": "down"}}, 500), SourceUnavailable),
        (as_json({"incident": None}), SourceUnavailable),
        (as_json({"incident": {"id": "Q1CHKOUT7X4M2A"}}), SourceUnavailable),
        (as_json([{"incident": {}}]), SourceUnavailable),
        (as_html("<html>Sign in</html>"), SourceUnavailable),
        (None, SourceUnavailable),
    ],
)
def test_an_incident_that_cannot_be_read_is_one_clear_error(reply: Reply | None, error: type[Exception]) -> None:
    """Never a traceback, always what to do next."""
    with PagerDutyServer(stories.main()) as server:
        server.faults.append(Fault(r"/incidents/.*", reply))
        with pytest.raises(error) as caught:
            connect(server).incident(stories.MAIN_ID)
    assert type(caught.value) is error
    assert str(caught.value).count("\n") == 0


def test_a_reference_that_is_none_reaches_no_server() -> None:
    """It is refused before anything is sent."""
    with PagerDutyServer(stories.main()) as server:
        with pytest.raises(UsageError):
            connect(server).incident("P1?include[]=x")
        assert server.requests == []


def test_every_answer_read_is_as_officially_described() -> None:
    """What the collector was tested on has PagerDuty's own shapes."""
    if data_folder() is None:
        pytest.skip(ABSENT)
    with PagerDutyServer(stories.main()) as server:
        pagerduty = connect(server)
        pagerduty.details(pagerduty.incident(stories.MAIN_ID).value, AROUND)
        answers = {exchange.request.path: exchange.reply.body for exchange in server.exchanges}
    problems = {path: check_pagerduty(path, msgspec.json.decode(body)) for path, body in answers.items()}
    assert len(problems) == 10
    assert not any(problems.values()), problems
