"""Recorded answers of PagerDuty, Prometheus and Grafana, and which of them fits a request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

INDEX = "index.json"
# How patient the client still is says nothing about the answer.
_IGNORED = frozenset({"timeout"})
_NUMBER = re.compile(r"(?<![\w.-])(\d+(?:\.\d+)?)(ms|[smhdwy])?(?![\w.-])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_SMALLEST_INSTANT = 1e9  # seconds since 1970
_SMALLEST_IN_MILLISECONDS = 1e11
# Start and recovery are computed; another machine's arithmetic may put them a millisecond later, but no more.
_TOLERANCE = 0.05


class Recording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request and its answer.

    Attributes:
        method: Such as GET.
        path: Percent-decoded, without the query.
        parameters: Names and values of the query or the form, sorted.
        posted: The JSON posted; None where there was none.
        status: The HTTP status.
        content_type: Of the answer.
        body: The file with the answer's body, below the index.
    """

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    posted: dict[str, Any] | None = None
    status: int = 200
    content_type: str
    body: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """All that was recorded of one incident.

    Attributes:
        incident: Its id in PagerDuty.
        as_of: When it was asked; taken as now when it is replayed.
        pagerduty: What PagerDuty was asked.
        prometheus: What Prometheus was asked.
        grafana: What Grafana was asked.
    """

    incident: str
    as_of: datetime
    pagerduty: tuple[Recording, ...]
    prometheus: tuple[Recording, ...]
    grafana: tuple[Recording, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A request without what may differ between two that mean the same.

    Attributes:
        text: Method, path and parameters in one order, with a mark in place of each instant and duration.
        times: Those instants and durations, in seconds.
    """

    text: str
    times: tuple[float, ...]

    def distance(self, other: Question) -> float | None:
        """How far its times are from another's, at most, in seconds; None when something else is asked."""
        if self.text != other.text or len(self.times) != len(other.times):
            return None
        return max((abs(one - two) for one, two in zip(self.times, other.times, strict=True)), default=0.0)


def load(folder: Traversable) -> Index:
    """The index of a folder of recordings."""
    return msgspec.json.decode((folder / INDEX).read_bytes(), type=Index)


def read_request(method: str, path: str, query: Iterable[tuple[str, str]], content_type: str, body: bytes) -> Recording:
    """A request as it would be recorded, its answer still empty.

    Args:
        method: Such as GET.
        path: Percent-decoded, without the query.
        query: Names and values of the query.
        content_type: Of what was posted.
        body: What was posted: a form or JSON.
    """
    pairs = list(query)
    is_json = content_type.startswith("application/json") and bool(body)
    if body and not is_json:
        pairs += parse_qsl(body.decode(), keep_blank_values=True)
    return Recording(
        method=method,
        path=path,
        parameters=tuple(sorted(pair for pair in pairs if pair[0] not in _IGNORED)),
        posted=json.loads(body) if is_json else None,
        content_type="",
        body="",
    )


def question_of(recording: Recording) -> Question:
    """What a recording is the answer to."""
    times: list[float] = []

    def take_out(found: re.Match[str]) -> str:
        number, unit = float(found[1]), found[2]
        if not unit and number < _SMALLEST_INSTANT:
            return found[0]
        seconds = number * _SECONDS[unit] if unit else number
        times.append(seconds / 1000 if seconds > _SMALLEST_IN_MILLISECONDS else seconds)
        return "#"

    asked = json.dumps([recording.parameters, recording.posted], sort_keys=True, ensure_ascii=False)
    text = _NUMBER.sub(take_out, asked)
    return Question(f"{recording.method} {recording.path} {text}", tuple(times))


def find_nearest(asked: Recording, recordings: Iterable[Recording]) -> Recording | None:
    """The recording that answers a request: the same question at the nearest time.

    Args:
        asked: The request.
        recordings: What there is.

    Returns:
        The recording; None when nothing was recorded within a twentieth of a second of it.
    """
    question = question_of(asked)
    near: Sequence[tuple[float, Recording]] = [
        (distance, recording)
        for recording in recordings
        if (distance := question.distance(question_of(recording))) is not None and distance <= _TOLERANCE
    ]
    return min(near, key=lambda one: one[0])[1] if near else None
