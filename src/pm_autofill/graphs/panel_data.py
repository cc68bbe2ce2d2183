"""A panel as all its drawings see it: its fields with their samples and looks, the range, what is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.series import label_text
from pm_autofill.graphs.captions import going_on_words
from pm_autofill.graphs.labels import drawable
from pm_autofill.graphs.notes import Noted, notes
from pm_autofill.graphs.panel_frame import Heading
from pm_autofill.graphs.stacking import drawn
from pm_autofill.graphs.units import is_known
from pm_autofill.graphs.view import View, phases
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.evidence.panels import Dashboard, Panel
    from pm_autofill.evidence.series import Series
    from pm_autofill.findings import Findings
    from pm_autofill.graphs.view import Phases

_LONGEST_UNIT = 24
_MOST_DECIMALS = 8
_FARTHEST = 1e100
# Kinds whose pictures have no time axis.
TIMELESS = frozenset({"stat", "gauge", "bargauge", "table", "barchart"})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One series of a panel: its place among all of them, its name, its query's letter, its samples, its look."""

    place: int
    name: str
    ref_id: str
    series: Series
    look: FieldLook


@dataclass(frozen=True, slots=True, eq=False)
class PanelData:
    """A panel as it is drawn.

    Attributes:
        panel: The panel.
        dashboard: The dashboard's title.
        shown: The phases.
        view: The stretch of time it was asked for.
        fields: Its series, in the panel's order.
        noted: Annotations to mark.
    """

    panel: Panel
    dashboard: str
    shown: Phases
    view: View
    fields: tuple[Field, ...]
    noted: tuple[Noted, ...]

    @property
    def title(self) -> str:
        """The panel's title."""
        return plain(self.panel.title) or f"Panel {self.panel.id}"

    @property
    def name(self) -> str:
        """The panel in a sentence."""
        return f"Panel {self.title}" if plain(self.panel.title) else self.title

    @property
    def heading(self) -> Heading:
        """What stands above its picture."""
        where = f"{self.dashboard}, drawn from the panel's data" if self.dashboard else "Drawn from the panel's data"
        ground = going_on_words(self.shown) if _has_time(self.panel, self.fields) else ""
        return Heading(
            drawable(self.title, f"Panel {self.panel.id}"),
            drawable(f"{where}{ground}", "Drawn from the panel's data"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What a picture shows, and what a caption says of it.

    Attributes:
        png: The picture.
        remarks: What its caption adds.
    """

    png: bytes
    remarks: tuple[str, ...] = ()


def gather(evidence: Evidence, findings: Findings, dashboard: Dashboard, panel: Panel) -> PanelData | None:
    """A panel with all its picture needs.

    Args:
        evidence: When it was asked for, and the annotations.
        findings: The phases to mark.
        dashboard: Where it stands.
        panel: The panel with its data.

    Returns:
        It; None where it has no value that can be drawn.
    """
    fields = tuple(_fields(panel))
    if not any(np.isfinite(drawn(one.series.values)).any() for one in fields):
        return None
    view = _view(evidence, panel, [one.series for one in fields])
    marked = evidence.grafana.annotations if evidence.grafana is not None else ()
    return PanelData(
        panel=panel,
        dashboard=plain(dashboard.title),
        shown=phases(findings, findings.facts),
        view=view,
        fields=fields,
        noted=notes(marked, view, dashboard.uid) if _has_time(panel, fields) else (),
    )


def _has_time(panel: Panel, fields: Sequence[Field]) -> bool:
    """Whether its picture has a time axis; a bar chart's has where its values lie over time."""
    over_time = panel.kind == "barchart" and any(len(one.series.times) > 1 for one in fields)
    return over_time or panel.kind not in TIMELESS


def _fields(panel: Panel) -> list[Field]:
    """The series; over time only those that hold a value."""
    field = _tame(panel.field)
    found = []
    for number, one in enumerate(panel.matrix.series):
        if panel.kind not in TIMELESS and not np.isfinite(drawn(one.values)).any():
            continue
        named = panel.series[number] if number < len(panel.series) else None
        name = named.name if named is not None else label_text(one.labels)
        look = field if named is None or named.look is None else _tame(named.look)
        found.append(Field(number, name, named.ref_id if named is not None else "", one, look))
    return found


def _tame(look: FieldLook) -> FieldLook:
    """A look with its settings within what can be drawn."""
    known = is_known(look.unit)
    return msgspec.structs.replace(
        look,
        unit=drawable(look.unit, "", _LONGEST_UNIT) if not known or len(look.unit) > _LONGEST_UNIT else look.unit,
        decimals=None if look.decimals is None else min(max(look.decimals, 0), _MOST_DECIMALS),
        minimum=_bound(look.minimum),
        maximum=_bound(look.maximum),
        soft_minimum=_bound(look.soft_minimum),
        soft_maximum=_bound(look.soft_maximum),
        thresholds=tuple(step for step in look.thresholds if step.value is None or _bound(step.value) is not None),
        fill_ratio=look.fill_ratio if 0 <= look.fill_ratio <= 1 else 0.0,
        stacked=look.stacked if look.stacked in {"normal", "percent"} else "none",
        line_width=look.line_width if 0 <= look.line_width <= 10 else 1.0,  # noqa: PLR2004 - pixels
        point_size=look.point_size if 0 <= look.point_size <= 40 else 5.0,  # noqa: PLR2004 - pixels
    )


def _bound(value: float | None) -> float | None:
    """A bound that is a number with which pictures can be measured; None for others."""
    return value if value is not None and abs(value) < _FARTHEST else None


def _view(evidence: Evidence, panel: Panel, series: Sequence[Series]) -> View:
    """The range the panel was asked for; that of its samples where it is not told."""
    source = evidence.sources.get(panel.source)
    if source is not None and source.start is not None and source.end is not None and source.start < source.end:
        return View(source.start.timestamp(), source.end.timestamp())
    first, last = min(float(one.times[0]) for one in series), max(float(one.times[-1]) for one in series)
    return View(first, last) if last > first else View(first - 60, last + 60)
