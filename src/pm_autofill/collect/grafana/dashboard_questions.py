"""The questions one dashboard takes: its model, its library panels, the values of its variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.dashboard import choose, needed_libraries, read_dashboard, read_library
from pm_autofill.collect.grafana.gateway import SYSTEM, Answer, Gateway, is_id
from pm_autofill.collect.grafana.interpolation import names_in
from pm_autofill.collect.grafana.links import Address
from pm_autofill.collect.grafana.loose import items, mapping, text
from pm_autofill.collect.grafana.panels import Scene, show_dashboard
from pm_autofill.collect.grafana.refusals import gap_of
from pm_autofill.collect.grafana.variables import LabelQuery, Resolution, Surroundings, resolve
from pm_autofill.errors import NotFound, SourceError
from pm_autofill.evidence.record import Gap, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.collect.grafana.about import About
    from pm_autofill.collect.grafana.dashboard import Choice
    from pm_autofill.collect.grafana.model import DashboardModel
    from pm_autofill.config.settings import DashboardSettings
    from pm_autofill.evidence.panels import Dashboard
    from pm_autofill.instants import Window

_MOST_LIBRARIES = 30
_SHOWN_IDS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """One configured dashboard.

    Attributes:
        service: The service it belongs to.
        settings: Its part of the configuration.
        window: The range to show.
        about: What Grafana says of itself.
        organization_id: Grafana's organisation, where it has several.
        metrics: Names of the SLIs' metrics.
    """

    service: str
    settings: DashboardSettings
    window: Window
    about: About
    organization_id: int | None = None
    metrics: frozenset[str] = frozenset()

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.settings.uid


@dataclass(frozen=True, slots=True)
class Built:
    """A dashboard with the questions it took.

    Attributes:
        dashboard: The dashboard, still without data.
        sources: The questions by id.
        gaps: What could not be had.
    """

    dashboard: Dashboard
    sources: Mapping[str, Source]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class _Notes:
    """The questions asked on the way, and what they did not bring."""

    sources: dict[str, Source] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)


def fetch_dashboard(gateway: Gateway, uid: str) -> Answer[object]:
    """Ask for a dashboard's model.

    Raises:
        SourceError: There is no usable answer.
    """
    if not is_id(uid):
        message = f"{uid[:60]!r} is no uid of a dashboard"
        raise NotFound(SYSTEM, message)
    return gateway.get(f"/dashboards/uid/{uid}", f"dashboard {uid}")


def build_dashboard(gateway: Gateway, answer: Answer[object], wanted: Wanted) -> Built:
    """Make the dashboard of its model, asking what else it takes.

    Args:
        gateway: Grafana.
        answer: The answer of ``fetch_dashboard``.
        wanted: What is configured.

    Returns:
        The dashboard, still without data, its sources and gaps.

    Raises:
        SourceError: The answer holds no dashboard.
    """
    notes = _Notes()
    model = read_dashboard(answer.body, wanted.uid, _libraries(gateway, answer.body, wanted, notes))
    choice = choose(model.panels, wanted.settings.panels, wanted.metrics)
    resolution = resolve(
        model.variables,
        Surroundings(
            seconds=wanted.window.seconds,
            datasources=wanted.about.datasources,
            look_up=_LookUp(gateway, wanted, notes),
            overrides=wanted.settings.variables,
        ),
    )
    address = Address(wanted.about.url, wanted.uid, model.slug, resolution.values, wanted.organization_id)
    scene = Scene(address, wanted.window, resolution, wanted.about.datasources)
    id_ = f"grafana.dashboard.{wanted.uid}"
    source = answer.source(f"GET /api/dashboards/uid/{wanted.uid}", address.link(wanted.window))
    gaps = _gaps_of_choice(model, choice, wanted.uid) + _gaps_of_variables(choice, resolution, wanted.uid)
    return Built(
        dashboard=show_dashboard(model, choice, scene, service=wanted.service, source=id_),
        sources={id_: source, **notes.sources},
        gaps=(*notes.gaps, *gaps),
    )


def join_sources(known: dict[str, Source], more: Mapping[str, Source]) -> None:
    """Put further sources beside the known ones; another question of the same id gets a number behind it."""
    for id_, source in more.items():
        same = [name for name, one in known.items() if one.sha256 == source.sha256 and one.query == source.query]
        if same:
            continue
        number, free = 1, id_
        while free in known:
            number, free = number + 1, f"{id_}.{number + 1}"
        known[free] = source


def _libraries(gateway: Gateway, body: object, wanted: Wanted, notes: _Notes) -> Mapping[str, Mapping[str, Any]]:
    """The models of library panels that the dashboard only names."""
    models: dict[str, Mapping[str, Any]] = {}
    for uid in needed_libraries(body, wanted.uid, wanted.settings.panels)[:_MOST_LIBRARIES]:
        what = f"library panel {uid[:60]} of dashboard {wanted.uid}"
        try:
            if not is_id(uid):
                raise NotFound(SYSTEM, f"{uid[:60]!r} is no uid of a library panel")
            answer = gateway.get(f"/library-elements/{uid}", what)
        except SourceError as error:
            notes.gaps.append(gap_of(error, what, "library"))
            continue
        models[uid] = read_library(answer.body)
        id_ = f"grafana.library.{uid}"
        notes.sources[id_] = answer.source(f"GET /api/library-elements/{uid}", f"{wanted.about.url}/library-panels")
    return models


@dataclass(frozen=True, slots=True)
class _LookUp:
    """Asks for label values and keeps the questions."""

    gateway: Gateway
    wanted: Wanted
    notes: _Notes

    def __call__(self, query: LabelQuery) -> Sequence[str] | None:
        """The label's values in the window; None where they could not be had."""
        if not (is_id(query.datasource.uid) and is_id(query.label)):
            return None
        path = f"/datasources/uid/{query.datasource.uid}/resources/api/v1/label/{query.label}/values"
        window = self.wanted.window
        params: dict[str, object] = {"start": round(window.start.timestamp()), "end": round(window.end.timestamp())}
        if query.match:
            params |= {"match[]": query.match}
        try:
            answer = self.gateway.get_in_half(path, f"values of label {query.label}", params)
        except SourceError:
            return None  # the panel says that a pattern stands for them
        asked = f"label_values({query.match}, {query.label})" if query.match else f"label_values({query.label})"
        link = f"{self.wanted.about.url}/connections/datasources/edit/{query.datasource.uid}"
        id_ = f"grafana.variable.{self.wanted.uid}.{query.label}"
        join_sources(self.notes.sources, {id_: answer.source(asked, link, window=window)})
        values = (text(one) for one in items(mapping(answer.body).get("data")))
        return tuple(dict.fromkeys(value for value in values if value))


def _gaps_of_choice(model: DashboardModel, choice: Choice, uid: str) -> list[Gap]:
    """Configured panels that the dashboard does not have."""
    has = ", ".join(str(panel.id) for panel in model.panels[:_SHOWN_IDS]) or "none"
    return [
        Gap(
            source=SYSTEM,
            what=f"panel {id_} of dashboard {uid}",
            reason=f"dashboard {uid} has no panel {id_}",
            hint=f"Change panels of that dashboard in the configuration; it has: {has}.",
        )
        for id_ in choice.missing
    ]


def _gaps_of_variables(choice: Choice, resolution: Resolution, uid: str) -> list[Gap]:
    """Configured variables the dashboard does not have, and those its shown panels use and nobody knows a value of."""
    gaps = [
        Gap(
            source=SYSTEM,
            what=f"variable {name} of dashboard {uid}",
            reason=f"dashboard {uid} has no variable {name}",
            hint="Change variables of that dashboard in the configuration.",
        )
        for name in resolution.not_there
    ]
    texts = [target.expression for panel in choice.shown for target in panel.targets if not target.hidden]
    used = {name for one in texts for name in names_in(one)}
    return gaps + [
        Gap(
            source=SYSTEM,
            what=f"variable {name} of dashboard {uid}",
            reason=f"${name} was never chosen and its values could not be listed",
            hint="Name a value under variables of that dashboard in the configuration.",
        )
        for name in resolution.unknown
        if name in used
    ]
