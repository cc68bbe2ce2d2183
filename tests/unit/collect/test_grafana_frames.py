"""Data frames become named, ordered, bounded series."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pm_autofill.collect.grafana.frames import PanelData, read_frames
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.panels import PanelQuery, PanelSeries

T0 = 1_795_008_000_000


def query(ref_id: str = "A", expression: str = "up") -> PanelQuery:
    """A query of a panel."""
    return PanelQuery(ref_id=ref_id, datasource_uid="P1", datasource_type="prometheus", expression=expression)


def frame(
    values: list[Any],
    *,
    times: list[Any] | None = None,
    labels: dict[str, str] | None = None,
    name: str = "",
    step: int | None = None,
    entities: dict[str, list[int]] | None = None,
) -> dict[str, Any]:
    """A frame of one series; without times every 15 s."""
    clock = {"name": "Time", "type": "time", "config": {"interval": step} if step else {}}
    config = {"displayNameFromDS": name} if name else {}
    column = {"name": "Value", "type": "number", "labels": labels or {}, "config": config}
    stamps = [T0 + 15_000 * number for number in range(len(values))] if times is None else times
    return {
        "schema": {"refId": "A", "fields": [clock, column]},
        "data": {"values": [stamps, values], "entities": [None, entities]},
    }


def read(*frames: dict[str, Any], expression: str = "up") -> PanelData:
    """The data of a panel with one query."""
    return read_frames({"results": {"A": {"status": 200, "frames": list(frames)}}}, [query(expression=expression)])


def samples(data: PanelData, number: int = 0) -> list[tuple[float, float | None]]:
    """A series as pairs of seconds since the first instant and value, None for NaN."""
    series = data.matrix.series[number]
    return [
        (time - T0 / 1000, None if math.isnan(value) else value)
        for time, value in zip(series.times.tolist(), series.values.tolist(), strict=True)
    ]


def test_a_series_is_read() -> None:
    """Times become seconds, null becomes NaN, the step is told."""
    data = read(frame([0, 0.4, None, 3.1], labels={"service": "cart"}, name="cart", step=15_000))
    assert samples(data) == [(0.0, 0.0), (15.0, 0.4), (30.0, None), (45.0, 3.1)]
    assert data.matrix.series[0].labels == {"service": "cart"}
    assert (data.series, data.step, data.problems) == ((PanelSeries(name="cart", ref_id="A"),), 15.0, ())


def test_special_numbers_stand_beside_the_values() -> None:
    """NaN and both infinities, by position; positions beyond the column are ignored."""
    data = read(frame([None, None, None, 1], entities={"NaN": [0], "Inf": [1, 99], "NegInf": [2, -1]}))
    assert [str(value) for value in data.matrix.series[0].values] == ["nan", "inf", "-inf", "1.0"]


def test_times_out_of_order_and_twice_are_mended() -> None:
    """Ascending; of two samples at one time the last stays; what has no time is dropped."""
    times = [T0 + 30_000, T0, T0 + 15_000, T0, None, "later", -5]
    assert samples(read(frame([3, 1, 2, 9, 7, 7, 7], times=times))) == [(0.0, 9.0), (15.0, 2.0), (30.0, 3.0)]


def test_a_gap_longer_than_the_step_holds_one_nan() -> None:
    """There Grafana ends its line, and so must the drawing."""
    times = [T0, T0 + 15_000, T0 + 60_000, T0 + 75_000]
    data = read(frame([1, 2, 3, 4], times=times, step=15_000))
    assert samples(data) == [(0.0, 1.0), (15.0, 2.0), (30.0, None), (60.0, 3.0), (75.0, 4.0)]


def test_queries_keep_their_order_and_series_the_order_of_their_labels() -> None:
    """Whatever the order in the answer: the same answer gives the same colours."""
    body = {
        "results": {
            "B": {"frames": [frame([1], labels={"a": "z"}, name="b-z"), frame([1], labels={"a": "c"}, name="b-c")]},
            "A": {"frames": [frame([1], labels={"a": "x"}, name="a-x")]},
        }
    }
    data = read_frames(body, [query("B"), query("A")])
    assert [(one.name, one.ref_id) for one in data.series] == [("b-c", "B"), ("b-z", "B"), ("a-x", "A")]
    assert [one.labels["a"] for one in data.matrix.series] == ["c", "z", "x"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([{"code": "200", "job": "api"}, {"code": "500", "job": "api"}], ["200", "500"]),
        ([{"a": "1", "b": "x"}, {"a": "2", "b": "y"}], ['{a="1",b="x"}', '{a="2",b="y"}']),
        ([{"a": "1"}, {"a": "2", "b": "y"}], ['{a="1"}', '{a="2",b="y"}']),
        ([{"__name__": "up", "job": "api"}], ['up{job="api"}']),
        ([{}], ["sum(up)"]),
        ([{"a": "1"}, {"a": "1"}], ['{a="1"} 1', '{a="1"} 2']),
    ],
)
def test_series_without_a_name_are_called_by_what_tells_them_apart(
    labels: list[dict[str, str]], names: list[str]
) -> None:
    """One telling label by its value, several in braces, else all labels, else the query; equal names are numbered."""
    data = read(*(frame([1], labels=one) for one in labels), expression="sum(up)")
    assert [one.name for one in data.series] == names


def test_a_name_of_the_panel_beats_that_of_the_data_source() -> None:
    """``displayName`` is what an override set."""
    one = frame([1], name="from the source")
    one["schema"]["fields"][1]["config"]["displayName"] = "from the panel"
    assert [line.name for line in read(one).series] == ["from the panel"]


def test_wide_frames_hold_several_series() -> None:
    """All numeric columns share the first column of times; columns of other kinds are left out."""
    fields = [
        {"name": "Time", "type": "time"},
        {"name": "a", "type": "number", "config": {"displayNameFromDS": "a"}},
        {"name": "host", "type": "string"},
        {"name": "b", "type": "number", "config": {"displayNameFromDS": "b"}, "labels": {"x": "y"}},
    ]
    wide = {"schema": {"fields": fields}, "data": {"values": [[T0, T0 + 1000], [1, 2], ["h", "h"], [3, 4]]}}
    data = read(wide)
    assert [one.name for one in data.series] == ["a", "b"]
    assert samples(data, 1) == [(0.0, 3.0), (1.0, 4.0)]


def test_a_failed_query_is_told_beside_the_others() -> None:
    """HTTP 207: each query has its own status."""
    body = {
        "results": {
            "A": {"status": 200, "frames": [frame([1], name="a")]},
            "B": {"status": 400, "error": "bad_data:  parse\nerror", "frames": []},
            "C": {"status": 502, "frames": []},
        }
    }
    data = read_frames(body, [query("A"), query("B"), query("C"), query("D")])
    assert [one.name for one in data.series] == ["a"]
    assert data.problems == (
        ("B", "bad_data: parse error"),
        ("C", "it failed with status 502"),
        ("D", "Grafana did not answer it"),
    )


def test_an_empty_answer_is_no_failure() -> None:
    """Nothing to draw, nothing wrong."""
    assert read() == PanelData()


@pytest.mark.parametrize("body", [None, [], "<html>", {}, {"results": []}, {"results": None}])
def test_an_answer_without_results_is_refused(body: object) -> None:
    """It is no answer to a panel's queries."""
    with pytest.raises(SourceUnavailable, match="holds no results"):
        read_frames(body, [query()])


def test_too_many_series_leave_those_with_the_highest_peaks() -> None:
    """Fifty stay, in their order; the others are counted."""
    frames = [frame([number % 60], labels={"pod": f"{number:03}"}, name=f"{number:03}") for number in range(120)]
    data = read(*frames)
    assert (len(data.series), data.left_out) == (50, 70)
    names = [int(one.name) for one in data.series]
    assert names == sorted(names)
    assert min(number % 60 for number in names) == 35


def test_too_many_samples_leave_whole_series_out() -> None:
    """Twenty thousand samples stay at most."""
    frames = [frame([float(number)] * 4500, labels={"n": str(number)}) for number in range(1, 7)]
    data = read(*frames)
    assert (data.matrix.sample_count, data.left_out) == (18_000, 2)
    assert [float(one.values[0]) for one in data.matrix.series] == [3.0, 4.0, 5.0, 6.0]


def test_a_series_of_too_many_samples_is_thinned() -> None:
    """Every third of 12,000 stays: no question asks for so many."""
    data = read(frame([float(number) for number in range(12_000)], step=15_000))
    assert (data.thinned, data.left_out, data.matrix.sample_count) == (3, 0, 4000)
    assert samples(data)[:2] == [(0.0, 0.0), (45.0, 3.0)]


def test_the_same_answer_gives_the_same_value() -> None:
    """NaN included."""
    one, other = (read(frame([1, None], labels={"a": "b"})) for _ in range(2))
    assert one == other
    assert np.isnan(one.matrix.series[0].values[1])
