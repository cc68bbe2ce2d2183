"""Whose dashboards are read, and that their own annotations come with their panels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from pm_autofill.collect.connections import Connections
from pm_autofill.collect.dashboards import answer
from pm_autofill.collect.intake import take_in
from pm_autofill.collect.sources import Sources
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.config import Environment, parse
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.questions import AskDashboards, AskGrafana, AskPanels
from pm_autofill.instants import Window
from tests.world.dashboards import PROMETHEUS_UID
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Reply, as_json
from tests.world.loopback import Request as Asked
from tests.world.stories import clock

if TYPE_CHECKING:
    from pm_autofill.evidence.panels import GrafanaRecord

WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
SOURCE = {"type": "prometheus", "uid": PROMETHEUS_UID}
SERVICES = ("checkout", "other", "third")


def board(uid: str) -> dict[str, Any]:
    """A dashboard with one panel, and a query for deployments of its own."""
    deploys = {"name": "Deploys", "enable": True, "datasource": SOURCE, "expr": "deploys > 0", "titleFormat": "v{{v}}"}
    panel = {"id": 1, "type": "timeseries", "title": uid, "targets": [{"expr": "up", "datasource": SOURCE}]}
    return {"uid": uid, "title": uid, "tags": [uid], "panels": [panel], "annotations": {"list": [deploys]}}


class Answering(GrafanaServer):
    """A Grafana that knows two minutes of everything; the annotations' query may fail."""

    fails = False

    def answer(self, request: Asked) -> Reply:
        """Ones, whatever is asked."""
        if request.path != "/api/ds/query":
            return super().answer(request)
        letter = json.loads(request.body)["queries"][0]["refId"]
        if letter == "Anno" and self.fails:
            return as_json({"message": "denied"}, 403)
        fields = [{"type": "time"}, {"type": "number", "labels": {"v": "42"}}]
        times = [clock("13:41:00").timestamp() * 1000, clock("13:42:00").timestamp() * 1000]
        frame = {"schema": {"fields": fields}, "data": {"values": [times, [1, 1]]}}
        return as_json({"results": {letter: {"status": 200, "frames": [frame]}}})


def drafted(
    *questions: AskGrafana | AskPanels | AskDashboards, configured: tuple[str, ...] = SERVICES, fails: bool = False
) -> tuple[Evidence, GrafanaRecord, list[str]]:
    """The evidence after some rounds, what Grafana told, and which dashboards it was asked for."""
    with Answering(prometheus_url="http://127.0.0.1:9", dashboards=[board(one) for one in SERVICES]) as server:
        server.fails = fails
        services = [{"name": one, "dashboards": [{"uid": one}] if one in configured else []} for one in SERVICES]
        raw = {"grafana": {"url": server.url, "token": "${T}"}, "services": services}
        environment = Environment({"T": server.token}, Path())
        settings = parse(raw, path=None).settings
        sources = Sources(Connections(settings, environment, Deadline(30), lambda: WINDOW.end))
        evidence = Evidence(
            collected_at=WINDOW.end,
            version="",
            request=Request(as_of=WINDOW.end),
            configuration=raw,
            template=TemplateText(name="", text=""),
        )
        for question in questions:
            found = answer(question, evidence, sources)
            evidence = take_in(replace(found.value(evidence), sources=evidence.sources), found)
        asked = [one.path.rpartition("/")[2] for one in server.requests if one.path.startswith("/api/dashboards/")]
    assert evidence.grafana is not None
    return evidence, evidence.grafana, asked


def test_only_the_dashboards_of_the_services_concerned_are_read() -> None:
    """Those of one that moved with them are read late; of others nothing is asked."""
    _, found, asked = drafted(
        AskGrafana(WINDOW, ("checkout",)), AskPanels(WINDOW, ("checkout", "other"), also=("other",))
    )
    assert [(one.uid, one.service) for one in found.dashboards] == [("checkout", "checkout"), ("other", "other")]
    assert all(panel.matrix.sample_count == 2 for one in found.dashboards for panel in one.panels)
    assert asked == ["checkout", "other"]


def test_where_no_service_is_named_those_that_moved_are_kept() -> None:
    """All are read at first, as nobody knows yet."""
    _, found, asked = drafted(AskGrafana(WINDOW), AskPanels(WINDOW, ("third",)))
    assert [one.uid for one in found.dashboards] == ["third"]
    assert sorted(asked) == ["checkout", "other", "third"]


def test_dashboards_that_are_looked_for_come_beside_configured_ones() -> None:
    """By the tag of the service that has none, and of another that moved with it."""
    _, found, asked = drafted(
        AskGrafana(WINDOW, ("checkout",)),
        AskDashboards((), ("checkout",), WINDOW, also=("other",)),
        configured=("other",),
    )
    assert [(one.uid, one.service) for one in found.dashboards] == [("checkout", "checkout"), ("other", "other")]
    assert sorted(asked) == ["checkout", "other"]


def test_a_dashboards_own_annotations_stand_among_the_others() -> None:
    """Two minutes in a row are one mark, on that dashboard, with its question."""
    evidence, found, _ = drafted(AskGrafana(WINDOW, ("checkout",)), AskPanels(WINDOW, ("checkout",)))
    (mark,) = [one for one in found.annotations if one.source.startswith("grafana.marks.")]
    assert (mark.start, mark.end, mark.text, mark.dashboard_uid) == (
        clock("13:41:00"),
        clock("13:42:00"),
        "v42",
        "checkout",
    )
    assert [one.start for one in found.annotations] == sorted(one.start for one in found.annotations)
    assert evidence.sources["grafana.marks.checkout.1"].query == "deploys > 0"
    assert evidence.gaps == ()


def test_annotations_that_are_refused_are_a_gap() -> None:
    """The panels have their data all the same."""
    evidence, found, _ = drafted(AskGrafana(WINDOW, ("checkout",)), AskPanels(WINDOW, ("checkout",)), fails=True)
    assert found.dashboards[0].panels[0].matrix.sample_count == 2
    assert [one.what for one in evidence.gaps] == ["annotations Deploys of dashboard checkout"]
