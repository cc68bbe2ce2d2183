"""What the collector reads from real engines is what is known to have happened."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.changes.gathering import gather
from pm_autofill.analyse.counting import count_bad
from pm_autofill.analyse.spans import Span
from pm_autofill.collect.prometheus.counters import Allowance
from pm_autofill.config.settings import Settings
from pm_autofill.evidence.readings import seen
from pm_autofill.evidence.slos import Boundary, Events, SloDefinition, SloEvidence
from pm_autofill.instants import Window
from tests.servers.prometheus import connect, count_events, read_slo
from tests.unit.analyse.cases import evidence
from tests.world import plan
from tests.world.incident import generate

if TYPE_CHECKING:
    from datetime import datetime

    from tests.engines.conftest import StartEngine
    from tests.world.engine import Engine
    from tests.world.incident import Incident

SERVED = 'http_requests_total{service="checkout"}'
AVAILABILITY = SloDefinition(
    name="checkout-availability",
    service="checkout-api",
    objective=Decimal("99.9"),
    events=Events(total=SERVED, bad='http_requests_total{service="checkout",code=~"5.."}'),
)
LATENCY = SloDefinition(
    name="checkout-latency",
    service="checkout-api",
    objective=Decimal(99),
    events=Events(
        total='http_request_duration_seconds_count{service="checkout"}',
        good='http_request_duration_seconds_bucket{service="checkout",le="0.5"}',
    ),
)


def _around(incident: Incident) -> Window:
    """Three hours before the impact until an hour after it."""
    truth = incident.truth
    return Window(truth.start - timedelta(hours=3), truth.end + timedelta(hours=1))


def _month(end: datetime) -> Window:
    """The thirty days that end then."""
    return Window(end - timedelta(days=30), end)


# ---------------------------------------------------------------- counters


def test_raw_samples_are_the_recorded_ones(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Every sample of the window, to the millisecond and the last digit, with all its labels."""
    window = _around(checkout_incident)
    slo = read_slo(connect(checkout_engine.url), AVAILABILITY, window)
    first, last = window.start.timestamp() * 1000, window.end.timestamp() * 1000
    expected = {}
    for one in checkout_incident.series:
        inside = (one.times >= first) & (one.times <= last)
        if one.name == "http_requests_total" and one.label("service") == "checkout" and inside.any():
            expected[one.labels] = (one.times[inside].tolist(), one.values[inside].tolist())
    assert slo.total is not None
    found = {
        tuple(sorted(one.labels.items())): (np.rint(one.times * 1000).tolist(), one.values.tolist())
        for one in slo.total.matrix.series
    }
    assert found == {tuple(sorted(labels)): samples for labels, samples in expected.items()}
    assert slo.bad is not None
    assert {one.labels["code"] for one in slo.bad.matrix.series} == {"500", "503"}


def test_raw_samples_count_what_was_served(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Failed and slow requests of the impact, rollouts and births included."""
    truth = checkout_incident.truth
    counts, impact = truth.in_impact(), Window(truth.start, truth.end)
    failures = read_slo(connect(checkout_engine.url), AVAILABILITY, _around(checkout_incident))
    assert count_events(failures, failures.total, impact) == pytest.approx(counts.total, rel=0.005)
    assert count_events(failures, failures.bad, impact) == pytest.approx(counts.failed, rel=0.007)
    latency = read_slo(connect(checkout_engine.url), LATENCY, _around(checkout_incident))
    served, fast = (count_events(latency, read, impact) for read in (latency.total, latency.good))
    assert served - fast == pytest.approx(counts.slow, rel=0.007)


def test_sums_per_step_count_nearly_the_same(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Where raw samples are too many, the server's increments cost a scrape interval's precision."""
    truth = checkout_incident.truth
    slo = read_slo(
        connect(checkout_engine.url, allowance=Allowance(samples=1000)), AVAILABILITY, _around(checkout_incident)
    )
    assert slo.total is not None
    assert slo.total.pushed_down
    assert slo.process_starts is None
    assert len(slo.total.matrix.series) == 1
    counts, impact = truth.in_impact(), Window(truth.start, truth.end)
    assert count_events(slo, slo.total, impact) == pytest.approx(counts.total, rel=0.005)
    assert count_events(slo, slo.bad, impact) == pytest.approx(counts.failed, rel=0.01)


@pytest.mark.parametrize("allowance", [None, Allowance(samples=1000)], ids=["raw", "summed"])
def test_a_threshold_between_buckets_is_bounded_by_them(
    allowance: Allowance | None, checkout_engine: Engine, checkout_incident: Incident
) -> None:
    """Asked for 0.3 s where buckets end at 0.1 and 0.5: what is slower than half a second lies in the bounds."""
    events = LATENCY.events
    assert events is not None
    between = replace(LATENCY, events=replace(events, good=(events.good or "").replace("0.5", "0.3")))
    truth = checkout_incident.truth
    slo = read_slo(connect(checkout_engine.url, allowance=allowance), between, _around(checkout_incident))
    assert slo.boundary == Boundary(threshold=0.3, below=0.1, above=0.5)
    found = slo_curves(slo)
    assert found is not None
    first, last = truth.start.timestamp(), truth.end.timestamp()
    counted = count_bad(found, Span(first, last, (first, first), (last, last)))
    assert counted.low <= truth.in_impact().slow < counted.value < counted.high
    assert counted.high == pytest.approx(0.3 * truth.in_impact().total, rel=0.2)


def test_process_starts_tell_the_rollouts(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Each pod's start is there; only its turns are kept."""
    slo = read_slo(connect(checkout_engine.url), AVAILABILITY, _around(checkout_incident))
    assert slo.process_starts is not None
    series = slo.process_starts.matrix.series
    assert len({one.labels["pod"] for one in series}) == 9
    assert slo.process_starts.matrix.sample_count == 18
    truth = checkout_incident.truth
    started = [float(one.values[0]) for one in series]
    assert sum(started > truth.start.timestamp() - 3600 for started in started) == 6


def test_a_selector_without_series_is_a_gap(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Both engines answer it with nothing, which is not 0."""
    slo = SloEvidence(definition=SloDefinition(
        name="none", service="none", objective=Decimal(99), events=Events(total="no_such_total", bad="no_such_bad")
    ))  # fmt: skip
    observed = connect(checkout_engine.url).counters(slo, _around(checkout_incident))
    (gap,) = observed.gaps
    assert gap.reason == "no series match no_such_total in this window"


def test_a_wrong_query_is_a_gap_in_the_engines_words(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """The message says where the mistake is, as far as the engine does."""
    slo = SloEvidence(definition=SloDefinition(
        name="wrong", service="a", objective=Decimal(99), events=Events(total='x{a="b"', bad="sum(x)")
    ))  # fmt: skip
    observed = connect(checkout_engine.url).counters(slo, _around(checkout_incident))
    (gap,) = observed.gaps
    assert "pars" in gap.reason
    assert gap.hint.startswith("Check its PromQL in the configuration")


def test_a_ratio_is_read(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """It rises with the impact."""
    ratio = f"sum(rate({AVAILABILITY.events.bad}[1m])) / sum(rate({SERVED}[1m]))" if AVAILABILITY.events else ""
    definition = SloDefinition(name="ratio", service="checkout-api", objective=Decimal("99.9"), ratio=ratio)
    window = _around(checkout_incident)
    observed = connect(checkout_engine.url).counters(SloEvidence(definition=definition), window)
    assert observed.gaps == ()
    read = observed.value(SloEvidence(definition=definition)).ratio
    assert read is not None
    (series,) = read.matrix.series
    truth = checkout_incident.truth
    inside = (series.times > truth.start.timestamp() + 60) & (series.times < truth.start.timestamp() + 2000)
    assert np.median(series.values[inside]) == pytest.approx(0.12, rel=0.05)
    assert series.times[-1] == window.end.timestamp()


def test_a_ratio_whose_numerator_has_no_series_is_a_gap(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """The engine answers with nothing, which is not 0: the hint says what to append."""
    ratio = f'sum(rate(http_requests_total{{service="checkout",code="599"}}[1m])) / sum(rate({SERVED}[1m]))'
    definition = SloDefinition(name="ratio", service="checkout-api", objective=Decimal("99.9"), ratio=ratio)
    observed = connect(checkout_engine.url).counters(SloEvidence(definition=definition), _around(checkout_incident))
    (gap,) = observed.gaps
    assert gap.reason == "the ratio of ratio has no value in this window"
    assert "or vector(0)" in gap.hint
    read = observed.value(SloEvidence(definition=definition)).ratio
    assert read is not None
    assert read.matrix.sample_count == 0


def test_bad_events_without_a_series_are_none(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Unlike a ratio, counters tell that nothing happened: their target was scraped, and no such child was born."""
    never = replace(AVAILABILITY, events=Events(total=SERVED, bad='http_requests_total{service="checkout",code="599"}'))
    truth = checkout_incident.truth
    for allowance in (None, Allowance(samples=1000)):
        slo = read_slo(connect(checkout_engine.url, allowance=allowance), never, _around(checkout_incident))
        assert count_events(slo, slo.bad, Window(truth.start, truth.end)) == 0


# ---------------------------------------------------------------- budget windows


def test_the_budget_windows_are_the_true_ones(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Thirty days before S and before V, failures and slow requests, within a thousandth."""
    truth = checkout_incident.truth
    collector = connect(checkout_engine.url)
    for definition in (AVAILABILITY, LATENCY):
        slo = read_slo(connect(checkout_engine.url), definition, _around(checkout_incident))
        history = collector.history(slo, _month(_around(checkout_incident).end))
        slo = history.value(slo)
        assert history.gaps == ()
        assert slo.history_start is not None
        assert slo.history_start < truth.start - truth.budget_window
        for end in (truth.end, truth.start):
            observed = collector.totals(slo, _month(end))
            assert observed.gaps == ()
            slo = observed.value(slo)
        before, after = slo.totals
        for totals, counts in ((before, truth.before_start()), (after, truth.before_end())):
            bad = counts.failed if definition is AVAILABILITY else counts.slow
            assert totals.total == pytest.approx(counts.total, rel=0.0005)
            assert totals.bad == pytest.approx(bad, rel=0.001)
            assert totals.start == totals.end - timedelta(days=30)


def test_the_same_time_of_the_weeks_before_is_summed(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Four weeks of the usual traffic and failures, for two small questions."""
    truth = checkout_incident.truth
    slo = read_slo(connect(checkout_engine.url), AVAILABILITY, _around(checkout_incident))
    observed = connect(checkout_engine.url).usual(slo, Window(truth.start, truth.end))
    assert observed.gaps == ()
    weeks = observed.value(slo).weeks
    assert [truth.end - one.end for one in weeks] == [timedelta(days=days) for days in (28, 21, 14, 7)]
    usual = 60 * (truth.end - truth.start).total_seconds()
    assert [one.total for one in weeks] == pytest.approx([usual] * 4, rel=0.04)
    assert sum(one.bad for one in weeks) / sum(one.total for one in weeks) == pytest.approx(0.0006, rel=0.15)


@pytest.mark.parametrize("name", ["prometheus", "victoria-metrics"])
def test_a_short_history_knows_no_weeks(name: str, start_engine: StartEngine) -> None:
    """Three days are recorded: where nothing was scraped in the hour before, nothing is told."""
    incident = generate(plan.short_history())
    slo = SloEvidence(definition=AVAILABILITY)
    observed = connect(start_engine(name, incident).url).usual(slo, Window(incident.truth.start, incident.truth.end))
    assert (observed.value(slo).weeks, observed.gaps) == ((), ())


@pytest.mark.parametrize("name", ["prometheus", "victoria-metrics"])
def test_a_short_history_is_is_found_and_summed(name: str, start_engine: StartEngine) -> None:
    """Its beginning within minutes; what was there when it began is no birth."""
    incident = generate(plan.short_history())
    engine = start_engine(name, incident)
    truth = incident.truth
    collector = connect(engine.url)
    slo = read_slo(connect(engine.url), AVAILABILITY, _around(incident))
    slo = collector.history(slo, _month(truth.end)).value(slo)
    assert slo.history_start is not None
    assert timedelta(0) <= slo.history_start - truth.data_start <= timedelta(minutes=5)
    observed = collector.totals(slo, _month(truth.end))
    assert observed.gaps == ()
    (totals,) = observed.value(slo).totals
    assert totals.start == slo.history_start + timedelta(hours=1)
    covered = (totals.end - totals.start) / (truth.end - truth.data_start)
    counts = truth.count(truth.data_start, truth.end)
    assert totals.total / covered == pytest.approx(counts.total, rel=0.003)
    assert totals.bad == pytest.approx(counts.failed, rel=0.01)


# ---------------------------------------------------------------- alerts, rules, changes, doctor


def test_alerts_are_the_recorded_ones(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Pending, firing and the instant of becoming active, on the evaluations' own instants."""
    names = [run.rule.name for run in checkout_incident.truth.alerts]
    observed = connect(checkout_engine.url).alerts(names, _around(checkout_incident))
    assert observed.gaps == ()
    shown = [(one.name, one.state, f"{one.first:%H:%M:%S}", f"{one.last:%H:%M:%S}") for one in observed.value]
    assert shown == [
        ("CheckoutErrorBudgetBurn", "pending", "13:44:30", "13:46:00"),
        ("CheckoutBudgetBurnSlow", "pending", "13:45:00", "13:59:30"),
        ("CheckoutErrorBudgetBurn", "firing", "13:46:30", "14:23:30"),
        ("CheckoutBudgetBurnSlow", "firing", "14:00:00", "14:25:30"),
    ]
    assert [f"{one.active_at:%H:%M:%S}" for one in observed.value] == ["13:44:30", "13:45:00", "13:44:30", "13:45:00"]
    assert observed.value[0].labels == {"service": "checkout", "severity": "critical"}


def test_rules_are_the_loaded_ones(checkout_engine: Engine) -> None:
    """Prometheus tells them; VictoriaMetrics evaluates none, which is no gap."""
    observed = connect(checkout_engine.url).rules()
    assert observed.gaps == ()
    if checkout_engine.name == "victoria-metrics":
        assert observed.value == ()
        return
    first, second = observed.value
    assert (first.name, first.hold, first.interval) == ("CheckoutErrorBudgetBurn", 120.0, 30.0)
    assert first.labels == {"service": "checkout", "severity": "critical"}
    assert first.annotations["runbook_url"] == "https://runbooks.example/checkout/CheckoutErrorBudgetBurn"
    assert second.expression.startswith("sum(rate(http_requests_total")


def test_changes_are_the_deploy_and_the_rollback(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Each is one run of samples, begun within a scrape of it."""
    query = 'changes(kube_deployment_status_observed_generation{deployment="checkout"}[1m]) > 0'
    observed = connect(checkout_engine.url).changes("checkout-api", query, _around(checkout_incident))
    assert observed.gaps == ()
    (changes,) = observed.value
    (series,) = changes.matrix.series
    runs = series.times[np.diff(series.times, prepend=-np.inf) > 3 * changes.step]
    delays = runs - [plan.DEPLOY.timestamp(), plan.ROLLBACK.timestamp()]
    assert len(runs) == 2
    assert all(0 <= delay <= 60 for delay in delays)


def test_a_change_is_the_same_whenever_it_is_asked_for(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Five runs, three seconds apart, see one interval that holds the change and the scrape that showed it."""
    query = 'changes(kube_deployment_status_observed_generation{deployment="checkout"}[1m]) > 0'
    around, found = _around(checkout_incident), set()
    for late in (timedelta(seconds=3 * n) for n in range(5)):
        window = Window(around.start + late, around.end + late)
        told = evidence(changes=connect(checkout_engine.url).changes("checkout-api", query, window).value)
        found.add(tuple((one.id, one.earliest, one.done) for one in seen(gather(told, Settings()), ())))
    ((deploy, rollback),) = found
    for (_, earliest, done), at in ((deploy, plan.DEPLOY), (rollback, plan.ROLLBACK)):
        assert done - earliest <= timedelta(seconds=30)
        assert at <= done <= at + timedelta(seconds=60)


def test_doctor_knows_both_engines(checkout_engine: Engine) -> None:
    """Reachable, and what it says of itself."""
    probes = {probe.name: probe for probe in connect(checkout_engine.url).probe()}
    assert probes["reachable"].ok
    assert probes["queries answered"].ok
    assert probes["rules readable"].ok
    if checkout_engine.name == "prometheus":
        assert probes["version"].detail.startswith("Prometheus ")
        assert probes["rules readable"].detail == "alerting rules: 2"
        assert probes["retention"].detail == "100y"
    else:
        assert "VictoriaMetrics" in probes["version"].detail
        assert probes["retention"].ok is None
