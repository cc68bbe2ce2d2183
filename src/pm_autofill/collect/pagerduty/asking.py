"""Single questions to PagerDuty's REST API, each with the proof of its answer."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pm_autofill.collect.pagerduty.fields import identifier, line, mapping, sequence, whole
from pm_autofill.collect.pagerduty.reading import SYSTEM
from pm_autofill.collect.transport.exchange import RETRIEVED_HEADER, SHA256_HEADER
from pm_autofill.collect.transport.httpx2_transport import translating
from pm_autofill.collect.transport.parsing import parse_json
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.record import Source
from pm_autofill.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pagerduty import RestApiV2Client

    from pm_autofill.collect.transport.policy import Policy
    from pm_autofill.collect.transport.shares import Reading, Share

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
class Outline:
    """What an answer says about itself.

    Attributes:
        count: Objects in the list that was asked for; None where it holds none.
        ids: Those of the objects; objects without one count as one.
        total: How long the whole list is; 0 where that is not told.
        more: Whether another page follows; None where that is not told.
        limit: How long a page may be; None where that is not told.
        zone: The zone of times without an offset, where the answer names one; else UTC.
    """

    count: int | None
    ids: frozenset[str]
    total: int
    more: bool | None
    limit: int | None
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; packed, because a list of many pages is kept until all of it came.

    Attributes:
        outline: What it says about itself.
        sha256: Digest of its decoded bytes.
        retrieved_at: When it was complete.
        date_header: The server's clock as it wrote it; empty when it wrote none.
        packed: Its bytes, compressed.
        memory: What it takes parsed, in bytes.
        share: Where long answers take turns.
    """

    outline: Outline
    sha256: str
    retrieved_at: datetime
    date_header: str = ""
    packed: bytes = field(repr=False)
    memory: int
    share: Share

    @property
    def zone(self) -> str:
        """The zone of times without an offset."""
        return self.outline.zone

    @contextmanager
    def opened(self) -> Iterator[Mapping[str, object]]:
        """The JSON object, to be let go of at the end of the block."""
        with self.share.parsing(self.memory):
            yield mapping(parse_json(zlib.decompress(self.packed)))


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
        with self.policy.receiving() as readings:
            return self._receive(question, {**question.parameters, **more}, readings)

    def _receive(self, question: Question, parameters: Parameters, readings: list[Reading]) -> Answer:
        """Ask, and let go of the answer's text."""
        with translating(question.what):
            response = self._client.get(question.path, params=parameters)
        memory = readings[-1].memory
        packed = zlib.compress(response.content, level=1)  # much in it is alike
        self.policy.keep(len(packed))
        return Answer(
            outline=self._outline(question, response.content, memory),
            sha256=response.headers[SHA256_HEADER],
            retrieved_at=parse_instant(response.headers[RETRIEVED_HEADER]),
            date_header=response.headers.get("Date", ""),
            packed=packed,
            memory=memory,
            share=self.policy.share,
        )

    def _outline(self, question: Question, content: bytes, memory: int) -> Outline:
        """What an answer says about itself.

        Raises:
            SourceUnavailable: It is no JSON object.
        """
        with self.policy.share.parsing(memory):
            with translating(question.what):
                body = parse_json(content)
            if not isinstance(body, dict):
                message = f"{SYSTEM} answered the question for {question.what} with something that is no JSON object"
                raise SourceUnavailable(SYSTEM, message, "Check that pagerduty.url leads to PagerDuty's REST API.")
            found, more = body.get(question.key), body.get("more")
            return Outline(
                count=len(found) if isinstance(found, list) else None,
                ids=frozenset(identifier(mapping(value).get("id")) for value in sequence(found)),
                total=whole(body.get("total")) or 0,
                more=more if isinstance(more, bool) else None,
                limit=whole(body.get("limit")),
                zone=line(body.get("time_zone"), 100) or "UTC",
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
