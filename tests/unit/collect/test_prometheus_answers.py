"""The bodies of Prometheus' API: series, remarks, and what is wrong with them."""

from __future__ import annotations

import json

import pytest

from pm_autofill.collect.prometheus.answers import Reply, read_data, read_reply
from pm_autofill.errors import SourceRejected, SourceUnavailable


def _read(result: object, kind: str = "matrix", **more: object) -> Reply:
    """The reply to a successful query."""
    body = {"status": "success", "data": {"resultType": kind, "result": result}, **more}
    return read_reply(json.dumps(body).encode(), "the test")


def test_a_matrix_has_its_series_in_the_order_of_their_labels() -> None:
    """Equal answers are equal values, however the server orders them."""
    first = {"metric": {"pod": "a"}, "values": [[1, "1"], [2, "3"]]}
    second = {"metric": {"pod": "b"}, "values": [[1, "5"]]}
    reply = _read([second, first])
    assert reply.kind == "matrix"
    assert [one.labels for one in reply.matrix.series] == [{"pod": "a"}, {"pod": "b"}]
    assert reply.matrix.series[0].values.tolist() == [1.0, 3.0]
    assert reply.matrix == _read([first, second]).matrix


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        ([[3, "9"], [4, "9"]], True),
        ([[2, "3"], [3, "9"]], True),
        ([[2, "3"]], True),
        ([[2, "4"], [3, "9"]], False),
        ([[1.5, "2"], [2.5, "9"]], False),
        ([[1, "1"], [3, "9"]], False),
    ],
)
def test_series_of_the_same_labels_are_pieces_of_one_or_labels_were_lost(other: list[object], *, fits: bool) -> None:
    """Two targets without what tells them apart are not added up as one that was restarted at each scrape."""
    rows = [{"metric": {"pod": "a"}, "values": [[1, "1"], [2, "3"]]}, {"metric": {"pod": "a"}, "values": other}]
    if fits:
        assert len(_read(rows).matrix.series) == 1
        return
    with pytest.raises(SourceUnavailable, match="series of the same labels that say different things"):
        _read(rows)


def test_a_vector_is_a_matrix_of_one_sample_each() -> None:
    """Its value has an instant too."""
    reply = _read([{"metric": {"job": "api"}, "value": [1795007400.5, "12.5"]}], "vector")
    (series,) = reply.matrix.series
    assert (series.labels, series.times.tolist(), series.values.tolist()) == ({"job": "api"}, [1795007400.5], [12.5])


def test_a_vector_element_that_is_no_number_has_no_sample() -> None:
    """A ratio of nothing by nothing is NaN, which is no value."""
    reply = _read([{"metric": {}, "value": [1, "NaN"]}, {"metric": {"a": "b"}, "value": [1, "+Inf"]}], "vector")
    assert [one.values.tolist() for one in reply.matrix.series] == [[], [float("inf")]]


def test_a_scalar_and_a_string_are_read() -> None:
    """A scalar is a pair, not a list of series; a string holds no number."""
    assert _read([1795007400, "3.5"], "scalar").matrix.series[0].values.tolist() == [3.5]
    assert _read([1795007400, "text"], "string").matrix.series == ()


def test_no_series_is_an_answer() -> None:
    """An empty result is empty, not an error."""
    assert _read([], "vector").matrix.series == ()


def test_warnings_make_an_answer_incomplete() -> None:
    """They stand beside the data, or inside it in Thanos; each is told once."""
    reply = _read([], warnings=["store eu1 did not answer"])
    assert reply.incomplete == ("store eu1 did not answer",)
    assert reply.caveats == ("store eu1 did not answer",)
    inside = {"resultType": "vector", "result": [], "warnings": ["no store matched the query"]}
    reply = read_reply(json.dumps({"status": "success", "data": inside}).encode(), "the test")
    assert reply.incomplete == ("no store matched the query",)


def test_remarks_on_the_query_itself_leave_an_answer_whole() -> None:
    """The engine's own warnings and infos say nothing about missing data."""
    warning, info = "PromQL warning: bucket label is missing", "PromQL info: metric might not be a counter"
    reply = _read([], warnings=[warning], infos=[info])
    assert reply.caveats == (warning, info)
    assert reply.incomplete == ()


def test_a_partial_answer_is_incomplete() -> None:
    """VictoriaMetrics' cluster marks it beside the data."""
    assert _read([], isPartial=True).incomplete == ("the answer is marked as partial",)
    assert _read([], isPartial=False).incomplete == ()


def test_remarks_are_fit_to_print() -> None:
    """Whatever a server puts into a warning stays on one line, without escape codes, and short."""
    reply = _read([], warnings=["one\x1b[31m\ntwo", *(f"warning {number}" for number in range(50)), "x" * 5000])
    assert reply.caveats[0] == "one [31m two"
    assert len(reply.caveats) == 10
    assert max(map(len, reply.caveats)) <= 200


@pytest.mark.parametrize(
    ("error_type", "status"), [("bad_data", 400), ("execution", 422), ("not_found", 404), ("unauthorized", 403)]
)
def test_an_error_that_comes_with_success_is_still_an_error(error_type: str, status: int) -> None:
    """Some stores answer 200 with status error."""
    body = {"status": "error", "errorType": error_type, "error": "no good"}
    with pytest.raises(SourceRejected, match=f"Prometheus answered with an error: {error_type}: no good") as caught:
        read_reply(json.dumps(body).encode(), "the test")
    assert caught.value.status == status


@pytest.mark.parametrize("body", [{"status": "error", "errorType": "timeout", "error": "too slow"}, {"status": "?"}])
def test_any_other_error_is_an_answer_that_did_not_come(body: dict[str, str]) -> None:
    """A timeout is no refusal."""
    with pytest.raises(SourceUnavailable, match="Prometheus answered with an error"):
        read_reply(json.dumps(body).encode(), "the test")


@pytest.mark.parametrize(
    "row",
    [
        {"metric": {}, "histograms": [[1, {"count": "1"}]]},
        {"metric": {}, "histogram": [1, {"count": "1"}]},
        {"metric": {}, "values": [[1, "1"]], "histograms": [[2, {"count": "1"}]]},
    ],
)
def test_native_histograms_are_refused_by_name(row: dict[str, object]) -> None:
    """They are no counters; the hint says what to name instead."""
    with pytest.raises(SourceRejected, match="native histograms") as caught:
        _read([row])
    assert "_count" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not valid JSON"),
        (b'{"status": "success", "data"', "not valid JSON"),
        (b"[]", "not shaped as expected"),
        (b"{}", "not shaped as expected"),
        (b'{"status": "success"}', "not shaped as expected"),
        (b'{"status": "success", "data": {"resultType": "matrix", "result": {}}}', "not shaped as expected"),
        (b'{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"a": 1}}]}}', "not shaped"),
        (b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": 5}]}}', "shaped"),
        (b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [["a", 1]]}]}}',
         "not shaped"),
        (b'{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "x"]}]}}',
         "not shaped"),
        (b'{"status": "success", "data": {"resultType": "streams", "result": []}}', "not shaped as expected"),
        (b'{"status": "success", "data": {"resultType": "vector", "result": []}, "warnings": "x"}', "not shaped"),
        (b'{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"a": "\xff"}}]}}', "not "),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_explained_without_quoting_it(body: bytes, why: str) -> None:
    """Whatever comes, the message names the question and what to check."""
    with pytest.raises(SourceUnavailable, match=f"the question for the test unusably: it is .*{why}") as caught:
        read_reply(body, "the test")
    assert caught.value.hint == "Check that prometheus.url leads to Prometheus' own API, and its version."


def test_data_that_is_no_querys_is_handed_over() -> None:
    """Rules and build information have shapes of their own."""
    assert read_data(b'{"status": "success", "data": {"groups": []}}', "rules").data == {"groups": []}
    assert read_data(b'{"status": "success"}', "rules").data is None
    with pytest.raises(SourceUnavailable):
        read_data(b"<html>", "rules")
    with pytest.raises(SourceRejected):
        read_data(b'{"status": "error", "errorType": "bad_data", "error": "x"}', "rules")
