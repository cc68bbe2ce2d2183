"""Text from outside as something that can be drawn, written to a table's head, or made a file name of."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

from pm_autofill.wording.markdown import plain

LONGEST = 200
_UNDRAWN = "□"
_ELLIPSIS = "…"
_FORMULA = "=+-@"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")


def drawable(text: str, otherwise: str, longest: int = LONGEST) -> str:
    """A line that the one font of the pictures can draw.

    Args:
        text: Any text.
        otherwise: What stands for it when the font knows none of its letters and digits.
        longest: Characters kept.

    Returns:
        The line, each run of characters the font lacks as one box.
    """
    line = plain(text, limit=longest)
    known = _characters()
    drawn = "".join(one if ord(one) in known else _UNDRAWN for one in line)
    if not any(one.isalnum() for one in drawn):
        return otherwise if any(one.isalnum() for one in line) or not line else drawn
    return re.sub(rf"{_UNDRAWN}+", _UNDRAWN, drawn)


def column(text: str) -> str:
    """The head of a table's column; a spreadsheet will not take it for a formula."""
    line = plain(text, limit=LONGEST)
    return f"'{line}" if line[:1] in _FORMULA and line else line


def file_stem(text: str, otherwise: str, longest: int = 48) -> str:
    """A part of a file's name, of small letters, digits, dots, dashes and underscores.

    Args:
        text: Any text.
        otherwise: What stands for it when nothing is left.
        longest: Characters kept.

    Returns:
        The name, beginning and ending with a letter or digit.
    """
    ascii_only = unicodedata.normalize("NFKD", text[: 8 * longest]).encode("ascii", "ignore").decode("ascii")
    return _NOT_IN_NAMES.sub("-", ascii_only)[:longest].strip("-._").lower() or otherwise


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is when drawn, in inches.

    Args:
        text: The line, drawable.
        size: Font size in points.
        bold: Whether it is drawn bold.

    Returns:
        The sum of its characters' advances; kerning is left out.
    """
    font = _font(bold=bold)
    font.set_size(size, 72)
    return sum(font.load_char(ord(one)).linearHoriAdvance for one in text) / 65536 / 72


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """A line cut to what there is room for.

    Args:
        text: The line, drawable.
        size: Font size in points.
        room: In inches.
        bold: Whether it is drawn bold.

    Returns:
        The line, or its beginning with an ellipsis.
    """
    if width(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if width(text[:middle] + _ELLIPSIS, size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + _ELLIPSIS


@cache
def _font(*, bold: bool) -> FT2Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FT2Font(Path(mpl.get_data_path(), "fonts", "ttf", name))


# A font reads its file as it goes, and two processes must not share the place they have read to.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_font.cache_clear)


@cache
def _characters() -> frozenset[int]:
    return frozenset(_font(bold=False).get_charmap()) & frozenset(_font(bold=True).get_charmap())
