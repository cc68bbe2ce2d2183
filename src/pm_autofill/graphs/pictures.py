"""Which pictures a draft has, in which order and under which names."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, ParamSpec

from pm_autofill.graphs import budget, burn, panel, sli, traffic
from pm_autofill.graphs.observed import observe
from pm_autofill.graphs.sheet import drawing, finish, lay_out, scale_values
from pm_autofill.graphs.view import Phases, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.findings import Findings, Picture

    Drawn: TypeAlias = Callable[[], tuple[Picture | None, ...]]

P = ParamSpec("P")

MOST_PICTURES = 99  # names begin with two digits


def draw_all(evidence: Evidence, findings: Findings) -> tuple[Picture, ...]:
    """Draw everything; see ``pm_autofill.graphs.draw``."""
    return number(chain.from_iterable(draw_some(plan(evidence, findings))))


def plan(evidence: Evidence, findings: Findings) -> tuple[Drawn, ...]:
    """What is to be drawn, in the draft's order.

    Args:
        evidence: The samples, and the panels with their data.
        findings: Which SLOs moved, and the instants to mark.

    Returns:
        Functions, each of which gives no picture, one, or a picture with what stands beside it.
    """
    return (*_slo_pictures(evidence, findings), *_panel_pictures(evidence, findings))


def draw_some(planned: Iterable[Drawn]) -> Iterator[tuple[Picture, ...]]:
    """Draw some of what is planned, one after the other, and no more of it than can be numbered."""
    with drawing():
        for one in islice(planned, MOST_PICTURES):
            yield tuple(picture for picture in one() if picture is not None)


def warm_up() -> None:
    """Draw an empty sheet, which loads fonts and glyphs, and load what panels need beside."""
    import pm_autofill.graphs.panel_time  # noqa: F401

    with drawing():
        sheet = lay_out("Title", "Subtitle", View(0.0, 3600.0), Phases((), None, None))
        scale_values(sheet, 0.0, 1.0, "percentunit")
        finish(sheet)


def number(pictures: Iterable[Picture]) -> tuple[Picture, ...]:
    """Number pictures in their order.

    Args:
        pictures: As they are drawn; no more than ``MOST_PICTURES`` are.

    Returns:
        The same, their names beginning with two digits.
    """
    return tuple(
        replace(picture, name=f"{place:02d}-{picture.name}")
        for place, picture in enumerate(islice(pictures, MOST_PICTURES), start=1)
    )


def _slo_pictures(evidence: Evidence, findings: Findings) -> Iterator[Drawn]:
    """The SLOs that moved, worst first; when none did, what each of them looked like."""
    samples = {slo.definition.name: slo for slo in evidence.slos}
    moved = [found for found in findings.slos if found.moved]
    for found in moved or findings.slos:
        slo = samples.get(found.definition.name)
        data = None if slo is None else observe(evidence, findings, slo, found)
        if data is None:
            continue
        for picture in (sli.picture, traffic.picture, budget.picture) if found.moved else (sli.picture,):
            yield partial(_alone, picture, data)
        if findings.replay is not None and findings.replay.slo == found.definition.name:
            yield partial(_alone, burn.picture, evidence, findings, data.href)


def _panel_pictures(evidence: Evidence, findings: Findings) -> Iterator[Drawn]:
    for dashboard in evidence.grafana.dashboards if evidence.grafana is not None else ():
        for one in dashboard.panels:
            yield partial(_panel, evidence, findings, dashboard, one)


def _alone(draw: Callable[P, Picture | None], *given: P.args, **named: P.kwargs) -> tuple[Picture | None, ...]:
    return (draw(*given, **named),)


def _panel(evidence: Evidence, findings: Findings, dashboard: Dashboard, one: Panel) -> tuple[Picture, ...]:
    """A panel's picture, and beside it that of Grafana's own rendering."""
    picture = panel.picture(evidence, findings, dashboard, one)
    return () if picture is None else (picture, *panel.rendered(picture, one))
