"""Grafana's colours, as its light theme has them.

Source: the visualization colours of @grafana/data 13.2 (Apache-2.0).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from matplotlib.colors import CSS4_COLORS

if TYPE_CHECKING:
    from collections.abc import Sequence

Color: TypeAlias = tuple[float, float, float, float]  # red, green, blue, opacity, each 0..1

_HUES_IN_ORDER = ("green", "yellow", "blue", "orange", "red", "purple")
_SHADES = ("super-light-", "light-", "", "semi-dark-", "dark-")
_HUES = {
    "red": ("#ff7383", "#f2495c", "#e02f44", "#c4162a", "#ad0317"),
    "orange": ("#ffb357", "#ff9830", "#ff780a", "#fa6400", "#e55400"),
    "yellow": ("#ffee52", "#fade2a", "#f2cc0c", "#e0b400", "#cc9d00"),
    "green": ("#96d98d", "#73bf69", "#56a64b", "#37872d", "#19730e"),
    "blue": ("#8ab8ff", "#5794f2", "#3274d9", "#1f60c4", "#1250b0"),
    "purple": ("#ca95e5", "#b877d9", "#a352cc", "#8f3bb8", "#7c2ea3"),
}
_NAMED = {f"{shade}{hue}": colors[place] for hue, colors in _HUES.items() for place, shade in enumerate(_SHADES)} | {
    "panel-bg": "#ffffff",
    "text": "#24292e",
}
CLASSIC = (
    *("green", "semi-dark-yellow", "blue", "orange", "red", "purple"),
    *(f"{shade}-{hue}" for shade in ("dark", "super-light") for hue in _HUES_IN_ORDER),
    *("#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#584477", "#b7dbab", "#f4d598", "#70dbed", "#f9ba8f"),
    *("#f29191", "#82b5d8", "#e5a8e2", "#aea2e0", "#629e51", "#e5ac0e", "#64b0c8", "#e0752d", "#bf1b00", "#0a50a1"),
    *("#962d82", "#614d93", "#9ac48a", "#f2c96d", "#65c5db", "#f9934e", "#ea6460", "#5195ce", "#d683ce", "#806eb7"),
    *("#3f6833", "#967302", "#2f575e", "#99440a", "#58140c", "#052b51", "#511749", "#3f2b5b", "#e0f9d7", "#fceaca"),
    *("#cffaff", "#f9e2d2", "#fce2de", "#badff4", "#f9d9f9", "#dedaf7"),
)
COLOR_BLIND = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
# From the lowest value to the highest.
_CONTINUOUS = {
    "GrYlRd": ("green", "yellow", "red"),
    "RdYlGr": ("red", "yellow", "green"),
    "BlYlRd": ("dark-blue", "super-light-yellow", "dark-red"),
    "YlRd": ("super-light-yellow", "dark-red"),
    "BlPu": ("blue", "purple"),
    "YlBl": ("super-light-yellow", "dark-blue"),
    "blues": ("panel-bg", "dark-blue"),
    "reds": ("panel-bg", "dark-red"),
    "greens": ("panel-bg", "dark-green"),
    "purples": ("panel-bg", "dark-purple"),
}
FALLBACK = "#808080"
_MIDDLE = 0.36  # luminance; on darker ones white is read more easily


@cache
def read_color(name: str) -> Color:
    """A colour by Grafana's name, by CSS, or as it is written in a dashboard; grey where none of these is known."""
    written = _NAMED.get(name) or str(CSS4_COLORS.get(name.lower(), name))
    if name == "transparent":
        return (1.0, 1.0, 1.0, 0.0)
    return _hexadecimal(written) or _function(written) or _hexadecimal(FALLBACK) or (0.5, 0.5, 0.5, 1.0)


def faded(color: Color, opacity: float) -> Color:
    """The same colour, so much less opaque."""
    return (color[0], color[1], color[2], color[3] * opacity)


def on_white(color: Color) -> Color:
    """What a half transparent colour looks like on white."""
    red, green, blue, opacity = color
    return (1 - opacity + red * opacity, 1 - opacity + green * opacity, 1 - opacity + blue * opacity, 1.0)


def hexadecimal(color: Color) -> str:
    """A colour as letters are given theirs, its opacity left out."""
    return "#" + "".join(f"{round(255 * one):02x}" for one in color[:3])


def legible_on(color: Color) -> str:
    """Black or white, whichever is read more easily on a colour."""
    return "#ffffff" if _luminance(color) < _MIDDLE else "#1a1a1a"


def dark_enough(color: Color) -> Color:
    """A colour in which letters can be read on white: darkened until they can."""
    while _luminance(color) > 0.32:  # noqa: PLR2004 - a contrast of 2.8
        color = (color[0] * 0.88, color[1] * 0.88, color[2] * 0.88, color[3])
    return color


def between(scheme: str, share: float) -> Color:
    """A colour of a continuous scheme.

    Args:
        scheme: Grafana's id without "continuous-", such as "GrYlRd".
        share: Where the value lies between lowest and highest, 0..1.

    Returns:
        The colour, mixed of the two beside it; Grafana's curve between them is a little rounder.
    """
    colors = [read_color(name) for name in _CONTINUOUS.get(scheme, ())] or list(_sampled(scheme))
    place = min(max(share, 0.0), 1.0) * (len(colors) - 1)
    low = min(int(place), len(colors) - 2)
    part = place - low
    first, second = colors[low], colors[low + 1]
    red, green, blue, opacity = (a + (b - a) * part for a, b in zip(first, second, strict=True))
    return (red, green, blue, opacity)


def shades(color: Color, count: int) -> Sequence[Color]:
    """Lighter and darker ones of a colour, for the scheme of shades."""
    moves = [0.0, *(step * side for step in (0.18, 0.34, 0.48) for side in (1, -1))]
    chosen = []
    for number in range(count):
        move = moves[number % len(moves)]
        red, green, blue = (one + (1 - one) * move if move > 0 else one * (1 + move) for one in color[:3])
        chosen.append((red, green, blue, color[3]))
    return chosen


@cache
def _sampled(scheme: str) -> tuple[Color, ...]:
    """A scheme of matplotlib's by the same name, such as Oranges or viridis, in eleven colours."""
    from matplotlib import colormaps

    known = {name.lower(): name for name in colormaps}
    map_ = colormaps[known.get(scheme.lower(), "Oranges")]
    return tuple(tuple(float(one) for one in map_(step / 10)) for step in range(11))  # type: ignore[misc]


def _luminance(color: Color) -> float:
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in color[:3]]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hexadecimal(written: str) -> Color | None:
    digits = written.removeprefix("#")
    if not written.startswith("#") or len(digits) not in {3, 4, 6, 8}:
        return None
    if len(digits) < 6:  # noqa: PLR2004 - one digit each
        digits = "".join(one * 2 for one in digits)
    try:
        parts = [int(digits[place : place + 2], 16) / 255 for place in range(0, len(digits), 2)]
    except ValueError:
        return None
    return (parts[0], parts[1], parts[2], parts[3] if len(parts) > 3 else 1.0)  # noqa: PLR2004 - with opacity


def _function(written: str) -> Color | None:
    """Such as ``rgba(31, 120, 193, 0.5)``."""
    name, opened, rest = written.partition("(")
    if name.strip().lower() not in {"rgb", "rgba"} or not opened:
        return None
    try:
        parts = [float(one) for one in rest.rstrip(") ").replace(",", " ").split()]
    except ValueError:
        return None
    if len(parts) not in {3, 4} or not all(math.isfinite(one) for one in parts):
        return None
    red, green, blue = (min(max(one / 255, 0.0), 1.0) for one in parts[:3])
    return (red, green, blue, min(max(parts[3], 0.0), 1.0) if len(parts) > 3 else 1.0)  # noqa: PLR2004
