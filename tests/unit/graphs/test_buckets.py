"""Counters as events per bucket."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import SloEvidence
from pm_autofill.graphs.buckets import bucket_length, count
from pm_autofill.graphs.view import View

from .scene import END, FIRST, INCIDENT, START, Rate, at, counted, slo_definition, slo_evidence


@pytest.mark.parametrize(
    ("seconds", "scrape", "length"),
    [
        (600, 15, 15),
        (1800, 15, 15),
        (1801, 15, 60),
        (600, 1, 1),
        (36000, 15, 60),
        (37000, 15, 120),
        (86400, 15, 300),
        (3600, 60, 60),
        (3600, 300, 300),
        (600, 14.9998, 15),
        (10**9, 15, 86400),
    ],
)
def test_buckets_are_scrapes_in_short_pictures_and_minutes_in_longer_ones(
    seconds: float, scrape: float, length: float
) -> None:
    """At most 600 are shown, of round lengths."""
    assert bucket_length(seconds, scrape) == length


def test_events_are_counted_minute_by_minute() -> None:
    """60 requests a second; from 13:42 on a tenth of them fails."""
    found = counted(slo_evidence(), at("13:40"), at("13:44"), 60.0)

    assert list(found.total) == pytest.approx([3600.0] * 4)
    assert list(found.bad) == pytest.approx([0.0, 0.0, 360.0, 360.0])
    assert list(found.ratio) == pytest.approx([0.0, 0.0, 0.1, 0.1])
    assert found.edges[0] == at("13:40").timestamp()


def test_an_slo_defined_by_good_events_has_the_same_bad_ones() -> None:
    """Bad is what is not good."""
    slo = slo_evidence()
    assert slo.total is not None
    assert slo.bad is not None
    total, bad = slo.total.matrix.series[0], slo.bad.matrix.series[0]
    good = type(total)(total.labels, total.times, total.values - bad.values)
    by_good = SloEvidence(definition=slo.definition, total=slo.total, good=replace(slo.bad, matrix=Matrix((good,))))

    assert list(counted(by_good, at("13:41"), at("13:43"), 60.0).bad) == pytest.approx([0.0, 360.0])


def test_a_gap_between_scrapes_is_no_value_but_its_events_are_counted() -> None:
    """What was not seen is not drawn; what the counter says afterwards still counts."""
    found = counted(slo_evidence(gap=(at("14:00"), at("14:04"))), at("13:58"), at("14:06"), 60.0)

    assert list(np.isnan(found.total)) == [False, False, True, True, True, True, False, False]
    assert found.counted_bad.sum() == pytest.approx(8 * 360.0)
    assert found.mean_ratio(at("13:58").timestamp(), at("14:06").timestamp()) == pytest.approx(0.1)


def test_no_requests_make_no_ratio() -> None:
    """Nought by nought is unknown."""
    rates = (*INCIDENT[:1], Rate(START, 0.0, 0.0), Rate(END, 60.0, 0.0))
    found = counted(slo_evidence(rates), at("13:41"), at("13:43"), 60.0)

    assert found.total[1] == 0
    assert np.isnan(found.ratio[1])
    assert found.mean_ratio(START.timestamp(), END.timestamp()) is None


def test_pods_that_follow_one_another_under_one_address_are_counted_one_by_one() -> None:
    """Three of them, 40 requests a second each, the later ones born inside the picture."""
    lives = [(FIRST, at("13:40")), (at("13:40"), at("14:00")), (at("14:00"), at("16:00"))]
    totals, starts = [], []
    for number, (born, dies) in enumerate(lives):
        times = np.arange(born.timestamp() + 15, dies.timestamp() + 1, 15.0)
        labels = {"instance": "10.2.0.17:8080", "pod": f"checkout-{number}"}
        totals.append(Series(labels, times, 40.0 * (times - born.timestamp())))
        starts.append(Series(labels, times, np.full(len(times), born.timestamp())))
    slo = slo_evidence()
    assert slo.total is not None
    assert slo.bad is not None
    read = replace(slo.total, matrix=Matrix(tuple(totals)))
    pods = replace(
        slo,
        total=read,
        bad=replace(slo.bad, matrix=Matrix()),
        process_starts=replace(read, matrix=Matrix(tuple(starts))),
    )

    assert list(counted(pods, at("13:30"), at("14:10"), 600.0).total) == pytest.approx([24000.0] * 4)


def test_only_what_was_read_is_counted() -> None:
    """A view that reaches beyond the samples is cut, to whole buckets."""
    found = counted(slo_evidence(), at("11:00"), at("12:02:30"), 60.0)

    assert found.edges[0] == FIRST.timestamp()
    assert found.edges[-1] == at("12:02").timestamp()


def test_bad_never_exceeds_all() -> None:
    """Not even by the dust of interpolation."""
    rates = (Rate(FIRST, 59.9, 1.0),)
    found = counted(slo_evidence(rates), at("13:00:07"), at("13:40"))

    assert (found.ratio <= 1.0).all()


@pytest.mark.parametrize("missing", ["total", "bad"])
def test_without_counters_nothing_is_counted(missing: str) -> None:
    """None, and no zeros."""
    slo = replace(slo_evidence(), **{missing: None})

    assert count(slo, View(at("13:00").timestamp(), at("14:00").timestamp())) is None


def test_a_view_outside_the_samples_counts_nothing() -> None:
    """None, too; also for empty reads."""
    slo = slo_evidence()
    assert slo.total is not None
    empty = replace(slo, definition=slo_definition(), total=replace(slo.total, matrix=Matrix()))

    assert count(slo, View(at("20:00").timestamp(), at("21:00").timestamp())) is None
    assert count(empty, View(at("13:00").timestamp(), at("14:00").timestamp())) is None
