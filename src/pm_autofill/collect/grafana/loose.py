"""Values out of JSON whose shape nobody promised: the wanted type, or the empty value of that type."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_WHOLE = 2**53  # what JavaScript, which wrote these numbers, still counts exactly


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects of a JSON array, other members left out."""
    return [one for one in items(value) if isinstance(one, dict)]


def text(value: object) -> str:
    """A string that can be written as UTF-8; an empty one for anything that is no string."""
    if not isinstance(value, str):
        return ""
    if len(value) == 1:
        value = sys.intern(value)  # what is written tells defaults by identity, and parsers differ in this
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def scalar(value: object) -> str:
    """A string, number or truth value as text, as JavaScript writes it; an empty one for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        as_number = number(value)
        return "" if as_number is None else f"{as_number:.15g}"
    return text(value)


def number(value: object) -> float | None:
    """A finite number, also one written as a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def whole(value: object) -> int | None:
    """A whole number within JavaScript's exact range; None for anything else."""
    read = number(value)
    return int(read) if read is not None and read.is_integer() and abs(read) <= _LARGEST_WHOLE else None
