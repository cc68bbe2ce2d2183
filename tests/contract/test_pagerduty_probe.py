"""What ``doctor`` learns about PagerDuty."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.collect.pagerduty.client import PagerDuty
from pm_autofill.collect.pagerduty.probes import probe_clock
from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty
from tests.servers.faulty import nobody_listening
from tests.servers.stacks import make_policy
from tests.world import stories
from tests.world.pagerduty import PagerDutyServer

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Probe

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
RIGHTS = (
    "abilities",
    "priorities",
    "logs readable",
    "alerts readable",
    "notes readable",
    "change events",
    "change events of the service",
    "past incidents",
    "related incidents",
)


def probe(url: str, token: str) -> dict[str, Probe]:
    """The probes by name."""
    policy = make_policy("PagerDuty", url)
    return {one.name: one for one in PagerDuty(connect_pagerduty(policy, token=token), policy).probe()}


def probe_world(token: str = "", **server: Any) -> dict[str, Probe]:  # noqa: ANN401 - the server's arguments
    """The probes of a server that tells the main story."""
    with PagerDutyServer(stories.main(), **server) as running:
        return probe(running.url, token or running.token)


def test_all_is_well() -> None:
    """Reach, token and rights, each by its own name."""
    found = probe_world()
    assert list(found)[:5] == ["region", "reachable", "token accepted", "incidents readable", "clock"]
    assert all(found[name].ok for name in ("reachable", "token accepted", "incidents readable", *RIGHTS))


def test_a_plan_without_an_offer_is_no_failure() -> None:
    """What is merely used where it is there does not apply; what is needed fails."""
    found = probe_world(gated={"past_incidents": 402, "priorities": 403, "notes": 403})
    assert (found["past incidents"].ok, found["priorities"].ok) == (None, None)
    assert found["notes readable"].ok is False
    assert "read-only account key" in found["notes readable"].hint


def test_a_refused_token_is_told_from_an_unreachable_server() -> None:
    """The first step that fails says why; those behind it could not be tried."""
    found = probe_world(token="u+SOMEOTHERTOKEN")
    assert found["reachable"].ok is True
    assert found["token accepted"].ok is False
    assert "https://api.eu.pagerduty.com" in found["token accepted"].hint
    assert found["incidents readable"].ok is None
    with nobody_listening() as url:
        found = probe(url, "u+TOKEN")
    assert found["reachable"].ok is False
    assert (found["token accepted"].ok, found["incidents readable"].ok) == (None, None)


def test_a_token_without_rights_is_accepted_but_reads_nothing() -> None:
    """A 403 says that the token is known."""
    found = probe_world(gated={"incidents": 403})
    assert found["token accepted"].ok is True
    assert found["incidents readable"].ok is False
    assert "logs readable" not in found


@pytest.mark.parametrize(
    ("url", "region"), [("https://api.pagerduty.com", "US"), ("https://api.eu.pagerduty.com", "EU")]
)
def test_the_region_is_told_from_the_address(url: str, region: str) -> None:
    """Without asking anybody: no time is left for that."""
    policy = make_policy("PagerDuty", url, seconds=0.0)
    first = PagerDuty(connect_pagerduty(policy, token="u+TOKEN"), policy).probe()[0]
    assert (first.name, first.ok, first.detail) == ("region", True, region)


def test_an_account_without_incidents_leaves_nothing_to_try_on() -> None:
    """The rights of the account are still looked at."""
    with PagerDutyServer() as server:
        found = probe(server.url, server.token)
    assert found["incidents readable"].ok is True
    assert "abilities" in found
    assert "logs readable" not in found


@pytest.mark.parametrize(
    ("seconds", "ok", "detail"),
    [
        (0, True, "agrees within 5 s"),
        (-5, True, "agrees within 5 s"),
        (90, False, "this machine is 90 s behind PagerDuty"),
        (-90, False, "this machine is 90 s ahead of PagerDuty"),
    ],
)
def test_the_clocks_are_compared(seconds: int, ok: bool, detail: str) -> None:  # noqa: FBT001 - parametrised
    """By the server's Date header; a few seconds are the answer's own."""
    told = format_datetime(datetime.fromtimestamp(NOON.timestamp() + seconds, tz=UTC), usegmt=True)
    result = probe_clock(told, NOON)
    assert (result.ok, result.detail) == (ok, detail)


@pytest.mark.parametrize("header", ["", "soon", "Sat, 14 Mar 2026 12:00:00 -0000", "Sat, 99 Mar 2026 12:00:00 GMT"])
def test_a_server_that_tells_no_time_is_not_compared_with(header: str) -> None:
    """That is neither right nor wrong."""
    assert probe_clock(header, NOON).ok is None
