"""When the processes behind an SLO's counters started."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.raw import count_series, fewer_series, read_raw
from pm_autofill.collect.prometheus.refusals import gaps_of_partial
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.collect.transport.pending import Pending
from pm_autofill.errors import SourceError
from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import CounterRead
from pm_autofill.promql import PROCESS_START, select

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.asking import Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.instants import Window

_MOST_INSTANCES = 1000


@dataclass(frozen=True, slots=True)
class Targets:
    """The scraped targets behind some counters.

    Attributes:
        jobs: Their jobs.
        instances: Their instances; empty where the counters name none, or too many to ask for by name.
    """

    jobs: frozenset[str]
    instances: frozenset[str]

    @classmethod
    def of(cls, found: Matrix) -> Targets:
        """Those that the labels of these series name."""
        jobs, instances = (
            frozenset(one.labels.get(label, "") for one in found.series) - {""} for label in ("job", "instance")
        )
        return cls(jobs, instances)


def read_process_starts(ask: Interviewer, name: str, targets: Targets, window: Window) -> Observed[SloUpdate]:
    """Read when the processes behind an SLO's raw counters started.

    Args:
        ask: Asks.
        name: The SLO's name.
        targets: Whose processes.
        window: What to read; both ends included.

    Returns:
        An update that sets ``process_starts``; nothing where the counters name no targets or these tell no start, which
        is no gap. A start is kept where it appears, changes and ends.
    """
    if not targets.instances:
        return Observed(unchanged)
    wanted = {"job": targets.jobs, "instance": targets.instances}
    if len(targets.instances) > _MOST_INSTANCES:
        del wanted["instance"]
    what = "process starts"  # of all SLOs: those of one job ask the same question
    selector = select(PROCESS_START, **wanted)
    counting = Pending(partial(count_series, ask, selector, window, what), "Prometheus: processes counted")
    try:
        answer, found = read_raw(ask, selector, window, what)
    except SourceError as error:
        return failed(error, what)
    gaps = gaps_of_partial(answer.reply, what) or fewer_series(len(answer.matrix.series), counting.result(), what)
    if not found.series:
        return Observed(unchanged, {}, gaps)
    key = source_id(name, "process_starts")
    starts = CounterRead(
        matrix=Matrix(tuple(_turns(one) for one in found.series)),
        source=key,
        start=window.start,
        end=window.end,
        caveats=answer.reply.caveats,
    )
    source = answer.source(ask.base, over=window, shown=selector)
    return Observed(
        lambda known: msgspec.structs.replace(known, process_starts=starts),
        {key: source},
        gaps,
    )


def _turns(one: Series) -> Series:
    """The first and the last sample of each stretch of equal values: all that a step function needs."""
    changed = np.diff(one.values) != 0
    kept = np.concatenate(([True], changed)) | np.concatenate((changed, [True]))
    return Series(one.labels, one.times[kept], one.values[kept])
