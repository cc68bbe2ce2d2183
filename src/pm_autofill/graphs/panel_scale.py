"""The value axis of a panel: its bounds, its ticks and how they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.stacking import Grid

_ROOM = 0.06
_NEAR_NOUGHT = 0.4
_THRESHOLD_REACH = 2.0
_MOST_TICKS = 7
_TINY = 1e-12
_TINIEST = 1e-200


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis.

    Attributes:
        low: Lower end.
        high: Upper end.
        base: Base of its logarithm; None for a linear one.
        unit: Grafana's unit id.
        decimals: Decimals asked for; None for automatic.
        hidden: How many values it cannot show because they are not above nought.
    """

    low: float
    high: float
    base: int | None
    unit: str
    decimals: int | None
    hidden: int = 0

    @property
    def ticks(self) -> list[float]:
        """Where its ticks are."""
        return units.value_ticks(self.low, self.high, self.unit) if self.base is None else _powers(self)

    @property
    def labels(self) -> list[str]:
        """What stands at its ticks."""
        return units.format_ticks(self.ticks, self.unit, self.decimals)

    def share(self, values: Floats) -> Floats:
        """Where values lie between its lower end, 0, and its upper end, 1; NaN where it cannot show them."""
        if self.base is None:
            with np.errstate(over="ignore"):  # a value beyond all bounds lies beyond the edge
                return (values - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.where(values > 0, np.log(values), np.nan)
        low, high = math.log(self.low), math.log(self.high)
        return (logarithms - low) / (high - low)


def choose_scale(
    look: FieldLook, drawn: Sequence[Floats] | Sequence[Grid], *, near: Sequence[float] = (), grounded: bool = False
) -> Scale:
    """The axis on which values are shown.

    Args:
        look: Unit, bounds and kind of axis.
        drawn: All values that are drawn: the series, or the edges of their layers; NaN where there is none.
        near: Values that are shown where they are in reach, such as thresholds.
        grounded: Whether nought is always shown, as below areas and bars.

    Returns:
        The axis: the field's own bounds where it has them, else around the values, with nought where it is near.
    """
    values = np.concatenate([np.ravel(part) for part in drawn])
    values = values[np.isfinite(values)]
    unit = "percentunit" if look.stacked == "percent" else look.unit
    above = values[values > 0]
    if look.logarithmic is not None and look.logarithmic > 1 and len(above):
        low, high = _around_logarithms(look, above, look.logarithmic)
        hidden = len(values) - len(above) if look.stacked == "none" else 0
        return Scale(low, high, look.logarithmic, unit, look.decimals, hidden)
    low, high = _around(look, values, near, grounded=grounded)
    return Scale(low, high, None, unit, look.decimals)


def _around(look: FieldLook, values: Floats, near: Sequence[float], *, grounded: bool) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if look.stacked == "percent":
        return min(low, 0.0), max(high, 1.0)
    reach = max(abs(low), abs(high)) * _THRESHOLD_REACH
    soft = [bound for bound in (look.soft_minimum, look.soft_maximum) if _finite(bound) is not None]
    shown = [value for value in near if abs(value) <= reach] + [bound for bound in soft if bound is not None]
    low, high = min([low, *shown]), max([high, *shown])
    if grounded:
        low, high = min(low, 0.0), max(high, 0.0)
    if look.centered:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    if low == high:  # one level only: show how far it is from nought
        low, high = min(low, 0.0), max(high, 0.0) or (0.0 if low < 0 else 1.0)
    room = max((high - low) * _ROOM, max(abs(low), abs(high)) * 1e-6)
    floor = 0.0 if 0 <= low < high * _NEAR_NOUGHT or low == 0 else low - room
    ceiling = 0.0 if high == 0 and low < 0 else high + room
    fixed_low, fixed_high = _finite(look.minimum), _finite(look.maximum)
    if look.soft_minimum is not None and low == look.soft_minimum:
        floor = low
    if look.soft_maximum is not None and high == look.soft_maximum:
        ceiling = high
    floor = floor if fixed_low is None else fixed_low
    ceiling = ceiling if fixed_high is None else fixed_high
    if ceiling - floor > max(abs(floor), abs(ceiling)) * 1e-9 + _TINIEST:
        return floor, ceiling
    return (
        (floor, floor + max(abs(floor), 1.0)) if fixed_low is not None else (ceiling - max(abs(ceiling), 1.0), ceiling)
    )


def _around_logarithms(look: FieldLook, above: Floats, base: int) -> tuple[float, float]:
    room = float(base) ** 0.15
    low, high = float(above.min()) / room, float(above.max()) * room
    fixed_low, fixed_high = _finite(look.minimum), _finite(look.maximum)
    if fixed_low is not None and fixed_low > 0:
        low = fixed_low
    if fixed_high is not None and fixed_high > low:
        high = fixed_high
    return low, max(high, low * room)


def _finite(bound: float | None) -> float | None:
    """A bound that is a number; what is none is no bound."""
    return bound if bound is not None and math.isfinite(bound) else None


def _powers(scale: Scale) -> list[float]:
    """Powers of the base, every other where there are many, with round values between where there are few."""
    base = float(scale.base or 10)
    first, last = math.log(scale.low, base), math.log(scale.high, base)
    every = max(1, math.ceil((last - first) / _MOST_TICKS))
    powers = [base**power for power in range(math.ceil(first - _TINY), math.floor(last + _TINY) + 1, every)]
    if len(powers) >= 3 or every > 1:  # noqa: PLR2004 - enough to read the axis by
        return powers
    between = {1.0, 2.0, 5.0} if base == 10 else {1.0, 1.5}  # noqa: PLR2004 - decimal, or else
    candidates = sorted(
        part * base**power for part in between for power in range(math.floor(first), math.ceil(last) + 1)
    )
    return [tick for tick in candidates if scale.low <= tick <= scale.high] or [scale.low, scale.high]
