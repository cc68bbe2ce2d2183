"""Dashboards and annotations: whose dashboards are read, and where their panels' data come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.transport.pending import Pending
from pm_autofill.config.settings import DashboardSettings
from pm_autofill.errors import SourceUnavailable, UsageError
from pm_autofill.evidence.completeness import DASHBOARD_ANNOTATIONS, PANELS
from pm_autofill.evidence.questions import AskAnnotations, AskDashboards, AskGrafana, AskPanels
from pm_autofill.evidence.readings import NOT_ASKED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pm_autofill.collect.grafana.client import Grafana
    from pm_autofill.collect.grafana.elsewhere import AskPrometheus, Stepped
    from pm_autofill.collect.sources import Sources
    from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord
    from pm_autofill.evidence.record import Evidence, Request, Source
    from pm_autofill.evidence.series import Matrix
    from pm_autofill.instants import Window

    Apply = Callable[[Evidence], Evidence]


def answer(
    question: AskGrafana | AskPanels | AskDashboards | AskAnnotations, evidence: Evidence, sources: Sources
) -> Observed[Apply]:
    """Ask Grafana.

    Args:
        question: What to ask.
        evidence: What is known so far.
        sources: The collectors.

    Returns:
        The answer, as what it does to the evidence.

    Raises:
        UsageError: Grafana is not set up properly.
        SourceError: It gave no answer at all.
    """
    grafana = sources.grafana()
    if isinstance(question, AskGrafana):
        found = _read_grafana(grafana, question, sources, evidence)
        return Observed(lambda known: replace(known, grafana=found.value), found.sources, found.gaps, found.readings)
    if isinstance(question, AskAnnotations):
        return _read_annotations(grafana, question)
    if evidence.grafana is None:
        return Observed(lambda known: known)
    return _fill(grafana, question, evidence.grafana, evidence, sources)


def _read_annotations(grafana: Grafana, asked: AskAnnotations) -> Observed[Apply]:
    """Annotations of a wider window in place of those of a narrower one; without an answer the evidence as it was."""
    found = grafana.annotations(asked.window)

    def apply(known: Evidence) -> Evidence:
        if known.grafana is None or not found.sources:
            return known
        return replace(known, grafana=replace(known.grafana, annotations=_known_by_then(found.value, known.request)))

    return Observed(apply, found.sources, found.gaps, found.readings)


def _fill(
    grafana: Grafana, question: AskPanels | AskDashboards, record: GrafanaRecord, evidence: Evidence, sources: Sources
) -> Observed[Apply]:
    """The panels' data, and the annotations that are the dashboards' own."""
    from pm_autofill.collect.grafana.annotations import in_order

    ask = _ask_past_grafana(sources) if sources.settings.prometheus is not None else None
    metrics = _metrics(evidence)
    wanted = _dashboards(sources, question.also) if question.also else []
    dashboards: tuple[Dashboard, ...] = ()
    if isinstance(question, AskDashboards):
        uids = question.uids or grafana.tagged(question.tags)
        service = next(iter(question.tags), "")
        wanted = [*((service, DashboardSettings(uid=uid)) for uid in uids), *wanted]
    else:
        meant = question.services
        dashboards = tuple(one for one in record.dashboards if not meant or one.service in meant)
    before = grafana.dashboards(wanted, question.window, metrics) if wanted else Observed(())
    dashboards = (*dashboards, *before.value)
    marking = _marking(grafana, dashboards, question.window)
    filled = grafana.panel_data(dashboards, question.window, ask, metrics)
    marks = marking.result() if marking is not None else Observed(())

    def apply(known: Evidence) -> Evidence:
        beside = known.grafana or record  # whose annotations this round may have read anew
        marked = in_order((*beside.annotations, *marks.value))
        return replace(known, grafana=replace(beside, dashboards=filled.value, annotations=marked))

    return Observed(
        apply,
        {**before.sources, **filled.sources, **marks.sources},
        (*before.gaps, *filled.gaps, *marks.gaps),
        {
            PANELS: reach(filled.sources, filled.gaps),
            DASHBOARD_ANNOTATIONS: NOT_ASKED,
            **before.readings,
            **marks.readings,
        },
    )


def _marking(
    grafana: Grafana, dashboards: Sequence[Dashboard], window: Window
) -> Pending[Observed[tuple[Annotation, ...]]] | None:
    """Dashboards' own annotations on their way; None where they have none."""
    if not any(one.marks for one in dashboards):
        return None
    return Pending(lambda: grafana.marks(dashboards, window), "Grafana: annotations of dashboards")


def _metrics(evidence: Evidence) -> frozenset[str]:
    """Names of the metrics the SLIs are made of."""
    from pm_autofill.collect.grafana.choosing import metrics_of

    definitions = [slo.definition for slo in evidence.slos]
    events = [one.events for one in definitions if one.events is not None]
    texts = [text for one in events for text in (one.total, one.bad, one.good)]
    return metrics_of(text for text in (*texts, *(one.ratio for one in definitions)) if text)


def _ask_past_grafana(sources: Sources) -> AskPrometheus:
    """Puts a panel's query to the configured Prometheus."""

    def ask(asked: Stepped) -> tuple[Matrix, Source]:
        try:
            prometheus = sources.prometheus()
        except UsageError as error:
            raise SourceUnavailable("Prometheus", error.message, error.hint) from None
        return prometheus.evaluated(asked.expression, asked.window, None if asked.instant else asked.step, asked.what)

    return ask


def _read_grafana(grafana: Grafana, asked: AskGrafana, sources: Sources, evidence: Evidence) -> Observed[GrafanaRecord]:
    """Settings, dashboards and annotations at once."""
    from pm_autofill.collect.grafana.client import record

    dashboards = Pending(
        lambda: grafana.dashboards(_dashboards(sources, asked.services), asked.window, _metrics(evidence)),
        "Grafana: dashboards",
    )
    annotations = grafana.annotations(asked.window)
    found = record(grafana.settings(), dashboards.result(), annotations)
    known = _known_by_then(found.value.annotations, evidence.request)
    return Observed(replace(found.value, annotations=known), found.sources, found.gaps, found.readings)


def _known_by_then(annotations: tuple[Annotation, ...], request: Request) -> tuple[Annotation, ...]:
    """Annotations as of the instant asked for; as they are, when none was."""
    from pm_autofill.collect.grafana.annotations import annotations_as_of

    return annotations_as_of(annotations, request.as_of) if request.rewound else annotations


def _dashboards(sources: Sources, names: Collection[str]) -> list[tuple[str, DashboardSettings]]:
    """The dashboards configured for some services, or for all where none is named."""
    services = [service for service in sources.settings.services if not names or service.name in names]
    return [(service.name, one) for service in services for one in service.dashboards]
