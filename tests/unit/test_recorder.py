"""What the recorder of incidents does to answers before it keeps them."""

from __future__ import annotations

import json

import pytest

from fixtures.recorder import laid_out, settled, timeless_rules
from tests.world.loopback import Exchange, Reply, Request

LONG = '{"data":{"result":[{"metric":{},"values":[[1795007400.217,"4\\"2, ["],[1795007415,"1e-05"]]}]},"infos":[]}'


def _exchange(query: tuple[tuple[str, str], ...], body: bytes) -> Exchange:
    """An answer to a request for alerts."""
    return Exchange(Request("GET", "/alerts", query, {"authorization": "Token x"}, b""), Reply(200, body))


def test_layout_changes_white_space_only() -> None:
    """Line breaks between the upper levels; numbers and texts stay as they were written."""
    text = laid_out(LONG).decode()
    assert text.splitlines() == [
        "{",
        ' "data":{',
        '  "result":[',
        "   {",
        '    "metric":{},',
        '    "values":[[1795007400.217,"4\\"2, ["],[1795007415,"1e-05"]]',
        "   }",
        "  ]",
        " },",
        ' "infos":[]',
        "}",
    ]
    assert json.loads(text) == json.loads(LONG)


def test_each_question_is_kept_once_in_one_order() -> None:
    """Threads answer in any order; the recording does not show it."""
    one, two = _exchange((("limit", "1"),), b"[1]"), _exchange((("limit", "2"),), b"[2]")
    found = settled([two, one, two], "http://127.0.0.1:9")
    assert [recording.parameters for recording, _, _ in found] == [(("limit", "1"),), (("limit", "2"),)]
    assert found == settled([one, two], "http://127.0.0.1:9")


def test_two_answers_to_one_question_are_refused() -> None:
    """What cannot be replayed is not recorded."""
    with pytest.raises(ValueError, match="two answers"):
        settled([_exchange((), b"[1]"), _exchange((), b"[2]")], "http://127.0.0.1:9")


def test_addresses_of_the_recording_are_replaced() -> None:
    """The engine behind Grafana has a public name."""
    ((_, body, _),) = settled([_exchange((), b'{"url":"http://127.0.0.1:9/x"}')], "http://127.0.0.1:9")
    assert json.loads(body) == {"url": "https://prometheus.example/x"}


def test_rules_do_not_tell_when_they_were_recorded() -> None:
    """File, state and times of evaluation are fixed; the rules themselves stay."""
    rule = {"name": "Burn", "query": "x > 1", "state": "firing", "health": "unknown", "alerts": [{}]}
    body = {"status": "success", "data": {"groups": [{"name": "g", "file": "rules.json", "rules": [rule]}]}}
    (group,) = json.loads(timeless_rules(json.dumps(body)))["data"]["groups"]
    (kept,) = group["rules"]
    assert (group["name"], group["file"]) == ("g", "/etc/prometheus/rules/slo.yaml")
    assert (kept["name"], kept["query"], kept["state"], kept["health"]) == ("Burn", "x > 1", "inactive", "ok")
    assert kept["alerts"] == []
