"""A loopback server that gives recorded answers, one of them spoiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pm_autofill.cli.recording import Question as Asked
from pm_autofill.cli.recording import Recording, question_of, read_request
from tests.world.loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.law.recorded import Incident, Question

    Spoil = Callable[[Request], Reply | None]

NEVER_RECORDED = "nothing is recorded for this request"
_TOLERANCE = 0.05
_PAGING = frozenset({"limit", "offset", "total"})
_NOT_FOUND: dict[str, tuple[int, object]] = {
    "pagerduty": (404, {"error": {"message": NEVER_RECORDED, "code": 2100}}),
    # Not 404: an engine that is asked for another time than the recorded one is alive and would have answered.
    "prometheus": (422, {"status": "error", "errorType": "execution", "error": NEVER_RECORDED}),
    "grafana": (404, {"message": NEVER_RECORDED}),
}


@dataclass
class RecordedServer(LoopbackServer):
    """One system of a recorded incident; unlike the demo's it takes any token, and one answer can be spoiled.

    Attributes:
        system: "pagerduty", "prometheus" or "grafana".
        behind: What answers requests nothing was recorded for: the system itself, where it runs.
        used: The ids of the questions it answered as recorded.
        unmatched: Requests nothing was recorded for.
        handed_on: How many of them the system behind was asked.
        met: How often the spoiled question was asked.
    """

    system: str = ""
    behind: LoopbackServer | None = None
    used: set[str] = field(default_factory=set, init=False)
    unmatched: list[Recording] = field(default_factory=list, init=False)
    handed_on: int = field(default=0, init=False)
    met: int = field(default=0, init=False)
    _known: dict[str, list[tuple[Asked, Question]]] = field(default_factory=dict, init=False)
    _spoiled: dict[str, Spoil] = field(default_factory=dict, init=False)

    def load(self, incident: Incident) -> None:
        """Take an incident's answers."""
        self.date = format_datetime(incident.index.as_of, usegmt=True)
        self._known.clear()
        for question in incident.questions:
            if question.system == self.system:
                asked = question_of(question.recording)
                self._known.setdefault(asked.text, []).append((asked, question))

    def spoil(self, spoiled: Mapping[str, Spoil]) -> None:
        """Answer some questions badly from now on.

        Args:
            spoiled: The bad answers, by the question's id; those of other systems may be among them.
        """
        self._spoiled = dict(spoiled)
        self.met = self.handed_on = 0
        self.used.clear()
        self.unmatched.clear()
        self.exchanges.clear()

    def answer(self, request: Request) -> Reply:
        """The recorded answer to a request; what nothing was recorded for is handed on or refused."""
        found = self.find(request)
        if found is None and self.behind is not None:
            return self.behind.answer(request)
        if found is None:
            status, body = _NOT_FOUND[self.system]
            return as_json(body, status)
        self.used.add(found.id)
        return Reply(found.recording.status, found.body, found.recording.content_type)

    def reply_to(self, request: Request) -> Reply | None:
        """The answer a request gets."""
        found = self.find(request)
        asked = found.id if found is not None else self._first_page_of(request)
        if asked in self._spoiled:
            self.met += 1
            return self._spoiled[asked](request)
        if found is None and self.behind is None:
            self.unmatched.append(_recorded(request))
        elif found is None:
            self.handed_on += 1
        return self.answer(request)

    def find(self, request: Request) -> Question | None:
        """The recording at the nearest time, as the demo's server finds it."""
        asked = question_of(_recorded(request))
        near = [
            (distance, number)
            for number, (known, _) in enumerate(self._known.get(asked.text, ()))
            if (distance := asked.distance(known)) is not None and distance <= _TOLERANCE
        ]
        return self._known[asked.text][min(near)[1]][1] if near else None

    def _first_page_of(self, request: Request) -> str:
        """The id of the spoiled list that a request wants a further page of; empty when there is none."""
        if request.first("offset", "0") == "0":
            return ""
        wanted = _unpaged(_recorded(request))
        lists = (question for group in self._known.values() for _, question in group if question.id in self._spoiled)
        return next((one.id for one in lists if _unpaged(one.recording) == wanted), "")


def _unpaged(recording: Recording) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A request for a list, whichever page of it."""
    return recording.path, tuple(pair for pair in recording.parameters if pair[0] not in _PAGING)


def _recorded(request: Request) -> Recording:
    content_type = request.headers.get("content-type", "")
    return read_request(request.method, request.path, request.query, content_type, request.body)


def servers_of(systems: Sequence[str], behind: Mapping[str, LoopbackServer]) -> dict[str, RecordedServer]:
    """A server for each system, not started yet."""
    return {system: RecordedServer(system=system, behind=behind.get(system)) for system in systems}
