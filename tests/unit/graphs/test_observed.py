"""What an SLO's pictures are drawn from."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import CounterRead, SliKind, SloEvidence
from pm_autofill.graphs.gaps import find_gaps, gap_words
from pm_autofill.graphs.observed import observe

from .scene import (
    END,
    FIRST,
    LAST,
    START,
    USUAL,
    Rate,
    at,
    evidence,
    findings,
    minutes,
    observed,
    slo_definition,
    slo_evidence,
    slo_findings,
)


def ratio_only(times: np.ndarray, values: np.ndarray) -> SloEvidence:
    """An SLO that has only a ratio."""
    read = CounterRead(matrix=Matrix((Series({}, times, values),)), source="q3", start=FIRST, end=LAST)
    return SloEvidence(definition=replace(slo_definition(), events=None, ratio="1 - sli"), ratio=read)


def test_counters_are_drawn_as_buckets_with_a_link_to_their_ratio() -> None:
    """And both questions are named."""
    data = observed()

    assert data.buckets is not None
    assert data.href == (
        "https://prometheus.example/graph?g0.expr=sum%28rate%28failures%5B1m%5D%29%29+%2F+sum%28rate%28requests%5B1m%5D%29%29"
        "&g0.tab=0&g0.range_input=1h&g0.end_input=2026-11-18+14%3A31%3A00"
    )
    assert data.sources == ("q1", "q2")
    assert data.name == "checkout-api (checkout-availability)"
    assert (data.view.start, data.view.end) == (at("13:31").timestamp(), at("14:31").timestamp())


def test_a_sample_of_a_ratio_tells_what_was_before_it() -> None:
    """Each step ends at its sample; where one is missing there is a gap."""
    times = np.delete(minutes(10, at("14:00")), 5)
    slo = ratio_only(times, np.linspace(0.1, 0.9, 9))
    data = observed(slo, slo_findings(slo.definition))

    assert data.buckets is None
    assert data.edges[0] == at("13:59").timestamp()
    assert data.edges[-1] == at("14:09").timestamp()
    assert np.isnan(data.ratio).tolist() == [False] * 5 + [True] + [False] * 4
    assert data.href == (
        "https://prometheus.example/graph?g0.expr=1+-+sli&g0.tab=0&g0.range_input=10m&g0.end_input=2026-11-18+14%3A09%3A00"
    )
    assert data.sources == ("q3",)
    assert gap_words(find_gaps(data)) == "; no samples from 14:04 to 14:05 UTC"


def test_stretches_without_requests_and_without_samples_are_told_apart() -> None:
    """The longest three, in order of time."""
    slo = slo_evidence((USUAL, Rate(START, 0.0, 0.0), Rate(END, 60.0, 0.0)), gap=(at("13:50"), at("13:55")))
    data = observed(slo)

    assert gap_words(find_gaps(data)) == (
        "; no requests from 13:42 to 13:50 UTC, no samples from 13:50 to 13:55 UTC"
        " and no requests from 13:55 to 14:20 UTC"
    )


def test_a_slow_request_is_called_slow() -> None:
    """For latency SLOs."""
    definition = replace(slo_definition(), kind=SliKind.LATENCY)

    assert observed(slo_evidence(definition=definition), slo_findings(definition)).bad == "slow"
    assert observed().bad == "failed"


def test_nothing_to_draw_is_none() -> None:
    """No reads, no series, one sample, samples elsewhere."""
    definition = slo_definition()
    empty = [
        SloEvidence(definition=definition),
        ratio_only(np.zeros(0), np.zeros(0)),
        ratio_only(minutes(1, at("14:00")), np.array([0.5])),
        ratio_only(minutes(20, at("01:00")), np.zeros(20)),
        replace(slo_evidence(), bad=None),
    ]
    for slo in empty:
        found = slo_findings(slo.definition)

        assert observe(evidence(slo), findings(found), slo, found) is None
