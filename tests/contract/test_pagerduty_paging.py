"""Long lists: every page, at once where it can be, complete beyond the API's reach, and never for ever."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.collect.pagerduty.client import PagerDuty
from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty
from tests.servers.stacks import make_policy
from tests.world import pagerduty_bodies as bodies
from tests.world import stories
from tests.world.loopback import Fault, Reply, Request, as_json
from tests.world.pagerduty import PagerDutyServer
from tests.world.pagerduty_bodies import rfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.collect.observation import Observed
    from pm_autofill.evidence.incident import IncidentRecord
    from tests.world.story import PagerDutyStory

    Change = Callable[[Request, dict[str, Any]], dict[str, Any]]

TOLD = 17


def read(server: PagerDutyServer) -> Observed[IncidentRecord]:
    """Both rounds on the main story's incident."""
    policy = make_policy("PagerDuty", server.url)
    pagerduty = PagerDuty(connect_pagerduty(policy, token=server.token), policy)
    return pagerduty.details(pagerduty.incident(stories.MAIN_ID).value)


class LogServer(PagerDutyServer):
    """A PagerDuty that builds its log once, and changes each page of it before it is sent."""

    def __init__(self, story: PagerDutyStory, change: Change | None = None) -> None:
        """Take what is told, and what to do to each page."""
        super().__init__(story)
        self._change = change
        self._log = [
            (rfc(entry.at), bodies.log_entry(story, position, entry, zone="UTC", include=["channels"]))
            for position, entry in enumerate(bodies.log(story))
        ][::-1]

    def answer(self, request: Request) -> Reply:
        """The usual answer, or a page of the log."""
        if not request.path.endswith("/log_entries"):
            return super().answer(request)
        since, until = request.first("since"), request.first("until", "9")
        limit, offset = int(request.first("limit")), int(request.first("offset"))
        if limit > 100 or offset + limit > 10_000:
            return as_json(bodies.error(2001, "Offset+Limit must be 10000 or less."), 400)
        found = [body for at, body in self._log if since <= at < until]
        page = {"log_entries": found[offset : offset + limit], "limit": limit, "offset": offset}
        page |= {"more": offset + limit < len(found), "total": len(found) if request.first("total") else None}
        return as_json(self._change(request, page) if self._change else page)


def asked(server: PagerDutyServer) -> list[Request]:
    """The questions for the log."""
    return [request for request in server.requests if request.path.endswith("/log_entries")]


def test_a_long_log_is_read_whole() -> None:
    """Each page once, each entry once."""
    with LogServer(stories.storm(300)) as server:
        observed = read(server)
        offsets = sorted(int(request.first("offset")) for request in asked(server))
    assert observed.gaps == ()
    assert len({entry.id for entry in observed.value.log}) == len(observed.value.log) == TOLD + 300
    assert offsets == [0, 100, 200, 300]


def test_a_log_beyond_reach_is_read_by_halves() -> None:
    """More than 10 000 entries: complete, without a question the API refuses."""
    with LogServer(stories.storm(10_200)) as server:
        observed = read(server)
        refused = [exchange for exchange in server.exchanges if exchange.reply.status == 400]
    assert observed.gaps == ()
    assert len(observed.value.log) == TOLD + 10_200
    assert refused == []


def test_a_half_that_cannot_be_read_leaves_the_other() -> None:
    """With a gap for the rest."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {} if request.first("until") and not request.first("since") else body

    with LogServer(stories.storm(10_100), change) as server:
        observed = read(server)
    assert [gap.what for gap in observed.gaps] == ["the rest of the incident's log"]
    assert len(observed.value.log) > TOLD


def test_a_second_with_more_than_the_api_hands_out_leaves_a_gap() -> None:
    """Halving ends at one second; what could be read is kept."""
    one = stories.storm(1).entries[-1]
    crowded = replace(stories.main(), entries=(*stories.main().entries, *[one] * 10_050))
    with LogServer(crowded) as server:
        observed = read(server)
    assert [gap.what for gap in observed.gaps] == ["the rest of the incident's log"]
    assert "more than 10000 entries" in observed.gaps[0].reason
    assert TOLD + 9_900 < len(observed.value.log) < TOLD + 10_050


def test_a_page_that_fails_costs_that_page_only() -> None:
    """The others were asked for at the same time and stay."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"log_entries": "gone"} if request.first("offset") == "200" else body

    with LogServer(stories.storm(400), change) as server:
        observed = read(server)
    assert [gap.what for gap in observed.gaps] == ["the rest of the incident's log"]
    assert len(observed.value.log) == TOLD + 300


def test_without_a_total_pages_are_read_one_after_the_other() -> None:
    """As long as each announces another one."""

    def change(_request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "total": None}

    with LogServer(stories.storm(250), change) as server:
        observed = read(server)
        offsets = [request.first("offset") for request in asked(server)]
    assert observed.gaps == ()
    assert len(observed.value.log) == TOLD + 250
    assert offsets == ["0", "100", "200"]


def test_without_a_total_a_log_beyond_reach_is_still_read_by_halves() -> None:
    """The end of paging is noticed when it is reached, and not overstepped, however large the pages are."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        if "since" in dict(request.query) or "until" in dict(request.query):
            return body
        return {**body, "log_entries": body["log_entries"][:75], "more": True, "total": None}

    with LogServer(stories.storm(10_100), change) as server:
        observed = read(server)
        refused = [exchange for exchange in server.exchanges if exchange.reply.status == 400]
    assert observed.gaps == ()
    assert len(observed.value.log) == TOLD + 10_100
    assert refused == []


def test_a_page_that_fails_midway_keeps_those_before() -> None:
    """One after the other, the first failure ends the list."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"log_entries": None} if request.first("offset") == "100" else {**body, "total": None}

    with LogServer(stories.storm(250), change) as server:
        observed = read(server)
    assert [gap.what for gap in observed.gaps] == ["the rest of the incident's log"]
    assert len(observed.value.log) == 100


def test_a_server_that_caps_its_pages_is_followed() -> None:
    """Offsets go by what came, not by what was asked for."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        offset = int(request.first("offset"))
        more = body["more"] or len(body["log_entries"]) > 25
        return {**body, "log_entries": body["log_entries"][:25], "limit": 25, "offset": offset, "more": more}

    with LogServer(stories.storm(83), change) as server:
        observed = read(server)
    assert observed.gaps == ()
    assert len(observed.value.log) == TOLD + 83


@pytest.mark.parametrize("page", ["empty", "same"])
def test_a_server_that_promises_more_for_ever_is_left(page: str) -> None:
    """An empty page or the same one again ends the list with a gap."""

    def change(_request: Request, body: dict[str, Any]) -> dict[str, Any]:
        entries = body["log_entries"] if page == "same" or body["offset"] == 0 else []
        return {**body, "log_entries": entries, "more": True, "total": None}

    with LogServer(stories.storm(3), change) as server:
        observed = read(server)
        questions = len(asked(server))
    assert questions == 2
    assert [gap.reason for gap in observed.gaps] == ["PagerDuty announces more of the incident's log than it sends"]
    assert len(observed.value.log) == TOLD + 3


@pytest.mark.parametrize(("entries", "pages"), [(0, 1), (83, 2), (150, 2)])
def test_without_more_a_full_page_is_followed_by_another(entries: int, pages: int) -> None:
    """Only a page that is not full ends the list then."""

    def change(_request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"log_entries": body["log_entries"], "limit": 100} if body["log_entries"] else {"log_entries": []}

    with LogServer(stories.storm(entries), change) as server:
        observed = read(server)
        assert len(asked(server)) == pages
    assert len(observed.value.log) == TOLD + entries


def test_entries_that_move_to_the_next_page_count_once() -> None:
    """A live incident grows at the front while its pages are read."""

    def change(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        offset = int(request.first("offset"))
        return {**body, "total": None, "log_entries": body["log_entries"][: 100 - (offset > 0)], "more": offset < 99}

    with LogServer(stories.storm(150), change) as server:
        observed = read(server)
    assert len({entry.id for entry in observed.value.log}) == len(observed.value.log)


@pytest.mark.parametrize(("total", "missing"), [(9_999, 9_999), ("many", 0), (TOLD, 0), (TOLD + 1, TOLD + 1), (-3, 0)])
def test_a_list_that_is_shorter_than_its_total_is_a_part(total: object, missing: int) -> None:
    """Neither a huge one over tiny pages nor one of another type floods the server."""

    def change(_request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "total": total}

    with LogServer(stories.storm(0), change) as server:
        observed = read(server)
        assert len(asked(server)) == 1
    reasons = [f"PagerDuty counts {missing} of the incident's log and sent {TOLD}"] if missing else []
    assert [gap.reason for gap in observed.gaps] == reasons


def test_alerts_and_windows_are_paged_too() -> None:
    """A hundred and thirty alerts come in two pages."""
    many = tuple(replace(stories.BURN, id=f"Q0ALERT{number:04}", name=f"Alert{number}") for number in range(130))
    with PagerDutyServer(replace(stories.main(), alerts=many)) as server:
        observed = read(server)
    assert len(observed.value.alerts) == 130
    assert observed.value.incident.alert_count == 130


def test_a_window_with_more_incidents_than_the_api_hands_out_is_read_as_far_as_it_goes() -> None:
    """Its beginning is there; what the API does not hand out and what nobody could look through are gaps."""
    ids = [f"Q{number:06}" for number in range(10_000)]

    class CrowdedServer(PagerDutyServer):
        """A service with far too many incidents."""

        def answer(self, request: Request) -> Reply:
            """A page of them."""
            if request.path != "/incidents":
                return super().answer(request)
            offset, limit = int(request.first("offset")), int(request.first("limit"))
            found = [{"id": one, "created_at": "2026-11-18T13:00:00Z"} for one in ids[offset : offset + limit]]
            return as_json({"incidents": found, "limit": limit, "offset": offset, "total": 12_000, "more": True})

    with CrowdedServer(stories.main()) as server:
        policy = make_policy("PagerDuty", server.url)
        pagerduty = PagerDuty(connect_pagerduty(policy, token=server.token), policy)
        observed = pagerduty.in_window(["checkout-api"], stories.clock("12:00:00"), stories.clock("15:00:00"))
    assert [gap.what for gap in observed.gaps] == [
        "the rest of the incidents in the window",
        "8000 of 10000 entries of the incidents in the window",
    ]
    assert len(observed.value) == 2000


def test_a_flood_of_refusals_is_not_answered_with_a_flood() -> None:
    """Once it is plain that the source fails, it is left alone."""
    with LogServer(stories.storm(3_000)) as server:
        server.faults.append(Fault(r".*/log_entries", None, times=None))
        observed = read(server)
        counts = Counter(request.path for request in server.requests)
    assert any(gap.what == "the incident's log" for gap in observed.gaps)
    assert max(counts.values()) <= 4
