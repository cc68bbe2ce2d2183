"""What pictures mark beside the phases: Grafana's annotations on panels, changes on the pictures of SLOs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING

from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.times import minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panels import Annotation
    from pm_autofill.findings import Findings
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
    """An annotation, or a change, as it is marked.

    Attributes:
        at: Where it begins, epoch seconds.
        end: Where it ends; None for an instant.
        number: What stands at its line, a letter for a change; empty for an alert's change of state.
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
        last = at if one.end is None else one.end.timestamp()
        if one.dashboard_uid not in {"", dashboard} or last < view.start or at > view.end:
            continue
        if one.alert or one.state:
            if at >= view.start:
                states.append(Noted(at, None, "", _state_color(one.state), one.alert))
        elif len(found) < _MOST_NUMBERED:
            changes = any(_CHANGES.search(words[:500]) for words in (*one.tags, one.text))
            words = plain(one.text, limit=_LONGEST) or ", ".join(plain(tag, limit=20) for tag in one.tags[:3])
            color = _CHANGE if changes else _PERSON
            found.append(Noted(at, last if one.end else None, str(len(found) + 1), color, words))
    return (*states[:_MOST_STATES], *found)


def notes_words(noted: Sequence[Noted]) -> str:
    """What is marked, for a caption; nothing where nothing is."""
    numbered = [f"{one.number} {minute(from_epoch(one.at))} {one.text}" for one in noted if one.number]
    words = f"; annotations: {'; '.join(numbered)}" if numbered else ""
    return words + ("; triangles: alerts changing state" if any(not one.number for one in noted) else "")


def changes(findings: Findings, view: View) -> tuple[Noted, ...]:
    """The changes in the timeline that touch a view, lettered: deployments, rollbacks, flags.

    Args:
        findings: The timeline; it folds several sources' words for one change into one row.
        view: What is shown.

    Returns:
        At most nine, by time.
    """
    ends = {row.id.removesuffix(":end"): row.time.timestamp() for row in findings.timeline if row.kind == "change_end"}
    rows = [(row, row.time.timestamp()) for row in findings.timeline if row.kind == "change"]
    seen = [(row, at) for row, at in rows if ends.get(row.id, at) >= view.start and at <= view.end]
    return tuple(
        Noted(at, ends.get(row.id), letter, _CHANGE, plain(str(row.values.get("text", "")), limit=_LONGEST))
        for letter, (row, at) in zip(ascii_lowercase[:_MOST_NUMBERED], seen, strict=False)
    )


def changes_words(noted: Sequence[Noted], *, brief: bool = False) -> str:
    """Which changes are marked: a sentence with a space before it; nothing where there are none.

    Args:
        noted: The changes.
        brief: Whether their times are enough, as below a picture that follows one with their words.
    """
    told = [f"{one.number} {minute(from_epoch(one.at))}{'' if brief else f' {one.text}'}" for one in noted]
    return f" Changes: {'; '.join(told)}." if told else ""


def _state_color(state: str) -> str:
    lower = state.lower()
    return next((color for word, color in _STATES if lower.startswith(word)), _CALM)
