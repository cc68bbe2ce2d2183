"""Every format's reader: what it makes of an object, and what it refuses with which field."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pm_autofill.evidence.slos import BudgetMethod, Events, Reading, SliKind
from pm_autofill.slo import files
from pm_autofill.slo.files import Found

if TYPE_CHECKING:
    from pathlib import Path

    from pm_autofill.slo.outcome import Loaded

KINDS_OF_SLO = ("openslo/v1", "openslo/v1alpha", "openslo.com/v2alpha", "n9/v1alpha")
COUNTED = Events(total="t", bad='t{code="5"}')
OPENSLO = """
apiVersion: {version}
kind: SLO
metadata: {{name: web}}
spec:
  service: shop
  indicator: {{spec: {sli}}}
  timeWindow: [{window}]
  budgetingMethod: {method}
  objectives: {objectives}
"""
RATIO = (
    "{ratioMetric: {counter: true, bad: {metricSource: {type: Prometheus, spec: {query: 'sum(t{code=\"5\"})'}}}, "
    "total: {metricSource: {type: prometheus, spec: {query: sum(t)}}}}}"
)
NOBL9 = """
apiVersion: n9/v1alpha
kind: SLO
metadata: {{name: web}}
spec:
  service: shop
  budgetingMethod: {method}
  objectives: [{objective}]
  timeWindows: [{window}]
"""
SLOTH = "version: prometheus/v1\nservice: shop\nslos: [{{name: web, objective: {objective}, sli: {sli}}}]\n"
PYRRA = """
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {{name: web, labels: {{pyrra.dev/service: shop}}}}
spec: {{target: {target}, window: 4w, indicator: {indicator}}}
"""
GENERATOR = """
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {{name: web, labels: {{service_name: shop}}}}
spec: {{backend: {backend}, method: {method}, goal: {goal}, service_level_indicator: {sli}}}
"""
POLICY = "---\nerror_budget_policies: {default: {steps: [{window: 3600}, {window: 604800}]}}"
GRAFANA = (
    '{{"uuid": "u", "name": "web", "labels": [{{"key": "service", "value": "shop"}}], '
    '"objectives": [{{"value": {value}, "window": "28d"}}], "query": {query}}}'
)


def openslo(
    *,
    version: str = "openslo/v1",
    sli: str = RATIO,
    window: str = "{duration: 28d, isRolling: true}",
    method: str = "Occurrences",
    objectives: str = "[{target: 0.995}]",
) -> str:
    """An OpenSLO object."""
    return OPENSLO.format(version=version, sli=sli, window=window, method=method, objectives=objectives)


def nobl9(
    objective: str, *, window: str = "{unit: Day, count: 7, isRolling: true}", method: str = "Occurrences"
) -> str:
    """An object of Nobl9."""
    return NOBL9.format(objective=objective, window=window, method=method)


def sloth(sli: str, objective: str = "99.5") -> str:
    """A file of Sloth."""
    return SLOTH.format(sli=sli, objective=objective)


def pyrra(indicator: str, target: str = "'99.5'") -> str:
    """An object of Pyrra."""
    return PYRRA.format(indicator=indicator, target=target)


def generator(sli: str, *, method: str = "good_bad_ratio", backend: str = "prometheus", goal: str = "0.995") -> str:
    """An object of slo-generator."""
    return GENERATOR.format(sli=sli, method=method, backend=backend, goal=goal)


def grafana(query: str, value: str = "0.995") -> str:
    """An object of Grafana's API."""
    return GRAFANA.format(query=query, value=value)


def read(text: str, folder: Path) -> Found:
    """What a file with this text holds."""
    (folder / "slo.yaml").write_text(text, encoding="utf-8")
    return files.load(["slo.yaml"], folder)


def only(text: str, folder: Path) -> Loaded:
    """The one SLO of a text."""
    found = read(text, folder)
    assert found.refused == ()
    (one,) = found.loaded
    return one


BAD_AND_TOTAL = "{{events: {{{}: 'sum(rate(t{{code=\"5\"}}[{{{{.window}}}}]))', {}: 'sum(rate(t[{{{{.window}}}}]))'}}}}"

COUNTED_TEXTS = {
    "openslo": openslo(),
    "openslo v2alpha": openslo(
        version="openslo.com/v2alpha",
        sli="{ratioMetric: {counter: true, bad: {dataSourceRef: unknown, spec: {query: 'sum(t{code=\"5\"})'}}, "
        "total: {dataSourceRef: unknown, spec: {query: sum(t)}}}}",
    ).replace("service: shop", "serviceRef: shop"),
    "openslo v1alpha": """
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: web}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindows: [{count: 28, unit: Day, isRolling: true}]
  objectives:
    - target: 0.995
      ratioMetrics:
        bad: {source: prometheus, queryType: promql, query: 'sum(rate(t{code="5"}[{{.window}}]))'}
        total: {source: prometheus, queryType: promql, query: 'sum(rate(t[{{.window}}]))'}
""",
    "openslo raw": openslo(
        sli="{ratioMetric: {rawType: failure, raw: {metricSource: {type: Prometheus, "
        "spec: {query: 'sum(rate(t{code=\"5\"}[5m])) / sum(rate(t[5m]))'}}}}}"
    ),
    "sloth events": sloth(BAD_AND_TOTAL.format("error_query", "total_query")),
    "sloth camel case": sloth(BAD_AND_TOTAL.format("errorQuery", "totalQuery")),
    "sloth raw": sloth(
        "{raw: {error_ratio_query: 'sum(rate(t{code=\"5\"}[{{.window}}])) / sum(rate(t[{{.window}}]))'}}"
    ),
    "pyrra": pyrra("{ratio: {errors: {metric: 't{code=\"5\"}'}, total: {metric: t}}}"),
    "slo-generator": generator("{filter_bad: 't{code=\"5\"}', filter_valid: t}"),
    "slo-generator with its window": generator(
        "{filter_bad: 'sum(increase(t{code=\"5\"}[window]))', filter_valid: 'sum(increase(t[window]))', operators: []}"
    ),
    "nobl9": nobl9(
        "{target: 0.995, countMetrics: {incremental: true, bad: {prometheus: {promql: 'sum(t{code=\"5\"})'}}, "
        "total: {prometheus: {promql: sum(t)}}}}"
    ),
    "grafana failure ratio": grafana(
        '{"type": "ratio", "failureRatio": {"failureMetric": {"prometheusMetric": "t{code=\\"5\\"}"}, '
        '"totalMetric": {"prometheusMetric": "t"}}}'
    ),
    "grafana freeform": grafana(
        '{"type": "freeform", "freeform": {"query": "1 - sum(rate(t{code=\\"5\\"}[$__rate_interval])) / '
        'sum(rate(t[$__rate_interval]))"}}'
    ),
}


@pytest.mark.parametrize("text", COUNTED_TEXTS.values(), ids=COUNTED_TEXTS.keys())
def test_the_same_events_are_counted_in_every_format(text: str, tmp_path: Path) -> None:
    """Objective, service and counters come out the same, whoever wrote them."""
    found = only(text, tmp_path)

    assert found.definition.events == COUNTED
    assert (str(found.definition.objective), found.owner, found.countable) == ("99.5", "shop", True)
    assert found.definition.name in {"web", "shop-web"}
    assert found.why == "counters, counted exactly"
    assert found.definition.method is BudgetMethod.OCCURRENCES


@pytest.mark.parametrize(
    ("text", "window"),
    [
        (openslo(), "28d"),
        (openslo(window="{duration: 4w, isRolling: true}"), "4w"),
        (sloth(BAD_AND_TOTAL.format("error_query", "total_query")), "30d"),
        (pyrra("{ratio: {errors: {metric: e}, total: {metric: t}}}"), "4w"),
        (generator("{filter_bad: b, filter_valid: t}"), "30d"),
        (generator("{filter_bad: b, filter_valid: t}") + POLICY, "7d"),
        (COUNTED_TEXTS["nobl9"], "7d"),
        (COUNTED_TEXTS["grafana freeform"], "28d"),
    ],
)  # fmt: skip
def test_windows(text: str, window: str, tmp_path: Path) -> None:
    """As each format states them; 30 days where it states none."""
    assert only(text, tmp_path).definition.window == window


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("{duration: 1M, calendar: {startTime: '2022-01-01 00:00:00', timeZone: Europe/Berlin}}",
         ("month", "Europe/Berlin")),
        ("{duration: 1M, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}", ("month", "UTC")),
        ("{duration: 1w, calendar: {startTime: 2022-01-05 12:00:00, timeZone: UTC}}", ("week from Wednesday", "UTC")),
        ("{duration: 1w, calendar: {startTime: 2022-01-03 12:00:00, timeZone: UTC}}", ("week", "UTC")),
        ("{duration: 1Q, calendar: {startTime: 2022-04-01, timeZone: UTC}}", ("quarter", "UTC")),
        ("{duration: 1Y, calendar: {startTime: 2022-01-01, timeZone: UTC}}", ("year", "UTC")),
        ("{duration: 1d, calendar: {startTime: 2022-01-09, timeZone: UTC}}", ("day", "UTC")),
        ("{unit: Month, count: 1, calendar: {startTime: 2022-12-01 00:00:00, timeZone: UTC}}", ("month", "UTC")),
    ],
)  # fmt: skip
def test_calendar_windows(window: str, expected: tuple[str, str], tmp_path: Path) -> None:
    """Days, weeks, months, quarters and years, in their zone; unquoted dates are dates all the same."""
    definition = only(openslo(window=window), tmp_path).definition
    assert (definition.window, definition.time_zone) == expected
    assert not definition.rolling


def test_the_three_methods(tmp_path: Path) -> None:
    """Slices have a length, and for one of the methods an objective of their own."""
    slices = openslo(method="Timeslices", objectives="[{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5m}]")
    ratios = openslo(method="RatioTimeslices", objectives="[{target: 0.99, timeSliceWindow: 1m}]")
    first, second = only(slices, tmp_path).definition, only(ratios, tmp_path).definition

    assert (first.method, first.slice_length, first.slice_objective) == (BudgetMethod.TIMESLICES, 300.0, Decimal(95))
    assert (second.method, second.slice_length, second.slice_objective) == (BudgetMethod.RATIO_TIMESLICES, 60.0, None)


def test_several_objectives_are_several_slos(tmp_path: Path) -> None:
    """Numbered as Sloth numbers them."""
    found = read(openslo(objectives="[{target: 0.99}, {targetPercent: 99.9}]"), tmp_path)
    assert [(one.definition.name, str(one.definition.objective)) for one in found.loaded] == [
        ("web-0", "99"),
        ("web-1", "99.9"),
    ]


def test_indicators_and_sources_in_other_files(tmp_path: Path) -> None:
    """References are resolved across documents and files; the own file's comes first."""
    slo = openslo().replace(f"indicator: {{spec: {RATIO}}}", "indicatorRef: ratio")
    sli = "apiVersion: openslo/v1\nkind: SLI\nmetadata: {{name: ratio}}\nspec: {}\n"
    referring = RATIO.replace("type: Prometheus", "metricSourceRef: main").replace(
        "type: prometheus", "metricSourceRef: main"
    )
    source = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: main}\nspec: {type: Prometheus}\n"
    (tmp_path / "slo.yaml").write_text(slo, encoding="utf-8")
    (tmp_path / "sli.yaml").write_text(sli.format(referring) + "---\n" + source, encoding="utf-8")

    (one,) = files.load(["."], tmp_path).loaded
    assert one.definition.events == COUNTED

    (tmp_path / "more.yaml").write_text(sli.format(RATIO.replace("sum(t)", "sum(u)")), encoding="utf-8")
    (refused,) = files.load(["."], tmp_path).refused
    assert (refused.field, refused.reason) == ("spec.indicatorRef", "there are 2 different ones called SLI 'ratio'")

    (tmp_path / "more.yaml").write_text(source.replace("Prometheus", "Datadog"), encoding="utf-8")
    (refused,) = files.load(["sli.yaml", "slo.yaml", "more.yaml"], tmp_path).refused
    assert refused.reason == "there are 2 different ones called DataSource 'main'"


def test_latency_is_told_by_its_bucket(tmp_path: Path) -> None:
    """Pyrra's latency and slo-generator's distribution cut count slow requests."""
    cut = generator("{expression: 'd_bucket{a=\"b\"}', threshold_bucket: 0.25}", method="distribution_cut")
    slow = pyrra('{latency: {success: {metric: \'d_bucket{a="b",le="0.25"}\'}, total: {metric: \'d_count{a="b"}\'}}}')

    for text in (cut, slow):
        definition = only(text, tmp_path).definition
        assert definition.events == Events(total='d_count{a="b"}', good='d_bucket{a="b",le="0.25"}')
        assert definition.kind is SliKind.LATENCY


def test_good_and_bad_make_all(tmp_path: Path) -> None:
    """slo-generator's good and bad events are one selector where no series is in both, else a percentage."""
    joined = only(generator("{filter_good: 't{c=\"2\"}', filter_bad: 't{c=\"5\"}'}"), tmp_path).definition
    apart = only(generator("{filter_good: g, filter_bad: b}"), tmp_path).definition

    assert joined.events == Events(total='t{c=~"2|5"}', bad='t{c="5"}')
    assert apart.ratio == "((sum(increase(b[5m]))) or vector(0)) / ((sum(increase(g[5m]))) + (sum(increase(b[5m]))))"


def test_a_gauge_of_ones_and_zeros(tmp_path: Path) -> None:
    """Pyrra's bool_gauge: every sample is an event, good where it is 1; groups are counted together, and it is said."""
    found = only(pyrra("{bool_gauge: {metric: up, grouping: [job]}}"), tmp_path)
    assert found.definition.events == Events(
        total="up", good="up", total_reading=Reading.COUNT, part_reading=Reading.SUM
    )
    assert found.why == "samples, each an event: 1 is good, 0 is bad; all groups by job together"


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        (pyrra("{latencyNative: {latency: 200ms, total: {metric: 'd{a=\"b\"}'}}}"),
         '1 - histogram_fraction(0, 0.2, sum(rate(d{a="b"}[5m])))'),
        (openslo(sli="{thresholdMetric: {metricSource: {type: Prometheus, spec: {query: max(lag)}}}}",
                 objectives="[{target: 0.99, op: lte, value: 5}]"), "avg((max(lag)) > bool 5)"),
        (nobl9("{target: 0.99, op: gt, value: 1.5, rawMetric: {query: {amazonPrometheus: {promql: max(up)}}}}"),
         "avg((max(up)) <= bool 1.5)"),
        (grafana('{"type": "threshold", "threshold": {"thresholdExpression": "max(lag)", '
                 '"threshold": {"operator": "<", "value": 5}}}'), "avg((max(lag)) >= bool 5)"),
        (grafana('{"type": "failureThreshold", "failureThreshold": {"failureThresholdExpression": "max(lag)", '
                 '"threshold": {"operator": ">", "value": 5}}}'), "avg((max(lag)) > bool 5)"),
        (generator("{expression: 'avg_over_time(up[window])'}", method="query_sli"), "1 - (avg_over_time(up[5m]))"),
        (openslo(sli=RATIO.replace("counter: true", "counter: false")), '((sum(t{code="5"})) or vector(0)) / (sum(t))'),
    ],
)  # fmt: skip
def test_percentages_only(text: str, ratio: str, tmp_path: Path) -> None:
    """What cannot be counted exactly keeps its ratio, and says why."""
    found = only(text, tmp_path)
    assert (found.definition.events, found.definition.ratio) == (None, ratio)
    assert not found.countable
    assert found.why.startswith("percentage only: ")


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        (sloth("{plugin: {id: sloth-common/x}}"), "slos[0].sli.plugin",
         "the query is made by the plugin 'sloth-common/x', which only Sloth can run"),
        (sloth("{}"), "slos[0].sli", "has neither events nor raw"),
        (sloth("{raw: {error_ratio_query: up}}", "0.999"), "slos[0].objective",
         "0.999 looks like a ratio, where percent is asked for: 99.9?"),
        (sloth("{raw: {error_ratio_query: up}}", "101"), "slos[0].objective",
         "101 is no percentage above 0 and up to 100"),
        (sloth("{raw: {error_ratio_query: up}}", "no"), "slos[0].objective", "'no' is no number"),
        (sloth("{raw: {error_ratio_query: up}}", "12:30"), "slos[0].objective", "'12:30' is no number"),
        (sloth("{raw: {error_ratio_query: up}}", "true"), "slos[0].objective", "is true or false, not a number"),
        (sloth("{events: {total_query: up}}"), "slos[0].sli.events.errorQuery", "is missing"),
        (openslo(objectives="[{target: 99.5}]"), "spec.objectives[0].target",
         "99.5 looks like a percentage, where a ratio is asked for: 0.995?"),
        (openslo(objectives="[{target: 0.99, targetPercent: 99}]"), "spec.objectives[0].targetPercent",
         "stands beside target: one of them is enough"),
        (openslo(objectives="[]"), "spec.objectives", "is missing or empty"),
        (openslo(objectives="[{target: 0.99, indicatorRef: x}]"), "spec.objectives[0]",
         "has an indicator of its own: composite SLOs are not supported"),
        (openslo(method="Sometimes"), "spec.budgetingMethod",
         "'Sometimes' is not known; known are Occurrences, Timeslices, RatioTimeslices"),
        (openslo(method="Timeslices"), "spec.objectives[0].timeSliceTarget", "is missing"),
        (openslo(method="RatioTimeslices", objectives="[{target: 0.99, timeSliceWindow: 60d}]"),
         "spec.objectives[0].timeSliceWindow", "is longer than the budget window of 28d"),
        (openslo(window="{duration: 1m, calendar: {startTime: 2022-01-01, timeZone: UTC}}"), "spec.timeWindow[0]",
         "1m is a minute; a month is 1M"),
        (openslo(window="{duration: 1M, calendar: {startTime: 2022-01-15, timeZone: UTC}}"),
         "spec.timeWindow[0].calendar.startTime",
         "'2022-01-15' does not begin a month of the calendar; other months are not supported"),
        (openslo(window="{duration: 1M, isRolling: true}"), "spec.timeWindow[0]",
         "a rolling window of 1 month has no fixed length; write it in days"),
        (openslo(window="{duration: 1M, calendar: {startTime: 2022-01-01, timeZone: Mars/Olympus}}"),
         "spec.timeWindow[0].calendar.timeZone", "'Mars/Olympus' is no time zone"),
        (openslo(window="{duration: 1M, calendar: {startTime: soon, timeZone: UTC}}"),
         "spec.timeWindow[0].calendar.startTime", "'soon' is no instant"),
        (openslo(window="{duration: 99999w, isRolling: true}"), "spec.timeWindow[0]",
         "'99999w' is longer than ten years"),
        (openslo(window="{duration: 1000000000w, isRolling: true}"), "spec.timeWindow[0].duration",
         "'1000000000w' is no duration such as 30d or 1M"),
        (openslo(window="{duration: 28d}, {duration: 7d}"), "spec.timeWindow", "has 2 windows instead of one"),
        (openslo(window="12:30"), "spec.timeWindow[0]", "is text, not a mapping"),
        (openslo(sli="{}"), "spec.indicator.spec", "has neither ratioMetric nor thresholdMetric"),
        (openslo(version="openslo/v3"), "apiVersion",
         f"'openslo/v3' is not known; known for the kind SLO are {', '.join(KINDS_OF_SLO)}"),
        (openslo().replace("name: web", "name: [web]"), "metadata.name", "is a list, not text"),
        (pyrra("{latency: {success: {metric: d_bucket}, total: {metric: d_count}}}"),
         "spec.indicator.latency.success.metric",
         "has no matcher on le, so that every request would be fast"),
        (pyrra("{ratio: {errors: {metric: e}, total: {metric: t}}}").replace("4w", "99y"), "spec.window",
         "'99y' is longer than ten years"),
        (pyrra("{}"), "spec.indicator",
         "must have exactly one of ratio, latency, latencyNative, bool_gauge; it has none"),
        (pyrra("{ratio: {errors: {metric: 'rate(e[5m])'}, total: {metric: t}}}"), "spec.indicator.ratio.errors.metric",
         "is no selector of a metric"),
        (generator("{}", goal="99.9"), "spec.goal", "99.9 looks like a percentage, where a ratio is asked for: 0.999?"),
        (generator("{}", method="fine"), "spec.method",
         "'fine' is not known; known are good_bad_ratio, distribution_cut, query_sli"),
        (generator("{expression: d_count, threshold_bucket: 1}", method="distribution_cut"),
         "spec.service_level_indicator.expression", "is no selector of a histogram's buckets"),
        (nobl9("{target: 0.99, composite: {}}"), "spec.objectives[0]", "composite SLOs are not supported"),
        (nobl9("{target: 0.99}"), "spec.objectives[0]", "has neither countMetrics nor rawMetric"),
        (grafana('{"type": "grafanaQueries"}'), "query",
         "is of the type 'grafanaQueries', which is not supported or not filled in"),
        ("version: prometheus/v2\nslos: []\n", "version", "'prometheus/v2' is not known; known is prometheus/v1"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(text: str, field: str, reason: str, tmp_path: Path) -> None:
    """And the reason, so that it can be mended; nobody's data being elsewhere is told apart from that."""
    found = read(text, tmp_path)
    assert found.loaded == ()
    (refused,) = found.refused
    assert (refused.file, refused.field, refused.reason) == ("slo.yaml", field, reason)
    assert not refused.foreign


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (generator("{filter_good: x}", backend="datadog"), "spec.backend"),
        (openslo(sli=RATIO.replace("type: Prometheus", "type: Datadog")),
         "spec.indicator.spec.ratioMetric.bad.metricSource.type"),
        (nobl9("{target: 0.9, rawMetric: {query: {newRelic: {nrql: x}}}}"),
         "spec.objectives[0].rawMetric.query.newRelic"),
    ],
)  # fmt: skip
def test_what_is_not_in_prometheus_is_nobodys_mistake(text: str, field: str, tmp_path: Path) -> None:
    """It is refused with its place, and marked."""
    (refused,) = read(text, tmp_path).refused
    assert (refused.field, refused.foreign) == (field, True)


def test_what_is_no_slo_is_passed_over(tmp_path: Path) -> None:
    """Other kinds, other tools' files and plain texts are neither loaded nor refused."""
    text = "kind: Service\napiVersion: openslo/v1\n---\nkind: Deployment\n---\ngroups: []\n---\njust a text\n---\n- 5\n"
    assert read(text, tmp_path) == Found((), ())
