"""The question one panel takes, and the panel with its data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from pm_autofill.collect.grafana.frames import read_frames
from pm_autofill.collect.grafana.gateway import SYSTEM, Answer, Gateway
from pm_autofill.collect.grafana.links import with_times
from pm_autofill.collect.grafana.loose import mapping
from pm_autofill.collect.grafana.overriding import dress, unreadable
from pm_autofill.collect.grafana.questions import ask_panel
from pm_autofill.collect.grafana.refusals import gap_of
from pm_autofill.collect.grafana.whole_queries import EXPRESSION
from pm_autofill.errors import SourceError, SourceRejected
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.collect.grafana.frames import PanelData
    from pm_autofill.evidence.panels import Panel
    from pm_autofill.evidence.record import Source
    from pm_autofill.instants import Window

_LONGEST_TITLE = 60
_TIMELESS = frozenset({"stat", "gauge", "bargauge", "table", "barchart"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Which panel it is.

    Attributes:
        uid: Its dashboard's uid.
        panel: The panel, its variables in place.
        source: Id of its question.
    """

    uid: str
    panel: Panel
    source: str

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"panel {self.panel.id} ({self.panel.title[:_LONGEST_TITLE]}) of dashboard {self.uid}"


@dataclass(frozen=True, slots=True)
class Filled:
    """A panel with its data.

    Attributes:
        panel: The panel.
        source: The question; None when it was not answered.
        gaps: Queries that failed.
    """

    panel: Panel
    source: Source | None = None
    gaps: tuple[Gap, ...] = ()


def fill_panel(gateway: Gateway, spot: Spot, window: Window) -> Filled:
    """Ask for a panel's data.

    Args:
        gateway: Grafana.
        spot: The panel.
        window: The range to show.

    Returns:
        The panel with its data; a query that failed beside others that did not is a gap.

    Raises:
        SourceError: No query was answered.
    """
    question = ask_panel(spot.panel, window)
    at = question.window.end.timestamp() if spot.panel.kind in _TIMELESS else None
    read = partial(read_frames, queries=spot.panel.queries, end=at)
    try:
        answer = gateway.query(spot.name, question.body, read)
    except SourceRejected as error:
        # One wrong query turns the whole answer into a 400 where Grafana knows no 207.
        if error.status != HTTPStatus.BAD_REQUEST or len(spot.panel.queries) == 1:
            raise
        answer = _one_by_one(gateway, spot, window, error, read)
    data = answer.body
    panel = with_data(retimed(spot.panel, window), data)
    asked = "\n".join(query.expression for query in spot.panel.queries)  # hidden inputs included
    return Filled(
        panel=msgspec.structs.replace(panel, source=spot.source),
        source=answer.source(asked, panel.link, window=question.window, step=data.step),
        gaps=tuple(
            Gap(
                source=SYSTEM,
                what=f"query {ref_id} of {spot.name}",
                reason=reason,
                hint="Open the panel in Grafana and see whether it loads there.",
            )
            for ref_id, reason in data.problems
        ),
    )


def failed_panel(spot: Spot, window: Window, error: SourceError) -> Filled:
    """A panel whose question was not answered: a link with the reason, and a gap."""
    panel = msgspec.structs.replace(retimed(spot.panel, window), problem=error.message)
    return Filled(panel=panel, gaps=(gap_of(error, spot.name, "panel"),))


def retimed(panel: Panel, window: Window) -> Panel:
    """The panel with its link over this range."""
    return msgspec.structs.replace(panel, link=with_times(panel.link, window))


def with_data(panel: Panel, data: PanelData) -> Panel:
    """The panel with what its queries brought, failures and omissions noted."""
    notes = [f"query {ref_id}: {reason}" for ref_id, reason in data.problems] if data.series else []
    if data.left_out:
        count = len(data.series) + data.left_out
        notes.append(f"{data.left_out} of {count} series, those with the lowest peaks")
    if data.thinned > 1:
        notes.append(f"samples between every {data.thinned}th of the longest series")
    nothing = data.problems[0][1] if data.problems else "it has no data in this time range"
    return msgspec.structs.replace(
        panel,
        series=dress(panel, data.series, data.matrix.series),
        matrix=data.matrix,
        not_applied=panel.not_applied + tuple(notes) + (unreadable(panel) if data.series else ()),
        problem="" if data.series else nothing,
    )


def _one_by_one(
    gateway: Gateway, spot: Spot, window: Window, refused: SourceRejected, read: Callable[[object], PanelData]
) -> Answer[PanelData]:
    """The panel's queries, each asked alone, their answers put together as if they had come as one.

    Raises:
        SourceError: All were refused, or one could not be asked.
    """
    results: dict[str, Any] = {}
    answers: list[Answer[object]] = []
    for query in spot.panel.queries:
        if query.hidden:
            continue
        if query.datasource_type == EXPRESSION:  # alone it has nothing to compute with
            results[query.ref_id] = {"status": refused.status, "error": refused.message}
            continue
        try:
            answer = gateway.post("/ds/query", spot.name, ask_panel(spot.panel, window, [query]).body)
        except SourceRejected as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            results[query.ref_id] = {"status": error.status, "error": error.message}
            continue
        answers.append(answer)
        results |= mapping(mapping(answer.body).get("results"))
    if not answers:
        raise refused
    digest = hashlib.sha256("".join(one.exchange.sha256 for one in answers).encode()).hexdigest()
    return Answer(read({"results": results}), replace(answers[-1].exchange, sha256=digest))
