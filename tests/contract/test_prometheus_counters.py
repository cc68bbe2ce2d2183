"""An SLO's counters over the wire: raw, summed by the server, or a ratio; and what happens when it says no."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from pm_autofill.collect.prometheus.counters import Allowance
from pm_autofill.evidence.series import Matrix, pack, unpack
from tests.servers.prometheus import (
    NOON,
    ScriptedPrometheus,
    after_noon,
    give,
    minutes,
    nothing,
    number,
    ratio_slo,
    refuse,
    series,
    slo,
)
from tests.world.loopback import as_html

API = {"__name__": "requests_total", "job": "api", "instance": "a:80"}
RAW_TOTAL = r'query requests_total\{service="checkout"\}\['
RAW_BAD = r'query requests_total\{service="checkout",code=~"5.."\}\['
COUNT_TOTAL = r'sum by \(job, instance\) \(count_over_time\(requests_total\{service="checkout"\}'
COUNT_BAD = r'sum by \(job, instance\) \(count_over_time\(requests_total\{service="checkout",code'
STEPS_TOTAL = r'query_range sum\(\(requests_total\{service="checkout"\} -'
STEPS_BAD = r'query_range sum\(\(requests_total\{service="checkout",code'
ENDS = r"query_range sum\(\(\(last_over_time"
SCRAPES = r"query_range label_replace\(min\(timestamp"
GOOD = 'requests_total{service="checkout",code!~"5.."}'
FEW = {COUNT_TOTAL: number(1, job="api"), COUNT_BAD: number(1, job="api")}


def scraped(*steps: int, spread: float = 10.0) -> dict[str, object]:
    """Targets scraped every 15 s, the last of them two seconds before each step."""
    parts = {
        "first": [(step, NOON.timestamp() + step - 2 - spread) for step in steps],
        "last": [(step, NOON.timestamp() + step - 2) for step in steps],
        "each": [(step, 4.0) for step in steps],
    }
    return give("matrix", *(series({"pm_autofill_scrapes": name}, *values) for name, values in parts.items()))


def test_raw_samples_are_read_and_cut_to_the_window() -> None:
    """More is asked for than needed, so that it does not matter whether a range includes its start."""
    total = give("matrix", series(API, (-0.5, 90), (0, 100), (15, 130), (600, 500)))
    script = {**FEW, RAW_TOTAL: total, RAW_BAD: give("matrix", series({**API, "code": "500"}, (15, 1)))}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    found = observed.value(slo())
    assert found.total is not None
    assert found.bad is not None
    assert found.total.matrix.series[0].labels == API
    assert list(found.total.matrix.series[0].times) == after_noon(0, 15, 600)
    assert found.total.matrix.series[0].values.tolist() == [100.0, 130.0, 500.0]
    assert (found.total.start, found.total.end) == (NOON, NOON + timedelta(minutes=10))
    assert found.bad.matrix.series[0].values.tolist() == [1.0]
    assert (found.total.pushed_down, found.total.caveats, found.good, observed.gaps) == (False, (), None, ())


def test_each_read_names_its_question() -> None:
    """Query, times, digest of the answer's bytes, and a link for people with absolute times."""
    total = give("matrix", series(API, (0, 100)))
    script = {**FEW, RAW_TOTAL: total, RAW_BAD: nothing("matrix")}
    with ScriptedPrometheus(script=script) as server:
        collector = server.collector(public_url="https://prometheus.example/p")
        observed = collector.counters(slo(), minutes(10))
        bodies = {
            form["query"]: exchange.reply.body for form, exchange in zip(server.forms, server.exchanges, strict=True)
        }
    source = observed.sources["prometheus.checkout-availability.total"]
    assert source.query == 'requests_total{service="checkout"}[601s]'
    assert (source.system, source.start, source.end, source.step) == (
        "Prometheus",
        NOON,
        NOON + timedelta(minutes=10),
        None,
    )
    assert source.sha256 == hashlib.sha256(bodies[source.query]).hexdigest()
    link = urlsplit(source.url)
    assert (link.netloc, link.path) == ("prometheus.example", "/p/graph")
    assert parse_qs(link.query)["g0.expr"] == ['requests_total{service="checkout"}']
    assert parse_qs(link.query)["g0.end_input"] == ["2026-11-18 12:10:00"]
    assert set(observed.sources) == {f"prometheus.checkout-availability.{role}" for role in ("total", "bad")}


def test_queries_are_posted_as_forms_that_ask_for_whole_answers() -> None:
    """No query in the address, no partial answers, no downsampling, and a time limit for the engine."""
    script = {**FEW, RAW_TOTAL: give("matrix", series(API, (0, 100))), RAW_BAD: nothing("matrix")}
    with ScriptedPrometheus(script=script) as server:
        server.collector().counters(slo(), minutes(10))
        assert [(request.method, request.path, request.query) for request in server.requests] == [
            ("POST", "/api/v1/query", ())
        ] * 4
        form = server.forms[0]
        request = server.requests[0]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["authorization"] == "Bearer t-1"
    assert form["time"] == "1795003800.000"
    assert {name: form[name] for name in ("partial_response", "dedup", "max_source_resolution")} == {
        "partial_response": "false",
        "dedup": "true",
        "max_source_resolution": "0s",
    }
    assert form["deny_partial_response"] == "1"
    assert form["timeout"] in {"19s", "20s"}


def test_too_many_samples_are_summed_by_the_server() -> None:
    """They are counted first; above the allowance no raw sample is asked for."""
    script = {
        COUNT_TOTAL: number(900, job="api"),
        COUNT_BAD: number(200, job="api"),
        STEPS_TOTAL: give("matrix", series({}, (60, 10), (120, 20), (240, 5))),
        STEPS_BAD: give("matrix", series({}, (120, 3))),
        ENDS: give("matrix", series({}, (60, 0), (120, 9))),
        SCRAPES: scraped(0, 60, 120, 240),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector(allowance=Allowance(samples=1000)).counters(slo(), minutes(4))
        steps = [form for form in server.forms if "step" in form]
        assert len(server.requests) == 7
    found = observed.value(slo())
    assert found.total is not None
    assert found.bad is not None
    assert found.total.pushed_down
    assert found.bad.pushed_down
    assert list(found.total.matrix.series[0].times) == after_noon(-7, 53, 113, 233)
    assert found.total.matrix.series[0].values.tolist() == [0.0, 10.0, 30.0, 35.0]
    assert list(found.bad.matrix.series[0].times) == after_noon(-7, 53, 113, 233)
    assert found.bad.matrix.series[0].values.tolist() == [0.0, 0.0, 3.0, 3.0]
    assert (found.total.spread, found.bad.spread) == (10.0, 10.0)
    assert found.total.at_ends is not None
    assert found.total.at_ends.series[0].values.tolist() == [0.0, 0.0, 3.0, 3.0]
    assert {(form["start"], form["end"], form["step"]) for form in steps} == {
        ("1795003260.000", "1795003440.000", "60"),
        ("1795003200.000", "1795003440.000", "60"),
    }
    counted = [form for form in steps if re.search(f"{STEPS_TOTAL}|{STEPS_BAD}", f"query_range {form['query']}")]
    assert all('process_start_time_seconds{job=~"api"}' in form["query"] for form in counted)
    source = observed.sources["prometheus.checkout-availability.bad"]
    assert (source.step, source.query) == (60.0, next(form["query"] for form in counted if "5.." in form["query"]))
    assert observed.gaps == ()


def test_sums_stand_where_the_file_keeps_them() -> None:
    """The middle of the scrapes lies between two milliseconds; a draft must not change as it is rebuilt."""
    script = {**FEW, STEPS_TOTAL: give("matrix", series({}, (60, 10))), STEPS_BAD: nothing("matrix")}
    script |= {ENDS: nothing("matrix"), SCRAPES: scraped(0, 60, 120, spread=9.983)}
    with ScriptedPrometheus(script=script) as server:
        found = server.collector(allowance=Allowance(samples=1)).counters(slo(), minutes(4)).value(slo())
    assert found.total is not None
    assert found.total.matrix.sample_count == 3
    assert unpack(msgspec.json.decode(msgspec.json.encode(pack(found.total.matrix)))) == found.total.matrix


@pytest.mark.parametrize(
    "raw",
    [
        refuse(422, "execution", "query processing would load too many samples into memory"),
        refuse(503, "timeout", "query timed out in expression evaluation"),
    ],
)
def test_refused_raw_samples_are_summed_by_the_server(raw: object) -> None:
    """What is too much raw may still be had as sums."""
    script = {**FEW, RAW_TOTAL: raw, RAW_BAD: raw, STEPS_TOTAL: give("matrix", series({}, (60, 10)))}
    script |= {STEPS_BAD: nothing("matrix"), ENDS: nothing("matrix"), SCRAPES: scraped(0, 60)}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    found = observed.value(slo())
    assert found.total is not None
    assert found.total.pushed_down
    assert found.total.matrix.series[0].values.tolist() == [0.0, 10.0]
    assert observed.gaps == ()


def test_a_count_that_is_refused_for_its_size_is_no_obstacle() -> None:
    """Then the raw samples surely are too many."""
    too_many = refuse(422, "execution", "too many samples")
    script = {COUNT_TOTAL: too_many, COUNT_BAD: too_many, STEPS_BAD: nothing("matrix")}
    script |= {STEPS_TOTAL: give("matrix", series({}, (60, 10))), ENDS: nothing("matrix"), SCRAPES: scraped(0, 60)}
    with ScriptedPrometheus(script=script) as server:
        found = server.collector().counters(slo(), minutes(10)).value(slo())
    assert found.total is not None
    assert found.total.pushed_down


def test_increments_that_are_no_numbers_count_nothing() -> None:
    """Neither does a step that nothing was scraped in: what it would hold is in the next one."""
    script = {
        COUNT_TOTAL: number(9e9, job="api"),
        COUNT_BAD: number(0, job="api"),
        STEPS_TOTAL: give("matrix", series({}, (60, "+Inf"), (120, "NaN"), (180, -5), (240, 7), (300, 8))),
        STEPS_BAD: nothing("matrix"),
        ENDS: nothing("matrix"),
        SCRAPES: scraped(0, 60, 120, 180, 300),
    }
    with ScriptedPrometheus(script=script) as server:
        found = server.collector().counters(slo(), minutes(5)).value(slo())
    assert found.total is not None
    assert list(found.total.matrix.series[0].times) == after_noon(-7, 53, 113, 173, 293)
    assert found.total.matrix.series[0].values.tolist() == [0.0, 0.0, 0.0, 0.0, 15.0]


def test_refused_sums_are_tried_in_longer_steps() -> None:
    """Five minutes instead of one; then it is a gap with the server's own words."""
    script = {COUNT_TOTAL: number(9e9), COUNT_BAD: number(0), "query_range": refuse(422, "execution", "too many")}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(60))
        steps = sorted(form["step"] for form in server.forms if "step" in form)
    assert steps == ["300"] * 5 + ["60"] * 5
    (gap,) = observed.gaps
    assert gap.what == "the SLI of checkout-availability"
    assert "too many" in gap.reason
    assert "--query.max-samples" in gap.hint
    assert observed.value(slo()) == slo()


def test_samples_that_would_fill_the_evidence_are_summed_by_the_server() -> None:
    """The evidence stays small, whatever the count said."""
    many = [(float(second), second * 1009.5) for second in range(0, 600, 15)]
    script = {**FEW, RAW_TOTAL: give("matrix", series(API, *many)), RAW_BAD: nothing("matrix")}
    script |= {STEPS_TOTAL: give("matrix", series({}, (60, 10))), STEPS_BAD: nothing("matrix")}
    script |= {ENDS: nothing("matrix"), SCRAPES: scraped(0, 60)}
    with ScriptedPrometheus(script=script) as server:
        found = server.collector(allowance=Allowance(evidence_bytes=500)).counters(slo(), minutes(10)).value(slo())
        assert found.total is not None
        assert found.total.pushed_down
        found = server.collector(allowance=Allowance(evidence_bytes=1000)).counters(slo(), minutes(10)).value(slo())
        assert found.total is not None
        assert not found.total.pushed_down


def test_a_wrong_selector_is_a_gap_with_the_engines_words() -> None:
    """What was known stays known, and nothing more is asked."""
    wrong = refuse(400, "bad_data", 'invalid parameter "query": 1:35: parse error: unexpected "}"')
    with ScriptedPrometheus(script={"": wrong}) as server:
        observed = server.collector().counters(slo(), minutes(10))
        assert len(server.requests) == 2
    (gap,) = observed.gaps
    assert 'bad_data: invalid parameter "query": 1:35: parse error: unexpected "}"' in gap.reason
    assert gap.hint.startswith("Check its PromQL in the configuration")
    assert observed.value(slo()) == slo()
    assert observed.sources == {}


def test_refused_credentials_are_a_gap_that_names_the_setting() -> None:
    """Prometheus' token is no reason to end the run."""
    with ScriptedPrometheus(script={"": refuse(401, "unauthorized", "no")}) as server:
        (gap,) = server.collector().counters(slo(), minutes(10)).gaps
    assert "Prometheus refused the credentials" in gap.reason
    assert gap.hint == "Check token, or username and password, under prometheus."


def test_a_login_page_is_a_gap() -> None:
    """An answer of 200 that is a web page holds no samples."""
    with ScriptedPrometheus(script={"": as_html("<html>Sign in</html>")}) as server:
        (gap,) = server.collector().counters(slo(), minutes(10)).gaps
    assert "a web page instead of data" in gap.reason


def test_a_server_that_is_down_is_a_gap() -> None:
    """Nothing is raised, and it is not asked for sums in place of samples."""
    with ScriptedPrometheus() as server:
        collector = server.collector()
    observed = collector.counters(slo(), minutes(10))
    (gap,) = observed.gaps
    assert "the connection was refused" in gap.reason
    assert observed.value(slo()) == slo()


def test_no_events_at_all_are_a_gap_and_an_empty_answer() -> None:
    """An empty answer is not 0; what an earlier question found stays."""
    with ScriptedPrometheus(script={"count_over_time": nothing()}) as server:
        observed = server.collector().counters(slo(), minutes(10))
        assert len(server.requests) == 2
    found = observed.value(slo())
    assert found.total is not None
    assert found.total.matrix == Matrix()
    assert found.total.source in observed.sources
    assert (found.bad, len(observed.gaps)) == (None, 1)
    assert observed.gaps[0].reason == 'no series match requests_total{service="checkout"} in this window'
    assert observed.gaps[0].hint.startswith("Check events.total")
    script = {**FEW, RAW_TOTAL: give("matrix", series(API, (0, 100))), RAW_BAD: nothing("matrix")}
    with ScriptedPrometheus(script=script) as server:
        known = server.collector().counters(slo(), minutes(10)).value(slo())
    assert observed.value(known) == known


def test_no_bad_events_are_no_gap() -> None:
    """A series of failures is born with the first one."""
    script = {**FEW, COUNT_BAD: nothing(), RAW_TOTAL: give("matrix", series(API, (0, 100))), RAW_BAD: nothing("matrix")}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    found = observed.value(slo())
    assert found.bad is not None
    assert (found.bad.matrix, observed.gaps) == (Matrix(), ())


def test_no_good_events_are_a_gap() -> None:
    """Else every event would count as bad where a label is misspelt."""
    good = slo(bad=None, good=GOOD)
    script = {"code!~": nothing("matrix"), "count_over_time": number(8), RAW_TOTAL: give("matrix", series(API, (0, 1)))}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(good, minutes(10))
    assert observed.value(good) == good
    assert observed.gaps[0].reason == 'no series match requests_total{service="checkout",code!~"5.."} in this window'
    assert "events.good" in observed.gaps[0].hint


def test_good_events_are_kept_as_such() -> None:
    """They stand under good, and bad stays empty."""
    good = slo(bad=None, good=GOOD)
    raw = {"code!~": give("matrix", series(API, (0, 90))), RAW_TOTAL: give("matrix", series(API, (0, 100)))}
    with ScriptedPrometheus(script={"count_over_time": number(8), **raw}) as server:
        observed = server.collector().counters(good, minutes(10))
    found = observed.value(good)
    assert found.good is not None
    assert (found.good.source, found.bad) == ("prometheus.checkout-availability.good", None)


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ({"warnings": ["receive series: store eu1: deadline"]}, "receive series: store eu1: deadline"),
        ({"isPartial": True}, "the answer is marked as partial"),
    ],
)
def test_a_partial_answer_is_used_and_told(mark: dict[str, object], reason: str) -> None:
    """It becomes a caveat of the read, and a gap."""
    script = {
        **FEW,
        COUNT_BAD: nothing(),
        RAW_TOTAL: give("matrix", series(API, (0, 100)), **mark),
        RAW_BAD: nothing("matrix"),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    found = observed.value(slo())
    assert found.total is not None
    assert found.total.caveats == (reason,)
    (gap,) = observed.gaps
    assert gap.reason == f"Prometheus answered in part only: {reason}"


def test_an_slo_without_a_question_asks_nothing() -> None:
    """Neither events nor a ratio: there is nothing to ask for."""
    empty = ratio_slo(None)
    with ScriptedPrometheus() as server:
        observed = server.collector().counters(empty, minutes(10))
        assert server.requests == []
    assert (observed.value(empty), observed.gaps) == (empty, ())


def test_native_histograms_are_a_gap_that_names_them() -> None:
    """Their samples are no numbers; the hint says what to name in their place."""
    row = {"metric": API, "histograms": [[NOON.timestamp(), {"count": "3", "sum": "1"}]]}
    with ScriptedPrometheus(script={**FEW, RAW_TOTAL: give("matrix", row), RAW_BAD: nothing("matrix")}) as server:
        observed = server.collector().counters(slo(), minutes(10))
    (gap,) = observed.gaps
    assert gap.reason == "Prometheus answered with native histograms, which are no counters"
    assert "_count" in gap.hint
    assert observed.value(slo()) == slo()


def test_infos_warnings_and_partial_answers_are_kept_as_caveats() -> None:
    """Each where it stands; only what is missing is a gap, too."""
    script = {
        **FEW,
        COUNT_BAD: nothing(),
        RAW_TOTAL: give("matrix", series(API, (0, 1)), isPartial=True, infos=["PromQL info: not a counter"]),
        RAW_BAD: give("matrix", warnings=["store eu1 did not answer"]),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    found = observed.value(slo())
    assert found.total is not None
    assert found.bad is not None
    assert found.total.caveats == ("the answer is marked as partial", "PromQL info: not a counter")
    assert found.bad.caveats == ("store eu1 did not answer",)
    assert [gap.reason for gap in observed.gaps] == [
        "Prometheus answered in part only: the answer is marked as partial",
        "Prometheus answered in part only: store eu1 did not answer",
    ]


@pytest.mark.parametrize("sent", [nothing("matrix"), give("matrix", series(API, (0, 100), (15, 130)))])
def test_fewer_samples_than_were_counted_are_a_part(sent: dict[str, object]) -> None:
    """Whatever the server says of it: what holds less than was asked for is not whole, nor is nothing at all."""
    bad = give("matrix", series({**API, "code": "500"}, (15, 1)))
    script = {COUNT_TOTAL: number(40, job="api"), COUNT_BAD: number(1, job="api"), RAW_TOTAL: sent, RAW_BAD: bad}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().counters(slo(), minutes(10))
    (gap,) = observed.gaps
    assert gap.what == "the SLI of checkout-availability"
    assert re.fullmatch(r"Prometheus sent [02] of 40 samples that it counted there", gap.reason)
    assert observed.readings["slo.checkout-availability.samples"].state == "partial"


@pytest.mark.parametrize(("lost", "gaps"), [("job", 1), ("instance", 1), ("pod", 0)])
def test_a_label_of_the_targets_that_did_not_come_is_a_gap(lost: str, gaps: int) -> None:
    """Good and all events would no longer be of the same targets."""
    labels = {**API, "pod": "a-1"}
    counts = number(1, job="api", instance="a:80")
    kept = {name: value for name, value in labels.items() if name != lost}
    raw = {RAW_TOTAL: give("matrix", series(kept, (0, 100))), RAW_BAD: give("matrix", series(labels, (0, 1)))}
    with ScriptedPrometheus(script={COUNT_TOTAL: counts, COUNT_BAD: counts, **raw}) as server:
        found = server.collector().counters(slo(), minutes(10)).gaps
    assert [gap.reason for gap in found] == [f"Prometheus sent samples of another {lost} than it counted there"][:gaps]


def test_a_target_that_came_up_since_the_count_is_no_gap() -> None:
    """While an incident lasts, pods start between two questions, and samples arrive late."""
    counts = number(1, job="api", instance="a:80")
    both = [series(API, (0, 100)), series({**API, "instance": "b:80"}, (0, 1))]
    raw = {RAW_TOTAL: give("matrix", *both), RAW_BAD: give("matrix", series(API, (0, 1)))}
    with ScriptedPrometheus(script={COUNT_TOTAL: counts, COUNT_BAD: counts, **raw}) as server:
        assert server.collector().counters(slo(), minutes(10)).gaps == ()
