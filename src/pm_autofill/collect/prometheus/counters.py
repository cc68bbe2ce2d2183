"""An SLO's counters over a window: raw samples where they are few enough, else increments summed by the server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.processes import Targets, read_process_starts
from pm_autofill.collect.prometheus.raw import MORE, read_raw
from pm_autofill.collect.prometheus.readings import as_counters
from pm_autofill.collect.prometheus.refusals import RUN_AGAIN, is_refused_for_its_size, may_fit_when_smaller
from pm_autofill.collect.prometheus.stepped import read_ratio
from pm_autofill.collect.prometheus.subject import Subject, nothing, observed, read_of
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.collect.transport.pending import Pending
from pm_autofill.errors import SourceError
from pm_autofill.evidence.completeness import of_slo
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.series import pack
from pm_autofill.promql import accept_bounds, bound_of, sample_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.collect.prometheus.asking import Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.series import Matrix, Series
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.instants import Window

_TARGET = ("job", "instance")
_Target = tuple[str, str]
_MOST_BYTES_PER_SAMPLE = 32
# Two questions put one after the other may differ by a scrape, or by samples that are no numbers.
_AS_MANY = 0.98


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be read raw.

    Attributes:
        samples: Of all counters together.
        evidence_bytes: What they may take in the evidence file.
    """

    samples: int = 2_000_000
    evidence_bytes: int = 8 * 2**20

    def shared_by(self, count: int) -> Allowance:
        """The part of each of several SLOs."""
        return Allowance(self.samples // max(count, 1), self.evidence_bytes // max(count, 1))


def read_counters(ask: Interviewer, slo: SloEvidence, window: Window, allowance: Allowance) -> Observed[SloUpdate]:
    """Read an SLO's counters, or its ratio where it has only that.

    The samples are counted first; above the allowance, and where raw samples are refused, the server sums increments
    per step.

    Args:
        ask: Asks.
        slo: What is known of the SLO.
        window: What to read; both ends included.
        allowance: How much may be read raw.

    Returns:
        An update that sets ``total`` and ``bad`` or ``good`` with ``process_starts`` where the targets tell them, or
        ``ratio``; both counters or none.
    """
    definition = slo.definition
    if definition.ratio is not None:
        return read_ratio(ask, definition, definition.ratio, window)
    if definition.events is None:
        return Observed(unchanged)
    events = definition.events
    part_name = "bad" if events.bad is not None else "good"
    part = accept_bounds(events.bad or events.good or "")
    subject = Subject(ask, definition, window, accept_bounds(events.total), part, part_name)
    length = window.end - window.start + MORE
    try:
        counts = subject.ask_both(lambda one: ask.instant(sample_count(one, length), window.end, subject.what))
    except SourceError as error:
        return _read_pushed(subject, error) if is_refused_for_its_size(error) else failed(error, subject.what)
    if not counts["total"].matrix.series:
        return nothing(subject, counts["total"])
    jobs = {one.labels.get("job", "") for one in counts["total"].matrix.series}
    subject = replace(subject, jobs=tuple(sorted(jobs)) if "" not in jobs else ())
    if not counts[part_name].matrix.series and bound_of(events.good or "") is not None:
        subject = _between_buckets(subject)
    samples = sum(float(one.values.sum()) for count in counts.values() for one in count.matrix.series)
    if samples > allowance.samples:
        return _read_pushed(subject)
    targets = Targets.of(counts["total"].matrix)
    starts = Pending(partial(read_process_starts, ask, definition.name, targets, window), "Prometheus: process starts")
    counted = {role: _by_target(count.matrix) for role, count in counts.items()}
    return _with_starts(subject, _read_raw(subject, allowance, counted), starts.result())


def _with_starts(subject: Subject, counters: Observed[SloUpdate], starts: Observed[SloUpdate]) -> Observed[SloUpdate]:
    """Counters, and when the processes behind them started: two questions, each answered as far as it was."""
    readings = counters.readings or {subject.key: reach(counters.sources, counters.gaps)}
    started = {of_slo(subject.definition.name, "process_starts"): reach(starts.sources, starts.gaps)}
    sources, gaps = {**counters.sources, **starts.sources}, counters.gaps + starts.gaps
    return Observed(lambda slo: starts.value(counters.value(slo)), sources, gaps, {**readings, **started})


def _between_buckets(subject: Subject) -> Subject:
    """The subject with the buckets around its threshold; most thresholds are a bucket's own."""
    from pm_autofill.collect.prometheus.boundaries import between_buckets

    return between_buckets(subject)


def _by_target(found: Matrix) -> dict[_Target, float]:
    """Samples by target, of an answer that counted them so."""
    return {_target(one): float(one.values.sum()) for one in found.series}


def _target(one: Series) -> _Target:
    job, instance = (one.labels.get(label, "") for label in _TARGET)
    return job, instance


def _read_raw(
    subject: Subject, allowance: Allowance, counted: Mapping[str, Mapping[_Target, float]]
) -> Observed[SloUpdate]:
    """All raw samples; pushed down after all when they are refused, or too long for the evidence.

    How many there are was asked before: where fewer came, some are missing.
    """
    try:
        found = subject.ask_both(lambda one: read_raw(subject.ask, one, subject.window, subject.what))
    except SourceError as error:
        return _read_pushed(subject, error) if may_fit_when_smaller(error) else failed(error, subject.what)
    kept = as_counters({role: one for role, (_, one) in found.items()}, {role: subject.reading(role) for role in found})
    if _evidence_bytes([*kept.values()], allowance) > allowance.evidence_bytes:
        return _read_pushed(subject)
    lacks = [
        Gap(source=SYSTEM, what=subject.what, reason=reason, hint=RUN_AGAIN)
        for role, (answer, _) in found.items()
        if (reason := _lacking(answer.matrix, counted.get(role, {})))
    ]
    if not kept["total"].series and not lacks:
        return nothing(subject, found["total"][0])
    read = {role: (answer, read_of(subject, role, answer, kept[role])) for role, (answer, _) in found.items()}
    whole = observed(subject, read)
    return Observed(whole.value, whole.sources, whole.gaps or tuple(lacks[:1]))


def _lacking(came: Matrix, counted: Mapping[_Target, float]) -> str:
    """What is missing from samples that the server counted by target before; empty where nothing is."""
    expected = sum(counted.values())
    if came.sample_count < _AS_MANY * expected:
        return f"{SYSTEM} sent {came.sample_count} of {expected:.0f} samples that it counted there"
    for number, label in enumerate(_TARGET):
        known, sent = {one[number] for one in counted}, {_target(one)[number] for one in came.series}
        # A target that is new since the count lost no label; one that has none, or stands in for another, did.
        if any(known) and sent - known and ("" in sent - known or known - sent):
            return f"{SYSTEM} sent samples of another {label} than it counted there"
    return ""


def _read_pushed(subject: Subject, because: SourceError | None = None) -> Observed[SloUpdate]:
    """Increments summed by the server; most runs do without."""
    from pm_autofill.collect.prometheus.pushed import read_pushed

    return read_pushed(subject, because)


def _evidence_bytes(matrices: list[Matrix], allowance: Allowance) -> int:
    """What matrices take in the evidence file; 0 where they are certain to fit."""
    if sum(one.sample_count for one in matrices) * _MOST_BYTES_PER_SAMPLE <= allowance.evidence_bytes:
        return 0
    return sum(len(msgspec.json.encode(pack(one))) for one in matrices)
