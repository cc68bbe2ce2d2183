"""The bad answers: each takes a question and gives what its server says instead, or None where that cannot be."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.law.kinds import kind_of
from tests.world.loopback import Reply, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.law.recorded import Question
    from tests.law.serving import Spoil
    from tests.world.loopback import Request

PARTIAL = "partial response: store unreachable"


@dataclass(frozen=True, slots=True)
class Fault:
    """A way for an answer to be bad.

    Attributes:
        name: Names it in tables.
        told: Whether the server lets on, so that a required answer has to become a gap.
        spoil: The bad answer to a question; None where this question has none like it.
        deadline: Seconds the run may take.
    """

    name: str
    told: bool
    spoil: Callable[[Question], Spoil | None]
    deadline: float = 60.0


def _always(reply: Reply | None) -> Spoil:
    return lambda _request: reply


def _refused(question: Question, status: int, words: str) -> Spoil:
    """An error as the system itself words it."""
    bodies: dict[str, object] = {
        "pagerduty": {"error": {"message": words, "code": 2010}},
        "prometheus": {"status": "error", "errorType": "unavailable", "error": words},
        "grafana": {"message": words},
    }
    if question.system == "prometheus" and status == 403:
        return _always(Reply(status, words.encode(), "text/plain"))  # the proxy before it: itself it knows no users
    return _always(as_json(bodies[question.system], status))


def _unavailable(question: Question) -> Spoil:
    """Each attempt gets 503, from whatever stands in front of the system."""
    del question
    return _always(Reply(503, b"no healthy upstream", "text/plain"))


def _forbidden(question: Question) -> Spoil:
    return _refused(question, 403, "Access Denied")


def _cut(question: Question) -> Spoil | None:
    """Half a body that claims to be whole."""
    body = question.body.rstrip()
    return _always(_like(question, body[: len(body) // 2])) if question.recording.status == 200 else None


def _broken(question: Question) -> Spoil | None:
    """Half a body, and then the connection breaks; each time."""
    body = question.body.rstrip()
    half = len(body) // 2
    reply = _like(question, body[:half])
    return _always(Reply(reply.status, reply.body, reply.content_type, (), missing=len(body) - half))


def _like(question: Question, body: bytes) -> Reply:
    return Reply(question.recording.status, body, question.recording.content_type)


def _parsed(question: Question) -> Any:  # noqa: ANN401 - whatever JSON it is
    return json.loads(question.body)


def _as_body(question: Question, body: object) -> Spoil:
    return _always(_like(question, json.dumps(body, separators=(",", ":")).encode()))


_LISTS = ("log_entries", "alerts", "notes", "change_events", "past_incidents", "related_incidents", "incidents")


def _list_name(body: object) -> str | None:
    """The list a PagerDuty answer is about."""
    return next((name for name in _LISTS if isinstance(body, dict) and isinstance(body.get(name), list)), None)


def _empty(question: Question) -> Spoil | None:
    """Valid, and nothing in it."""
    if question.recording.status != 200:
        return None
    body = _parsed(question)
    emptied: object = _EMPTIED[question.system](question, body)
    return None if emptied is None or emptied == body else _as_body(question, emptied)


def _empty_pagerduty(question: Question, body: Any) -> object:  # noqa: ANN401 - whatever JSON it is
    del question
    name = _list_name(body)
    return {**body, name: [], **({"total": 0} if "total" in body else {}), "more": False} if name else None


def _empty_prometheus(question: Question, body: Any) -> object:  # noqa: ANN401 - whatever JSON it is
    if question.recording.path == "/api/v1/rules":
        return {**body, "data": {"groups": []}}
    return {**body, "data": {**body["data"], "result": []}}


def _empty_grafana(question: Question, body: Any) -> object:  # noqa: ANN401 - whatever JSON it is
    path = question.recording.path
    if isinstance(body, list):
        return []
    if path == "/api/ds/query":
        return {"results": {name: {**one, "frames": []} for name, one in body["results"].items()}}
    if path.startswith("/api/dashboards/uid/"):
        return {**body, "dashboard": {**body["dashboard"], "panels": [], "templating": {"list": []}}}
    return {**body, "data": []} if "data" in body else None


_EMPTIED = {"pagerduty": _empty_pagerduty, "prometheus": _empty_prometheus, "grafana": _empty_grafana}


def _one_page(question: Question) -> Spoil | None:
    """The first half as a page that announces another, which fails."""
    if question.system != "pagerduty" or question.recording.status != 200:
        return None
    body = _parsed(question)
    name = _list_name(body)
    offset = dict(question.recording.parameters).get("offset")
    if name is None or offset is None or not body[name] or body["more"]:
        return None
    half = body[name][: (len(body[name]) + 1) // 2]
    first = {**body, name: half, "limit": len(half), "more": True, "total": None}

    def reply(request: Request) -> Reply:
        if request.first("offset", "0") != offset:
            return as_json({"error": {"message": "Internal Server Error", "code": 2000}}, 500)
        return as_json(first)

    return reply


def _partial(question: Question) -> Spoil | None:
    """Half of what there is, with the warning that it is not all."""
    if question.recording.status != 200 or question.system == "pagerduty":
        return None
    half = _half_of_prometheus if question.system == "prometheus" else _half_of_grafana
    halved = half(question, _parsed(question))
    return None if halved is None else _as_body(question, halved)


def _half_of_prometheus(question: Question, body: Any) -> object:  # noqa: ANN401 - whatever JSON it is
    body["warnings"] = [PARTIAL]
    if question.recording.path == "/api/v1/rules":
        for group in body["data"]["groups"]:
            group["rules"] = group["rules"][::2]
        return body
    result = body["data"]["result"]
    if not result:
        return None
    if len(result) > 1:
        body["data"]["result"] = result[::2]
    elif "values" in result[0] and len(result[0]["values"]) > 1:
        result[0]["values"] = result[0]["values"][: len(result[0]["values"]) // 2]
    else:
        body["data"]["result"] = []
    return body


def _half_of_grafana(question: Question, body: Any) -> object:  # noqa: ANN401 - whatever JSON it is
    if question.recording.path != "/api/ds/query":
        return None
    for one in body["results"].values():
        frames = one.get("frames", [])
        if len(frames) > 1:
            one["frames"] = frames = frames[::2]
        for frame in frames:
            if len(frames) == 1:
                values = frame["data"]["values"]
                frame["data"]["values"] = [column[: len(column) // 2] for column in values]
            frame["schema"].setdefault("meta", {})["notices"] = [{"severity": "warning", "text": PARTIAL}]
    return body


def _hang(question: Question) -> Spoil | None:
    """No answer before the run has to end, of those questions that others are asked beside."""
    if kind_of(question).name not in _HANGING:
        return None

    def reply(_request: Request) -> None:
        time.sleep(HANGING)

    return reply


# Longer than the run, which has time enough for all other answers on a busy machine too.
HANGING = 25.0
# Each costs a run's whole deadline, so not all hang: optional ones above all, and one of each system that is required.
_HANGING = {
    *("related incidents", "notes", "log"),
    *("SLI", "process starts", "rules"),
    *("alert states", "variable", "settings"),
}


# ---------------------------------------------------------------- one field missing

WITHOUT = "without "
_MOST_FIELDS = 6
# Fields a draft is built on: always tried, whatever the sample.
_IMPORTANT = re.compile(
    r"(^|[.\]])(agent|agent\.type|created_at|type|summary|more|user|content|timestamp|alert_key|status|severity|le|code"
    r"|values?|metric|resultType|query|duration|alerts|groups|rules|targets|expr|panels|time|tags|newState|alertName"
    r"|resolve_reason|merged_into|frames|fields|services|service|channel|resolved_at)$"
)


def paths(body: object, prefix: str = "") -> list[str]:
    """Every distinct path of keys in a body: ``[]`` stands for each element of a list."""
    return sorted(set(_paths(body, prefix)))


def _paths(body: object, prefix: str) -> Iterator[str]:
    """Every path of keys in a body, as often as it stands there; bare values have none."""
    if isinstance(body, dict):
        for key, value in body.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            if isinstance(value, dict | list):
                yield from _paths(value, path)
    elif isinstance(body, list):
        for one in body:
            if isinstance(one, dict | list):
                yield from _paths(one, f"{prefix}[]")


def dropped(body: object, path: str) -> object:
    """A body without the field at a path, wherever it stands."""
    head, rest = _split(path)
    if head == "[]":
        return [dropped(one, rest) for one in body] if isinstance(body, list) else body
    if not isinstance(body, dict) or head not in body:
        return body
    if not rest:
        return {key: value for key, value in body.items() if key != head}
    return {**body, head: dropped(body[head], rest)}


def _split(path: str) -> tuple[str, str]:
    """The first step of a path, and the others."""
    if path.startswith("[]"):
        return "[]", path[2:].removeprefix(".")
    found = re.match(r"(.*?)(?=\[\]|\.|$)", path)
    head = found[0] if found else path
    return head, path[len(head) :].removeprefix(".")


def fields_of(question: Question, most: int = _MOST_FIELDS) -> list[str]:
    """The fields of a question's answer to leave out: the important ones first, then a sample that is always the same.

    Args:
        question: The question.
        most: How many at most.
    """
    if question.recording.status != 200:
        return []
    every = paths(_parsed(question))
    chance = random.Random(question.id)  # noqa: S311 - a sample that repeats
    chance.shuffle(every)
    return sorted(every, key=lambda path: not _IMPORTANT.search(path))[:most]


def fault_named(name: str) -> Fault:
    """A fault by its name; that of a missing field names the field."""
    if not name.startswith(WITHOUT):
        return FAULTS[name]
    path = name.removeprefix(WITHOUT)
    return Fault(name, told=False, spoil=lambda question: _as_body(question, dropped(_parsed(question), path)))


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("503", told=True, spoil=_unavailable),
        Fault("403", told=True, spoil=_forbidden),
        Fault("cut body", told=True, spoil=_cut),
        Fault("broken off", told=True, spoil=_broken),
        Fault("empty", told=False, spoil=_empty),
        Fault("one page", told=True, spoil=_one_page),
        Fault("partial", told=True, spoil=_partial),
        Fault("hang", told=True, spoil=_hang, deadline=20.0),
    )
}
