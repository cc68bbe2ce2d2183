"""Which panels of a dashboard are shown where nobody chose any: by the SLI, by thresholds, else the first ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.incident import Link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pm_autofill.collect.grafana.model import PanelModel
    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.evidence.series import Floats

MOST_PANELS = 12
MOST_ASKED = 24  # more are asked than shown, for thresholds are known to be crossed only from the data
OF_SLI = "its query reads the SLI's metrics"
CROSSED = "it crossed a threshold"
FIRST = "it is among the first"
# Without a colon: behind the last one the references find the reason.
_TOO_MANY = (
    f"{MOST_PANELS} are shown at most, first those that read the SLI's metrics, then those that crossed a threshold"
)
_SELECTED = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]{0,199})\s*[{\[]")
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]{0,199}")
_LONGEST = 20_000


def metrics_of(expressions: Iterable[str]) -> frozenset[str]:
    """Names of the metrics that PromQL selects with a brace or a range behind them."""
    return frozenset(name for one in expressions for name in _SELECTED.findall(one[:_LONGEST]))


def reads(expressions: Iterable[str], metrics: Collection[str]) -> bool:
    """Whether any of some queries names one of these metrics."""
    return any(name in metrics for one in expressions for name in _NAME.findall(one[:_LONGEST]))


def candidates(panels: Sequence[PanelModel], metrics: Collection[str]) -> list[PanelModel]:
    """The panels to ask for, in reading order: those of the SLI's metrics, then the first ones.

    Args:
        panels: Those that can be drawn, in reading order.
        metrics: Names of the SLI's metrics.

    Returns:
        At most ``MOST_ASKED``.
    """
    ours = [one for one in panels if reads((target.expression for target in one.targets), metrics)]
    chosen = {one.id for one in ours[:MOST_PANELS]}
    others = [one for one in panels if one.id not in chosen]
    chosen |= {one.id for one in others[: MOST_ASKED - len(chosen)]}
    return [one for one in panels if one.id in chosen]


def bounded(dashboards: Sequence[Dashboard], metrics: Collection[str]) -> tuple[Dashboard, ...]:
    """Dashboards with the panels that are asked for: of those nobody chose no more than ``MOST_ASKED`` in all.

    Args:
        dashboards: Without data.
        metrics: Names of the SLI's metrics.

    Returns:
        They, those panels first that read the SLI's metrics; the others are left out.
    """
    ranks = {
        (number, place): not reads((query.expression for query in panel.queries), metrics)
        for number, dashboard in enumerate(dashboards)
        if not dashboard.chosen
        for place, panel in enumerate(dashboard.panels)
    }
    kept = set(sorted(ranks, key=lambda spot: (ranks[spot], spot))[:MOST_ASKED])
    return tuple(_kept(one, {spot[1] for spot in kept if spot[0] == number}) for number, one in enumerate(dashboards))


def narrow(dashboards: Sequence[Dashboard], metrics: Collection[str]) -> tuple[Dashboard, ...]:
    """Dashboards with the panels that are shown, once their data are there.

    Args:
        dashboards: With all that were asked for.
        metrics: Names of the SLI's metrics.

    Returns:
        Of the panels nobody chose at most ``MOST_PANELS`` in all, in reading order, each with the reason why it is
        shown; the others are left out.
    """
    reasons = {
        (number, place): _reason(panel, metrics)
        for number, dashboard in enumerate(dashboards)
        if not dashboard.chosen
        for place, panel in enumerate(dashboard.panels)
    }
    order = {OF_SLI: 0, CROSSED: 1, FIRST: 2}
    kept = set(sorted(reasons, key=lambda spot: (order[reasons[spot]], spot))[:MOST_PANELS])
    told = [
        msgspec.structs.replace(
            one,
            panels=tuple(
                msgspec.structs.replace(panel, reason=reasons.get((number, place), ""))
                for place, panel in enumerate(one.panels)
            ),
        )
        for number, one in enumerate(dashboards)
    ]
    return tuple(_kept(one, {spot[1] for spot in kept if spot[0] == number}) for number, one in enumerate(told))


def _kept(dashboard: Dashboard, places: Collection[int]) -> Dashboard:
    """A dashboard with the panels at some places, the others left out; all of them where somebody chose."""
    if dashboard.chosen:
        return dashboard
    dropped = [panel for place, panel in enumerate(dashboard.panels) if place not in places]
    return msgspec.structs.replace(
        dashboard,
        panels=tuple(panel for place, panel in enumerate(dashboard.panels) if place in places),
        left_out=(*(Link(href=one.link, text=f"{one.title}: {_TOO_MANY}") for one in dropped), *dashboard.left_out),
    )


def _reason(panel: Panel, metrics: Collection[str]) -> str:
    if reads((query.expression for query in panel.queries), metrics):
        return OF_SLI
    looks = [one.look or panel.field for one in panel.series]
    crossed = any(_crossed(look, one.values) for look, one in zip(looks, panel.matrix.series, strict=True))
    return CROSSED if crossed else FIRST


def _crossed(look: FieldLook, values: Floats) -> bool:
    """Whether a series lay on both sides of a threshold; a single value, whether it has reached one."""
    steps = [step.value for step in look.thresholds if step.value is not None]
    there = values[np.isfinite(values)]
    if look.in_percent:
        if look.minimum is None or look.maximum is None:
            return False
        steps = [look.minimum + (look.maximum - look.minimum) * step / 100 for step in steps]
    if not steps or not len(there):
        return False
    bands = np.searchsorted(np.array(steps), there, "right")
    return bool(bands.max() > (0 if len(there) == 1 else bands.min()))
