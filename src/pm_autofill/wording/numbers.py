"""Counts and ratios in words; a rounded figure never claims to be exactly nothing or exactly all."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
_ALL = Decimal(100)
_SMALLEST = Decimal("0.01")
_MILLION = 1e6
_BILLION = 1e9


def percent(ratio: float) -> str:
    """A ratio as a percentage with about three significant digits.

    Args:
        ratio: Such as 0.12; may be negative or above 1.

    Returns:
        Such as ``12.0%``, ``0.06%`` or ``271%``. ``0%`` and ``100%`` stand for exactly that; next to them stand
        ``<0.01%``, ``>99.9%`` and ``>100%``.
    """
    points = abs(Decimal(repr(float(ratio)))) * 100
    if not points:
        return "0%"
    if points < _SMALLEST:
        return _beyond("<", _SMALLEST, negative=ratio < 0)
    rounded = _three_digits(points)
    if rounded == _ALL != points:
        if points < _ALL:
            return _beyond(">", Decimal("99.9"), negative=ratio < 0)
        rounded = _round(points, 1)
        if rounded == _ALL:
            return _beyond(">", _ALL, negative=ratio < 0)
    return f"{MINUS if ratio < 0 else ''}{rounded:,f}%"


def objective(target: Decimal) -> str:
    """An SLO's objective, exactly as it was set.

    Args:
        target: In percent, such as ``Decimal("99.90")``.

    Returns:
        Such as ``99.9%``.
    """
    return f"{target.normalize():f}%"


def count(number: float) -> str:
    """A number of things, as a whole number with separators.

    Args:
        number: May be a fraction, because the edges of a count are interpolated.

    Returns:
        Such as ``17,014``; ``<1`` for what would round to 0 but is not.
    """
    exact = Decimal(repr(float(number)))
    rounded = _round(abs(exact), 0)
    if not exact:
        return "0"
    if not rounded:
        return "<1" if exact > 0 else f">{MINUS}1"
    return f"{MINUS if exact < 0 else ''}{rounded:,f}"


def few(number: float) -> str:
    """A small number of things that may be a fraction, such as ``7.2``; whole ones as ``count`` has them."""
    rounded = _round(Decimal(repr(float(number))), 1)
    return count(number) if rounded == rounded.to_integral_value() else f"{rounded:,f}"


def short_count(number: float) -> str:
    """A large number in few digits, such as ``155.9 million``; below a million as ``count`` has it."""
    for size, name in ((_BILLION, "billion"), (_MILLION, "million")):
        if abs(number) >= size:
            return f"{number / size:.4g} {name}".replace("-", MINUS)
    return count(number)


def ratio_pair(part: float, whole: float) -> str:
    """Some of all, with the share they make: ``17,014 of 141,780 (12.0%)``; without a share where that is above all."""
    share = f" ({percent(part / whole)})" if whole and part <= whole else ""
    return f"{count(part)} of {count(whole)}{share}"


def plural(number: float, one: str, many: str = "") -> str:
    """A number with its noun: ``1 counter``, ``3 counters``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def join_words(parts: Sequence[str]) -> str:
    """Things in a row: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _round(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _three_digits(points: Decimal) -> Decimal:
    for places, limit in ((2, Decimal(10)), (1, _ALL)):
        rounded = _round(points, places)
        if rounded < limit:
            return rounded
    return _round(points, 0)


def _beyond(sign: str, bound: Decimal, *, negative: bool) -> str:
    if negative:
        return f"{'<' if sign == '>' else '>'}{MINUS}{bound}%"
    return f"{sign}{bound}%"
