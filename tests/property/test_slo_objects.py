"""Whatever stands in an SLO object, it is loaded or refused: nothing else comes out of the readers."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.slo.documents import Unreadable, parse
from pm_autofill.slo.outcome import Refused
from pm_autofill.slo.recognition import read_object
from pm_autofill.slo.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

SOUND = b"""
version: prometheus/v1
service: shop
slos: [{name: web, objective: 99.5, sli: {events: {error_query: 'rate(b[{{.window}}])', total_query: 'rate(t[5m])'}}}]
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: web, labels: {service: shop}}
spec: {target: '99', window: 4w, indicator: {latencyNative: {latency: 200ms, total: {metric: d}, grouping: [a]}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: web}
spec:
  service: shop
  indicator: {spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: max(lag)}}}}}
  timeWindow: [{duration: 1M, calendar: {startTime: 2022-01-01, timeZone: UTC}}]
  budgetingMethod: Timeslices
  objectives: [{target: 0.99, op: lt, value: 5, timeSliceTarget: 0.9, timeSliceWindow: 1m}]
---
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {name: web, labels: {service_name: shop}}
spec:
  backend: prometheus
  method: good_bad_ratio
  goal: 0.9
  service_level_indicator: {filter_good: g, filter_valid: 't{a="b"}', operators: [increase, sum]}
---
error_budget_policies: {default: {steps: [{window: 3600}]}}
---
apiVersion: n9/v1alpha
kind: SLO
metadata: {name: web}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindows: [{unit: Day, count: 7, isRolling: true}]
  objectives:
    - target: 0.9
      countMetrics: {incremental: true, good: {prometheus: {promql: g}}, total: {prometheus: {promql: t}}}
---
{"name": "web", "labels": [{"key": "service", "value": "shop"}], "objectives": [{"value": 0.9, "window": "28d"}],
 "query": {"threshold": {"thresholdExpression": "max(lag)", "threshold": {"operator": "<", "value": 5}}}}
"""
OBJECTS = parse(SOUND)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.text(max_size=12),
    st.sampled_from(
        ["1M", "0d", "5m", "99999999999w", "UTC", "1e999", "rate(x[5m])", "x offset NaN", "\u202e", "a" * 600]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.just(Decimal("1E+500")),
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an object, itself first."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from places(one, (*path, key))


PLACES = [(n, path) for n, one in enumerate(OBJECTS) for path in places(one) if path]


def outcomes(objects: list[object]) -> list[object]:
    """What all readers make of these objects."""
    around = Surroundings.of([("f", one) for one in objects], "30d")
    return [outcome for one in objects for outcome in read_object(one, "f", around)]


def test_the_objects_are_sound() -> None:
    """Before anything is changed in them, all are loaded."""
    found = outcomes(OBJECTS)
    assert len(found) == 6
    assert not any(isinstance(one, Refused) for one in found)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), ODD)
def test_anything_anywhere_is_loaded_or_refused(place: tuple[int, tuple[Any, ...]], odd: object) -> None:
    """A value of another kind at any place of any format raises nothing, and a refusal names its field."""
    number, path = place
    changed = copy.deepcopy(OBJECTS)
    holder: Any = changed[number]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd

    for one in outcomes(changed):
        if isinstance(one, Refused):
            assert one.field
            assert one.reason


def refusal(raw: bytes) -> str:
    """Why a text cannot be read; empty where it can."""
    try:
        parse(raw)
    except Unreadable as error:
        return error.reason
    return ""


@given(st.binary(max_size=60) | st.text(alphabet="ab:-[]{}&*!<>?|'\"#\n \t,~%@`", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Broken YAML never raises anything else, and the reason is half a sentence."""
    assert not refusal(raw).endswith(".")


@pytest.mark.parametrize(
    ("depth", "reason"), [(100, ""), (101, "is nested too deeply"), (1_000_000, "is nested too deeply")]
)
def test_depth_is_bounded(depth: int, reason: str) -> None:
    """Deep nesting is read, or refused; it never ends the process."""
    assert refusal(b"[" * depth + b"]" * depth) == reason
