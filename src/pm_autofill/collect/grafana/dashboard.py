"""A dashboard's answer, whichever API gave it, as a model; and which of its panels are shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana import classic
from pm_autofill.collect.grafana.choosing import MOST_PANELS, candidates
from pm_autofill.collect.grafana.elements import as_classic, is_elements
from pm_autofill.collect.grafana.loose import mapping, mappings, text
from pm_autofill.collect.grafana.model import DashboardModel, PanelModel
from pm_autofill.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pm_autofill.collect.grafana.model import MarkModel

DRAWN_KINDS = frozenset(
    {
        *("timeseries", "graph", "stat", "gauge", "bargauge", "table", "heatmap"),
        *("state-timeline", "status-history", "barchart"),
    }
)
SKIPPED_KINDS = frozenset({"row", "text"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which panels of a dashboard are shown.

    Attributes:
        shown: They, in the order of the draft.
        left_out: The others that hold something, each with the reason.
        missing: Configured ids that the dashboard does not have.
        configured: Whether somebody chose.
    """

    shown: tuple[PanelModel, ...]
    left_out: tuple[tuple[PanelModel, str], ...] = ()
    missing: tuple[int, ...] = ()
    configured: bool = False


def read_dashboard(body: object, uid: str, libraries: Mapping[str, Mapping[str, Any]] | None = None) -> DashboardModel:
    """Read the answer of ``/api/dashboards/uid/:uid`` or of ``/apis/dashboard.grafana.app/...``.

    Args:
        body: The parsed answer.
        uid: The uid that was asked for.
        libraries: Models of its library panels by uid, as far as they were fetched.

    Returns:
        The dashboard, variables still open.

    Raises:
        SourceUnavailable: The answer holds no dashboard.
    """
    dashboard = read_classic(body, uid)
    meta = mapping(mapping(body).get("meta"))
    title = text(dashboard.get("title")) or uid
    return DashboardModel(
        uid=uid,
        title=title,
        slug=text(meta.get("slug")) or _slug(title),
        panels=_with_borrowed(classic.read_panels(dashboard, libraries or {})),
        variables=classic.read_variables(dashboard),
        marks=_marks(dashboard),
    )


def _with_borrowed(panels: tuple[PanelModel, ...]) -> tuple[PanelModel, ...]:
    """The panels; those that show another's data with its queries."""
    if all(target.shows is None for panel in panels for target in panel.targets):
        return panels
    from pm_autofill.collect.grafana.borrowing import borrow  # seldom needed

    return borrow(panels)


def _marks(dashboard: Mapping[str, Any]) -> tuple[MarkModel, ...]:
    """A dashboard's queries for annotations, Grafana's own left out."""
    if all(one.get("builtIn") for one in mappings(mapping(dashboard.get("annotations")).get("list"))):
        return ()
    from pm_autofill.collect.grafana.marks import read_marks  # seldom needed

    return read_marks(dashboard)


def needed_libraries(body: object, uid: str, ids: Iterable[int] = ()) -> tuple[str, ...]:
    """Uids of the library panels that have to be fetched before the dashboard can be read in full.

    Raises:
        SourceUnavailable: The answer holds no dashboard.
    """
    return classic.library_uids(read_classic(body, uid), ids)


def read_library(body: object) -> Mapping[str, Any]:
    """The model of a library panel from the answer of ``/api/library-elements/:uid``; empty where it holds none."""
    result = mapping(mapping(body).get("result"))
    return mapping(result.get("model"))


def choose(panels: Sequence[PanelModel], ids: Sequence[int], metrics: Collection[str] = ()) -> Choice:
    """Which panels are asked for: the configured ones in their order, else those that may be worth showing.

    Args:
        panels: The dashboard's panels in reading order.
        ids: Configured panel ids; none means that nothing was configured.
        metrics: Names of the SLI's metrics.

    Returns:
        The choice; rows and text panels are neither shown nor listed as left out.
    """
    if ids:
        by_id = {panel.id: panel for panel in panels}
        wanted = tuple(dict.fromkeys(ids))
        return Choice(
            shown=tuple(by_id[id_] for id_ in wanted if id_ in by_id),
            missing=tuple(id_ for id_ in wanted if id_ not in by_id),
            configured=True,
        )
    drawn = [panel for panel in panels if panel.kind in DRAWN_KINDS and not _is_of_one_instant(panel)]
    asked = candidates(drawn, metrics)
    shown = {panel.id for panel in asked}
    return Choice(
        shown=tuple(asked),
        left_out=tuple(
            (panel, _reason_left_out(panel))
            for panel in panels
            if panel.id not in shown and panel.kind not in SKIPPED_KINDS
        ),
    )


def _is_of_one_instant(panel: PanelModel) -> bool:
    """Whether all its visible queries ask for one instant only."""
    visible = [target for target in panel.targets if not target.hidden]
    return bool(visible) and all(target.instant for target in visible)


def why_not_drawn(panel: PanelModel) -> str:
    """Why a panel becomes a link only; empty when it is drawn."""
    if panel.kind in DRAWN_KINDS:
        return ""
    if panel.library and not panel.kind:
        return "its library panel could not be read"
    return f"panels of type {panel.kind[:40]} are not drawn" if panel.kind else "it has no type"


def _reason_left_out(panel: PanelModel) -> str:
    """Why a panel is not shown though nobody chose panels."""
    if not why_not_drawn(panel) and _is_of_one_instant(panel):
        return "it shows one instant, which says little of an incident, unless it is configured"
    return why_not_drawn(panel) or f"{MOST_PANELS} are shown at most unless panels are configured"


def read_classic(body: object, uid: str) -> Mapping[str, Any]:
    """The dashboard inside an answer, in the classic shape.

    Args:
        body: The parsed answer.
        uid: The uid that was asked for.

    Raises:
        SourceUnavailable: The answer holds no dashboard.
    """
    answer = mapping(body)
    dashboard = mapping(answer.get("dashboard")) or mapping(answer.get("spec"))
    # The legacy API may wrap a whole v2 resource.
    dashboard = mapping(dashboard.get("spec")) if is_elements(mapping(dashboard.get("spec"))) else dashboard
    if not dashboard:
        message = f"Grafana's answer about dashboard {uid} holds no dashboard"
        raise SourceUnavailable("Grafana", message, "Open it in Grafana and see whether it loads there.")
    return as_classic(dashboard) if is_elements(dashboard) else dashboard


def _slug(title: str) -> str:
    """The readable end of an address, as Grafana forms it from a title; "_" where nothing is left."""
    plain = unicodedata.normalize("NFKD", title[:100]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "_"
