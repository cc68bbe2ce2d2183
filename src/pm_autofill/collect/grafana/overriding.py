"""Which fields of a panel look otherwise: its overrides, applied to the series that came."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.panels import PanelSeries
from pm_autofill.evidence.patterns import read_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pm_autofill.evidence.panel_looks import Override
    from pm_autofill.evidence.panels import Panel
    from pm_autofill.evidence.series import Floats, Series

_LONGEST_NAME = 200
_LABEL = re.compile(r"\$\{__field\.labels(?:\.(\w{1,100})|\[[\"']([^\"'\]]{1,100})[\"']\])\}")
_SERIES = re.compile(r"\$\{__(?:series\.name|field\.name|field\.displayName)\}")
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le, "eq": operator.eq, "neq": operator.ne
}  # fmt: skip


def dress(panel: Panel, series: Sequence[PanelSeries], data: Sequence[Series]) -> tuple[PanelSeries, ...]:
    """The series under the names and with the looks that the panel gives them.

    Args:
        panel: Its field configuration and overrides.
        series: The series by their own names.
        data: Their labels and samples, in the same order.

    Returns:
        The series; ``look`` is None where it is the panel's.
    """
    dressed = []
    for one, samples in zip(series, data, strict=True):
        own = _display_name(panel.field.name, one.name, samples)
        look = panel.field
        for override in panel.overrides:
            if _matches(override, one, own, samples):
                changes = {name: getattr(override.look, name) for name in override.changed}
                look = msgspec.structs.replace(look, **changes)
        name = _display_name(look.name, one.name, samples)
        plain = look == panel.field
        dressed.append(PanelSeries(name=name, ref_id=one.ref_id, look=None if plain else look))
    return tuple(dressed)


def unreadable(panel: Panel) -> tuple[str, ...]:
    """A note for each override whose pattern is not run."""
    return tuple(
        f"override byRegexp {one.names[0][:60] if one.names else ''}"
        for one in panel.overrides
        if one.matcher == "byRegexp" and (not one.names or read_pattern(one.names[0]) is None)
    )


def _display_name(given: str, own: str, samples: Series) -> str:
    """The name the panel gives, references to labels in place; else the series' own."""
    if not given:
        return own
    named = _LABEL.sub(lambda match: samples.labels.get(match[1] or match[2], ""), given)
    return _SERIES.sub(lambda _: own, named)[:_LONGEST_NAME] or own


def _matches(override: Override, series: PanelSeries, name: str, samples: Series) -> bool:
    """Whether an override means this series."""
    wanted = override.names
    if override.matcher == "byRegexp":
        pattern = read_pattern(wanted[0]) if wanted else None
        return pattern is not None and pattern.search(name) is not None
    if override.matcher == "byFrameRefID":
        return series.ref_id in wanted
    if override.matcher == "byType":
        return "number" in wanted
    if override.matcher == "byValue":
        return _value_matches(wanted, samples.values)
    return (bool({name, series.name, "Value"} & set(wanted))) is not override.inverted


def _value_matches(wanted: tuple[str, ...], values: Floats) -> bool:
    """Whether a number made of a series compares as wanted: reducer, operator, value."""
    finite = values[np.isfinite(values)]
    if len(wanted) != 3 or not len(finite):  # noqa: PLR2004 - reducer, operator, value
        return False
    reduced = {"min": finite.min(), "max": finite.max(), "mean": finite.mean(), "sum": finite.sum()}
    compared = _COMPARED.get(wanted[1])
    try:
        limit = float(wanted[2])
    except ValueError:
        return False
    value = float(reduced.get(wanted[0], finite[-1]))
    return compared is not None and not math.isnan(limit) and compared(value, limit)
