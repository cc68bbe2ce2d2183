"""The alerting rules Prometheus has loaded."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.refusals import gap_of, gaps_of_partial
from pm_autofill.errors import CredentialsRefused, SourceError, SourceRejected
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.collect.prometheus.asking import Interviewer

_PATH = "/api/v1/rules"
_WHAT = "alerting rules"
_CHECK = "Look at them on Prometheus' page of rules; if they are fine there, report it to this project."
# Beyond it no rule holds, and none is evaluated.
_LONGEST = 3660 * 86_400
# Stores that evaluate no rules have no such page, or say so in one of these ways.
_NOT_OFFERED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE})


def read_rules(ask: Interviewer) -> Observed[tuple[AlertRule, ...]]:
    """Read the alerting rules; none where the store evaluates none.

    Args:
        ask: Asks.

    Returns:
        The rules in the order of their groups.
    """
    try:
        answer, proof = ask.get(_PATH, _WHAT, type="alert")
    except SourceError as error:
        return Observed(()) if is_not_offered(error) else Observed((), {}, (gap_of(error, _WHAT),))
    key, data = source_id("rules"), answer.data
    if not (isinstance(data, Mapping) and isinstance(data.get("groups"), list)):
        reason = f"{SYSTEM} answered the question for {_WHAT} without a list of groups"
        return Observed((), {}, (Gap(source=SYSTEM, what=_WHAT, reason=reason, hint=_CHECK),))
    rules, unreadable = parse_rules(data, key)
    gaps = gaps_of_partial(answer, _WHAT)
    if unreadable and not gaps:
        reason = "they lack a name, an expression or how long it has to hold, or their group has no list of them"
        what = f"{unreadable} of {len(rules) + unreadable} {_WHAT}"
        gaps = (Gap(source=SYSTEM, what=what, reason=reason, hint=_CHECK),)
    return Observed(rules, {key: ask.page(f"{_PATH}?type=alert", "rules", proof)}, gaps)


def is_not_offered(error: SourceError) -> bool:
    """Whether a store answered that it has no such thing, which is no gap."""
    return (
        isinstance(error, SourceRejected) and not isinstance(error, CredentialsRefused) and error.status in _NOT_OFFERED
    )


def parse_rules(data: object, source: str) -> tuple[tuple[AlertRule, ...], int]:
    """The alerting rules of an answer, and how many could not be read; a group without a list of rules counts as one.

    Args:
        data: The answer's ``data``.
        source: Id of the question.
    """
    found, unreadable = [], 0
    for group in _mappings(data, "groups"):
        interval = _seconds(group.get("interval")) or 0.0
        unreadable += not isinstance(group.get("rules", ""), list | None)
        for rule in _mappings(group, "rules"):
            if rule.get("type", "alerting") != "alerting":
                continue
            name, expression, hold = rule.get("name"), rule.get("query"), _seconds(rule.get("duration"))
            if not isinstance(name, str) or not isinstance(expression, str) or hold is None:
                unreadable += 1
                continue
            found.append(
                AlertRule(
                    name=name,
                    expression=expression,
                    hold=hold,
                    interval=interval,
                    labels=_texts(rule.get("labels")),
                    annotations=_texts(rule.get("annotations")),
                    source=source,
                )
            )
    return tuple(found), unreadable


def loaded_rules(data: object) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Name, expression and labels of every rule of an answer, recording and alerting.

    Args:
        data: The answer's ``data``.
    """
    for group in _mappings(data, "groups"):
        for rule in _mappings(group, "rules"):
            name, expression = rule.get("name"), rule.get("query")
            if isinstance(name, str) and isinstance(expression, str):
                yield name, expression, _texts(rule.get("labels"))


def _mappings(value: object, key: str) -> Iterator[Mapping[str, object]]:
    """The objects in a list of an object."""
    listed = value.get(key) if isinstance(value, Mapping) else None
    yield from (one for one in listed if isinstance(one, Mapping)) if isinstance(listed, list) else ()


def _seconds(value: object) -> float | None:
    """A duration, none longer than ten years; of rules without ``for`` it is told as 0."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _LONGEST:  # NaN is neither
        return None
    return float(value)


def _texts(value: object) -> dict[str, str]:
    """Labels or annotations."""
    if not isinstance(value, Mapping):
        return {}
    return {key: text for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}
