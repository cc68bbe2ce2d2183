"""One question to Grafana through the named client: its answer with the proof of it, or an error of ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.parsing import parse_json
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.evidence.record import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grafana_client.api import GrafanaApi

    from pm_autofill.collect.transport.exchange import Exchange
    from pm_autofill.collect.transport.policy import Policy
    from pm_autofill.collect.transport.shares import Reading
    from pm_autofill.instants import Window

SYSTEM = "Grafana"
_LONGEST_ID = 128


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one question brought.

    Attributes:
        body: The parsed JSON; or what was made of it before it was let go of.
        exchange: What the transport remembers of it.
    """

    body: T
    exchange: Exchange

    def source(self, query: str, url: str, *, window: Window | None = None, step: float | None = None) -> Source:
        """The question as evidence keeps it.

        Args:
            query: What was asked, in words or PromQL.
            url: Where a human can ask the same again.
            window: The range asked for, where it has one.
            step: Seconds between samples, where it has any.
        """
        return Source(
            system=SYSTEM,
            query=query,
            url=url,
            start=window.start if window else None,
            end=window.end if window else None,
            step=step,
            retrieved_at=self.exchange.retrieved_at,
            sha256=self.exchange.sha256,
        )


class Gateway:
    """Grafana's HTTP API, by way of grafana-client on the bounded transport."""

    def __init__(self, api: GrafanaApi, policy: Policy) -> None:
        """Keep both; nothing is contacted.

        Args:
            api: The client, connected through the policy.
            policy: How Grafana is asked.
        """
        self._api = api
        self.policy = policy

    @property
    def url(self) -> str:
        """The address contacted, without trailing slash."""
        return self.policy.endpoint.url

    def get(self, path: str, what: str, params: Mapping[str, Any] | None = None) -> Answer[object]:
        """Read one resource.

        Args:
            path: Below ``/api``, its parts quoted.
            what: What is asked for, for messages.
            params: Query parameters; the client's own methods would not escape them.

        Returns:
            The answer.

        Raises:
            SourceError: There is no usable answer.
        """
        return self._kept(what, lambda: self._api.client.GET(path, params=dict(params or {})))

    def get_in_half(self, path: str, what: str, params: Mapping[str, Any] | None = None) -> Answer[object]:
        """Read one resource that others wait for and can do without, in half of the time that is left.

        Args:
            path: As for ``get``.
            what: As for ``get``.
            params: As for ``get``.

        Returns:
            The answer.

        Raises:
            SourceError: There is no usable answer, or not in that time.
        """
        deadline, ask = self.policy.deadline, partial(self.get, path, what, params)
        (answer,) = gather({f"{SYSTEM}: {what}": ask}, deadline.within(deadline.remaining() / 2)).values()
        if isinstance(answer, SourceError):
            raise answer
        return answer

    def post(self, path: str, what: str, body: Mapping[str, Any]) -> Answer[object]:
        """Put a query; the transport lets no other POST through.

        Args:
            path: Below ``/api``.
            what: What is asked for, for messages.
            body: What is posted as JSON.

        Returns:
            The answer.

        Raises:
            SourceError: There is no usable answer.
        """
        return self._kept(what, lambda: self._api.client.POST(path, json=dict(body)))

    def query(self, what: str, body: Mapping[str, Any], read: Callable[[object], T]) -> Answer[T]:
        """Put queries to data sources, whose answers may be long.

        Args:
            what: What is asked for, for messages.
            body: What is posted as JSON.
            read: Makes something shorter of the parsed answer; asks nothing itself.

        Returns:
            What was made of the answer.

        Raises:
            SourceError: There is no usable answer; or what ``read`` raises.
        """
        return self._read(what, lambda: self._api.client.POST("/ds/query", json=dict(body)), read)

    def look_up(self, path: str, what: str, params: Mapping[str, Any], read: Callable[[object], T]) -> Answer[T]:
        """Read one resource that may be long.

        Args:
            path: Below ``/api``, its parts quoted.
            what: What is asked for, for messages.
            params: Query parameters.
            read: Makes something shorter of the parsed answer; asks nothing itself.

        Returns:
            What was made of the answer.

        Raises:
            SourceError: There is no usable answer; or what ``read`` raises.
        """
        return self._read(what, lambda: self._api.client.GET(path, params=dict(params)), read)

    def get_native(self, path: str, what: str) -> Answer[object]:
        """Read one resource of the newer API, which the client does not know, over the client's own session.

        Args:
            path: Beginning with ``/apis``, its parts quoted.
            what: What is asked for, for messages.

        Returns:
            The answer.

        Raises:
            SourceError: There is no usable answer.
        """
        client = self._api.client
        return self._kept(what, lambda: client.s.get(f"{self.url}{path}", auth=client.auth).json())

    def picture(self, path: str, what: str, params: Mapping[str, Any]) -> tuple[bytes, str]:
        """Read a picture over the client's own session.

        Args:
            path: Below Grafana's address, its parts quoted.
            what: What is asked for, for messages.
            params: Query parameters.

        Returns:
            Its bytes, and the type the answer claims to have.

        Raises:
            SourceError: There is no usable answer.
        """
        from pm_autofill.collect.transport.niquests_adapter import translating

        client = self._api.client
        with translating(what):
            reply = client.s.get(
                f"{self.url}{path}", params=dict(params), auth=client.auth, headers={"Accept": "image/png"}
            )
            return bytes(reply.content or b""), str(reply.headers.get("Content-Type", ""))

    def _read(self, what: str, ask: Callable[[], object], read: Callable[[object], T]) -> Answer[T]:
        """What is made of an answer that is then let go of."""
        with self.policy.receiving() as readings:
            return self._receive(what, ask, read, readings)

    def _kept(self, what: str, ask: Callable[[], object]) -> Answer[object]:
        """An answer that is kept, parsed."""

        def keep(body: object) -> object:
            self.policy.keep(readings[-1].memory)
            return body

        with self.policy.receiving() as readings:
            return self._receive(what, ask, keep, readings)

    def _receive(
        self, what: str, ask: Callable[[], object], read: Callable[[object], T], readings: list[Reading]
    ) -> Answer[T]:
        """Ask, make something of the answer, and let go of its text."""
        content, exchange = self._ask(what, ask)
        with self.policy.share.parsing(readings[-1].memory):
            return Answer(read(_parsed(content, what)), exchange)

    def _ask(self, what: str, ask: Callable[[], object]) -> tuple[object, Exchange]:
        """Send through the client; what it hands on, and what the transport saw."""
        from pm_autofill.collect.transport.niquests_adapter import translating

        with self.policy.observing() as exchanges, translating(what):
            content = ask()
        if not exchanges:
            message = f"Grafana's answer to the question for {what} did not come through the transport"
            raise SourceUnavailable(SYSTEM, message)
        return content, exchanges[-1]


def _parsed(content: object, what: str) -> object:
    """The JSON of an answer; its text where it claims to be no JSON.

    Raises:
        SourceUnavailable: It is none.
    """
    from pm_autofill.collect.transport.niquests_adapter import translating

    with translating(what):
        return parse_json(content) if isinstance(content, bytes) else content


def is_id(value: str) -> bool:
    """Whether a uid or label from outside may stand in a path: a few plain characters, and no step upwards."""
    plain = value.isascii() and all(one.isalnum() or one in "-_:." for one in value)
    return plain and len(value.strip(".")) > 0 and len(value) <= _LONGEST_ID
