"""Every way in which /render lies ends in a drawn panel that says why the renderer's picture was not used."""

from __future__ import annotations

import io
import json
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PIL import Image

from pm_autofill.collect.grafana.client import Grafana
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.evidence.panels import GrafanaRecord
from pm_autofill.graphs import draw
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.unit.graphs import scene
from tests.world.dashboards import PROMETHEUS_UID
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Reply, Request, as_html, as_json
from tests.world.stories import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panels import Panel
    from pm_autofill.findings import Picture

WINDOW = Window(clock("13:00:00"), clock("15:00:00"))


def png(color: int, wide: int = 1000, high: int = 500) -> bytes:
    """A picture of one colour."""
    encoded = io.BytesIO()
    Image.new("RGB", (wide, high), (color % 256, color // 256 % 256, 99)).save(encoded, format="png")
    return encoded.getvalue()


def as_png(body: bytes, content_type: str = "image/png") -> Reply:
    """A picture as an answer."""
    return Reply(200, body, content_type)


class Rendering(GrafanaServer):
    """A Grafana with a renderer: honest, a picture of its own for each panel, unless told to answer otherwise."""

    lie: Reply | None = None

    def answer(self, request: Request) -> Reply:
        """Pictures, data, and settings that promise a renderer."""
        if request.path.startswith("/render/"):
            panel = int(request.first("panelId"))
            return self.lie or as_png(png(7 if panel > 1000 else 100 + panel))
        if request.path == "/api/ds/query":
            times = [WINDOW.start.timestamp() * 1000 + 6e4 * step for step in range(9)]
            frame = {
                "schema": {"fields": [{"type": "time"}, {"type": "number", "config": {"displayNameFromDS": "x"}}]},
                "data": {"values": [times, [1, 2, 3] * 3]},
            }
            return as_json({"results": {"A": {"frames": [frame]}}})
        reply = super().answer(request)
        if request.path == "/api/frontend/settings":
            return as_json({**json.loads(reply.body), "rendererAvailable": True})
        return reply


def dashboard(ids: Sequence[int]) -> dict[str, Any]:
    """Time series panels of one query."""
    target = {"refId": "A", "expr": "up", "datasource": {"uid": PROMETHEUS_UID, "type": "prometheus"}}
    panels = [{"id": one, "type": "timeseries", "title": f"P{one}", "targets": [target]} for one in ids]
    return {"uid": "r", "title": "R", "panels": panels}


def shown(
    lie: Reply | None = None, ids: Sequence[int] = (1, 2), seconds: float = 30.0
) -> tuple[tuple[Panel, ...], tuple[Picture, ...], list[Request]]:
    """The panels, their pictures in the draft, and what was asked of the renderer."""
    with Rendering(prometheus_url="http://127.0.0.1:9", dashboards=[dashboard(ids)]) as server:
        server.lie = lie
        policy = make_policy("Grafana", server.url, seconds=seconds)
        grafana = Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url))
        found = grafana.dashboards([("s", DashboardSettings(uid="r"))], WINDOW)
        filled = grafana.panel_data(found.value, WINDOW)
        asked = [one for one in server.requests if one.path.startswith("/render/")]
    assert not filled.gaps
    record = GrafanaRecord(version="11.4.0", url="https://g", dashboards=filled.value)
    evidence = msgspec.structs.replace(scene.evidence(), sources=dict(filled.sources), grafana=record)
    return filled.value[0].panels, draw(evidence, scene.findings(scene.slo_findings())), asked


def test_an_honest_rendering_stands_beside_the_drawing() -> None:
    """Asked for with absolute times, in UTC and on white."""
    panels, pictures, asked = shown()
    assert [one.name for one in pictures] == [
        "01-panel-p1",
        "02-panel-p1-rendered",
        "03-panel-p2",
        "04-panel-p2-rendered",
    ]
    assert pictures[1].png == panels[0].rendered == png(101)
    assert pictures[1].caption == "Panel P1, rendered by Grafana itself when this was collected; no phases marked."
    assert pictures[1].csv == pictures[0].csv
    first = asked[0]
    assert first.path == "/render/d-solo/r/r"
    assert (first.first("from"), first.first("to")) == ("1795006800000", "1795014000000")
    assert (first.first("width"), first.first("height"), first.first("theme"), first.first("tz")) == (
        "1000",
        "500",
        "light",
        "UTC",
    )


LIES = {
    "no renderer, its placeholder": (as_png(png(1, 600, 200)), "a picture of 600 by 200 pixels"),
    "a placeholder of the right size": (as_png(png(1)), "the same picture as for a panel that does not exist"),
    "too many at once, its placeholder": (as_png(png(2, 1000, 501)), "a picture of 1000 by 501 pixels"),
    "a login page as a picture": (as_png(png(3)), "a placeholder, or a login page"),
    "a login page as HTML": (as_html("<html>Sign in</html>", 200), "a web page instead of data"),
    "a redirect to the login page": (Reply(302, b"", headers=(("Location", "/login"),)), "redirects"),
    "a limit": (as_json({"message": "Too many rendering requests"}, 429), "limits how often it may be asked"),
    "a failure": (as_html("<html>Rendering failed.</html>", 500), "failed on"),
    "not allowed": (as_json({"message": "denied"}, 403), "does not allow"),
    "no such path": (as_json({"message": "Not found"}, 404), "has nothing at"),
    "nothing": (as_png(b""), "an empty answer"),
    "a cut off picture": (as_png(png(4)[:-30]), "a damaged or cut off PNG"),
    "a damaged picture": (as_png(png(4)[:60] + b"x" + png(4)[61:]), "a damaged or cut off PNG"),
    "no picture": (as_png(b"\x89PNG then nothing"), "an answer that is no PNG"),
    "another type": (as_png(png(5), "application/pdf"), "an answer of type application/pdf"),
    "JSON": (as_json({"message": "fine"}), "an answer of type application/json"),
}


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_ends_in_a_drawn_panel_with_the_reason(lie: str) -> None:
    """Never in a lost draft, nor in a gap: the panel is there."""
    reply, words = LIES[lie]
    panels, pictures, _ = shown(reply)
    assert [one.name for one in pictures] == ["01-panel-p1", "02-panel-p2"]
    for panel, picture in zip(panels, pictures, strict=True):
        assert panel.rendered == b""
        assert words in panel.not_rendered
        assert "; Grafana's own rendering was not used: " in picture.caption
        assert len(picture.png) > 1000


def test_a_renderer_that_fails_is_asked_twice_not_for_every_panel() -> None:
    """Once for a panel and once for none; each may be tried again, as any request."""
    _, _, asked = shown(as_json({"message": "denied"}, 403), ids=range(1, 10))
    assert len(asked) == 2


class Slow(Rendering):
    """A renderer that does not answer until it is let go."""

    held = threading.Event()

    def answer(self, request: Request) -> Reply:
        """Pictures late, anything else at once."""
        if request.path.startswith("/render/"):
            self.held.wait(3.0)
        return super().answer(request)


def test_a_slow_renderer_costs_half_of_the_time_that_is_left() -> None:
    """The panels are drawn all the same."""
    with Slow(prometheus_url="http://127.0.0.1:9", dashboards=[dashboard((1,))]) as server:
        policy = make_policy("Grafana", server.url, seconds=2.0)
        grafana = Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url))
        found = grafana.dashboards([("s", DashboardSettings(uid="r"))], WINDOW)
        (panel,) = grafana.panel_data(found.value, WINDOW).value[0].panels
        Slow.held.set()
    assert (panel.rendered, panel.not_rendered, panel.matrix.sample_count) == (b"", "it took too long", 9)
