"""Grafana's annotations as a panel marks them: people's numbered, alerts' changes of state by colour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panels import Annotation
    from pm_autofill.graphs.view import View

_MOST_NUMBERED = 9
_MOST_STATES = 60
_LONGEST = 60
_PERSON = "#1f60c4"
_CHANGE = "#8f3bb8"
_STATES = (("alerting", "#e02f44"), ("error", "#e02f44"), ("pending", "#fa6400"), ("nodata", "#808080"))
_CALM = "#37872d"
_CHANGES = re.compile(r"\b(deploy\w*|release\w*|roll(ed|ing)?[ -]?(back|out)|rollback|rollout)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Noted:
    """An annotation as it is marked.

    Attributes:
        at: Where it begins, epoch seconds.
        end: Where it ends; None for an instant.
        number: What stands at its line; empty for an alert's change of state.
        color: Its colour.
        text: What it says.
    """

    at: float
    end: float | None
    number: str
    color: str
    text: str


def notes(annotations: Sequence[Annotation], view: View, dashboard: str) -> tuple[Noted, ...]:
    """The annotations of the organisation and of a dashboard that touch a view.

    Args:
        annotations: All, by time.
        view: What is shown.
        dashboard: Its uid.

    Returns:
        At most nine of people's, deploy-like ones in a colour of their own, and alerts' changes of state.
    """
    found: list[Noted] = []
    states: list[Noted] = []
    for one in annotations:
        at = one.start.timestamp()
        if one.dashboard_uid not in {"", dashboard} or not view.start <= at <= view.end:
            continue
        if one.alert or one.state:
            states.append(Noted(at, None, "", _state_color(one.state), one.alert))
        elif len(found) < _MOST_NUMBERED:
            changes = any(_CHANGES.search(words[:500]) for words in (*one.tags, one.text))
            end = None if one.end is None else one.end.timestamp()
            words = plain(one.text, limit=_LONGEST) or ", ".join(plain(tag, limit=20) for tag in one.tags[:3])
            found.append(Noted(at, end, str(len(found) + 1), _CHANGE if changes else _PERSON, words))
    return (*states[:_MOST_STATES], *found)


def notes_words(noted: Sequence[Noted]) -> str:
    """What is marked, for a caption; nothing where nothing is."""
    numbered = [f"{one.number} {minute(from_epoch(one.at))} {one.text}" for one in noted if one.number]
    words = f"; annotations: {'; '.join(numbered)}" if numbered else ""
    return words + ("; triangles: alerts changing state" if any(not one.number for one in noted) else "")


def _state_color(state: str) -> str:
    lower = state.lower()
    return next((color for word, color in _STATES if lower.startswith(word)), _CALM)
