"""Drafting a recorded incident with one answer spoiled: real clients, servers that stay up, no pictures, no waits."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, replace
from importlib import resources
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pm_autofill import config, pipeline
from pm_autofill.cli import drafting
from pm_autofill.cli.choices import Choices
from pm_autofill.cli.ordering import configured_template
from pm_autofill.collect.connections import Connections
from pm_autofill.collect.sources import Sources
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.errors import AutofillError, CredentialsRefused
from pm_autofill.evidence.record import Request
from pm_autofill.pipeline import Order
from tests.law.recorded import SYSTEMS
from tests.law.serving import servers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, Picture
    from pm_autofill.graphs.process import Drawing
    from tests.law.recorded import Incident
    from tests.law.serving import Spoil
    from tests.world.loopback import LoopbackServer

DEADLINE = 60.0
_REFUSED = 4  # as the command ends then


@dataclass(frozen=True)
class Draft:
    """What one run gave.

    Attributes:
        exit_code: Of the command.
        facts: The facts document; None without a draft.
        pages: The folder's Markdown, by file name.
        error: Why there is no draft; empty when there is one.
        met: How often a spoiled question was asked.
        unmatched: How many requests nothing was recorded for, so that they were refused.
        handed_on: How many such requests a real system answered instead.
    """

    exit_code: int
    facts: dict[str, Any] | None
    pages: dict[str, str]
    error: str = ""
    met: int = 0
    unmatched: int = 0
    handed_on: int = 0


class NoPictures:
    """Draws nothing: pictures take three quarters of a run's time."""

    def get_ready(self, waiting: Callable[[], bool]) -> None:
        """Load nothing."""

    def begin(self, evidence: Evidence, findings: Findings) -> Callable[[], tuple[Picture, ...]]:
        """No pictures."""
        del evidence, findings
        return tuple


class Bench:
    """The three servers of one incident, up while the ``with`` block lasts; as many drafts as wanted."""

    def __init__(
        self,
        incident: Incident,
        behind: Mapping[str, LoopbackServer] | None = None,
        drawing: Drawing | None = None,
    ) -> None:
        """Serve nothing yet.

        Args:
            incident: The recorded incident.
            behind: The systems themselves where they run, for what was never recorded; their tokens are used.
            drawing: What draws; None for nothing.
        """
        self.incident = incident
        self._drawing = drawing or NoPictures()
        self.servers = servers_of(SYSTEMS, behind or {})
        self._tokens = {system: server.token for system, server in (behind or {}).items()}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the servers."""
        for server in self.servers.values():
            server.load(self.incident)
            self._stack.enter_context(server)
        with resources.as_file(self.incident.folder / "pm-autofill.yaml") as file:
            self._configuration = config.read(file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them."""
        self._stack.close()

    def draft(
        self,
        spoiled: Mapping[str, Spoil] | None = None,
        *,
        folder: Path | None = None,
        timeline: str = "brief",
        deadline: float = DEADLINE,
    ) -> Draft:
        """One run, with the answers to some questions spoiled.

        Args:
            spoiled: Their bad answers by the question's id; None for a clean run.
            folder: Where the draft is written; None for a place that is gone afterwards.
            timeline: "full" for every row.
            deadline: Seconds the run may take.
        """
        for server in self.servers.values():
            server.spoil(spoiled or {})
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            order = self._order(folder or Path(scratch), timeline, deadline)
            made = _run(order, self._drawing)
        servers = self.servers.values()
        return replace(
            made,
            met=sum(server.met for server in servers),
            unmatched=sum(len(server.unmatched) for server in servers),
            handed_on=sum(server.handed_on for server in servers),
        )

    @property
    def template(self) -> str:
        """The template's text."""
        return configured_template(self._configuration).text

    def _order(self, output: Path, timeline: str, deadline: float) -> Order:
        """What the demo asks for too, but that a request is sent again at once."""
        as_of = self.incident.index.as_of
        variables = {f"DEMO_{system.upper()}_URL": server.url for system, server in self.servers.items()}
        variables |= {
            f"DEMO_{system.upper()}_TOKEN": self._tokens.get(system, "no-token-is-needed") for system in self.servers
        }
        environment = config.Environment(variables, self._configuration.folder)
        connections = Connections(
            self._configuration.settings, environment, Deadline(deadline), lambda: as_of, sleep=lambda _seconds: None
        )
        return Order(
            request=Request(as_of=as_of, incident=self.incident.index.incident, timeline=timeline),
            configuration=self._configuration,
            template=configured_template(self._configuration),
            output=output,
            sources=Sources(connections),
            clock=lambda: as_of,
        )


def _run(order: Order, drawing: Drawing) -> Draft:
    """What the command does with an order, but for what it prints."""
    try:
        outcome = pipeline.run(order, lambda _text: None, drawing)
    except AutofillError as error:
        refused = isinstance(error, CredentialsRefused) and error.source == "PagerDuty"
        return Draft(_REFUSED if refused else error.exit_code, None, {}, error.message)
    with redirect_stdout(StringIO()):
        code = drafting.conclude(outcome, Choices(quiet=True))
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(outcome.path.parent.glob("*.md"))}
    return Draft(code, outcome.facts, pages)
