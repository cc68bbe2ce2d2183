"""Panels get their data, all asked at once, and the renderer's pictures; of candidates the best ones stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.grafana.choosing import bounded, narrow
from pm_autofill.collect.grafana.links import with_times
from pm_autofill.collect.grafana.panel_questions import Spot, failed_panel, fill_panel, retimed
from pm_autofill.collect.observation import Observed
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pm_autofill.collect.grafana.elsewhere import AskPrometheus
    from pm_autofill.collect.grafana.gateway import Gateway
    from pm_autofill.collect.grafana.panel_questions import Filled
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.instants import Window


@dataclass(frozen=True, slots=True)
class Filler:
    """How panels get their data.

    Attributes:
        gateway: Grafana.
        window: The range to show; links are changed to it too.
        ask_prometheus: Asks the configured Prometheus where Grafana fails; None where none is configured.
        metrics: Names of the SLIs' metrics, for the choice of panels where none is configured.
    """

    gateway: Gateway
    window: Window
    ask_prometheus: AskPrometheus | None
    metrics: frozenset[str]

    def fill(
        self, dashboards: Sequence[Dashboard], has_renderer: Callable[[], bool]
    ) -> Observed[tuple[Dashboard, ...]]:
        """The dashboards with the data of their panels.

        Args:
            dashboards: Without data.
            has_renderer: Whether Grafana says that it can render.

        Returns:
            They; a panel whose data could not be had says why in ``problem``, and is a gap.
        """
        dashboards = bounded(dashboards, self.metrics)
        spots = _spots(dashboards)
        asked = gather(
            {
                f"Grafana: {spot.source}": partial(self._ask, spot)
                for spot in spots.values()
                if spot.panel.queries and not spot.panel.problem
            },
            self.gateway.policy.deadline,
        )
        filled: dict[tuple[int, int], Filled] = {}
        for place, spot in spots.items():
            result = asked.get(f"Grafana: {spot.source}")
            if isinstance(result, SourceError):
                filled[place] = failed_panel(spot, self.window, result)
            elif result is not None:
                filled[place] = result
        whole = [
            self._with_data(dashboard, {at[1]: one for at, one in filled.items() if at[0] == number})
            for number, dashboard in enumerate(dashboards)
        ]
        value = narrow(whole, self.metrics)
        shown = {(number, panel.id, panel.link) for number, one in enumerate(value) for panel in one.panels}
        kept = {at: one for at, one in filled.items() if (at[0], one.panel.id, one.panel.link) in shown}
        return Observed(
            value=self._with_pictures(value) if has_renderer() else value,
            sources={spots[at].source: one.source for at, one in kept.items() if one.source is not None},
            gaps=tuple(gap for one in kept.values() for gap in one.gaps),
        )

    def _ask(self, spot: Spot) -> Filled:
        """A panel's data by Grafana's own query, else past it.

        Raises:
            SourceError: There was no way.
        """
        try:
            return fill_panel(self.gateway, spot, self.window)
        except SourceError as error:
            from pm_autofill.collect.grafana.elsewhere import fill_elsewhere

            found = fill_elsewhere(self.gateway, spot, self.window, error, self.ask_prometheus)
            if found is None:
                raise
            return found

    def _with_data(self, dashboard: Dashboard, filled: Mapping[int, Filled]) -> Dashboard:
        """A dashboard with its panels' data, all links over the window."""
        return msgspec.structs.replace(
            dashboard,
            link=with_times(dashboard.link, self.window),
            panels=tuple(
                filled[place].panel if place in filled else retimed(panel, self.window)
                for place, panel in enumerate(dashboard.panels)
            ),
            left_out=tuple(
                msgspec.structs.replace(link, href=with_times(link.href, self.window)) for link in dashboard.left_out
            ),
        )

    def _with_pictures(self, dashboards: tuple[Dashboard, ...]) -> tuple[Dashboard, ...]:
        """The dashboards with what the renderer made of their panels.

        Copies of repeated panels have no picture: how their address names them depends on the version.
        """
        from pm_autofill.collect.grafana.renders import render_panels

        often = Counter((one.uid, panel.id) for one in dashboards for panel in one.panels)
        asked = [
            panel
            for one in dashboards
            for panel in one.panels
            if panel.matrix.sample_count and often[one.uid, panel.id] == 1
        ]
        made = iter(render_panels(self.gateway, asked))
        wanted = {id(panel) for panel in asked}

        def with_picture(panel: Panel) -> Panel:
            if id(panel) not in wanted:
                return panel
            picture = next(made)
            return msgspec.structs.replace(panel, rendered=picture.png, not_rendered=picture.reason)

        return tuple(
            msgspec.structs.replace(one, panels=tuple(with_picture(panel) for panel in one.panels))
            for one in dashboards
        )


def _spots(dashboards: Sequence[Dashboard]) -> dict[tuple[int, int], Spot]:
    """Every panel by dashboard and place, with the id of its question: numbered where a dashboard stands twice."""
    seen: Counter[str] = Counter()
    spots = {}
    for number, dashboard in enumerate(dashboards):
        for place, panel in enumerate(dashboard.panels):
            id_ = f"grafana.panel.{dashboard.uid}.{panel.id}"
            seen[id_] += 1
            spots[number, place] = Spot(dashboard.uid, panel, id_ if seen[id_] == 1 else f"{id_}.{seen[id_]}")
    return spots
