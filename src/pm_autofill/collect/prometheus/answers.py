"""The bodies of Prometheus' HTTP API: bytes in, series and remarks out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.collect.prometheus.samples import SampleSieve
from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.errors import SourceError, SourceRejected, SourceUnavailable
from pm_autofill.evidence.series import Matrix, Series, label_text, matrix, usable

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM = "Prometheus"
_NOTHING, _ABSENT = msgspec.Raw(b"null"), msgspec.Raw(b"")
_MOST_REMARKS = 10
# Remarks of the engine on the query itself; any other warning says that something is missing from the answer.
_ABOUT_THE_QUERY = "PromQL "
_INCOMPLETE = "the answer is marked as partial"
# What the HTTP status would have been, where an error comes with 200.
_STATUS_OF_ERROR = {"bad_data": 400, "execution": 422, "not_found": 404, "unauthorized": 403}
_HISTOGRAM_HINT = (
    "Name a classic counter, such as the histogram's _count, or give a ratio computed with histogram_count()."
)
_SHAPE_HINT = "Check that prometheus.url leads to Prometheus' own API, and its version."


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answer to a query says.

    Attributes:
        kind: "matrix", "vector", "scalar" or "string".
        matrix: Its series; those of a vector or scalar have one sample each, a string has none.
        caveats: What the engine remarked on it, fit to print.
        incomplete: Those of the remarks that say that something is missing.
    """

    kind: str
    matrix: Matrix
    caveats: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """An answer that is no query's.

    Attributes:
        data: Its ``data``, as plain JSON.
        incomplete: Remarks that say that something is missing, fit to print.
    """

    data: object
    incomplete: tuple[str, ...] = ()


class _Envelope(msgspec.Struct, rename={"error_type": "errorType", "is_partial": "isPartial"}):
    status: str
    data: msgspec.Raw = _NOTHING
    error_type: str = ""
    error: str = ""
    warnings: tuple[str, ...] | None = None
    infos: tuple[str, ...] | None = None
    is_partial: bool = False


class _Data(msgspec.Struct, rename={"result_type": "resultType", "is_partial": "isPartial"}):
    result_type: str
    result: msgspec.Raw
    warnings: tuple[str, ...] | None = None
    is_partial: bool = False


class _Row(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: msgspec.Raw = _ABSENT
    histogram: msgspec.Raw = _ABSENT
    histograms: msgspec.Raw = _ABSENT


def read_reply(body: bytes, what: str, sieve: SampleSieve | None = None) -> Reply:
    """Read the answer to a query.

    Args:
        body: JSON as it came, or what a sieve left of it.
        what: What was asked for, for messages.
        sieve: Holds what was taken out of it.

    Returns:
        Its series and the engine's remarks.

    Raises:
        SourceRejected: It is an error in spite of its HTTP status, or holds native histograms.
        SourceUnavailable: It is not shaped as Prometheus' answers are.
    """
    try:
        envelope = _open(body)
        data = msgspec.json.decode(envelope.data, type=_Data)
        series = list(_series(data, sieve or SampleSieve()))
    except ValueError as error:
        raise _unusable(error, what) from None
    if not _agree(series):
        message = f"{SYSTEM} answered the question for {what} with series of the same labels that say different things"
        raise SourceUnavailable(
            SYSTEM, message, "Look whether a proxy or a rule drops the labels that tell them apart."
        )
    warnings = (*(envelope.warnings or ()), *(data.warnings or ()))
    incomplete = _incomplete(warnings, marked=envelope.is_partial or data.is_partial)
    remarks = (*incomplete, *warnings, *(envelope.infos or ()))
    return Reply(data.result_type, matrix(series), _fit(remarks), _fit(incomplete))


def _incomplete(warnings: Iterable[str], *, marked: bool) -> list[str]:
    """Those of the engine's remarks that say that something is missing."""
    found = [one for one in warnings if not one.startswith(_ABOUT_THE_QUERY)]
    return found or ([_INCOMPLETE] if marked else [])


def read_data(body: bytes, what: str) -> Resource:
    """An answer that is no query's.

    Args:
        body: JSON as it came.
        what: What was asked for, for messages.

    Raises:
        SourceRejected: It is an error in spite of its HTTP status.
        SourceUnavailable: It is not shaped as Prometheus' answers are.
    """
    try:
        envelope = _open(body)
        data = msgspec.json.decode(envelope.data)
    except ValueError as error:
        raise _unusable(error, what) from None
    return Resource(data, _fit(_incomplete(envelope.warnings or (), marked=envelope.is_partial)))


def _open(body: bytes) -> _Envelope:
    """The envelope of an answer that is no error."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    if envelope.status == "success":
        return envelope
    said = printable(": ".join(filter(None, (envelope.error_type, envelope.error))) or f"status {envelope.status!r}")
    message = f"{SYSTEM} answered with an error: {said}"
    status = _STATUS_OF_ERROR.get(envelope.error_type)
    if status is None:
        raise SourceUnavailable(SYSTEM, message, "Run it again later; if it stays, ask who runs Prometheus.")
    raise SourceRejected(SYSTEM, message, "Check what prometheus asks for in the configuration.", status=status)


def _series(data: _Data, sieve: SampleSieve) -> Iterable[Series]:
    """The series of a result of any kind."""
    if data.result_type in {"matrix", "vector"}:
        return (_row(row, sieve) for row in msgspec.json.decode(data.result, type=list[_Row]))
    if data.result_type == "scalar":
        time, value = msgspec.json.decode(data.result, type=tuple[float, str])
        return [_point({}, time, value)]
    if data.result_type == "string":
        return []
    raise ValueError("it is of a type that is not known")


def _agree(found: Iterable[Series]) -> bool:
    """Whether series of the same labels are pieces of one: series of several targets do not fit into each other."""
    alike: dict[str, list[Series]] = {}
    for one in found:
        alike.setdefault(label_text(one.labels), []).append(one)
    return all(len(pieces) == 1 or _are_one(pieces) for pieces in alike.values())


def _are_one(pieces: list[Series]) -> bool:
    """Whether each of them holds all that the whole holds of its time."""
    (whole,) = matrix(pieces).series
    return all(whole.cut(one.times[0], one.times[-1]) == one for one in pieces if len(one.times))


def _row(row: _Row, sieve: SampleSieve) -> Series:
    """One series with its sample or samples."""
    if bytes(row.histogram) or bytes(row.histograms):
        raise SourceRejected(
            SYSTEM, f"{SYSTEM} answered with native histograms, which are no counters", _HISTOGRAM_HINT
        )
    if row.value is not None:
        return _point(row.metric, *row.value)
    if not bytes(row.values):
        raise ValueError("a series has no samples")
    times, values = sieve.samples_of(bytes(row.values))
    return Series(row.metric, times, values)


def _point(labels: dict[str, str], time: float, value: str) -> Series:
    """A series of one sample, or of none where the value is no number, or the time of another age."""
    number = float(value)
    times = np.array([time])
    kept = usable(times) & ~np.isnan(number)
    return Series(labels, times[kept], np.array([number])[kept])


def _fit(remarks: Iterable[str]) -> tuple[str, ...]:
    """Remarks fit to print, each once, not too many."""
    return tuple(dict.fromkeys(printable(one) for one in remarks))[:_MOST_REMARKS]


def _unusable(error: ValueError, what: str) -> SourceError:
    """The error of an answer that is shaped otherwise; it may quote the answer's field names, never its values."""
    is_json = isinstance(error, msgspec.ValidationError) or not isinstance(error, msgspec.DecodeError)
    why = "it is not shaped as expected" if is_json else "it is not valid JSON"
    return SourceUnavailable(SYSTEM, f"{SYSTEM} answered the question for {what} unusably: {why}", _SHAPE_HINT)
