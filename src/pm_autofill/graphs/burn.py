"""How fast an SLO's error budget burned, the rates at which rules fire, and when each would have fired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from pm_autofill.findings import Known, Picture
from pm_autofill.graphs import sheet as sheets
from pm_autofill.graphs import style, table
from pm_autofill.graphs.captions import going_on_words, marked_words
from pm_autofill.graphs.labels import drawable, file_stem
from pm_autofill.graphs.notes import changes, changes_words
from pm_autofill.graphs.view import phases, view
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.replay import burn_words, window_words
from pm_autofill.wording.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, SloFindings
    from pm_autofill.graphs.notes import Noted
    from pm_autofill.graphs.sheet import Sheet
    from pm_autofill.graphs.view import Phases, View
    from pm_autofill.replayed import Replay, ReplayedRule

_LEAST, _ROOM = 0.1, 8.0
_MOST_FIRES = 9
_ROW = 0.19
_APART = 0.28


@dataclass(frozen=True, slots=True)
class Fire:
    """When a rule would have fired, or the alert did, as it is drawn.

    Attributes:
        at: Epoch seconds.
        name: What it is called, drawable.
        own: Whether it is the alert that did fire.
    """

    at: float
    name: str
    own: bool = False


def picture(evidence: Evidence, findings: Findings, href: str = "") -> Picture | None:
    """Draw the burn rate of the replayed SLO.

    Args:
        evidence: Names the window.
        findings: The replay, and the instants to mark.
        href: The SLO's ratio over the same window in Prometheus.

    Returns:
        The picture; None where nothing was replayed on counted events.
    """
    replay = findings.replay
    found = next((one for one in findings.slos if replay and one.definition.name == replay.slo), None)
    if replay is None or found is None or not replay.lines:
        return None
    shown = phases(findings, found.facts)
    seen = view(evidence, findings, shown)
    best = findings.facts.get("detection.replayed")
    replayed = _fires(replay, best.instant if isinstance(best, Known) else None)
    fires = sorted([*_alert(findings), *replayed], key=lambda one: one.at)
    inside = [one for one in fires if seen.start <= one.at <= seen.end][:_MOST_FIRES]
    name = f"{plain(found.definition.service)} ({plain(found.definition.name)})"
    title = f"Burn rate of {name}"
    marked = changes(findings, seen)
    return Picture(
        name=f"{file_stem(found.definition.name, 'slo')}-burn",
        kind="burn",
        title=title,
        alt=_said(replay, name, inside) + marked_words(shown.inside(seen)),
        caption=_caption(replay, inside) + changes_words(marked, brief=True),
        href=href,
        sources=next((rule.sources for rule in replay.rules if rule.slo == replay.slo), ()),
        png=_draw(replay, title, (seen, shown, marked), inside),
        csv=_csv(replay, found, seen),
    )


def _alert(findings: Findings) -> Iterator[Fire]:
    fired = findings.facts.get("alert.fired")
    if isinstance(fired, Known):
        yield Fire(fired.instant.timestamp(), f"the alert, {clock(fired.instant)}", own=True)


def _fires(replay: Replay, best: datetime | None) -> list[Fire]:
    """When the rules would have fired: those of the drawn SLO, own ones, and the one that was found best."""
    found = []
    for rule in replay.rules:
        if rule.firing is not None and rule.slo in {"", replay.slo}:
            found.append((rule.firing.at, _name(rule)))
        shorter = rule.shorter.firing if rule.shorter is not None else None
        if shorter is not None and shorter.at == best:
            found.append((shorter.at, f'{_name(rule)} with a shorter "for"'))
    return [Fire(at.timestamp(), f"{name}, {clock(at)}") for at, name in found]


def _name(rule: ReplayedRule) -> str:
    return plain(rule.name) if rule.burn is None else f"{'/'.join(rule.burn.sets)} {burn_words(rule.burn)}"


def _thresholds(replay: Replay) -> list[float]:
    """The burn rates at which Google's rules that page fire."""
    burns = [rule.burn for rule in replay.rules if rule.burn is not None and rule.slo == replay.slo]
    return sorted({burn.factor for burn in burns if burn.severity == "page" and "Google" in burn.sets})


def _csv(replay: Replay, found: SloFindings, seen: View) -> bytes:
    times = replay.lines[0].times
    kept = (times >= seen.start) & (times <= seen.end)
    columns = [(f"burn_rate_{window_words(line.window)}", line.burn[kept]) for line in replay.lines]
    columns.append(("allowed_ratio", np.full(int(kept.sum()), found.definition.budget_ratio)))
    return table.to_csv(table.frame(times[kept], columns))


def _draw(replay: Replay, title: str, place: tuple[View, Phases, Sequence[Noted]], fires: Sequence[Fire]) -> bytes:
    seen, shown, marked = place
    names = [f"over {window_words(line.window)}" for line in replay.lines]
    names += [f"{number} {one.name}" for number, one in enumerate(fires, start=1)]
    legend = sheets.plan_legend(names)
    what = "1 spends the budget in just its window; dashed: rules that page; triangles: when rules fire"
    subtitle = f"{what}{going_on_words(shown)}"
    sheet = sheets.lay_out(drawable(title, "Burn rate"), subtitle, seen, shown, marked, below=legend.height)
    _scale(sheet, replay)
    handles = [*_draw_lines(sheet, replay), *_draw_fires(sheet, fires)]
    for factor in _thresholds(replay):
        sheet.axes.axhline(factor, color=style.INK, linewidth=1.0, linestyle=style.DASHED, zorder=2.5)
        sheet.notes.append(sheets.Note(factor, f"{factor:.4g}: page"))
    sheets.write_legend(sheet, legend, handles)
    return sheets.finish(sheet)


def _scale(sheet: Sheet, replay: Replay) -> None:
    """A logarithmic axis that holds the lines and the thresholds, with room for the fires above."""
    highest = max([*_thresholds(replay), 1.0, *(float(np.nanmax(line.burn, initial=0.0)) for line in replay.lines)])
    sheet.axes.set_yscale("log")
    sheet.axes.set_ylim(_LEAST, highest * _ROOM)
    ticks = [10.0**power for power in range(-1, int(np.ceil(np.log10(highest * _ROOM))))]
    sheets.label_values(sheet.axes, ticks, [f"{tick:g}" for tick in ticks])
    sheet.axes.minorticks_off()


def _draw_lines(sheet: Sheet, replay: Replay) -> list[Line2D]:
    drawn = []
    for line, look in zip(replay.lines, style.LOOKS, strict=False):
        values = np.maximum(line.burn, _LEAST)
        drawn += sheet.axes.plot(line.times, values, color=look.color, linestyle=look.stroke, linewidth=1.6, zorder=3)
    return drawn


def _draw_fires(sheet: Sheet, fires: Sequence[Fire]) -> list[Line2D]:
    """A triangle at the top for each fire, with its number, in rows where they are close."""
    drawn: list[Line2D] = []
    last: dict[int, float] = {}
    inch = sheet.view.seconds / sheets.AXES_WIDTH
    for number, one in enumerate(fires, start=1):
        row = next(row for row in range(len(fires)) if one.at - last.get(row, -np.inf) >= _APART * inch)
        last[row] = one.at
        height = 1 - (0.1 + row * _ROW) / sheets.AXES_HEIGHT
        color = style.VERMILLION if one.own else style.INK
        mark = Line2D(
            [one.at], [height], transform=sheet.axes.get_xaxis_transform(), color=color, marker="v", markersize=6,
            linestyle="none", zorder=5, clip_on=False,
        )  # fmt: skip
        sheet.axes.add_line(mark)
        sheet.axes.annotate(
            str(number),
            (one.at, height),
            xycoords=sheet.axes.get_xaxis_transform(),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=style.SMALL_SIZE,
            color=color,
            zorder=6,
        )
        drawn.append(mark)
    return drawn


def _said(replay: Replay, name: str, fires: Sequence[Fire]) -> str:
    peaks = [(line.window, float(np.nanmax(line.burn, initial=0.0))) for line in replay.lines]
    highest = ", ".join(f"{burn:.3g} over {window_words(window)}" for window, burn in peaks)
    words = f"Burn rate of {name}: at most {highest}"
    first = next((one for one in fires if not one.own), None)
    return f"{words}; the first replayed rule to fire: {first.name}" if first is not None else words


def _caption(replay: Replay, fires: Sequence[Fire]) -> str:
    windows = join_words([window_words(line.window) for line in replay.lines])
    words = f"How many times as fast as its objective allows the error budget burned, over {windows}"
    words += f"; rules that page ask for {join_words([f'{factor:.4g}' for factor in _thresholds(replay)])}"
    first = next((one for one in fires if not one.own), None)
    if first is not None:
        words += f"; the first replayed rule would have fired at {clock(from_epoch(first.at))}"
    return f"{words}."
