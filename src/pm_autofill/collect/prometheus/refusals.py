"""What could not be had of Prometheus, as gaps that say what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.errors import SourceError, SourceRejected, SourceUnavailable
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.answers import Reply, Resource

RUN_AGAIN = "See which of its stores were down, and run it again."
_TOO_MUCH = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_HINTS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "Check its PromQL in the configuration; events takes plain selectors, such as"
    ' http_requests_total{service="checkout"}.',
    HTTPStatus.UNPROCESSABLE_ENTITY: "Check its PromQL in the configuration. If it is right, it reads more than the"
    " server allows: narrow the selector, or raise --query.max-samples and --query.timeout there.",
}


def gap_of(error: SourceError, what: str) -> Gap:
    """A refused or failed question as a gap.

    Args:
        error: How it ended.
        what: What is missing because of it.

    Returns:
        The gap, with a hint that fits a query.
    """
    status = error.status if isinstance(error, SourceRejected) else 0
    hint = _HINTS.get(status, error.hint)
    return Gap(source=error.source, what=what, reason=error.message, hint=hint)


def gaps_of_partial(reply: Reply | Resource, what: str) -> tuple[Gap, ...]:
    """An answer that leaves something out, as a gap; nothing when it is whole.

    Args:
        reply: What came.
        what: What is incomplete because of it.
    """
    if not reply.incomplete:
        return ()
    reason = f"{SYSTEM} answered in part only: {'; '.join(reply.incomplete)}"
    return (Gap(source=SYSTEM, what=what, reason=reason, hint=RUN_AGAIN),)


def gap_of_nothing(selector: str, what: str, hint: str) -> Gap:
    """A selector that finds no series, as a gap.

    Args:
        selector: As configured.
        what: What is missing because of it.
        hint: What to look at.
    """
    reason = f"no series match {printable(selector, 300)} in this window"
    return Gap(source=SYSTEM, what=what, reason=reason, hint=hint)


def is_refused_for_its_size(error: SourceError) -> bool:
    """Whether the server said that a query is too large for it."""
    return isinstance(error, SourceRejected) and error.status in _TOO_MUCH


def may_fit_when_smaller(error: SourceError) -> bool:
    """Whether a smaller question may be answered where a large one was not, by a server that is known to answer."""
    return is_refused_for_its_size(error) or isinstance(error, SourceUnavailable)
