"""The questions that annotations take: one per kind, more where an answer was cut at its limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from pm_autofill.collect.grafana.annotations import in_order, read_annotations
from pm_autofill.collect.grafana.gateway import SYSTEM, Answer, Gateway
from pm_autofill.collect.grafana.links import epoch_ms
from pm_autofill.collect.grafana.loose import items
from pm_autofill.evidence.record import Gap
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.evidence.panels import Annotation
    from pm_autofill.evidence.record import Source

KINDS: Mapping[str, str] = {"annotation": "grafana.annotations", "alert": "grafana.alert_states"}
NAMES: Mapping[str, str] = {"annotation": "annotations", "alert": "alerts' changes of state"}
PAGE = 1000
_MOST_CALLS = 15
_SHORTEST = 1.0  # seconds; a shorter window is not halved again


@dataclass(frozen=True, slots=True)
class _Listed:
    """The annotations that an answer lists, and how many entries it has."""

    annotations: tuple[Annotation, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """One answer.

    Attributes:
        window: The range it was asked for.
        answer: What came.
    """

    window: Window
    answer: Answer[_Listed]

    @property
    def is_full(self) -> bool:
        """Whether it was cut at the limit, or may have been."""
        return self.answer.body.count >= PAGE


@dataclass(frozen=True, slots=True)
class Marks:
    """All annotations of one kind.

    Attributes:
        annotations: They, by time.
        sources: The questions by id.
        gaps: What was cut off.
    """

    annotations: tuple[Annotation, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


def fetch_pages(gateway: Gateway, kind: str, window: Window) -> list[Page]:
    """Ask for one kind of annotations; an answer cut at its limit is asked again in halves.

    Args:
        gateway: Grafana.
        kind: "annotation" or "alert".
        window: The range.

    Returns:
        The answers, by time.

    Raises:
        SourceError: One of them could not be had, or is no list.
    """
    calls = 0

    def listed(body: object) -> _Listed:
        return _Listed(tuple(read_annotations(body, KINDS[kind])), len(items(body)))

    def ask(part: Window) -> list[Page]:
        nonlocal calls
        calls += 1
        page = Page(part, gateway.look_up("/annotations", NAMES[kind], _params(kind, part), listed))
        if not page.is_full or part.seconds <= _SHORTEST or calls + 2 > _MOST_CALLS:
            return [page]
        middle = part.start + (part.end - part.start) / 2
        return ask(Window(part.start, middle)) + ask(Window(middle, part.end))

    return ask(window)


def read_pages(pages: list[Page], kind: str, url: str) -> Marks:
    """Put the answers together.

    Args:
        pages: The answers, by time.
        kind: "annotation" or "alert".
        url: Grafana's address for people.

    Returns:
        The annotations, each once, with the question of each page, and a gap where one was still cut off.
    """
    found: list[Annotation] = []
    sources: dict[str, Source] = {}
    for number, page in enumerate(pages, start=1):
        id_ = KINDS[kind] if number == 1 else f"{KINDS[kind]}.{number}"
        found += (msgspec.structs.replace(one, source=id_) for one in page.answer.body.annotations)
        query = f"GET /api/annotations type={kind}"
        link = f"{url}/api/annotations?{urlencode(_params(kind, page.window))}"
        sources[id_] = page.answer.source(query, link, window=page.window)
    gaps = tuple(
        Gap(
            source=SYSTEM,
            what=f"some {NAMES[kind]}",
            reason=f"there are more than {PAGE} within {page.window.seconds:.0f} s, and Grafana lists no more at once",
            hint="Narrow the searched window with --since and --until.",
        )
        for page in pages
        if page.is_full
    )
    return Marks(in_order(found), sources, gaps[:1])


def _params(kind: str, window: Window) -> dict[str, str]:
    """The query parameters of one answer."""
    return {"from": epoch_ms(window.start), "to": epoch_ms(window.end), "limit": str(PAGE), "type": kind}
