"""What an SLO counts, by its metric's name where that is plain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pm_autofill.evidence.slos import Events, SloDefinition
from pm_autofill.wording.labels import noun, population


def counting(total: str, told: str = "") -> SloDefinition:
    """An SLO of these events."""
    events = Events(total=total, bad="b")
    return SloDefinition(name="pay", service="s", objective=Decimal(99), events=events, noun=told)


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ('http_requests_total{job="messages"}', "requests"),
        ("grpc_server_handled_total", "requests"),
        ("istio_request_duration_milliseconds_count", "requests"),
        ("kafka_consumer_messages_total", "messages"),
        ("grpc_server_msg_received_total", "messages"),
        ("batch_jobs_processed_total", "jobs"),
        ("probe_success_total", "probes"),
        ("probe_http_requests_total", "probes"),
        ("celery_tasks_total", "tasks"),
        ("db_queries_total", "queries"),
        ("job:http_requests:rate5m", "requests"),
        ("shop_refunds_total", "events"),
        ("jobless_total", "events"),
    ],
)
def test_what_is_counted_is_named_by_the_metric(total: str, words: str) -> None:
    """By whole words of its name, never by its labels; else they are events."""
    assert noun(counting(total)) == words
    assert noun(counting(total, "refunds")) == "refunds"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ('sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))', "requests"),
        ("slo:sli_error:ratio_rate5m", "events"),
        ('ratio{sloth_slo="requests"}', "events"),
    ],
)
def test_of_a_ratio_its_metrics_tell(ratio: str, words: str) -> None:
    """Not what is written in quotes."""
    assert noun(SloDefinition(name="pay", service="s", objective=Decimal(99), ratio=ratio)) == words


def test_a_share_is_of_what_an_slo_counts() -> None:
    """On one line and no longer than a noun, whoever wrote it."""
    assert population(counting("x_requests_total")) == "requests counted by pay"
    assert population(counting("x", "a\nb" + "c" * 100)).startswith("a b")
    assert len(noun(counting("x", "c" * 100))) <= 40
