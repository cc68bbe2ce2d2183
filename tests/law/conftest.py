"""Recorded incidents served for as long as the tests last, each with its draft without a fault."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pm_autofill.graphs.process import Here
from tests.law.matrix import clean_draft, systems, try_case
from tests.law.recorded import incidents
from tests.law.running import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pm_autofill.graphs.process import Drawing
    from tests.law.judging import Clean
    from tests.law.matrix import Case, Outcome


@dataclass
class Benches:
    """Benches, each started when it is first needed.

    Attributes:
        stack: What ends them.
        live: Whether real systems answer what was never recorded.
        drawing: What draws; None for nothing.
    """

    stack: ExitStack
    live: bool = False
    drawing: Drawing | None = None
    _started: dict[str, tuple[Bench, Clean]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Bench, Clean]:
        """An incident's bench, and its draft without a fault."""
        if name not in self._started:
            behind = self.stack.enter_context(systems(name)) if self.live else None
            bench = self.stack.enter_context(Bench(incidents()[name], behind, self.drawing))
            self._started[name] = bench, clean_draft(bench)
        return self._started[name]

    def try_out(self, case: Case) -> Outcome:
        """Draft and judge a case."""
        bench, clean = self.of(case.incident)
        (question,) = [one for one in bench.incident.questions if one.id == case.question]
        return try_case(bench, clean, case, question)


@pytest.fixture(scope="session")
def benches() -> Iterator[Benches]:
    """The recorded incidents; what was never recorded is refused."""
    with ExitStack() as stack:
        yield Benches(stack)


@pytest.fixture(scope="session")
def live_benches(prometheus_binary: Path) -> Iterator[Benches]:
    """The recorded incidents; what was never recorded is answered by the systems that hold them."""
    del prometheus_binary  # the world starts it by its name
    with ExitStack() as stack:
        yield Benches(stack, live=True)


@pytest.fixture(scope="session")
def drawn_benches() -> Iterator[Benches]:
    """The recorded incidents, with pictures."""
    with ExitStack() as stack:
        yield Benches(stack, drawing=Here())
