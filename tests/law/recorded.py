"""The recorded incidents the law is tried on, and the questions a clean run of each asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill.cli import demo
from pm_autofill.cli.recording import Index, Recording, load

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SYSTEMS = ("pagerduty", "prometheus", "grafana")
FOLDER = Path(__file__).parent.parent / "recorded"


@dataclass(frozen=True)
class Question:
    """A request of a clean run, and its recorded answer.

    Attributes:
        system: "pagerduty", "prometheus" or "grafana".
        recording: Both.
        body: The answer's body.
    """

    system: str
    recording: Recording
    body: bytes

    @property
    def id(self) -> str:
        """The file of its body, which names it."""
        return self.recording.body.removesuffix(".json")


@dataclass(frozen=True)
class Incident:
    """A recorded incident.

    Attributes:
        name: Names it in tables and tests.
        folder: Its recordings.
    """

    name: str
    folder: Traversable

    @cached_property
    def index(self) -> Index:
        """What was recorded."""
        return load(self.folder)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions of a clean run."""
        return tuple(
            Question(system, one, self.folder.joinpath(*one.body.split("/")).read_bytes())
            for system in SYSTEMS
            for one in getattr(self.index, system)
        )


def incidents() -> dict[str, Incident]:
    """The demo, and the incidents beside these tests, by name."""
    found = {"demo": Incident("demo", demo.recordings())}
    beside = sorted(path.parent for path in FOLDER.glob("*/index.json"))
    return found | {path.name: Incident(path.name, path) for path in beside}
