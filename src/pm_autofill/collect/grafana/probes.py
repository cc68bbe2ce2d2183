"""What ``doctor`` asks of Grafana: whether it is reached, and what the token may read."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pm_autofill.collect.grafana.gateway import SYSTEM, Answer, Gateway
from pm_autofill.collect.grafana.links import epoch_ms
from pm_autofill.collect.grafana.loose import items, mapping, text
from pm_autofill.collect.grafana.questions import ask_panel
from pm_autofill.collect.grafana.refusals import hint_of
from pm_autofill.collect.grafana.whole_queries import EXPRESSION
from pm_autofill.collect.observation import Observed, Probe
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pm_autofill.collect.grafana.about import About
    from pm_autofill.collect.transport.exchange import Exchange
    from pm_autofill.evidence.panels import Dashboard, Panel, PanelQuery

_RANGE = timedelta(hours=1)
_TOLERATED_SKEW = 5.0  # seconds; the header knows whole ones only, and the way takes some


def probe_grafana(
    gateway: Gateway,
    ask_settings: Callable[[], Observed[About]],
    ask_dashboards: Callable[[Window], Observed[tuple[Dashboard, ...]]],
) -> tuple[Probe, ...]:
    """Try everything a draft would need.

    Args:
        gateway: Grafana.
        ask_settings: Reads its settings.
        ask_dashboards: Reads the configured dashboards for a range.

    Returns:
        One probe per thing, in the order tried; nothing further once Grafana is out of reach.
    """
    try:
        health = gateway.get("/health", "its health")
    except SourceUnavailable as error:
        return (_failed("reachable", error),)
    except SourceError:
        health = None  # it answered, if only with no
    settings = ask_settings()
    reached = Probe(source=SYSTEM, name="reachable", ok=True, detail=gateway.url)
    accepted = [
        Probe(source=SYSTEM, name="token accepted", ok=False, detail=gap.reason, hint=gap.hint) for gap in settings.gaps
    ] or [Probe(source=SYSTEM, name="token accepted", ok=True, detail="its settings can be read")]
    probes = [reached, *accepted, _version(settings.value.version, health), *_clock(health)]
    if settings.gaps:
        return tuple(probes)
    end = settings.sources[settings.value.source].retrieved_at
    window = Window(end - _RANGE, end)
    observed = ask_dashboards(window)
    return (
        *probes,
        *_dashboards(observed),
        *_datasources(gateway, observed.value, window),
        _annotations(gateway, window),
    )


def _failed(name: str, error: SourceError, kind: str = "settings") -> Probe:
    """Something that does not work."""
    return Probe(source=SYSTEM, name=name, ok=False, detail=error.message, hint=hint_of(error, kind))


def _version(told: str, health: Answer[object] | None) -> Probe:
    """Which version it is; no verdict where it hides that."""
    version = told or text(mapping(health.body if health else None).get("version"))[:40]
    return Probe(source=SYSTEM, name="version", ok=True if version else None, detail=version or "hidden")


def _clock(health: Answer[object] | None) -> Iterator[Probe]:
    """Whether its clock agrees with this machine's."""
    skew = None if health is None else clock_skew(health.exchange)
    if skew is not None:
        yield Probe(
            source=SYSTEM,
            name="clock",
            ok=abs(skew) <= _TOLERATED_SKEW,
            detail=f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
            if round(skew)
            else "agrees with this machine's",
            hint="" if abs(skew) <= _TOLERATED_SKEW else "Set both clocks by NTP: times of both are compared.",
        )


def clock_skew(exchange: Exchange) -> float | None:
    """Seconds by which a server's clock is ahead of ours.

    Formula: (Date header + 0.5 s, for it is cut to seconds) - arrival of the answer.

    Args:
        exchange: An answered request.

    Returns:
        The difference, negative when it is behind; None when the answer told no time.
    """
    try:
        told = parsedate_to_datetime(exchange.date_header)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return (told - exchange.retrieved_at).total_seconds() + 0.5


def _dashboards(observed: Observed[tuple[Dashboard, ...]]) -> Iterator[Probe]:
    """Whether the configured dashboards can be read."""
    for dashboard in observed.value:
        drawn = sum(1 for panel in dashboard.panels if not panel.problem)
        detail = f"{dashboard.title}: {drawn} of {len(dashboard.panels)} chosen panels can be drawn"
        yield Probe(source=SYSTEM, name=f"dashboard {dashboard.uid} readable", ok=True, detail=detail)
    for gap in observed.gaps:
        yield Probe(source=SYSTEM, name=f"{gap.what} readable", ok=False, detail=gap.reason, hint=gap.hint)


def _datasources(gateway: Gateway, dashboards: Sequence[Dashboard], window: Window) -> Iterator[Probe]:
    """Whether the data sources behind the chosen panels can be queried: each by the first query that uses it."""
    first: dict[str, tuple[Panel, PanelQuery]] = {}
    for dashboard in dashboards:
        for panel in dashboard.panels:
            for query in (one for one in panel.queries if one.datasource_type != EXPRESSION):
                first.setdefault(query.datasource_uid, (panel, query))
    for uid, (panel, query) in first.items():
        name = f"data source {uid[:60]} queryable"
        try:
            gateway.post("/ds/query", name, ask_panel(panel, window, [query]).body)
        except SourceError as error:
            yield _failed(name, error, "panel")
        else:
            yield Probe(source=SYSTEM, name=name, ok=True, detail=f"asked for panel {panel.id}")


def _annotations(gateway: Gateway, window: Window) -> Probe:
    """Whether annotations can be read."""
    params = {"from": epoch_ms(window.start), "to": epoch_ms(window.end), "limit": "1"}
    try:
        answer = gateway.get("/annotations", "annotations", params)
    except SourceError as error:
        return _failed("annotations readable", error, "annotations")
    detail = "there are some in the last hour" if items(answer.body) else "none in the last hour"
    return Probe(source=SYSTEM, name="annotations readable", ok=True, detail=detail)
