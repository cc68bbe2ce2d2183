"""Prometheus' answers: any body is series, rules and SLOs, or one error of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.cli.demo import recordings
from pm_autofill.cli.recording import load
from pm_autofill.collect.prometheus.answers import read_data, read_reply
from pm_autofill.collect.prometheus.rules import loaded_rules, parse_rules
from pm_autofill.errors import SourceError
from pm_autofill.evidence.file import parse
from pm_autofill.slo import discovered
from pm_autofill.slo.discovered import Rule
from tests.fuzz.evidence import with_parts
from tests.fuzz.mutators import JSON
from tests.fuzz.strategies import SIZES, arrives, drive, fixtures, samples, spoiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec

_RECORDED = [(one.path, (recordings() / one.body).read_bytes()) for one in load(recordings()).prometheus]
QUERIES = [body for path, body in _RECORDED if "/query" in path and len(body) < 100_000]
RULES = [
    *(body for path, body in _RECORDED if path.endswith("/rules")),
    *fixtures("rules"),
    json.dumps(
        {
            "status": "success",
            "data": {
                "groups": [
                    {
                        "interval": 30,
                        "rules": [
                            *(
                                {"type": "recording", "name": name, "query": query, "labels": {"sloth_id": "shop-web"}}
                                for name, query in (
                                    ("slo:sli_error:ratio_rate5m", "sum(rate(b[5m])) / sum(rate(t[5m]))"),
                                    ("slo:objective:ratio", "vector(0.999)"),
                                    ("slo:time_period:days", "vector(30)"),
                                )
                            ),
                            *(
                                {
                                    "type": kind,
                                    "name": name,
                                    "query": query,
                                    "labels": {"slo": "web", "service": "shop"},
                                }
                                for kind, name, query in (
                                    ("recording", "http:increase4w", "sum(increase(t[4w]))"),
                                    ("recording", "http:burnrate5m", "sum(rate(b[5m])) / sum(rate(t[5m]))"),
                                    ("alerting", "ErrorBudgetBurn", "http:burnrate5m > (14 * (1 - 0.99))"),
                                )
                            ),
                        ],
                    }
                ]
            },
        }
    ).encode(),
]


@pytest.mark.parametrize("examples", SIZES)
def test_any_answer_to_a_query_is_read_or_one_error(examples: int) -> None:
    """Samples in order and of this age, or a SourceError; and what was read can be read from evidence again."""

    def read(body: bytes) -> None:
        if not arrives(body):
            return
        try:
            found = read_reply(body, "x")
        except SourceError:
            return
        for one in found.matrix.series:
            assert np.all(np.diff(one.times) > 0)
        assert parse(with_parts(matrix=found.matrix), name="e").changes[0].matrix.sample_count == (
            found.matrix.sample_count
        )

    drive(examples, spoiled(QUERIES, *JSON), read)


@pytest.mark.parametrize("examples", SIZES)
def test_any_rules_are_read_or_one_error(examples: int) -> None:
    """Rules and the SLOs in them, or a SourceError; and what was read can be read from evidence again."""

    def read(body: bytes) -> None:
        if not arrives(body):
            return
        try:
            data = read_data(body, "x").data
        except SourceError:
            return
        rules, _ = parse_rules(data, "rules")
        assert parse(with_parts(alert_rules=rules), name="e").alert_rules == rules
        found, _ = discovered.read(Rule(*one) for one in loaded_rules(data))
        assert [one.loaded.definition for one in found] == _again(one.loaded.definition for one in found)

    drive(examples, spoiled(RULES, *JSON), read)


def _again(definitions: Iterable[msgspec.Struct]) -> list[msgspec.Struct]:
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence

    given = tuple(SloEvidence(definition=one) for one in definitions if isinstance(one, SloDefinition))
    return [one.definition for one in parse(with_parts(slos=given), name="e").slos]


def test_the_rules_are_sound() -> None:
    """Before anything is changed in them, an SLO of each tool is found."""
    found, refused = discovered.read(Rule(*one) for one in loaded_rules(read_data(RULES[-1], "x").data))
    assert ([one.loaded.definition.name for one in found], refused) == (["shop-web", "web"], ())
    assert samples("nothing/*") == []
