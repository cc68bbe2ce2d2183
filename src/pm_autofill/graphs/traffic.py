"""An SLO's requests per second, with the failed (or slow) ones below, and what usually arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.findings import Known, Picture
from pm_autofill.graphs import style, table, units
from pm_autofill.graphs.captions import going_on_words, marked_words, mean_words
from pm_autofill.graphs.gaps import NO_SAMPLES, find_gaps, gap_words, mark_gaps
from pm_autofill.graphs.labels import drawable, file_stem
from pm_autofill.graphs.notes import changes_words
from pm_autofill.graphs.sheet import Note, finish, lay_out, scale_values
from pm_autofill.wording.labels import noun
from pm_autofill.wording.numbers import count

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.buckets import Buckets, Flags
    from pm_autofill.graphs.observed import Observed

# How a rate is called and in which of Grafana's units it is shown; requests go to a service, other things are its own.
_TOWARD = {"requests": ("to", "reqps")}
_OTHERWISE = ("of", "cps")
_HEADROOM = 1.15
_LOST_BELOW = 0.8  # less than that does not count as lost: requests.lost has the same bound


def picture(data: Observed) -> Picture | None:
    """Draw an SLO's traffic.

    Args:
        data: What is drawn.

    Returns:
        The picture; None for an SLO whose events cannot be counted.
    """
    buckets = data.buckets
    if buckets is None or not np.isfinite(buckets.total).any():
        return None
    usual = usual_rate(data, buckets)
    title = f"{_noun(data)} {_toward(data)} {data.name}"
    return Picture(
        name=f"{file_stem(data.definition.name, 'slo')}-traffic",
        kind="traffic",
        title=title,
        alt=_alt(data, buckets, usual),
        caption=_caption(data, buckets, usual),
        href=data.href,
        sources=data.sources,
        png=_draw(data, buckets, usual, title),
        csv=_csv(data, buckets, usual),
    )


def usual_rate(data: Observed, buckets: Buckets) -> Floats | None:
    """The requests per second that would have arrived without the incident, as far as its surroundings tell.

    Args:
        data: Tells when the impact was.
        buckets: What was counted.

    Returns:
        Requests per second in each bucket, shape (n,); None where no impact is known or nothing stands before it.

    Formula: a straight line from the mean rate before S to the mean rate after V (level where there is nothing after).
    """
    start = data.shown.start
    if start is None:
        return None
    middle = (buckets.edges[:-1] + buckets.edges[1:]) / 2
    rate = buckets.total / buckets.length
    before = (buckets.edges[1:] <= start) & np.isfinite(rate)
    after = (buckets.starts >= data.impact_end) & np.isfinite(rate)
    anchors = [(float(middle[part].mean()), float(rate[part].mean())) for part in (before, after) if part.any()]
    if not before.any():
        return None
    return np.interp(middle, [at for at, _ in anchors], [level for _, level in anchors])


def _csv(data: Observed, buckets: Buckets, usual: Floats | None) -> bytes:
    columns = [
        ("requests_per_second", buckets.total / buckets.length),
        (f"{data.bad}_per_second", buckets.bad / buckets.length),
    ]
    if usual is not None:
        columns.append(("usual_requests_per_second", usual))
    return table.to_csv(table.frame(buckets.starts, columns))


def _draw(data: Observed, buckets: Buckets, usual: Floats | None, title: str) -> bytes:
    total, bad = buckets.total / buckets.length, buckets.bad / buckets.length
    subtitle = (
        f"{_noun(data)} per second, {mean_words(buckets.length)}; dark: {data.bad} ones{going_on_words(data.shown)}"
    )
    sheet = lay_out(drawable(title, "Traffic"), subtitle, data.view, data.shown, data.changes)
    highest = max(float(np.nanmax(total)), 0.0 if usual is None else float(usual.max()))
    scale_values(sheet, 0.0, highest * _HEADROOM or 1.0, _unit(data))
    axes = sheet.axes
    axes.stairs(total, buckets.edges, fill=True, color=style.SKY, alpha=0.35, linewidth=0, zorder=2)
    axes.stairs(total, buckets.edges, baseline=None, color=style.BLUE, linewidth=1.4, zorder=3.2)
    axes.stairs(bad, buckets.edges, fill=True, color=style.VERMILLION, linewidth=0, zorder=3)
    sheet.notes += [_note(total, "all", style.BLUE), _note(bad, data.bad, style.VERMILLION)]
    if usual is not None:
        middle = (buckets.edges[:-1] + buckets.edges[1:]) / 2
        axes.plot(middle, usual, color=style.INK, linestyle=style.DASHED, linewidth=1.1, zorder=3.4)
        sheet.notes.append(Note(float(usual[-1]), "usual"))
        if _lost(data):
            inside = (buckets.edges[1:] > (data.shown.start or 0.0)) & (buckets.starts < data.impact_end)
            axes.fill_between(
                middle,
                total,
                usual,
                where=inside & (total < _LOST_BELOW * usual),
                step="mid",
                facecolor="none",
                edgecolor=style.MUTED,
                hatch="xx",
                linewidth=0,
                zorder=2.5,
            )
    mark_gaps(sheet, [gap for gap in find_gaps(data) if gap.reason == NO_SAMPLES])
    return finish(sheet)


def _note(rate: Floats, words: str, color: str) -> Note:
    """Words beside a line's last value."""
    finite = rate[np.isfinite(rate)]
    return Note(float(finite[-1]) if len(finite) else 0.0, words, color)


def _noun(data: Observed) -> str:
    """What arrives, at the beginning of a sentence."""
    named = noun(data.definition)
    return named[:1].upper() + named[1:]


def _toward(data: Observed) -> str:
    return _TOWARD.get(noun(data.definition), _OTHERWISE)[0]


def _unit(data: Observed) -> str:
    return _TOWARD.get(noun(data.definition), _OTHERWISE)[1]


def _lost(data: Observed) -> float:
    lost = data.found.facts.get("requests.lost")
    return lost.number if isinstance(lost, Known) and lost.number > 0 else 0.0


def _mean(data: Observed, rate: Floats, inside: Flags) -> str:
    chosen = rate[inside & np.isfinite(rate)]
    return units.format_value(float(chosen.mean()), _unit(data)) if len(chosen) else "unknown"


def _alt(data: Observed, buckets: Buckets, usual: Floats | None) -> str:
    rate = buckets.total / buckets.length
    marked = gap_words(find_gaps(data)) + marked_words(data.shown.inside(data.view))
    start = data.shown.start
    if start is None:
        return f"{_noun(data)} {_toward(data)} {data.service}: {_mean(data, rate, rate >= 0)} on average{marked}"
    inside = (buckets.starts >= start) & (buckets.edges[1:] <= data.impact_end)
    words = f"{_noun(data)} {_toward(data)} {data.service}: {_mean(data, rate, inside)} during the impact"
    if usual is not None:
        words += f", {_mean(data, rate, buckets.edges[1:] <= start)} before"
    words += f"; {_mean(data, buckets.bad / buckets.length, inside)} of them {data.bad}"
    return words + marked


def _caption(data: Observed, buckets: Buckets, usual: Floats | None) -> str:
    words = f"{_noun(data)} per second, {mean_words(buckets.length)}; dark: the {data.bad} ones"
    if usual is not None:
        words += "; dashed: what usually arrives, from the traffic before and after the impact"
    lost = _lost(data)
    words += f"; hatched: about {count(lost)} {noun(data.definition)} that never arrived." if lost else "."
    return words + changes_words(data.changes, brief=True)
