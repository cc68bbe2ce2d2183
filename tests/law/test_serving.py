"""The server of recorded answers: what it gives, what it spoils, and what it refuses."""

from __future__ import annotations

import http.client
import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from tests.law.faults import FAULTS
from tests.law.kinds import kind_of
from tests.law.recorded import incidents
from tests.law.serving import NEVER_RECORDED, RecordedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.law.recorded import Question

DEMO = incidents()["demo"]
(LOG,) = [question for question in DEMO.questions if kind_of(question).name == "log"]


@pytest.fixture
def pagerduty() -> Iterator[RecordedServer]:
    """PagerDuty of the demo."""
    server = RecordedServer(system="pagerduty")
    server.load(DEMO)
    with server:
        yield server


@contextmanager
def _ask(server: RecordedServer, question: Question, **changed: str) -> Iterator[http.client.HTTPResponse]:
    """The answer to a recorded question, some of its parameters changed."""
    parameters = [(name, changed.get(name, value)) for name, value in question.recording.parameters]
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        connection.request(question.recording.method, f"{question.recording.path}?{urlencode(parameters)}")
        with connection.getresponse() as answer:
            yield answer


def test_a_question_gets_its_recorded_answer(pagerduty: RecordedServer) -> None:
    """The same bytes, and the clock of then."""
    with _ask(pagerduty, LOG) as answer:
        assert (answer.status, answer.read()) == (200, LOG.body)
        assert answer.headers["Date"] == "Wed, 18 Nov 2026 15:30:00 GMT"
    assert (pagerduty.used, pagerduty.unmatched) == ({LOG.id}, [])


def test_what_was_never_recorded_is_refused(pagerduty: RecordedServer) -> None:
    """It is told apart from an answer, and kept."""
    with _ask(pagerduty, LOG, time_zone="Europe/Oslo") as answer:
        assert answer.status == 404
        assert NEVER_RECORDED in answer.read().decode()
    assert len(pagerduty.unmatched) == 1


def test_only_the_spoiled_question_is_spoiled(pagerduty: RecordedServer) -> None:
    """Others are answered as ever."""
    spoil = FAULTS["503"].spoil(LOG)
    assert spoil is not None
    pagerduty.spoil({LOG.id: spoil})
    other = next(one for one in DEMO.questions if kind_of(one).name == "notes")
    with _ask(pagerduty, LOG) as spoiled, _ask(pagerduty, other) as good:
        assert (spoiled.status, good.status) == (503, 200)
    assert pagerduty.met == 1


def test_a_body_that_breaks_off_promises_more(pagerduty: RecordedServer) -> None:
    """The connection ends before the promised length has come."""
    spoil = FAULTS["broken off"].spoil(LOG)
    assert spoil is not None
    pagerduty.spoil({LOG.id: spoil})
    with _ask(pagerduty, LOG) as answer, pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    assert LOG.body.startswith(caught.value.partial)
    assert len(caught.value.partial) == len(LOG.body.rstrip()) // 2


def test_the_page_after_a_first_half_fails(pagerduty: RecordedServer) -> None:
    """Half of the entries come with the word that there are more, and the next page is an error."""
    spoil = FAULTS["one page"].spoil(LOG)
    assert spoil is not None
    pagerduty.spoil({LOG.id: spoil})
    with _ask(pagerduty, LOG) as first, _ask(pagerduty, LOG, offset="13") as second:
        page = json.loads(first.read())
        assert (page["more"], second.status) == (True, 500)
    assert len(page["log_entries"]) == (len(json.loads(LOG.body)["log_entries"]) + 1) // 2
    assert pagerduty.unmatched == []
