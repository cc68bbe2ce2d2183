"""What grafana-client does wrong on its own, each held against the collector that stands on it."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.connections import Connections
from pm_autofill.collect.grafana.client import Grafana
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config import Environment, parse
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.errors import UsageError
from pm_autofill.instants import Window
from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import NOON, FakeClock, make_policy
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Fault, Reply, as_json
from tests.world.stories import clock

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
CHECKOUT = ("checkout-api", DashboardSettings(uid="checkout-slo", panels=(1,)))
TOKEN = "glsa_traps0000000000000000000000000"


def connect(url: str, token: str = TOKEN, clock_: FakeClock | None = None) -> Grafana:
    """A collector of the Grafana at an address."""
    policy = make_policy("Grafana", url, clock=clock_)
    return Grafana(connect_grafana(policy, token=token), policy, GrafanaSettings(url=url))


@pytest.mark.parametrize("tag", ["x&y=1", "ü#1", "a b+c", "100%", "tag?"])
def test_a_tag_reaches_grafana_as_it_is_written(tag: str) -> None:
    """The client's own search writes it into the address unescaped."""
    board = {"uid": "u1", "title": "T", "tags": [tag]}
    with GrafanaServer(prometheus_url=NOWHERE, dashboards=[board]) as server:
        assert connect(server.url, server.token).tagged([tag]) == ("u1",)
        (request,) = server.requests
    assert request.all("tag") == [tag]


def test_the_clients_own_timeout_does_not_count() -> None:
    """It gives every answer five seconds; ours has what the run has left."""
    with GrafanaServer(prometheus_url=NOWHERE, delay=0.3) as server:
        policy = make_policy("Grafana", server.url)
        api = connect_grafana(policy, token=server.token)
        api.client.timeout = 0.05
        grafana = Grafana(api, policy, GrafanaSettings(url=server.url))
        assert grafana.settings().gaps == ()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_trouble_is_asked_again(status: int) -> None:
    """As late as it asks for; the client gives up at once, and loses the header that says when."""
    refusal = Reply(status, b"{}", headers=(("Retry-After", "7"),))
    passing = FakeClock()
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/frontend/settings", refusal, times=2)]) as server:
        about = connect(server.url, server.token, passing).settings()
        assert len(server.requests) == 3
    assert (about.gaps, about.value.version) == ((), "11.4.0")
    assert passing.pauses == [7.0, 7.0]


def test_a_refused_connection_is_a_gap() -> None:
    """The client lets the error of the library below it through."""
    found = connect(NOWHERE).dashboards([CHECKOUT], WINDOW)
    (gap, *_) = [one for one in found.gaps if one.what == "dashboard checkout-slo"]
    assert found.value == ()
    assert (gap.source, gap.hint) == ("Grafana", "Check that it runs, and the port in grafana.url.")
    assert "could not be read: the connection was refused" in gap.reason


def test_a_token_that_breaks_a_header_is_refused_by_name() -> None:
    """The client would raise an error that holds it."""
    with pytest.raises(UsageError, match="holds a character that no token has") as caught:
        connect("https://grafana.example", "glsa_secret\nX-Evil: 1")
    assert "secret" not in repr(caught.value)


def test_the_configuration_reaches_the_wire(tmp_path: Path) -> None:
    """A token from a file, the organisation, an authority of one's own and a path below the host, in one request."""
    certificate = faulty.make_certificate(tmp_path / "ca.pem")
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    with FaultyServer(faulty.answer(b'{"buildInfo":{"version":"12.0.0"}}'), certificate=certificate) as server:
        section = {"url": f"{server.url}/grafana", "token_file": "token", "org_id": 7, "ca_file": "ca.pem"}
        settings = parse({"grafana": section}, path=None).settings
        connections = Connections(settings, Environment({}, tmp_path), Deadline(30), lambda: NOON)
        assert connections.grafana().settings().value.version == "12.0.0"
    (request,) = server.received
    assert request.target == "/grafana/api/frontend/settings"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["x-grafana-org-id"] == "7"


def test_an_address_of_ipv6_is_reached() -> None:
    """The client loses its brackets."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    received: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            received.append(connection.recv(65536))
            body = b'{"buildInfo":{"version":"11.0.0"}}'
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    with listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        assert connect(f"http://[::1]:{port}/graf").settings().value.version == "11.0.0"
        thread.join(timeout=10)
    head = received[0].decode()
    assert head.startswith("GET /graf/api/frontend/settings HTTP/1.1")
    assert f"host: [::1]:{port}" in head.lower()


VIEWERS = (
    *("/api/frontend/settings", "/api/dashboards/uid/", "/api/datasources/uid/", "/api/ds/query"),
    *("/api/annotations", "/api/search", "/api/v1/rules/history"),
)


def test_a_viewers_rights_are_enough() -> None:
    """Everything a draft asks for is what the role Viewer may read; nothing else is sent."""
    answers = [Fault("/api/ds/query", as_json({"results": {}}))]
    with GrafanaServer(prometheus_url=NOWHERE, annotations=(), faults=answers) as server:
        grafana = connect(server.url, server.token)
        grafana.panel_data(grafana.dashboards([CHECKOUT], WINDOW).value, WINDOW)
        grafana.annotations(WINDOW)
        grafana.tagged(["checkout"])
        asked = {one.path for one in server.requests}
    assert len(asked) == len(VIEWERS)
    assert [path for path in asked if not path.startswith(VIEWERS)] == []
