"""A sound draft to change: the demo's, made once for all targets of a run."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, Picture
    from pm_autofill.publish.directory import DraftFiles

EVIDENCE, FACTS, DOCUMENT = "evidence.json", "facts.json", "postmortem.md"


class NoDrawing:
    """Draws nothing: most of what can go wrong is told by what is computed, and drawing takes most of a run."""

    def get_ready(self, waiting: Callable[[], bool]) -> None:
        """Nothing to load."""

    def begin(self, evidence: Evidence, findings: Findings) -> Callable[[], tuple[Picture, ...]]:
        """No picture."""
        del evidence, findings
        return tuple


@dataclass(frozen=True)
class Draft:
    """A draft's files, and what its evidence gives.

    Attributes:
        name: Its folder's name.
        written: The files as they lie there, by name.
        evidence: What the evidence file holds.
        fresh: The files composed from it, without pictures.
        facts: The facts document.
    """

    name: str
    written: Mapping[str, bytes]
    evidence: Evidence
    fresh: DraftFiles
    facts: dict[str, Any]


@cache
def sound() -> Draft:
    """The demo's draft."""
    from pm_autofill import pipeline
    from pm_autofill.cli import demo
    from pm_autofill.evidence import load

    with tempfile.TemporaryDirectory(prefix="pm-autofill-fuzz-") as scratch:
        folder = demo.run(Path(scratch), lambda _: None, NoDrawing()).path.parent
        written = {name: (folder / name).read_bytes() for name in (EVIDENCE, FACTS, DOCUMENT)}
        evidence = load(folder)
    fresh, facts = pipeline.make_draft(evidence, (), NoDrawing())
    return Draft(folder.name, written, evidence, fresh, facts)
