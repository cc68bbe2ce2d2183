"""What changed and what mitigated, or why that is unknown, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import join_words, percent
from pm_autofill.wording.times import clock, interval_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NO_CANDIDATE = "no change of an affected service is recorded after the impact began"
NO_IMPROVEMENT = "no change of an affected service in the impact window was followed by fewer failures"


_METHOD = "the only change of an affected service in the impact window after which failures fell to half or less"


def change_words(text: str, origin: str) -> str:
    """A change as a row or a list item names it.

    Args:
        text: What its source says; may be empty.
        origin: Who reported it: a query knows what changed, but has no words for how.
    """
    named = text or "Change whose description is unknown"
    return f"Change of {named}" if origin == "change query" else named


def read_in_part(missing: str, texts: Sequence[str]) -> str:
    """Why it is unknown where changes are missing, with those that were read."""
    listed = f"; so far as was read: {join_words([plain(one) for one in texts])}" if texts else ""
    return f"the changes of the impact window were read in part only (missing: {missing}){listed}"


def several(changes: Sequence[tuple[str, datetime]]) -> str:
    """Why it is unknown where several changes are plausible: they are listed by text and begin."""
    return f"several changes may have mitigated: {_listed(changes)}"


def of_no_service(text: str, at: datetime) -> str:
    """Why it is unknown where the only plausible change does not say what it is of."""
    return f"failures fell after {_listed([(text, at)])}, but its source does not say of which service it is"


def meanwhile(changes: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What else changed in the meantime, of which services; empty for nothing."""
    if not changes:
        return ""
    words = [
        f"{plain(text)}" + (f" ({join_words([plain(one) for one in names])})" if names else "")
        for text, names in changes
    ]
    return f"; changed meanwhile, of other services or elsewhere: {join_words(words)}"


def method(origin: str) -> str:
    """How it was found: by the only plausible change, and who told of that."""
    return f"{_METHOD} ({origin})"


def improvement(slo: str, before: float, after: float, seconds: float) -> str:
    """How far failures fell, such as ``failures of pay fell from 85.0% to 5.0% within 9 min after it``."""
    return (
        f"failures of {slo} fell from {percent(before)} to {percent(after)} within {interval_words(seconds)} after it"
    )


def said(name: str, at: datetime, text: str) -> str:
    """What a responder wrote at that time."""
    return f'{name or "a responder"} wrote at {clock(at)}: "{plain(text)}"'


def _listed(changes: Sequence[tuple[str, datetime]]) -> str:
    """Changes by text and begin."""
    return join_words([f"{plain(text) or 'a change without a description'} ({clock(at)})" for text, at in changes])
