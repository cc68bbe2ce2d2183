"""Single questions to PagerDuty's REST API, each with the proof of its answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pm_autofill.collect.pagerduty.fields import line, mapping
from pm_autofill.collect.pagerduty.reading import SYSTEM
from pm_autofill.collect.transport.exchange import RETRIEVED_HEADER, SHA256_HEADER
from pm_autofill.collect.transport.httpx2_transport import translating
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.record import Source
from pm_autofill.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pagerduty import RestApiV2Client

    from pm_autofill.collect.transport.policy import Policy

Parameters = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        part: Short name, such as "log"; the source's id is made of it.
        what: What it is in messages, such as "the incident's log".
        path: The API's path; ids in it are letters, digits, ``-`` and ``_``.
        key: Where in the answer the objects stand.
        parameters: The query.
        url: A page that shows the same to a human; empty when there is none.
        start: First instant asked for, where the question has a range.
        end: Last one.
    """

    part: str
    what: str
    path: str
    key: str
    parameters: Parameters = field(default_factory=dict)
    url: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @property
    def source_id(self) -> str:
        """The id of the source it becomes."""
        return f"pagerduty.{self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        body: The JSON object.
        sha256: Digest of its decoded bytes.
        retrieved_at: When it was complete.
        date_header: The server's clock as it wrote it; empty when it wrote none.
    """

    body: Mapping[str, object]
    sha256: str
    retrieved_at: datetime
    date_header: str = ""

    @property
    def zone(self) -> str:
        """The zone of times without an offset, where the answer names one; else UTC."""
        return line(self.body.get("time_zone"), 100) or "UTC"


class Interviewer:
    """Puts questions through the named client; safe to share between threads.

    Attributes:
        policy: How the source is asked.
    """

    def __init__(self, client: RestApiV2Client, policy: Policy) -> None:
        """Contact nothing yet.

        Args:
            client: Made by ``connect_pagerduty`` with the same policy.
            policy: How the source is asked.
        """
        self._client = client
        self.policy = policy

    def ask(self, question: Question, **more: str) -> Answer:
        """Put one question.

        Args:
            question: What is asked.
            more: Further parameters, such as ``limit`` and ``offset``.

        Returns:
            The answer.

        Raises:
            SourceUnavailable: No answer came, or none that is a JSON object.
            SourceRejected: PagerDuty said no.
        """
        with translating(question.what):
            response = self._client.get(question.path, params={**question.parameters, **more})
            body: object = response.json()
        if not isinstance(body, dict):
            message = f"{SYSTEM} answered the question for {question.what} with something that is no JSON object"
            raise SourceUnavailable(SYSTEM, message, "Check that pagerduty.url leads to PagerDuty's REST API.")
        return Answer(
            body=mapping(body),
            sha256=response.headers[SHA256_HEADER],
            retrieved_at=parse_instant(response.headers[RETRIEVED_HEADER]),
            date_header=response.headers.get("Date", ""),
        )

    def source(self, question: Question, answers: Sequence[Answer], url: str = "") -> Source:
        """The proof of a question and its answers.

        Args:
            question: What was asked.
            answers: At least one; pages in the order of their offsets.
            url: A page that shows the same, where only the answer told it.

        Returns:
            The source; over several pages its digest is that of the pages' hexadecimal digests, one after the other.
        """
        digests = "".join(answer.sha256 for answer in answers)
        query = urlencode(question.parameters, doseq=True, safe="[]:")
        asked = f"{question.path}?{query}" if query else question.path
        return Source(
            system=SYSTEM,
            query=f"GET {asked}",
            url=url or question.url or f"{self.policy.endpoint.url}{asked}",
            retrieved_at=max(answer.retrieved_at for answer in answers),
            sha256=digests if len(answers) == 1 else hashlib.sha256(digests.encode()).hexdigest(),
            start=question.start,
            end=question.end,
        )
