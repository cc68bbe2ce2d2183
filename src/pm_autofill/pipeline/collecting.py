"""Collecting: the incident; everything at once; what depends on start and recovery."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill import __version__
from pm_autofill.config import share
from pm_autofill.errors import SourceError, SourceRejected
from pm_autofill.evidence import Evidence
from pm_autofill.evidence.continuity import carry_over
from pm_autofill.evidence.file import parse as parse_evidence
from pm_autofill.evidence.fitting import fit
from pm_autofill.pipeline.cleaning import clean
from pm_autofill.pipeline.holding import hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from pm_autofill.collect.sources import Sources
    from pm_autofill.config import Configuration, Settings
    from pm_autofill.evidence import Request, TemplateText
    from pm_autofill.evidence.record import EarlierDraft
    from pm_autofill.graphs.process import Drawing
    from pm_autofill.pipeline.order import Collected, Order

_WIDENINGS = 3
# What takes no more memory than this fits into the evidence's file in any case, and need not be measured.
_LITTLE = 4 * 2**20
_NEEDED_LATER = (
    "pm_autofill.collect.transport.requests_adapter",
    "pm_autofill.collect.prometheus.client",
    "pm_autofill.collect.transport.niquests_adapter",
    "pm_autofill.collect.grafana.client",
    "pm_autofill.analyse.questions",
    "pm_autofill.compose.document",
    "pm_autofill.publish.earlier",
    "pm_autofill.analyse.draft",
    "pm_autofill.evidence.masking",
    "pm_autofill.redaction.commands",
    "pm_autofill.redaction.conferences",
    "pm_autofill.redaction.credentials",
    "pm_autofill.redaction.telephones",
    "numpy.ma",  # numpy imports it for the first median
)


def collect_in_background(
    order: Order, stack: ExitStack, report: Callable[[str], None], drawing: Drawing, snapshots: list[str]
) -> Collected:
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


def _collect(order: Order, stack: ExitStack, report: Callable[[str], None], snapshots: list[str]) -> Collected:
    """All rounds: the incident; everything at once; what depends on start and recovery."""
    from pm_autofill.collect import opening, rounds

    sources, request, configuration, template = _complete(order)
    settings = configuration.settings
    evidence = Evidence(
        collected_at=request.as_of,
        version=__version__,
        request=request,
        configuration=share(configuration.raw),
        template=template,
    )
    report("reading the incident")
    evidence = _open(evidence, order, sources, settings)
    from pm_autofill.analyse import questions, stated  # not before the first question is on its way

    evidence = opening.choose_slos(evidence, settings, configuration.folder, sources)
    folder = _folder(evidence, order, settings)
    hold(folder, order, stack)
    earlier = _earlier(folder, evidence)
    evidence = replace(evidence, stated=stated.merge(earlier.stated if earlier else {}, order.statements))
    report("asking PagerDuty, Prometheus and Grafana")
    evidence = rounds.answer(evidence, questions.first_questions(evidence, settings), sources, more_to_come=True)
    evidence = carry_over(evidence, earlier) if earlier else evidence
    from pm_autofill.analyse import draft  # nor before all others are

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
        evidence = clean(evidence, sources.secrets)  # whoever has a snapshot's link sees what is in it
        report("writing snapshots to Grafana")
        evidence, made = rounds.take_snapshots(evidence, last, sources, order.clock())
        snapshots += made
    evidence = carry_over(evidence, earlier) if earlier else evidence
    evidence = fit(evidence) if earlier or sources.shares.kept > _LITTLE else evidence
    evidence = replace(evidence, collected_at=order.clock(), drafts=_drafts(evidence, folder))
    evidence = clean(evidence, sources.secrets)
    return stated.apply(evidence, evidence.stated), folder, impacts


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
