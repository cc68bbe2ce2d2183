"""Latency thresholds that are no bucket's boundary: which buckets are read in their place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pm_autofill.collect.prometheus.counters import Allowance
from pm_autofill.evidence.slos import Boundary, Events, SliKind, SloDefinition, SloEvidence
from tests.servers.prometheus import NOON, ScriptedPrometheus, give, minutes, nothing, number, refuse, series

POD = {"job": "api", "instance": "a:80"}
COUNTED = r"sum by \(job, instance\) \(count_over_time\("
BOUNDS = r"count by \(le\) \(count_over_time\(d_bucket\{le=~\".\+\"\}\[601s\]\)\)"


def slow(threshold: str) -> SloEvidence:
    """An SLO by a bucket."""
    events = Events(total="d_count", good=f'd_bucket{{le="{threshold}"}}')
    return SloEvidence(
        definition=SloDefinition(
            name="slow", service="s", objective=Decimal(99), events=events, kind=SliKind.LATENCY, window="30d"
        )
    )


def histogram(*bounds: str) -> dict[str, object]:
    """A server that has these buckets; each holds as many events as its number says hundredths."""
    script: dict[str, object] = {
        f"{COUNTED}d_count": number(2, **POD),
        COUNTED: nothing(),
        BOUNDS: give("vector", *({"metric": {"le": bound}, "value": [NOON.timestamp(), "2"]} for bound in bounds)),
        r"query d_count\[": give("matrix", series(POD, (0, 0), (600, 1000))),
    }
    for bound in bounds:
        events = 100 * float(bound) if bound != "+Inf" else 1000
        pattern = rf"query d_bucket\{{le=~?\"{bound.removesuffix('.0').replace('+', '.')}[\"(]"
        script[pattern] = give("matrix", series({**POD, "le": bound}, (0, 0), (600, events)))
    return {**script, r"query d_bucket": nothing("matrix")}


@pytest.mark.parametrize(
    ("threshold", "boundary", "good", "above"),
    [
        ("0.3", Boundary(threshold=0.3, below=0.25, above=0.5), "0.25", "0.5"),
        ("0.8", Boundary(threshold=0.8, below=0.5, above=1.0), "0.5", "1.0"),
        ("0.1", Boundary(threshold=0.1, below=0.0, above=0.25), "0.25", None),
        ("2.5", Boundary(threshold=2.5, below=1.0, above=None), "1.0", None),
        ("0.50", None, "0.5", None),
    ],
)
def test_the_buckets_around_a_threshold_are_read(
    threshold: str, boundary: Boundary | None, good: str, above: str | None
) -> None:
    """Both, the first, or the last; the bucket itself where only its notation differs."""
    with ScriptedPrometheus(script=histogram("0.25", "0.5", "1.0", "+Inf")) as server:
        observed = server.collector().counters(slow(threshold), minutes(10))
    assert observed.gaps == ()
    found = observed.value(slow(threshold))
    assert found.boundary == boundary
    assert found.good is not None
    assert found.good.matrix.series[0].labels["le"] == good
    assert (found.good_above.matrix.series[0].labels["le"] if found.good_above else None) == above
    assert {"prometheus.slow.total", "prometheus.slow.good"} <= set(observed.sources)


def test_a_histogram_without_buckets_is_a_gap() -> None:
    """Then the selector finds nothing, whatever its boundary."""
    with ScriptedPrometheus(script=histogram()) as server:
        observed = server.collector().counters(slow("0.3"), minutes(10))
    (gap,) = observed.gaps
    assert gap.reason == 'no series match d_bucket{le="0.3"} in this window'
    assert observed.value(slow("0.3")) == slow("0.3")


@pytest.mark.parametrize("answer", [refuse(422, "execution", "no"), give("vector", {"metric": {}, "value": [0, "1"]})])
def test_boundaries_that_cannot_be_had_are_a_gap(answer: object) -> None:
    """Refused, or written in no numbers."""
    with ScriptedPrometheus(script={**histogram(), BOUNDS: answer}) as server:
        observed = server.collector().counters(slow("0.3"), minutes(10))
    assert [gap.reason for gap in observed.gaps] == ['no series match d_bucket{le="0.3"} in this window']


def test_sums_without_good_events_are_a_gap_and_no_failures() -> None:
    """Were they taken as none, every request would have been slow."""
    parts = [("first", NOON.timestamp()), ("last", NOON.timestamp() + 9), ("each", 4.0)]
    scrapes = [series({"pm_autofill_scrapes": name}, (60, value), (120, value)) for name, value in parts]
    script = {
        f"{COUNTED}d_count": number(9e9, **POD),
        COUNTED: number(9e9, **POD),
        r"query_range sum\(\(d_count": give("matrix", series({}, (60, 10), (120, 10))),
        r"query_range label_replace": give("matrix", *scrapes),
        "query_range": nothing("matrix"),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector(allowance=Allowance(samples=1)).counters(slow("0.3"), minutes(10))
    assert [gap.reason for gap in observed.gaps] == ['no series match d_bucket{le="0.3"} in this window']
    assert observed.value(slow("0.3")) == slow("0.3")
