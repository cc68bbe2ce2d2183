"""What a run is asked to do, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.collect.sources import Sources
    from pm_autofill.config import Configuration
    from pm_autofill.evidence import Evidence, Request, TemplateText

    Collected = tuple[Evidence, Path, tuple[Impact, ...]]
    """The evidence; the draft's folder; the impacts found on the way, where they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do.

    Attributes:
        request: Incident or window; None when the draft is rebuilt from evidence.
        configuration: The configuration; None to take the evidence's.
        template: The template; None to take the evidence's.
        output: The folder that holds all drafts; None for the one the evidence lies in, or the configured one.
        from_evidence: The evidence to rebuild from.
        statements: ``NAME=VALUE`` each, from ``--set``.
        sources: The collectors; None when nothing is asked.
        timeline: "brief" or "full" for a rebuild; None for as the evidence says.
        dry_run: Whether to write nothing.
        snapshot: Whether to write snapshots of the dashboards to Grafana.
        clock: The wall clock.
    """

    request: Request | None
    configuration: Configuration | None
    template: TemplateText | None
    output: Path | None
    from_evidence: Path | None = None
    statements: tuple[str, ...] = ()
    sources: Sources | None = None
    timeline: str | None = None
    dry_run: bool = False
    snapshot: bool = False
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run gave.

    Attributes:
        path: The document; where it would be, on a dry run.
        evidence: The evidence.
        facts: The facts document.
        difference: The unified diff of a dry run; empty otherwise.
        remarks: What else the user should know.
        snapshots: Where snapshots were made, and how to delete them; for the user's eyes only.
    """

    path: Path
    evidence: Evidence
    facts: dict[str, Any]
    difference: str = ""
    remarks: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
