"""The stages in order: collect, analyse, draw, compose, publish. Everything behind the evidence is pure."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from pm_autofill import __version__
from pm_autofill.config import parse
from pm_autofill.errors import SourceError, SourceRejected
from pm_autofill.evidence import Evidence, Source, TemplateText, digest, dump, load
from pm_autofill.evidence.continuity import carry_over
from pm_autofill.evidence.file import parse as parse_evidence
from pm_autofill.graphs.process import Here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.collect.sources import Sources
    from pm_autofill.config import Configuration, Settings
    from pm_autofill.evidence import Request
    from pm_autofill.evidence.record import EarlierDraft
    from pm_autofill.graphs.process import Drawing
    from pm_autofill.publish.directory import DraftFiles

    _Collected = tuple[Evidence, Path, tuple[Impact, ...]]

_WIDENINGS = 3
_NEEDED_LATER = (
    "pm_autofill.collect.transport.requests_adapter",
    "pm_autofill.collect.prometheus.client",
    "pm_autofill.collect.transport.niquests_adapter",
    "pm_autofill.collect.grafana.client",
    "pm_autofill.analyse.questions",
    "pm_autofill.compose.document",
    "pm_autofill.publish.earlier",
)


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
        snapshots: Where snapshots were made, and how to delete them; for the user's eyes only.
    """

    path: Path
    evidence: Evidence
    facts: dict[str, Any]
    difference: str = ""
    snapshots: tuple[str, ...] = ()


def run(order: Order, report: Callable[[str], None], drawing: Drawing | None = None) -> Outcome:
    """Collect or load the evidence, make the draft, and write it.

    Args:
        order: What to do.
        report: Told what is being done.
        drawing: What draws; None for this process.

    Returns:
        What was made.

    Raises:
        AutofillError: There is no draft; nothing was written.
    """
    drawing = drawing or Here()
    snapshots: list[str] = []
    with ExitStack() as stack:
        if order.from_evidence is not None:
            evidence, folder, impacts = _rebuild(order, order.from_evidence)
            _hold(folder, order, stack)
        else:
            evidence, folder, impacts = _collect_in_background(order, stack, report, drawing, snapshots)
        report("analysing and drawing")
        files, facts = make_draft(evidence, impacts, drawing)
        outcome = _publish(folder, files, facts, evidence, order, report)
        return dataclass_replace(outcome, snapshots=tuple(snapshots))


def make_draft(
    evidence: Evidence, impacts: Sequence[Impact] = (), drawing: Drawing | None = None
) -> tuple[DraftFiles, dict[str, Any]]:
    """The whole draft from evidence alone.

    Args:
        evidence: The evidence; it holds the configuration and the template.
        impacts: Impacts found during collection, where there was one.
        drawing: What draws; None for this process.

    Returns:
        The files' bytes, the same for the same evidence; and the facts document.
    """
    from pm_autofill import compose
    from pm_autofill.analyse import draft
    from pm_autofill.publish.directory import DraftFiles

    settings = parse(evidence.configuration, path=None).settings
    findings = draft.analyse(evidence, settings, impacts)
    drawn = (drawing or Here()).begin(evidence, findings)
    raw = dump(evidence)
    facts = compose.facts_document(evidence, findings, evidence_sha256=digest(raw))
    pictures = drawn()
    document = compose.compose_document(evidence, findings, pictures, template=evidence.template)
    graphs = {f"{one.name}.png": one.png for one in pictures} | {f"{one.name}.csv": one.csv for one in pictures}
    return DraftFiles(document, compose.dump_facts(facts), raw, graphs), facts


def _publish(
    folder: Path,
    files: DraftFiles,
    facts: dict[str, Any],
    evidence: Evidence,
    order: Order,
    report: Callable[[str], None],
) -> Outcome:
    from pm_autofill.publish import difference, directory

    if order.dry_run:
        diff = difference.compare(folder, files.document)
        return Outcome(path=folder / directory.DOCUMENT, evidence=evidence, facts=facts, difference=diff)
    report(f"writing {folder}")
    return Outcome(path=directory.write(folder, files), evidence=evidence, facts=facts)


def _hold(folder: Path, order: Order, stack: ExitStack) -> None:
    """Keep other runs out from here on, and find out early when the folder holds somebody's text."""
    from pm_autofill.publish import directory

    if not order.dry_run:
        stack.enter_context(directory.hold(folder))
        directory.check_writable(folder)


def _rebuild(order: Order, path: Path) -> _Collected:
    """Evidence from its file, with what the command line overrides."""
    from pm_autofill.analyse import stated
    from pm_autofill.publish import directory

    evidence = load(path)
    if order.configuration is not None:
        evidence = replace(evidence, configuration=order.configuration.raw)
    if order.template is not None:
        evidence = replace(evidence, template=order.template)
    if order.timeline is not None:
        evidence = replace(evidence, request=replace(evidence.request, timeline=order.timeline))
    if order.statements:
        evidence = _with_statements(evidence, stated.merge(evidence.stated, order.statements))
    return evidence, directory.rebuilt_folder(evidence, path, order.output), ()


def _with_statements(evidence: Evidence, statements: dict[str, str]) -> Evidence:
    """The evidence with what a human stated, and the source those facts name."""
    from pm_autofill.analyse import stated

    sources = {id_: source for id_, source in evidence.sources.items() if id_ != stated.SOURCE}
    if statements:
        text = ", ".join(f"{name}={value}" for name, value in sorted(statements.items()))
        sources[stated.SOURCE] = Source(
            system="Human",
            query=text,
            url="",
            retrieved_at=evidence.collected_at,
            sha256=digest(text.encode()),
        )
    return replace(evidence, stated=statements, sources=sources)


def _collect_in_background(
    order: Order, stack: ExitStack, report: Callable[[str], None], drawing: Drawing, snapshots: list[str]
) -> _Collected:
    """Collect on a thread of its own while this one imports what comes after."""
    from pm_autofill.collect.transport.pending import Pending

    sources, request, _, template = _complete(order)
    if request.incident is not None:
        sources.pagerduty()
    collecting = Pending(lambda: _collect(order, stack, report, snapshots), "collect")
    for module in _NEEDED_LATER:
        import_module(module)
    import_module("pm_autofill.compose").check_template(template)
    drawing.get_ready(waiting=lambda: not collecting.finished)
    return collecting.result()


def _collect(order: Order, stack: ExitStack, report: Callable[[str], None], snapshots: list[str]) -> _Collected:
    """All rounds: the incident; everything at once; what depends on start and recovery."""
    from pm_autofill.collect import opening, rounds

    sources, request, configuration, template = _complete(order)
    settings = configuration.settings
    evidence = Evidence(
        collected_at=request.as_of,
        version=__version__,
        request=request,
        configuration=configuration.raw,
        template=template,
    )
    report("reading the incident")
    evidence = _open(evidence, order, sources, settings)
    from pm_autofill.analyse import draft, questions, stated  # not before the first question is on its way

    evidence = opening.choose_slos(evidence, settings, configuration.folder, sources)
    folder = _folder(evidence, order, settings)
    _hold(folder, order, stack)
    earlier = _earlier(folder, evidence)
    evidence = replace(evidence, stated=stated.merge(earlier.stated if earlier else {}, order.statements))
    report("asking PagerDuty, Prometheus and Grafana")
    evidence = rounds.answer(evidence, questions.first_questions(evidence, settings), sources, more_to_come=True)
    evidence = carry_over(evidence, earlier) if earlier else evidence
    impacts = draft.find_impacts(evidence, settings)
    for _ in range(_WIDENINGS):
        wider = questions.wider_questions(evidence, impacts)
        if not wider:
            break
        report("the bad time reaches the edge of the searched window: looking further")
        evidence = rounds.answer(evidence, wider, sources, more_to_come=True)
        impacts = draft.find_impacts(evidence, settings)
    report("asking what depends on start and recovery")
    last = questions.next_questions(evidence, settings, impacts)
    evidence = rounds.answer(evidence, last, sources)
    if order.snapshot:
        report("writing snapshots to Grafana")
        evidence, made = rounds.take_snapshots(evidence, last, sources, order.clock())
        snapshots += made
    evidence = carry_over(evidence, earlier) if earlier else evidence
    evidence = replace(evidence, collected_at=order.clock(), drafts=_drafts(evidence, folder))
    return _with_statements(evidence, evidence.stated), folder, impacts


def _drafts(evidence: Evidence, folder: Path) -> tuple[EarlierDraft, ...]:
    """The drafts of earlier incidents beside this one's folder."""
    from pm_autofill.publish import earlier

    incident = evidence.pagerduty.incident if evidence.pagerduty else None
    began = incident.created_at if incident else evidence.request.since or evidence.request.as_of
    return earlier.read_drafts(folder.parent, folder, began)


def _complete(order: Order) -> tuple[Sources, Request, Configuration, TemplateText]:
    """What an order that is to collect must hold."""
    if order.sources is None or order.request is None or order.configuration is None or order.template is None:
        message = "an order to collect needs sources, request, configuration and template"
        raise TypeError(message)
    return order.sources, order.request, order.configuration, order.template


def _open(evidence: Evidence, order: Order, sources: Sources, settings: Settings) -> Evidence:
    """The incident; from earlier evidence where PagerDuty cannot be reached."""
    from pm_autofill.collect import intake, opening

    request = evidence.request
    if request.incident is None:
        service = opening.find_service(settings, request.service or "")
        since, until = request.since or request.as_of, request.until or request.as_of
        return opening.open_window(evidence, service, since, until, sources)
    try:
        return opening.open_incident(evidence, request.incident, sources)
    except SourceError as error:
        earlier = _evidence_of(request.incident, order, settings)
        if isinstance(error, SourceRejected) or earlier is None or earlier.pagerduty is None:
            raise
        gap = intake.gap_of(error, "the incident as it is now")
        return intake.with_gaps(replace(evidence, pagerduty=earlier.pagerduty, sources=earlier.sources), (gap,))


def _evidence_of(reference: str, order: Order, settings: Settings) -> Evidence | None:
    """The evidence an earlier run left for an incident named by its id."""
    from pm_autofill.publish import directory

    folder = directory.existing_folder(reference.rstrip("/").rpartition("/")[2], _output(order, settings))
    return _earlier(folder, None) if folder else None


def _folder(evidence: Evidence, order: Order, settings: Settings) -> Path:
    from pm_autofill.publish import directory

    return directory.folder_for(evidence, _output(order, settings))


def _output(order: Order, settings: Settings) -> Path:
    return order.output or Path(settings.output)


def _earlier(folder: Path, evidence: Evidence | None) -> Evidence | None:
    """What an earlier run left in a folder, if it is of the same incident and can be read."""
    from pm_autofill.publish import directory

    raw = directory.read_earlier(folder)
    if raw is None:
        return None
    found = parse_evidence(raw, name=str(folder / directory.EVIDENCE))
    if evidence is None or evidence.pagerduty is None or found.pagerduty is None:
        return found
    return found if found.pagerduty.incident.id == evidence.pagerduty.incident.id else None
