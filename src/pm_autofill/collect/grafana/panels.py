"""Panels as the draft shows them, still without data: variables in place, queries ready to be asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.grafana.dashboard import why_not_drawn
from pm_autofill.collect.grafana.interpolation import Value, fill_plain, fill_text, names_in
from pm_autofill.collect.grafana.intervals import relative_range
from pm_autofill.collect.grafana.targets import ready
from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.panels import Dashboard, Panel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.collect.grafana.dashboard import Choice
    from pm_autofill.collect.grafana.datasources import Datasources
    from pm_autofill.collect.grafana.links import Address
    from pm_autofill.collect.grafana.model import DashboardModel, PanelModel
    from pm_autofill.collect.grafana.variables import Resolution
    from pm_autofill.evidence.panel_looks import FieldLook, Override
    from pm_autofill.evidence.panels import MarkQuery
    from pm_autofill.instants import Window

MOST_COPIES = 12
_OVER_TIME = frozenset({"timeseries", "graph", "heatmap", "state-timeline", "status-history"})
_LONGEST_TITLE = 300
_LONGEST_DESCRIPTION = 2000
_LONGEST_NOTE = 160
_MOST_NOTES = 20
_MOST_LEFT_OUT = 100


@dataclass(frozen=True, slots=True)
class Scene:
    """What all panels of a dashboard share.

    Attributes:
        address: Where the dashboard stands.
        window: The range to show.
        resolution: What its variables stand for.
        datasources: The data sources there are.
    """

    address: Address
    window: Window
    resolution: Resolution
    datasources: Datasources


def show_dashboard(model: DashboardModel, choice: Choice, scene: Scene, *, service: str, source: str) -> Dashboard:
    """A dashboard with the chosen panels, still without data.

    Args:
        model: The dashboard as stored.
        choice: Which panels are shown.
        scene: What they share.
        service: The configured service it belongs to.
        source: Id of the question that brought it.

    Returns:
        The dashboard; ``left_out`` names each further panel with the reason.
    """
    values = scene.resolution.values
    marks, not_asked = _marks(model, scene) if model.marks else ((), ())
    return Dashboard(
        uid=model.uid,
        title=_cut(fill_text(model.title[:_LONGEST_DESCRIPTION], values), _LONGEST_TITLE),
        service=service,
        link=scene.address.link(scene.window),
        panels=tuple(_with_notes(one, not_asked) for one in _shown(choice, scene)),
        marks=marks,
        left_out=_left_out(choice, scene),
        chosen=choice.configured,
        source=source,
    )


def _marks(model: DashboardModel, scene: Scene) -> tuple[tuple[MarkQuery, ...], tuple[str, ...]]:
    """The dashboard's queries for annotations that can be asked, and a note for each other one."""
    from pm_autofill.collect.grafana.marks import ready as ready_marks  # seldom needed

    return ready_marks(model.marks, scene.resolution, scene.datasources)


def _with_notes(panel: Panel, notes: Sequence[str]) -> Panel:
    """A panel over time with what of the dashboard's annotations it lacks."""
    if panel.problem or panel.kind not in _OVER_TIME or not notes:
        return panel
    return msgspec.structs.replace(panel, not_applied=_bounded((*panel.not_applied, *notes)))


def _shown(choice: Choice, scene: Scene) -> Iterator[Panel]:
    """The chosen panels, repeated ones as often as there is room for beside the others."""
    room = max(MOST_COPIES - len(choice.shown), 0)
    for panel in choice.shown:
        copies = show_copies(panel, scene, 1 + room)
        room -= len(copies) - 1
        yield from copies


def _left_out(choice: Choice, scene: Scene) -> tuple[Link, ...]:
    """Links to the panels that are not shown, with the reasons."""
    links = [
        Link(
            href=scene.address.link(scene.window, panel.id),
            text=f"{_title(panel, scene.resolution.values)}: {reason}",
        )
        for panel, reason in choice.left_out[:_MOST_LEFT_OUT]
    ]
    more = len(choice.left_out) - len(links)
    return (*links, *([Link(href=scene.address.link(scene.window), text=f"{more} more panels")] if more else []))


def show_copies(model: PanelModel, scene: Scene, most: int = MOST_COPIES) -> tuple[Panel, ...]:
    """A panel as often as it, or its row, is repeated.

    Args:
        model: The panel as stored.
        scene: What it shares with the dashboard's other panels.
        most: How many copies are shown at most.

    Returns:
        One panel per combination of values of the variables it is repeated by, without data; the first of them says
        so where there are more than are shown.
    """
    values = scene.resolution.values
    names = [name for name in dict.fromkeys(model.repeats) if name in values and not values[name].verbatim]
    choices = [range(len(values[name].values)) for name in names]
    count = math.prod(len(choice) for choice in choices)
    notes = [
        f"repeated by ${name}, drawn once over all its values"
        for name in dict.fromkeys(model.repeats)
        if name not in names
    ]
    if count > max(most, 1):
        by = " and ".join(f"${name}" for name in names)
        notes.append(f"repeated by {by}, drawn for the first {max(most, 1)} of {count}")
    copies: list[Panel] = []
    for places in islice(product(*choices), max(most, 1)):
        chosen = {name: _one_of(values[name], place) for name, place in zip(names, places, strict=True)}
        copies.append(_show(model, scene, {**values, **chosen}, notes if not copies else notes[: len(notes) - 1]))
    return tuple(copies)


def _one_of(value: Value, place: int) -> Value:
    """One of the values of a variable, as a copy of a repeated panel has it."""
    one = value.values[place : place + 1]
    shown = value.texts[place : place + 1] if len(value.texts) == len(value.values) else one
    return Value(values=one, texts=shown, in_url=one if value.in_url else ())


def _show(model: PanelModel, scene: Scene, values: Mapping[str, Value], repeat_notes: Sequence[str]) -> Panel:
    """One panel with these values of its variables."""
    queries, skipped = ready(model, replace(scene.resolution, values=values), scene.datasources)
    problem = why_not_drawn(model)
    if not problem and not queries:
        problem = skipped[0] if skipped else "all its queries are hidden" if model.targets else "it has no queries"
    notes = [*model.look.not_applied, *repeat_notes, *_variable_notes(model, scene.resolution), *_range_notes(model)]
    look = model.look
    return Panel(
        id=model.id,
        title=_title(model, values),
        kind=model.kind,
        link=replace(scene.address, variables=values).link(scene.window, model.id),
        description=_cut(fill_text(model.description[:_LONGEST_DESCRIPTION], values), _LONGEST_DESCRIPTION),
        field=_named(look.field, values),
        overrides=tuple(_named_override(one, values) for one in look.overrides),
        legend=look.legend,
        options=look.options,
        queries=() if problem else queries,
        interval=fill_plain(model.interval, values),
        max_points=model.max_points,
        time_from=fill_plain(model.time_from, values),
        time_shift=fill_plain(model.time_shift, values),
        not_applied=() if problem else _bounded((*notes, *skipped)),
        problem=problem,
    )


def _named(look: FieldLook, values: Mapping[str, Value]) -> FieldLook:
    """A look with the variables of its name in place."""
    return msgspec.structs.replace(look, name=_cut(fill_text(look.name, values), _LONGEST_TITLE)) if look.name else look


def _named_override(override: Override, values: Mapping[str, Value]) -> Override:
    """An override with its variables in place."""
    return msgspec.structs.replace(
        override,
        names=tuple(_cut(fill_text(name, values), _LONGEST_TITLE) for name in override.names),
        look=_named(override.look, values),
    )


def _bounded(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Each note once, neither too long nor too many."""
    unique = tuple(dict.fromkeys(_cut(note, _LONGEST_NOTE) for note in notes))
    more = len(unique) - _MOST_NOTES
    return unique if more <= 0 else (*unique[:_MOST_NOTES], f"{more} more")


def _title(model: PanelModel, values: Mapping[str, Value]) -> str:
    """A panel's title; its number where it has none."""
    return _cut(fill_text(model.title[:_LONGEST_DESCRIPTION], values).strip(), _LONGEST_TITLE) or f"Panel {model.id}"


def _variable_notes(model: PanelModel, resolution: Resolution) -> Iterator[str]:
    """Substitutes that stand for variables this panel uses, and filters nobody but Grafana adds."""
    texts = [target.expression for target in model.targets if not target.hidden]
    for name in dict.fromkeys(name for one in texts for name in names_in(one)):
        if name in resolution.notes:
            yield resolution.notes[name]
    for one in resolution.filters:
        yield f"ad hoc filter {one}"


def _range_notes(model: PanelModel) -> Iterator[str]:
    """Own time ranges that are not understood."""
    for what, given in (("own time range", model.time_from), ("time shift", model.time_shift)):
        if given and relative_range(given) is None:
            yield f"{what} {given}"


def _cut(text: str, limit: int) -> str:
    """A text of bounded length."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
