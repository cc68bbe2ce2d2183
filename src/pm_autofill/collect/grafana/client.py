"""Asks Grafana: settings, dashboards, the data of their panels, annotations."""

from __future__ import annotations

import threading
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from pm_autofill.collect.grafana.about import About, read_about
from pm_autofill.collect.grafana.annotation_questions import KINDS, NAMES, Marks, fetch_pages, read_pages
from pm_autofill.collect.grafana.annotations import in_order
from pm_autofill.collect.grafana.dashboard_questions import Wanted, build_dashboard, fetch_dashboard, join_sources
from pm_autofill.collect.grafana.gateway import Answer, Gateway
from pm_autofill.collect.grafana.links import public_url
from pm_autofill.collect.grafana.loose import mappings, text
from pm_autofill.collect.grafana.refusals import gap_of
from pm_autofill.collect.observation import Observed, Probe, reach
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import NotFound, SourceError, SourceRejected
from pm_autofill.evidence.completeness import ALERT_STATES, ANNOTATIONS, DASHBOARDS
from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from grafana_client.api import GrafanaApi

    from pm_autofill.collect.grafana.elsewhere import AskPrometheus
    from pm_autofill.collect.transport.policy import Policy
    from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
    from pm_autofill.evidence.readings import Answered
    from pm_autofill.evidence.record import Gap, Source
    from pm_autofill.instants import Window
    from pm_autofill.redaction.texts import Texts

T = TypeVar("T")

_SETTINGS = "grafana.settings"
_MOST_FOUND = 3
_NO_HISTORY = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED})
_KEYS = {"annotation": ANNOTATIONS, "alert": ALERT_STATES}


class Grafana:
    """One Grafana. Safe to share between threads."""

    def __init__(self, api: GrafanaApi, policy: Policy, settings: GrafanaSettings) -> None:
        """Keep what is needed; nothing is contacted.

        Args:
            api: The client, connected through the policy (``transport.niquests_adapter.connect_grafana``).
            policy: How Grafana is asked.
            settings: Its part of the configuration.
        """
        self._gateway = Gateway(api, policy)
        self._configuration = settings
        self._lock = threading.Lock()
        self._about: Observed[About] | None = None

    def settings(self) -> Observed[About]:
        """Version, public address and data sources; asked once, however often this is called.

        Returns:
            What Grafana says of itself; without an answer a gap, and the address configured.
        """
        with self._lock:
            if self._about is None:
                self._about = self._ask_settings()
            return self._about

    def dashboards(
        self, choices: Sequence[tuple[str, DashboardSettings]], window: Window, metrics: frozenset[str] = frozenset()
    ) -> Observed[tuple[Dashboard, ...]]:
        """The configured dashboards with their chosen panels, still without data.

        Args:
            choices: Pairs of a service's name and a dashboard configured for it.
            window: The range that links and variables are for.
            metrics: Names of the SLIs' metrics, for the choice of panels where none is configured.

        Returns:
            Those that could be read, in the order given; a gap for each other one.
        """
        uids = dict.fromkeys(settings.uid for _, settings in choices)
        questions: dict[str, Callable[[], Answer[object] | Observed[About]]] = {
            _task(uid): partial(fetch_dashboard, self._gateway, uid) for uid in uids
        }
        questions["Grafana: settings"] = self.settings
        answers = self._gather(questions)
        about = self.settings().value
        gaps = self._take_stored(about, uids, answers)
        organization = self._configuration.org_id
        wanted = [Wanted(service, one, window, about, organization, metrics) for service, one in choices]
        buildings = self._gather(
            {
                f"{_task(one.uid)}, {number}": partial(build_dashboard, self._gateway, answer, one)
                for number, one in enumerate(wanted)
                if isinstance(answer := answers[_task(one.uid)], Answer)
            }
        )
        refused = {uid: error for uid in uids if isinstance(error := answers[_task(uid)], SourceError)}
        gaps += [gap_of(error, f"dashboard {uid}", "dashboard") for uid, error in refused.items()]
        # One that is not there has no queries for annotations either.
        absent = {f"dashboard {uid}" for uid, error in refused.items() if isinstance(error, NotFound)}
        unread = [gap for gap in gaps if gap.what not in absent]
        sources: dict[str, Source] = {}
        dashboards: list[Dashboard] = []
        for number, one in enumerate(wanted):
            found = buildings.get(f"{_task(one.uid)}, {number}")
            if found is None:
                continue
            if isinstance(found, SourceError):
                unread.append(gap_of(found, f"dashboard {one.uid}", "dashboard"))
                gaps.append(unread[-1])
                continue
            join_sources(sources, found.sources)
            gaps += [gap for gap in found.gaps if gap not in gaps]
            dashboards.append(found.dashboard)
        return Observed(tuple(dashboards), sources, tuple(gaps), {DASHBOARDS: reach(sources, unread)})

    def _take_stored(
        self, about: About, uids: Iterable[str], answers: dict[str, Answer[object] | Observed[About] | SourceError]
    ) -> list[Gap]:
        """Put dashboards as they are stored in place of those that the older API rewrote; gaps where it failed."""
        from pm_autofill.collect.grafana.stored import fetch_stored, is_served

        if not is_served(about):
            return []
        older = {uid: answer for uid in uids if not isinstance(answer := answers[_task(uid)], Observed)}
        found = self._gather(
            {_task(uid): partial(fetch_stored, self._gateway, about, uid, answer) for uid, answer in older.items()}
        )
        gaps = []
        for name, stored in found.items():
            if isinstance(stored, SourceError):
                continue
            if stored.answer is not None:
                answers[name] = stored.answer
            if stored.gap is not None:
                gaps.append(stored.gap)
        return gaps

    def panel_data(
        self,
        dashboards: Sequence[Dashboard],
        window: Window,
        ask_prometheus: AskPrometheus | None = None,
        metrics: frozenset[str] = frozenset(),
    ) -> Observed[tuple[Dashboard, ...]]:
        """The same dashboards with the data of their panels, all asked at once, and with the renderer's pictures.

        Args:
            dashboards: What ``dashboards`` handed back.
            window: The range to show; links are changed to it too.
            ask_prometheus: Asks the configured Prometheus where Grafana fails; None where none is configured.
            metrics: Names of the SLIs' metrics, for the choice of panels where none is configured.

        Returns:
            The dashboards; a panel whose data could not be had says why in ``problem``, and is a gap.
        """
        from pm_autofill.collect.grafana.filling import Filler

        filler = Filler(self._gateway, window, ask_prometheus, metrics)
        return filler.fill(dashboards, has_renderer=lambda: self.settings().value.has_renderer)

    def marks(self, dashboards: Sequence[Dashboard], window: Window) -> Observed[tuple[Annotation, ...]]:
        """What dashboards' own queries for annotations give.

        Args:
            dashboards: What ``dashboards`` handed back.
            window: The range.

        Returns:
            The marks by time; a gap for each query that failed.
        """
        from pm_autofill.collect.grafana.mark_questions import fetch_marks

        return fetch_marks(self._gateway, dashboards, window)

    def tagged(self, tags: Sequence[str]) -> tuple[str, ...]:
        """Uids of the dashboards that carry one of some tags.

        Args:
            tags: Such as a service's name.

        Returns:
            At most three, by title; none where the search fails, for nobody asked for these.
        """
        found: dict[str, str] = {}
        for tag in tags:
            try:
                answer = self._gateway.get(
                    "/search", "dashboards by tag", {"type": "dash-db", "tag": tag, "limit": "50"}
                )
            except SourceError:
                continue
            found |= {text(one.get("uid")): text(one.get("title")) for one in mappings(answer.body)}
        return tuple(sorted(filter(None, found), key=lambda uid: (found[uid], uid))[:_MOST_FOUND])

    def snapshots(
        self, dashboards: Sequence[Dashboard], name: str, window: Window, now: datetime, texts: Texts | None = None
    ) -> tuple[Observed[tuple[Dashboard, ...]], tuple[str, ...]]:
        """Make a snapshot of each dashboard that has data; the one thing here that writes.

        Args:
            dashboards: With their data.
            name: What the snapshots are called.
            window: The range shown.
            now: For when they expire.
            texts: What takes secrets out of what is written; None for what looks like one.

        Returns:
            The dashboards with the addresses, a gap for each that could not be made; and how to delete them, which is
            for the user's eyes only.
        """
        from pm_autofill.collect.grafana.snapshots import take_snapshots

        return take_snapshots(self._gateway, self.settings().value, dashboards, name, window, now, texts)

    def annotations(self, window: Window) -> Observed[tuple[Annotation, ...]]:
        """People's marks and alerts' changes of state that touch a window.

        Args:
            window: The range.

        Returns:
            They, by time; a gap for each of the two kinds that could not be read.
        """
        answers = self._gather(
            {f"Grafana: {kind}": partial(fetch_pages, self._gateway, kind, window) for kind in KINDS}
        )
        url = self.settings().value.url
        found: list[Annotation] = []
        sources: dict[str, Source] = {}
        gaps: list[Gap] = []
        readings: dict[str, Answered] = {}
        for kind in KINDS:
            answer = answers[f"Grafana: {kind}"]
            try:
                if isinstance(answer, SourceError):
                    raise answer
                marks = read_pages(answer, kind, url)
                marks = self._with_history(marks, window) if kind == "alert" else marks
            except SourceError as error:
                gaps.append(gap_of(error, NAMES[kind], "annotations"))
                readings[_KEYS[kind]] = reach({}, gaps[-1:])
                continue
            found += marks.annotations
            sources |= marks.sources
            gaps += marks.gaps
            readings[_KEYS[kind]] = reach(marks.sources, marks.gaps)
        return Observed(in_order(found), sources, tuple(gaps), readings)

    def _with_history(self, marks: Marks, window: Window) -> Marks:
        """Alerts' changes of state; from Grafana's history of them where no annotation tells of any."""
        if marks.annotations:
            return marks
        from pm_autofill.collect.grafana.state_history import fetch_history

        try:
            found = fetch_history(self._gateway, window)
        except SourceRejected as error:
            if error.status in _NO_HISTORY:
                return marks  # versions before 10, and installations that keep none
            raise
        return Marks(found.annotations, {**marks.sources, **found.sources}, found.gaps)

    def probe(self, choices: Sequence[tuple[str, DashboardSettings]] = ()) -> tuple[Probe, ...]:
        """What works and what does not, for ``doctor``.

        Args:
            choices: Pairs of a service's name and a dashboard configured for it.
        """
        from pm_autofill.collect.grafana.probes import probe_grafana

        return probe_grafana(self._gateway, self.settings, lambda window: self.dashboards(choices, window))

    def _ask_settings(self) -> Observed[About]:
        """Ask for them."""
        contacted, configured = self._gateway.url, self._configuration.public_url
        try:
            answer = self._gateway.get_in_half("/frontend/settings", "its settings")
            about = read_about(answer.body, configured=configured, contacted=contacted, source=_SETTINGS)
        except SourceError as error:
            nothing = About(version="", url=public_url("", configured, contacted))
            return Observed(nothing, gaps=(gap_of(error, "settings", "settings"),))
        source = answer.source("GET /api/frontend/settings", f"{about.url}/api/frontend/settings")
        return Observed(about, {_SETTINGS: source})

    def _gather(self, tasks: Mapping[str, Callable[[], T]]) -> dict[str, T | SourceError]:
        """Run all at once, until the run's deadline."""
        return gather(tasks, self._gateway.policy.deadline)


def record(
    about: Observed[About],
    dashboards: Observed[tuple[Dashboard, ...]],
    annotations: Observed[tuple[Annotation, ...]],
) -> Observed[GrafanaRecord]:
    """All that Grafana told, with all its sources and gaps.

    Args:
        about: Its settings.
        dashboards: The dashboards with their data, their sources joined by those of their models.
        annotations: The annotations.

    Returns:
        The record; a gap that several of them name for the same reason stands once for each thing missing.
    """
    value = GrafanaRecord(
        version=about.value.version,
        url=about.value.url,
        dashboards=dashboards.value,
        annotations=annotations.value,
        source=about.value.source,
    )
    sources = {**about.sources, **dashboards.sources, **annotations.sources}
    gaps = tuple(dict.fromkeys((*about.gaps, *dashboards.gaps, *annotations.gaps)))
    return Observed(value, sources, gaps, {**dashboards.readings, **annotations.readings})


def _task(uid: str) -> str:
    """The name of a dashboard's question."""
    return f"Grafana: dashboard {uid}"
