"""Which recorded answer fits a request."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from pm_autofill.cli.recording import Recording, find_nearest, read_request

FORM = "application/x-www-form-urlencoded"


def _query(form: str, body: str = "prometheus/01-query.json") -> Recording:
    """A recorded query to Prometheus."""
    asked = read_request("POST", "/api/v1/query", (), FORM, form.encode())
    return replace(asked, content_type="application/json", body=body)


def _asked(form: str) -> Recording:
    """A query to Prometheus as it comes in."""
    return read_request("POST", "/api/v1/query", (), FORM, form.encode())


RECORDED = _query("query=sum(x[2363600ms])&time=1795011698.987&timeout=20s")


@pytest.mark.parametrize(
    "form",
    [
        "query=sum(x[2363600ms])&time=1795011698.987&timeout=20s",
        "timeout=3s&time=1795011698.988&query=sum(x[2363601ms])",
        "query=sum(x[2363640ms])&time=1795011699&timeout=20s",
    ],
)
def test_instants_and_durations_may_differ_a_little(form: str) -> None:
    """Another order, another patience, a millisecond more: it is the same question."""
    assert find_nearest(_asked(form), [RECORDED]) == RECORDED


@pytest.mark.parametrize(
    "form",
    [
        "query=sum(x[2363600ms])&time=1795011699.2",
        "query=sum(x[2364s])&time=1795011698.987",
        "query=sum(y[2363600ms])&time=1795011698.987",
        "query=sum(x[2363600ms])&time=1795011698.987&step=15",
        "query=sum(x[2363600ms]) > 0.5&time=1795011698.987",
    ],
)
def test_another_question_has_no_answer(form: str) -> None:
    """Too far away, another metric, another parameter: nothing was recorded for it."""
    assert find_nearest(_asked(form), [RECORDED]) is None


def test_small_numbers_are_part_of_the_question() -> None:
    """A threshold, a bucket and a step are no instants."""
    recorded = [_query("query=x{le%3D%220.5%22} > 0.001&step=15")]
    assert find_nearest(_asked("query=x{le%3D%220.5%22} > 0.001&step=15"), recorded) == recorded[0]
    assert find_nearest(_asked("query=x{le%3D%220.5%22} > 0.002&step=15"), recorded) is None
    assert find_nearest(_asked("query=x{le%3D%220.5%22} > 0.001&step=16"), recorded) is None
    assert find_nearest(_asked("query=time() - 2592000"), [_query("query=time() - 2592001")]) is None


def test_the_nearest_of_several_answers_is_taken() -> None:
    """Two recordings of one question at two times are kept apart, in whichever order they stand."""
    early, late = (_query(f"query=up&time=1795011698.{part}", part) for part in ("10", "14"))
    for recordings in ([early, late], [late, early]):
        assert find_nearest(_asked("query=up&time=1795011698.11"), recordings) == early
        assert find_nearest(_asked("query=up&time=1795011698.13"), recordings) == late


def test_ids_and_numbers_in_paths_are_exact() -> None:
    """An incident's number is no instant."""
    recorded = replace(read_request("GET", "/incidents/48213", (), "", b""), content_type="application/json", body="a")
    assert find_nearest(read_request("GET", "/incidents/48213", (), "", b""), [recorded]) == recorded
    assert find_nearest(read_request("GET", "/incidents/48214", (), "", b""), [recorded]) is None


def test_posted_json_is_compared_by_value() -> None:
    """The order of its keys does not matter, its times are instants in milliseconds, everything else is exact."""

    def panel(start: int, points: int) -> Recording:
        body = {"from": str(start), "queries": [{"maxDataPoints": points, "expr": "up"}]}
        posted = json.dumps(body if start % 2 else dict(reversed(body.items()))).encode()
        return read_request("POST", "/api/ds/query", (), "application/json; charset=utf-8", posted)

    recorded = replace(panel(1795007535319, 800), content_type="application/json", body="a")
    assert find_nearest(panel(1795007535320, 800), [recorded]) == recorded
    assert find_nearest(panel(1795007535319, 801), [recorded]) is None
    assert find_nearest(panel(1795007537319, 800), [recorded]) is None
