"""Single questions to Prometheus' HTTP API on the named client's session, each with the proof of its answer.

The client's own ``custom_query`` writes the query into the URL even when it posts, and drops the engine's warnings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

from pm_autofill.collect.prometheus.answers import SYSTEM, read_data, read_reply
from pm_autofill.collect.prometheus.refusals import may_fit_when_smaller
from pm_autofill.collect.prometheus.samples import SampleSieve
from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.exchange import RETRIEVED_HEADER, SHA256_HEADER
from pm_autofill.collect.transport.requests_adapter import translating
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.evidence.record import Source
from pm_autofill.evidence.series import Matrix
from pm_autofill.expression_browser import graph_link, page_link, table_link
from pm_autofill.instants import Window, parse_instant
from pm_autofill.promql import WITNESS, witnessed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from prometheus_api_client import PrometheusConnect
    from requests import Response

    from pm_autofill.collect.prometheus.answers import Reply, Resource
    from pm_autofill.collect.transport.policy import Policy
    from pm_autofill.collect.transport.shares import Reading

T = TypeVar("T")

# Engines lay their grids a little differently, so that the first or the last evaluation may be missing.
_AS_MANY = 0.95
# Instants are asked for to the millisecond.
_SLACK = 0.0005

# For stores with several parts (Thanos, VictoriaMetrics' cluster): no partial answers, no downsampled data. Others
# do not look at them.
_WHOLE_ANSWERS = {
    "partial_response": "false",
    "dedup": "true",
    "max_source_resolution": "0s",
    "deny_partial_response": "1",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """That an answer came, and when.

    Attributes:
        sha256: Digest of its decoded body.
        retrieved_at: When it was complete.
        date_header: The server's clock as it wrote it; empty when it wrote none.
    """

    sha256: str
    retrieved_at: datetime
    date_header: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query.

    Attributes:
        query: The PromQL.
        reply: What it says.
        proof: That it came.
        window: The stretch asked for; it begins and ends at the instant of evaluation for a plain one.
        step: Seconds between evaluations; None when there was one.
    """

    query: str
    reply: Reply
    proof: Proof
    window: Window
    step: float | None = None

    @property
    def matrix(self) -> Matrix:
        """Its series."""
        return self.reply.matrix

    @property
    def number(self) -> float | None:
        """The one value of an answer that is a single number; None when it is empty or something else."""
        series = self.reply.matrix.series
        if len(series) != 1 or len(series[0].values) != 1:
            return None
        return float(series[0].values[0])

    def source(self, base: str, *, over: Window | None = None, shown: str | None = None) -> Source:
        """The question as evidence keeps it.

        Args:
            base: Address of Prometheus as people use it.
            over: The stretch a single evaluation looked at, where it looked at one.
            shown: What a graph shows in place of raw samples, which none can show.
        """
        window = over or self.window
        as_graph = shown is not None or self.step is not None
        link = graph_link(base, shown or self.query, window) if as_graph else table_link(base, self.query, window.end)
        return Source(
            system=SYSTEM,
            query=self.query,
            url=link,
            start=window.start if as_graph or over else None,
            end=window.end,
            step=self.step,
            retrieved_at=self.proof.retrieved_at,
            sha256=self.proof.sha256,
        )


class Interviewer:
    """Puts questions through the named client's session; safe to share between threads.

    Attributes:
        policy: How the source is asked.
        base: Address of Prometheus as people use it.
    """

    def __init__(self, connection: PrometheusConnect, policy: Policy, base: str) -> None:
        """Contact nothing yet.

        Args:
            connection: Made by ``connect_prometheus`` with the same policy.
            policy: How the source is asked.
            base: Address of Prometheus as people use it.
        """
        self._session = connection._session  # noqa: SLF001 - the client offers no way to post a form
        self.policy = policy
        self.base = base

    def instant(self, query: str, at: datetime, what: str) -> Answer:
        """Evaluate a query once.

        Args:
            query: PromQL; a range selector brings raw samples.
            at: When.
            what: What is asked for, for messages.

        Raises:
            SourceError: No usable answer came.
        """
        reply, proof = self._query("/api/v1/query", {"query": query, "time": _epoch(at)}, what)
        if query.rstrip().endswith("]"):
            _expect_ranges(reply, what)
        return Answer(query, reply, proof, Window(at, at))

    def stepped(self, query: str, window: Window, step: timedelta, what: str) -> Answer:
        """Evaluate a query at both ends of a window and every step between.

        Args:
            query: PromQL.
            window: First and last evaluation.
            step: Between evaluations; at most 11,000 fit into a window.
            what: What is asked for, for messages.

        Raises:
            SourceError: No usable answer came.
        """
        seconds = step.total_seconds()
        form = {
            "query": query,
            "start": _epoch(window.start),
            "end": _epoch(window.end),
            "step": f"{seconds:.15g}",
        }
        reply, proof = self._query("/api/v1/query_range", form, what)
        _expect_ranges(reply, what)
        return Answer(query, replace(reply, matrix=cut(reply.matrix, window)), proof, window, seconds)

    def witnessed(self, expression: str, window: Window, step: timedelta, what: str) -> Answer:
        """Evaluate an expression of somebody else's making, and know whether every evaluation came back.

        Args:
            expression: PromQL.
            window: First and last evaluation.
            step: Between evaluations.
            what: What is asked for, for messages.

        Returns:
            Its answer; incomplete where evaluations are missing from it.

        Raises:
            SourceError: No usable answer came.
        """
        answer = self.stepped(witnessed(expression), window, step, what)
        series = answer.matrix.series
        evaluated = sum(len(one.times) for one in series if WITNESS in one.labels)
        due = math.floor(window.seconds / step.total_seconds()) + 1
        own = Matrix(tuple(one for one in series if WITNESS not in one.labels))
        missing = () if evaluated >= _AS_MANY * due else (f"{evaluated} of {due} evaluations came back",)
        reply = replace(answer.reply, matrix=own, incomplete=(*answer.reply.incomplete, *missing))
        return replace(answer, reply=reply)

    def get(self, path: str, what: str, **parameters: str) -> tuple[Resource, Proof]:
        """Read a resource that is no query's answer.

        Args:
            path: Below the configured address.
            what: What is asked for, for messages.
            parameters: Of the query string.

        Returns:
            It, and the proof.

        Raises:
            SourceError: No usable answer came.
        """
        with self.policy.receiving() as readings:
            return self._read_resource(path, what, parameters, readings)

    def _read_resource(
        self, path: str, what: str, parameters: dict[str, str], readings: list[Reading]
    ) -> tuple[Resource, Proof]:
        """Ask for a resource, and let go of the answer's text."""
        with translating(what):
            response = self._session.get(f"{self.policy.endpoint.url}{path}", params=parameters)
        memory = readings[-1].memory
        self.policy.keep(memory)
        with self.policy.share.parsing(memory):
            return read_data(response.content, what), _proof(response)

    def at_once(self, questions: Mapping[str, Callable[[], T]], what: str) -> dict[str, T]:
        """Put several questions at the same time.

        Args:
            questions: By name.
            what: What is asked for, for messages.

        Returns:
            Every answer, by name.

        Raises:
            SourceError: One of them has none; of several errors, one that no smaller question would mend.
        """
        tasks = {f"{SYSTEM}: {what} ({name})": question for name, question in questions.items()}
        results = gather(tasks, self.policy.deadline).values()
        errors = [result for result in results if isinstance(result, SourceError)]
        if errors:
            raise min(errors, key=may_fit_when_smaller)
        return dict(zip(questions, (result for result in results if not isinstance(result, SourceError)), strict=True))

    def page(self, path: str, page: str, proof: Proof) -> Source:
        """A resource as evidence keeps it.

        Args:
            path: With its parameters.
            page: The page of Prometheus that shows it.
            proof: That it came.
        """
        url = page_link(self.base, page)
        return Source(system=SYSTEM, query=f"GET {path}", url=url, retrieved_at=proof.retrieved_at, sha256=proof.sha256)

    def _query(self, path: str, form: dict[str, str], what: str) -> tuple[Reply, Proof]:
        """Post a query as a form, so that its length does not matter."""
        limit = min(self.policy.limits.read_timeout, self.policy.deadline.remaining())
        # The engine gives up, and says why, before we would.
        bounded = {**form, **_WHOLE_ANSWERS, "timeout": f"{max(1, int(limit))}s"}
        with self.policy.receiving(SampleSieve) as readings:
            return self._read_reply(path, bounded, what, readings)

    def _read_reply(self, path: str, form: dict[str, str], what: str, readings: list[Reading]) -> tuple[Reply, Proof]:
        """Post a form, and let go of the answer's text."""
        with translating(what):
            response = self._session.post(f"{self.policy.endpoint.url}{path}", data=form)
        memory, sieve = readings[-1].memory, cast("SampleSieve", readings[-1].sieve)
        self.policy.keep(memory)
        with self.policy.share.parsing(memory):
            return read_reply(response.content, what, sieve), _proof(response)


def _expect_ranges(reply: Reply, what: str) -> None:
    """Refuse the last sample of each series where all of a stretch were asked for.

    Raises:
        SourceUnavailable: The answer is of another kind.
    """
    if reply.kind != "matrix":
        message = f"{SYSTEM} answered the question for {what} with a {reply.kind} instead of a matrix"
        raise SourceUnavailable(SYSTEM, message, "Look whether a proxy changes its queries or answers.")


def cut(found: Matrix, window: Window) -> Matrix:
    """The samples in a window, both ends included, without series that have none there."""
    start, end = window.start.timestamp() - _SLACK, window.end.timestamp() + _SLACK
    inside = (one.cut(start, end) for one in found.series)
    return Matrix(tuple(one for one in inside if len(one.times)))


def _epoch(at: datetime) -> str:
    """An instant as the API takes it, to the millisecond."""
    return f"{at.timestamp():.3f}"


def _proof(response: Response) -> Proof:
    """What the transport wrote into the answer's headers."""
    return Proof(
        sha256=response.headers[SHA256_HEADER],
        retrieved_at=parse_instant(response.headers[RETRIEVED_HEADER]),
        date_header=response.headers.get("Date", ""),
    )
