"""Lists that come in pages: all of them, at once where their number is known, and never for ever."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.pagerduty.fields import sequence
from pm_autofill.collect.pagerduty.reading import SYSTEM
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.evidence.record import Gap
from pm_autofill.instants import Window, format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pm_autofill.collect.pagerduty.asking import Answer, Interviewer, Question

PAGE = 100
# Classic paging ends here: offset + limit may not be more.
REACH = 10_000
# No server is asked for pages smaller than its default all at once.
_SMALLEST_PAGE = 25
_OVERLAP = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pages:
    """A list read as far as it went.

    Attributes:
        key: Where in the pages the objects stand; empty where each page is one.
        answers: The pages.
        failure: Why it is incomplete; None when it is complete.
        out_of_reach: Whether it is incomplete because paging ends at ``REACH``.
    """

    key: str
    answers: tuple[Answer, ...]
    failure: SourceError | None = None
    out_of_reach: bool = False

    @property
    def objects(self) -> Iterator[object]:
        """What the pages hold, in their order, one page in memory at a time; duplicates where pages overlapped."""
        for answer in self.answers:
            with answer.opened() as body:
                yield from sequence(body.get(self.key)) if self.key else (body,)

    @property
    def count(self) -> int:
        """How many objects they hold."""
        return sum(answer.outline.count or 0 for answer in self.answers)

    @property
    def zone(self) -> str:
        """The zone of times without an offset."""
        return self.answers[0].zone if self.answers else "UTC"

    def gaps(self, what: str) -> tuple[Gap, ...]:
        """The gap an incomplete list leaves; none when it is complete."""
        if self.failure is None:
            return ()
        return (Gap(source=SYSTEM, what=f"the rest of {what}", reason=self.failure.message, hint=self.failure.hint),)


def read_once(interviewer: Interviewer, question: Question) -> Pages:
    """Read a list that comes in one piece.

    Raises:
        SourceError: It could not be had.
    """
    return _pages(question, interviewer.ask(question))


def read_object(interviewer: Interviewer, question: Question) -> Pages:
    """Read an answer that is one object, not a list.

    Raises:
        SourceError: It could not be had.
    """
    return Pages("", (interviewer.ask(question),))


def read_pages(interviewer: Interviewer, question: Question) -> Pages:
    """Read a paged list as far as paging reaches.

    The first page asks for the total; where it is told, the other pages are read at once. A page that fails, or a
    server that announces more and sends nothing new, ends the list there; what was read is kept.

    Returns:
        The list.

    Raises:
        SourceError: Not even the first page could be had.
    """
    return _reachable(interviewer, question, _read(interviewer, question))


def read_stretches(interviewer: Interviewer, question: Question, start: datetime) -> Pages:
    """Read a paged list of any length by halving its time until every half is within reach.

    Args:
        interviewer: Asks.
        question: The list; its endpoint understands ``since`` and ``until``.
        start: Where the bulk of it begins; what lies before is found too.

    Returns:
        The list; duplicates where halves overlap.

    Raises:
        SourceError: Not even the first page could be had.
    """
    pages = _read(interviewer, question)
    if not pages.out_of_reach:
        return pages
    return _halve(interviewer, question, pages, Window(start, max(start, pages.answers[-1].retrieved_at) + _DAY))


def _halve(interviewer: Interviewer, question: Question, pages: Pages, window: Window) -> Pages:
    """Read a list in two halves of a window, and what is still too long in halves of those.

    The outer bounds stay as the question has them, so that what lies outside the window is found too.
    """
    seconds = int(window.seconds) // 2
    if seconds < 1:
        return _reachable(interviewer, question, pages)
    middle = window.start + timedelta(seconds=seconds)
    halves = (
        (_bounded(question, until=format_instant(middle + _OVERLAP)), Window(window.start, middle)),
        (_bounded(question, since=format_instant(middle)), Window(middle, window.end)),
    )
    joined = replace(pages, failure=None, out_of_reach=False)
    for half, bounds in halves:
        try:
            read = _read(interviewer, half)
        except SourceError as error:
            read = Pages(question.key, (), error)
        joined = _joined(joined, _halve(interviewer, half, read, bounds) if read.out_of_reach else read)
    return joined


def _read(interviewer: Interviewer, question: Question) -> Pages:
    """A paged list; of one whose total lies beyond ``REACH`` only the first page."""
    first = interviewer.ask(question, limit=str(PAGE), offset="0", total="true")
    pages = _pages(question, first)
    total, step = first.outline.total, pages.count
    if total > REACH:
        return _beyond_reach(question, pages)
    if total > step >= _SMALLEST_PAGE:
        pages = _read_at_once(interviewer, question, pages, range(step, total, step))
    pages = _read_on(interviewer, question, pages)
    if pages.failure is None and pages.count < total:
        message = f"{SYSTEM} counts {total} of {question.what} and sent {pages.count}"
        return replace(pages, failure=SourceUnavailable(SYSTEM, message, "Run it again later."))
    return pages


def _reachable(interviewer: Interviewer, question: Question, pages: Pages) -> Pages:
    """A list beyond reach, with those of its pages that can be had."""
    step = pages.count
    if not pages.out_of_reach or not _SMALLEST_PAGE <= step < REACH:
        return pages
    return _read_at_once(interviewer, question, pages, range(step, REACH, step))


def _bounded(question: Question, **bounds: str) -> Question:
    """The same question with a bound moved."""
    return replace(question, parameters={**question.parameters, **bounds})


def _joined(pages: Pages, more: Pages) -> Pages:
    """Two parts of a list as one."""
    return Pages(
        pages.key,
        pages.answers + more.answers,
        pages.failure or more.failure,
        pages.out_of_reach or more.out_of_reach,
    )


def _read_at_once(interviewer: Interviewer, question: Question, first: Pages, offsets: range) -> Pages:
    """Read the pages at known offsets, all at the same time."""
    tasks = {
        f"{SYSTEM}: {question.what} from {offset}": partial(_ask, interviewer, question, offset) for offset in offsets
    }
    pages = first
    for result in gather(tasks, interviewer.policy.deadline).values():
        pages = _joined(pages, Pages(question.key, (), result) if isinstance(result, SourceError) else result)
    return pages


def _read_on(interviewer: Interviewer, question: Question, pages: Pages) -> Pages:
    """Read page after page until the list ends."""
    seen = _ids(pages)
    while pages.failure is None and _has_more(pages.answers[-1]):
        offset = pages.count
        if offset >= REACH:
            return _beyond_reach(question, pages)
        try:
            page = _ask(interviewer, question, offset)
        except SourceError as error:
            return replace(pages, failure=error)
        pages = _joined(pages, page)
        if not _ids(page) - seen:
            message = f"{SYSTEM} announces more of {question.what} than it sends"
            return replace(pages, failure=SourceUnavailable(SYSTEM, message, "Run it again later."))
        seen |= _ids(page)
    return pages


def _ask(interviewer: Interviewer, question: Question, offset: int) -> Pages:
    """One page."""
    return _pages(question, interviewer.ask(question, limit=str(min(PAGE, REACH - offset)), offset=str(offset)))


def _pages(question: Question, answer: Answer) -> Pages:
    """One answer as a list.

    Raises:
        SourceUnavailable: The answer holds no list where one belongs.
    """
    if answer.outline.count is None:
        message = f"{SYSTEM}'s answer to the question for {question.what} holds no list {question.key!r}"
        raise SourceUnavailable(SYSTEM, message, "Check that pagerduty.url leads to PagerDuty's REST API.")
    return Pages(question.key, (answer,))


def _has_more(answer: Answer) -> bool:
    """Whether a page announces another one; one that says nothing about it does when it is full."""
    outline = answer.outline
    return (outline.count or 0) >= (outline.limit or PAGE) if outline.more is None else outline.more


def _ids(pages: Pages) -> frozenset[str]:
    """The ids of the objects of some pages."""
    return frozenset().union(*(answer.outline.ids for answer in pages.answers))


def _beyond_reach(question: Question, pages: Pages) -> Pages:
    """A list that paging cannot reach the end of."""
    message = f"{question.what} has more than {REACH} entries, and {SYSTEM} hands out no more of them"
    hint = "What is missing can be read in PagerDuty."
    return replace(pages, failure=SourceUnavailable(SYSTEM, message, hint), out_of_reach=True)
