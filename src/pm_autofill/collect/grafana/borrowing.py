"""Panels that show another panel's data: they get that panel's queries, and so the same answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.collect.grafana.model import PanelModel

SHARED = "-- Dashboard --"


def borrow(panels: Sequence[PanelModel]) -> tuple[PanelModel, ...]:
    """The panels, those of the data source "-- Dashboard --" with the queries of the panel they name.

    Args:
        panels: A dashboard's panels.

    Returns:
        They, in the same order; one that names no panel, several, or one that borrows itself, stays as it is.
    """
    by_id = {one.id: one for one in panels}
    return tuple(_lent(one, by_id.get(_shown(one))) for one in panels)


def _shown(panel: PanelModel) -> int:
    """Number of the panel whose data another shows; 0, which no panel has, for its own."""
    visible = [one for one in panel.targets if not one.hidden]
    if len(visible) != 1 or visible[0].shows is None:
        return 0
    ref = panel.datasource if visible[0].datasource.is_empty else visible[0].datasource
    return visible[0].shows if SHARED in {ref.uid, ref.name} else 0


def _lent(panel: PanelModel, lender: PanelModel | None) -> PanelModel:
    if lender is None or _shown(lender):
        return panel
    look = panel.look
    if any(one.transformed for one in panel.targets):
        theirs = (note for note in lender.look.not_applied if note.startswith("transformation "))
        look = replace(look, not_applied=(*theirs, *look.not_applied))
    return replace(
        panel,
        look=look,
        datasource=lender.datasource,
        targets=lender.targets,
        interval=lender.interval,
        max_points=lender.max_points,
        time_from=lender.time_from,
        time_shift=lender.time_shift,
    )
