"""A loopback PagerDuty: stories in the official shapes, with its paging, its errors and its rights."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from . import pagerduty_bodies as bodies
from .alertmanager import dedup_key
from .loopback import Fault, LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .story import Entry, PagerDutyStory, Party

TOKEN = "u+PDWORLDTOKEN000001"
DEFAULT_LIMIT = 25
LARGEST_LIMIT = 100
LAST_OFFSET = 10_000
OK = 200
T = TypeVar("T")

GATES = {
    402: (2014, "Your account does not have the ability to use this feature"),
    403: (2010, "Access Denied"),
    404: (2100, "Not Found"),
}


class PagerDutyServer(LoopbackServer):
    """PagerDuty's REST API for a few stories.

    Answers GET of /incidents, /incidents/{id or number}, its /log_entries, /alerts, /notes, /related_change_events,
    /past_incidents, /related_incidents; /analytics/raw/incidents/{id}; /services, /services/{id}, its /change_events;
    /change_events, /priorities, /abilities and /users/me. Sub-resources know an incident by its id only, as PagerDuty
    documents it.
    """

    def __init__(
        self,
        *stories: PagerDutyStory,
        token: str = TOKEN,
        delay: float = 0.0,
        gated: Mapping[str, int] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        """Take the stories to tell.

        Args:
            stories: The account's incidents; a story's merge target has to be given too.
            token: The token that opens it; ``Token token=...`` and ``Bearer ...`` are both taken.
            delay: Seconds before each answer.
            gated: Last part of a path, such as ``past_incidents``, to the status it is refused with: 402, 403 or 404.
            faults: What shall go wrong.
        """
        super().__init__(token=token, delay=delay, faults=list(faults))
        self.stories = stories
        self.gated = dict(gated or {})

    def answer(self, request: Request) -> Reply:
        """PagerDuty's answer to a request."""
        if request.headers.get("authorization") not in {f"Token token={self.token}", f"Bearer {self.token}"}:
            return as_json(bodies.error(2006, "Invalid Credentials Provided"), 401)
        gate = self.gated.get(request.path.rsplit("/", 1)[-1])
        if gate is not None:
            return as_json(bodies.error(*GATES[gate]), gate)
        for pattern, handler in self._routes().items():
            match = re.fullmatch(pattern, request.path)
            if match:
                return handler(request, *match.groups())
        return _not_found()

    def _routes(self) -> dict[str, Callable[..., Reply]]:
        """Patterns of paths, and who answers them."""
        of_incident = {
            "log_entries": self._log_entries,
            "alerts": self._alerts,
            "notes": self._notes,
            "related_change_events": self._related_changes,
            "past_incidents": self._past,
            "related_incidents": self._related,
        }
        return {
            r"/incidents": self._incidents,
            r"/incidents/([^/]+)": self._incident,
            **{rf"/incidents/([^/]+)/{name}": self._of_incident(handler) for name, handler in of_incident.items()},
            r"/analytics/raw/incidents/([^/]+)": self._of_incident(self._analytics),
            r"/services": self._services,
            r"/services/([^/]+)": self._service,
            r"/services/([^/]+)/change_events": self._changes,
            r"/change_events": self._changes,
            r"/priorities": self._priorities,
            r"/abilities": self._abilities,
            r"/users/me": self._me,
        }

    def _of_incident(self, handler: Callable[[Request, PagerDutyStory], Reply]) -> Callable[[Request, str], Reply]:
        """Find the story before the handler is asked."""

        def answer(request: Request, key: str) -> Reply:
            story = next((story for story in self.stories if story.id == key), None)
            return _not_found() if story is None else handler(request, story)

        return answer

    def _incidents(self, request: Request) -> Reply:
        """The account's incidents, newest first, filtered as asked."""
        found = sorted(self.stories, key=lambda story: story.created, reverse=True)
        services, statuses = request.all("service_ids[]"), request.all("statuses[]")
        since, until = _bounds(request)
        key = request.first("incident_key")
        chosen = [
            story
            for story in found
            if (not key or key in {dedup_key(alert) for alert in story.alerts})
            and (not services or story.service.id in services)
            and (not statuses or story.status in statuses)
            and since <= story.created < until
        ]
        return _page(request, "incidents", chosen, bodies.incident)

    def _incident(self, _request: Request, key: str) -> Reply:
        """One incident, by id or number."""
        for story in self.stories:
            if key in {story.id, str(story.number)}:
                return as_json({"incident": bodies.incident(story)})
        return _not_found()

    def _log_entries(self, request: Request, story: PagerDutyStory) -> Reply:
        """The log, newest first, in the account's zone unless another is asked for."""
        zone = request.first("time_zone", bodies.ACCOUNT_ZONE)
        include = request.all("include[]")
        since, until = _bounds(request)
        overview = request.first("is_overview") == "true"
        chosen = [
            (position, entry)
            for position, entry in enumerate(bodies.log(story))
            if since <= entry.at < until and (not overview or entry.kind in {"trigger", "acknowledge", "resolve"})
        ]

        def shape(placed: tuple[int, Entry]) -> bodies.Body:
            return bodies.log_entry(story, *placed, zone=zone, include=include)

        return _page(request, "log_entries", chosen[::-1], shape)

    def _alerts(self, request: Request, story: PagerDutyStory) -> Reply:
        """The incident's alerts, oldest first."""
        ordered = sorted(story.alerts, key=lambda alert: alert.arrived)
        return _page(request, "alerts", ordered, partial(bodies.alert, story))

    def _notes(self, _request: Request, story: PagerDutyStory) -> Reply:
        """The incident's notes; not paged."""
        return as_json({"notes": [bodies.note(story, position, note) for position, note in enumerate(story.notes)]})

    def _related_changes(self, request: Request, story: PagerDutyStory) -> Reply:
        """The change events PagerDuty relates to the incident."""
        limit = int(request.first("limit", "20"))
        events = [bodies.change(event, related=True) for event in story.changes if event.reason]
        return as_json({"change_events": events[:limit], "limit": limit, "more": False})

    def _past(self, request: Request, story: PagerDutyStory) -> Reply:
        """Past incidents like this one."""
        limit = int(request.first("limit", "5"))
        found = [bodies.past(one) for one in story.past[:limit]]
        return as_json({"past_incidents": found, "total": len(story.past), "limit": limit})

    def _related(self, _request: Request, story: PagerDutyStory) -> Reply:
        """Incidents going on at the same time."""
        return as_json({"related_incidents": [bodies.related(one) for one in story.related]})

    def _analytics(self, _request: Request, story: PagerDutyStory) -> Reply:
        """PagerDuty's own figures, which are made within a day."""
        if not story.analytics:
            return _not_found()
        return as_json({"time_zone": "Etc/UTC", "data": {"id": story.id, **story.analytics}})

    def _parties(self) -> list[Party]:
        """The account's services."""
        parties = [story.service for story in self.stories]
        parties += [event.service for story in self.stories for event in story.changes]
        return list({party.id: party for party in parties}.values())

    def _services(self, request: Request) -> Reply:
        """Services whose name contains the query."""
        query = request.first("query").lower()
        found = [party for party in self._parties() if query in party.name.lower()]
        return _page(request, "services", found, partial(bodies.service, incidents=self.stories))

    def _service(self, _request: Request, key: str) -> Reply:
        """One service."""
        found = [bodies.service(party, self.stories) for party in self._parties() if party.id == key]
        return as_json({"service": found[0]}) if found else _not_found()

    def _changes(self, request: Request, service: str = "") -> Reply:
        """Change events of the account or of one service, newest first."""
        since, until = _bounds(request)
        events = {event.id: event for story in self.stories for event in story.changes}
        chosen = [
            event
            for event in sorted(events.values(), key=lambda event: event.at, reverse=True)
            if since <= event.at < until and service in {"", event.service.id}
        ]
        return _page(request, "change_events", chosen, bodies.change)

    def _priorities(self, request: Request) -> Reply:
        """The account's priorities."""
        return _page(request, "priorities", list(bodies.PRIORITIES), bodies.priority)

    def _abilities(self, _request: Request) -> Reply:
        """What the account's plan offers."""
        optional = {"past_incidents": "similar_incidents", "related_incidents": "related_incidents"}
        offered = [ability for name, ability in optional.items() if name not in self.gated]
        return as_json({"abilities": ["teams", "read_only_users", "urgencies", *offered]})

    def _me(self, _request: Request) -> Reply:
        """The user of the token; an account's token belongs to none."""
        return as_json(bodies.error(2001, "Requesting user could not be determined from the token"), 400)


def _bounds(request: Request) -> tuple[datetime, datetime]:
    """The instants a request bounds its answer with."""
    since = request.first("since", "0001-01-02T00:00:00Z")
    until = request.first("until", "9999-12-30T00:00:00Z")
    return _instant(since), _instant(until)


def _instant(text: str) -> datetime:
    """An instant; UTC where it names no zone."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _page(request: Request, name: str, found: Sequence[T], shape: Callable[[T], object]) -> Reply:
    """One page of a list, as PagerDuty's classic paging cuts it."""
    limit = min(int(request.first("limit", str(DEFAULT_LIMIT))), LARGEST_LIMIT)
    offset = int(request.first("offset", "0"))
    if offset + limit > LAST_OFFSET:
        return as_json(bodies.error(2001, "Invalid Input Provided", "Offset+Limit must be 10000 or less."), 400)
    total = len(found) if request.first("total") == "true" else None
    body: dict[str, object] = {name: [shape(one) for one in found[offset : offset + limit]]}
    body |= {"limit": limit, "offset": offset, "total": total, "more": offset + limit < len(found)}
    return as_json(body, OK, _quota())


def _quota() -> Iterable[tuple[str, str]]:
    """The headers that tell how many requests are left."""
    return (("ratelimit-limit", "960"), ("ratelimit-remaining", "958"), ("ratelimit-reset", "48"))


def _not_found() -> Reply:
    """PagerDuty's answer to what it does not hold."""
    return as_json(bodies.error(2100, "Not Found"), 404)
