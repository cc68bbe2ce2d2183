"""Values as Grafana writes them, by its unit ids; an id that is not known here is appended to the plain number.

Held against Grafana's own library: ``tests/unit/graphs/test_units.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.graphs import unit_table as table

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_DECIMALS = 12
_UNEVEN = 3
_MOST_PLAIN_DECIMALS = 15
_LARGEST_PLAIN = 1e21  # from here on JavaScript writes exponents
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it is written: the number, and what stands before and behind it."""

    number: float
    suffix: str = ""
    prefix: str = ""

    def text(self, decimals: int | None) -> str:
        """The whole, with so many decimals; None for as many as three significant digits need."""
        return f"{self.prefix}{to_fixed(self.number, decimals)}{self.suffix}"


Family: TypeAlias = "table.Fixed | table.Stepped | table.Timed | table.Words"


def format_value(value: float, unit: str, decimals: int | None = None) -> str:
    """A value as Grafana writes it.

    Args:
        value: The value, in the unit.
        unit: Grafana's unit id, such as "percentunit"; empty for a plain number.
        decimals: Decimals asked for; None for automatic.

    Returns:
        Such as "12.3%" or "1.23K req/s".
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    spelled = _spelled(value, unit, decimals)
    if spelled is not None:
        return spelled
    family = _family(unit)
    if isinstance(family, table.Words):
        return family.yes if value else family.no
    if isinstance(family, table.Timed) and value == 0 and unit == "s":
        decimals = 0  # Grafana writes no decimals behind nought seconds
    return scale(value, unit).text(decimals)


def format_ticks(ticks: Sequence[float], unit: str, decimals: int | None = None) -> list[str]:
    """Labels of a value axis: as many decimals as keep them exact, the same number for all of one suffix.

    Ticks whose needs differ much, as on a logarithmic axis, have each their own.

    Args:
        ticks: The values, ascending.
        unit: Grafana's unit id.
        decimals: Decimals asked for; more are used where these would make two labels equal.

    Returns:
        One label per tick.
    """
    if isinstance(_family(unit), table.Words):
        return [format_value(tick, unit) if tick in (0, 1) else "" for tick in ticks]
    if ticks and _spelled(ticks[0], unit, decimals) is not None:
        return [format_value(tick, unit, decimals) for tick in ticks]
    written = [scale(tick, unit) for tick in ticks]
    needed = _even_decimals(written) if decimals is None else [decimals] * len(written)
    labels = [one.text(places) for one, places in zip(written, needed, strict=True)]
    if decimals is not None and len(set(labels)) < len(labels):
        return format_ticks(ticks, unit)
    return labels


def scale(value: float, unit: str) -> Written:
    """A finite value with the magnitude Grafana chooses for it, such as 0.0325 s as 32.5 ms."""
    family = _family(unit)
    if isinstance(family, table.Stepped):
        return _stepped(value, family)
    if isinstance(family, table.Timed):
        return _timed(value, family)
    if isinstance(family, table.Fixed):
        return Written(value * family.factor, family.suffix, family.prefix)
    return Written(value)


def value_ticks(low: float, high: float, unit: str, count: int = 7) -> list[float]:
    """Round values between two bounds: powers of two for binary units, clock steps for durations, else decimal.

    Args:
        low: Lower end of the axis.
        high: Upper end, above ``low``.
        unit: Grafana's unit id.
        count: About how many; never more.

    Returns:
        The ticks, ascending.
    """
    step = _round_step((high - low) / count, unit)
    first, last = math.ceil(low / step - _CLOSE), math.floor(high / step + _CLOSE)
    return [number * step for number in range(first, last + 1)]


def to_fixed(value: float, decimals: int | None) -> str:
    """A number with fixed decimals, halves rounded up as JavaScript does; nought is written without sign."""
    if decimals is None:
        decimals = _automatic_decimals(value)
    if abs(value) >= _LARGEST_PLAIN or decimals > _MOST_PLAIN_DECIMALS:
        return f"{value:.3g}"
    factor = 10**decimals
    rounded = math.floor(value * factor + 0.5) / factor
    return f"{rounded or 0.0:.{decimals}f}"


def is_known(unit: str) -> bool:
    """Whether a unit id is written as Grafana writes it, not merely appended."""
    return (
        _known(unit) is not None
        or _spelled(1.0, unit, None) is not None
        or (":" in unit and unit.partition(":")[0] in table.CUSTOM)
    )


def _spelled(value: float, unit: str, decimals: int | None) -> str | None:
    """The value of a unit that is spelled out; None for all others."""
    if _known(unit) is not None or ":" in unit:
        return None
    if unit == "timeticks":  # hundredths of seconds
        return format_value(value / 100, "s", decimals)
    if unit == "string":
        return plain_number(value)
    from pm_autofill.graphs.spelled_units import WRITERS

    writer = WRITERS.get(unit)
    return None if writer is None else writer(value, decimals)


def _known(unit: str) -> Family | None:
    if unit in table.UNITS:
        return table.UNITS[unit]
    from pm_autofill.graphs.rare_units import UNITS

    return UNITS.get(unit)


def _family(unit: str) -> Family:
    known = _known(unit)
    if known is not None:
        return known
    kind, colon, rest = unit.partition(":")
    if colon and kind in table.CUSTOM:
        return table.custom(kind, rest)
    return table.Fixed(f" {unit}" if unit else "")


def _stepped(value: float, family: table.Stepped) -> Written:
    place = family.offset
    if value:
        moved = math.floor(math.log(abs(value)) / math.log(family.base) + _CLOSE)
        place = min(max(place + moved, 0), len(family.prefixes) - 1)
    number = value / family.base ** (place - family.offset)
    suffix = f"{family.gap}{family.prefixes[place]}{family.symbol}"
    if family.money:  # the sign stands before the symbol
        return Written(abs(number), suffix, f"{'-' if value < 0 else ''}{family.lead}")
    return Written(number, suffix)


def _timed(value: float, family: table.Timed) -> Written:
    if not value:
        return next(Written(0.0, suffix) for _, divisor, suffix in family.steps if divisor == 1)
    _, divisor, suffix = next(step for step in family.steps if abs(value) < step[0])
    # As Grafana does: times a million, not divided by a millionth.
    return Written(value * round(1 / divisor) if divisor < 1 else value / divisor, suffix)


def _automatic_decimals(value: float) -> int:
    """Three significant digits, none behind whole numbers."""
    if value == 0 or value == math.floor(value):
        return 0
    return max(0, 2 - math.floor(math.log10(abs(value))))


def _even_decimals(written: Sequence[Written]) -> list[int]:
    exact = [_exact_decimals(one.number) for one in written]
    least = min((own for own, one in zip(exact, written, strict=True) if one.number), default=0)
    if max(exact, default=0) - least > _UNEVEN:
        return exact
    most: dict[str, int] = {}
    for own, one in zip(exact, written, strict=True):
        most[one.suffix] = max(most.get(one.suffix, 0), own)
    return [most[one.suffix] if one.number else 0 for one in written]  # nought needs no decimals


def _exact_decimals(number: float) -> int:
    for decimals in range(_MOST_DECIMALS):
        if math.isclose(round(number, decimals), number, rel_tol=1e-7):
            return decimals
    return _MOST_DECIMALS


def _round_step(rough: float, unit: str) -> float:
    family = _family(unit)
    if isinstance(family, table.Timed) and rough * family.seconds >= 1:
        return _first_above(rough * family.seconds, table.CLOCK_STEPS) / family.seconds
    if isinstance(family, table.Stepped) and family.base == table.BINARY and rough >= 1:
        return float(2 ** math.ceil(math.log2(rough) - _CLOSE))
    factor = family.factor if isinstance(family, table.Fixed) else 1.0
    magnitude = 10.0 ** math.floor(math.log10(rough * factor))
    return magnitude * _first_above(rough * factor / magnitude, (1.0, 2.0, 5.0, 10.0)) / factor


def _first_above(value: float, steps: Sequence[float]) -> float:
    found = next((step for step in steps if step >= value * (1 - _CLOSE)), None)
    return found if found is not None else steps[-1] * math.ceil(value / steps[-1])


def plain_number(value: float) -> str:
    """A finite number as JavaScript prints it, such as "0.5" or "200"."""
    return f"{value:.0f}" if value == math.floor(value) and abs(value) < _LARGEST_PLAIN else repr(value)
