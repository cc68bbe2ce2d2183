"""Colours, strokes and settings of every picture: told apart in grey, and by readers who see fewer colours.

The palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/), ordered so that neighbours differ in lightness;
each colour comes with a stroke, a marker and a hatch of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Stroke: TypeAlias = tuple[float, tuple[float, ...]]  # matplotlib's dash patterns, in line widths

INK = "#1a1a1a"
MUTED = "#5f5f5f"
FAINT = "#e3e3e3"
IMPACT = "#ececec"
UNSURE = "#b9b9b9"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
SKY = "#56b4e9"
GREEN = "#009e73"

SOLID: Stroke = (0, ())
DASHED: Stroke = (0, (5, 2.5))
DOTTED: Stroke = (0, (1.2, 1.8))
DASH_DOT: Stroke = (0, (6, 2, 1.2, 2))

TITLE_SIZE = 11.5
TEXT_SIZE = 9.0
SMALL_SIZE = 8.5

SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT_SIZE,
    "text.parse_math": False,
    "text.usetex": False,
    "text.hinting": "no_hinting",  # half the time of a text, and no difference to be seen at this size
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.7,
    "lines.solid_capstyle": "butt",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
    "savefig.facecolor": "white",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one of several series is drawn."""

    color: str
    stroke: Stroke
    marker: str
    hatch: str


LOOKS = (
    Look("#0072b2", SOLID, "o", ""),
    Look("#e69f00", SOLID, "s", "////"),
    Look("#009e73", DASHED, "^", "...."),
    Look("#cc79a7", SOLID, "D", "\\\\\\\\"),
    Look("#000000", DOTTED, "v", "xxxx"),
    Look("#56b4e9", DASHED, "P", "----"),
    Look("#d55e00", DASH_DOT, "X", "++++"),
    Look("#7a7a7a", SOLID, "<", "oooo"),
    Look("#0072b2", DOTTED, ">", "||||"),
    Look("#e69f00", DASHED, "p", "\\\\"),
    Look("#009e73", DASH_DOT, "h", "//"),
    Look("#cc79a7", DOTTED, "*", ".."),
)
REST = Look("#c4c4c4", SOLID, "", "")
