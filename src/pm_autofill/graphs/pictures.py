"""Which pictures a draft has, in which order and under which names."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from pm_autofill.graphs import budget, burn, panel, sli, traffic
from pm_autofill.graphs.observed import observe
from pm_autofill.graphs.sheet import drawing, finish, lay_out, scale_values
from pm_autofill.graphs.view import Phases, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, Picture

MOST_PICTURES = 99  # names begin with two digits


def draw_all(evidence: Evidence, findings: Findings) -> tuple[Picture, ...]:
    """Draw everything; see ``pm_autofill.graphs.draw``."""
    with drawing():
        return number(chain(_slo_pictures(evidence, findings), _panel_pictures(evidence, findings)))


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


def _slo_pictures(evidence: Evidence, findings: Findings) -> Iterator[Picture]:
    """The SLOs that moved, worst first; when none did, what each of them looked like."""
    samples = {slo.definition.name: slo for slo in evidence.slos}
    moved = [found for found in findings.slos if found.moved]
    for found in moved or findings.slos:
        slo = samples.get(found.definition.name)
        data = None if slo is None else observe(evidence, findings, slo, found)
        if data is None:
            continue
        yield sli.picture(data)
        if found.moved:
            yield from (picture for picture in (traffic.picture(data), budget.picture(data)) if picture is not None)
        if findings.replay is not None and findings.replay.slo == found.definition.name:
            yield from (picture for picture in (burn.picture(evidence, findings),) if picture is not None)


def _panel_pictures(evidence: Evidence, findings: Findings) -> Iterator[Picture]:
    for dashboard in evidence.grafana.dashboards if evidence.grafana is not None else ():
        for one in dashboard.panels:
            picture = panel.picture(evidence, findings, dashboard, one)
            if picture is not None:
                yield picture
                yield from panel.rendered(picture, one)
