"""Questions put to the right collectors, and their answers in the evidence, on loopback servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace as replaced

from pm_autofill.collect.grafana.client import Grafana
from pm_autofill.collect.pagerduty.client import PagerDuty
from pm_autofill.collect.rounds import answer
from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config.settings import GrafanaSettings
from pm_autofill.evidence.panels import GrafanaRecord
from pm_autofill.evidence.questions import AskAnnotations, AskDetails, AskServiceChanges
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.unit.analyse.cases import evidence
from tests.world import stories
from tests.world.dashboards import Annotation
from tests.world.grafana import GrafanaServer
from tests.world.pagerduty import PagerDutyServer

if TYPE_CHECKING:
    from pm_autofill.collect.sources import Sources
    from pm_autofill.evidence import Evidence

NARROW = Window(stories.clock("12:46:50"), stories.clock("14:46:50"))
WIDE = Window(stories.clock("04:00:00"), NARROW.end)
EARLY = replace(stories.DEPLOYED, id="01CHANGEEARLY", at=stories.clock("04:30:00"), reason="")


@dataclass(frozen=True)
class Connected:
    """Two collectors on their servers."""

    pagerduty_server: PagerDutyServer
    grafana_server: GrafanaServer
    deadline: Deadline

    def pagerduty(self) -> PagerDuty:
        """The collector for PagerDuty."""
        policy = make_policy("PagerDuty", self.pagerduty_server.url)
        return PagerDuty(connect_pagerduty(policy, token=self.pagerduty_server.token), policy)

    def grafana(self) -> Grafana:
        """The collector for Grafana."""
        policy, url = make_policy("Grafana", self.grafana_server.url), self.grafana_server.url
        return Grafana(connect_grafana(policy, token=self.grafana_server.token), policy, GrafanaSettings(url=url))


def asked() -> tuple[Evidence, Evidence]:
    """The evidence of a narrow window, and after changes were asked for again over a wide one."""
    story = replace(stories.main(), changes=(*stories.main().changes, EARLY))
    with PagerDutyServer(story) as pagerduty, GrafanaServer(prometheus_url="http://127.0.0.1:9") as grafana:
        grafana.annotations = [
            Annotation(1, stories.clock("05:00:00"), "Flag on", tags=("deploy",)),
            Annotation(2, stories.clock("13:41:05"), "Deployed", tags=("deploy",)),
        ]
        sources = cast("Sources", Connected(pagerduty, grafana, Deadline(30)))
        record = sources.pagerduty().incident(story.id).value
        known = evidence(pagerduty=record, grafana=GrafanaRecord(version="", url=grafana.url))
        known = answer(known, [AskDetails(NARROW), AskAnnotations(NARROW)], sources)
        return known, answer(known, [AskServiceChanges(WIDE), AskAnnotations(WIDE)], sources)


def test_a_wider_window_brings_earlier_changes_and_annotations() -> None:
    """In place of those of the narrower one, with the source of the wider."""
    narrow, wide = asked()
    assert narrow.pagerduty is not None
    assert wide.pagerduty is not None
    assert "01CHANGEEARLY" not in [one.id for one in narrow.pagerduty.changes]
    assert wide.pagerduty.changes[0].id == "01CHANGEEARLY"
    assert len(wide.pagerduty.changes) == len(narrow.pagerduty.changes) + 1
    assert wide.pagerduty.log == narrow.pagerduty.log
    assert wide.sources["pagerduty.changes.service"].start == WIDE.start
    assert narrow.grafana is not None
    assert wide.grafana is not None
    assert [one.text for one in narrow.grafana.annotations] == ["Deployed"]
    assert [one.text for one in wide.grafana.annotations] == ["Flag on", "Deployed"]
    assert wide.sources["grafana.annotations"].start == WIDE.start
    assert wide.gaps == narrow.gaps


def test_annotations_are_left_out_that_were_not_yet_there() -> None:
    """Where an earlier instant is taken as now."""
    story = stories.main()
    with PagerDutyServer(story) as pagerduty, GrafanaServer(prometheus_url="http://127.0.0.1:9") as grafana:
        grafana.annotations = [Annotation(1, stories.clock("13:50:00"), "Late", tags=("deploy",))]
        sources = cast("Sources", Connected(pagerduty, grafana, Deadline(30)))
        known = evidence(grafana=GrafanaRecord(version="", url=grafana.url))
        then = replaced(known.request, as_of=stories.clock("13:45:00"), rewound=True)
        found = answer(replaced(known, request=then), [AskAnnotations(WIDE)], sources)
    assert found.grafana is not None
    assert found.grafana.annotations == ()
