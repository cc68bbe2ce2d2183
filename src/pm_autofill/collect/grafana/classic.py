"""Classic dashboards: ``panels[]`` with rows among them, or the ``rows[].panels`` of schema versions before 16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.look import read_look
from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text, whole
from pm_autofill.collect.grafana.model import DatasourceRef, PanelModel, TargetModel, VariableModel
from pm_autofill.collect.grafana.older import as_todays
from pm_autofill.collect.grafana.whole_queries import EXPRESSION, read_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DEEPEST_ROW = 8  # rows do not nest in Grafana; a file can
_MOST_POINTS = 10_000
_MOST_VALUES = 500
_LONGEST_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class _Placed:
    """A panel's JSON with the variables its rows are repeated by."""

    panel: Mapping[str, Any]
    repeats: tuple[str, ...]


def read_panels(dashboard: Mapping[str, Any], libraries: Mapping[str, Mapping[str, Any]]) -> tuple[PanelModel, ...]:
    """The panels of a classic dashboard in reading order; rows themselves are left out, their panels are not.

    Args:
        dashboard: Its JSON.
        libraries: Models of library panels by uid, as far as they were fetched.

    Returns:
        The panels, each with an id of its own: as in Grafana, missing and repeated ids are replaced by free ones.
    """
    placed = list(_placed_panels(dashboard))
    ids = _unique_ids(whole(one.panel.get("id")) for one in placed)
    return tuple(
        _read_panel(one, id_, libraries)
        for one, id_ in zip(placed, ids, strict=True)
        if text(one.panel.get("type")) != "row"
    )


def panels_by_id(dashboard: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """The JSON of a classic dashboard's panels by the ids ``read_panels`` gives them."""
    placed = list(_placed_panels(dashboard))
    ids = _unique_ids(whole(one.panel.get("id")) for one in placed)
    return {id_: one.panel for one, id_ in zip(placed, ids, strict=True)}


def read_variables(dashboard: Mapping[str, Any]) -> tuple[VariableModel, ...]:
    """The template variables of a classic dashboard, in order; those without a name are left out."""
    listed = mappings(mapping(dashboard.get("templating")).get("list"))
    return tuple(_read_variable(one) for one in listed if text(one.get("name")))


def library_uids(dashboard: Mapping[str, Any], ids: Iterable[int] = ()) -> tuple[str, ...]:
    """The library panels whose models the dashboard does not carry.

    Args:
        dashboard: Its JSON.
        ids: Numbers of the panels that matter; none means all.

    Returns:
        Their uids, each once, in reading order.
    """
    wanted = set(ids)
    uids = (
        _library_uid(one.panel)
        for one in _placed_panels(dashboard)
        if not text(one.panel.get("type")) and (not wanted or whole(one.panel.get("id")) in wanted)
    )
    return tuple(dict.fromkeys(uid for uid in uids if uid))


def _library_uid(panel: Mapping[str, Any]) -> str:
    """Uid of the library panel shown; empty for an ordinary panel."""
    return text(mapping(panel.get("libraryPanel")).get("uid"))


def _placed_panels(dashboard: Mapping[str, Any]) -> Iterator[_Placed]:
    """Every panel, rows included, in reading order."""
    for row in mappings(dashboard.get("rows")):
        repeats = _repeat(row)
        for panel in mappings(row.get("panels")):
            yield _Placed(panel, repeats)
    yield from _inside(mappings(dashboard.get("panels")), (), 0)


def _inside(panels: list[Mapping[str, Any]], outer: tuple[str, ...], depth: int) -> Iterator[_Placed]:
    """Panels of one level; what follows an open row belongs to it until the next row."""
    repeats = outer
    for panel in sorted(panels, key=_position):
        if text(panel.get("type")) != "row":
            yield _Placed(panel, repeats)
            continue
        repeats = outer + _repeat(panel)
        yield _Placed(panel, outer)
        if depth < _DEEPEST_ROW:
            yield from _inside(mappings(panel.get("panels")), repeats, depth + 1)


def _position(panel: Mapping[str, Any]) -> tuple[float, float]:
    """Where a panel stands: from top to bottom, then from left to right; those without a place come last."""
    place = mapping(panel.get("gridPos"))
    down, right = number(place.get("y")), number(place.get("x"))
    return (float("inf") if down is None else down, 0.0 if right is None else right)


def _repeat(panel: Mapping[str, Any]) -> tuple[str, ...]:
    """The variable a panel or row is repeated by; several where a v2 dashboard was rewritten."""
    return tuple(filter(None, (text(name) for name in items(panel.get("repeat")) or [panel.get("repeat")])))


def _unique_ids(ids: Iterable[int | None]) -> list[int]:
    """The same ids, the missing and the repeated ones replaced by the next free numbers."""
    known = list(ids)
    free = max((one for one in known if one is not None and one > 0), default=0) + 1
    seen: set[int] = set()
    unique = []
    for one in known:
        chosen = one
        if chosen is None or chosen <= 0 or chosen in seen:
            chosen, free = free, free + 1
        seen.add(chosen)
        unique.append(chosen)
    return unique


def _read_panel(placed: _Placed, id_: int, libraries: Mapping[str, Mapping[str, Any]]) -> PanelModel:
    """One panel; a library panel takes all but its id, place and title from the library."""
    panel, library = placed.panel, _library_uid(placed.panel)
    if library and not text(panel.get("type")):
        model = libraries.get(library, {})
        panel = {**model, "title": text(panel.get("title")) or text(model.get("title")), "repeat": panel.get("repeat")}
    points = whole(panel.get("maxDataPoints"))
    return PanelModel(
        id=id_,
        title=text(panel.get("title")),
        kind=_kind(panel),
        description=text(panel.get("description")),
        look=read_look(panel),
        datasource=read_datasource(panel.get("datasource")),
        targets=tuple(_read_target(one, number_) for number_, one in enumerate(mappings(panel.get("targets")))),
        interval=text(panel.get("interval")),
        max_points=points if points is not None and 0 < points <= _MOST_POINTS else None,
        time_from=text(panel.get("timeFrom")),
        time_shift=text(panel.get("timeShift")),
        repeats=placed.repeats + _repeat(panel),
        library=library,
    )


def _kind(panel: Mapping[str, Any]) -> str:
    """The kind of a panel; an older kind by its newer name where only that changed."""
    kind = text(panel.get("type"))
    if kind in {"singlestat", "grafana-singlestat-panel"}:
        return text(as_todays(panel).get("type"))
    return {"table-old": "table"}.get(kind, kind)


def _read_target(target: Mapping[str, Any], position: int) -> TargetModel:
    """One query; without a letter it gets the one of its position."""
    expression, model = read_model(target)
    return TargetModel(
        ref_id=text(target.get("refId")) or _letter(position),
        datasource=read_datasource(target.get("datasource")),
        expression=text(target.get("expr")) or expression,
        model="" if text(target.get("expr")) else model,
        shows=whole(target.get("panelId")),
        transformed=target.get("withTransforms") is True,
        legend=text(target.get("legendFormat")),
        interval=text(target.get("interval")),
        hidden=target.get("hide") is True,
        instant=target.get("instant") is True and target.get("range") is not True,
    )


def _letter(position: int) -> str:
    """A, B, ..., Z, Q26, Q27, ..."""
    return chr(ord("A") + position) if position < 26 else f"Q{position}"  # noqa: PLR2004 - letters of the alphabet


def read_datasource(value: object) -> DatasourceRef:
    """A data source as a name, as uid and type, or as nothing."""
    if isinstance(value, str):
        return DatasourceRef(name=text(value))
    found = mapping(value)
    kind = text(found.get("type"))
    return DatasourceRef(uid=EXPRESSION if kind == EXPRESSION else scalar(found.get("uid")), type=kind)


def _read_variable(variable: Mapping[str, Any]) -> VariableModel:
    """One template variable."""
    kind = text(variable.get("type"))
    query = variable.get("query")
    current = mapping(variable.get("current"))
    count = whole(variable.get("auto_count"))
    return VariableModel(
        name=text(variable.get("name")),
        kind=kind,
        values=_filters(variable) if kind == "adhoc" else _texts(current.get("value")),
        texts=_texts(current.get("text")),
        is_listed=variable.get("multi") is True,
        has_all=variable.get("includeAll") is True,
        all_value=text(variable.get("allValue")),
        options=_options(variable),
        query=text(mapping(query).get("query")) or scalar(query),
        datasource=read_datasource(variable.get("datasource")),
        pattern=text(variable.get("regex")),
        auto_count=count if count is not None and count > 0 else 30,
        auto_minimum=text(variable.get("auto_min")) or "10s",
        in_url=variable.get("skipUrlSync") is not True and kind not in {"adhoc", "constant", "groupby", "system"},
    )


def _filters(variable: Mapping[str, Any]) -> tuple[str, ...]:
    """The filters of an ad hoc variable, each as label, operator and value."""
    return tuple(
        "".join(scalar(one.get(part)) for part in ("key", "operator", "value"))
        for one in mappings(variable.get("filters"))
    )


def _options(variable: Mapping[str, Any]) -> tuple[str, ...]:
    """The stored options, "All" left out."""
    values = (scalar(one.get("value")) for one in mappings(variable.get("options")))
    return tuple(dict.fromkeys(one for one in values if one and one != "$__all"))


def _texts(value: object) -> tuple[str, ...]:
    """One value or a list of them as texts; empty ones a list beyond all use counts as none."""
    texts = tuple(filter(None, (scalar(one) for one in (items(value) or [value])[:_MOST_VALUES])))
    return texts if sum(map(len, texts)) <= _LONGEST_VALUES else ()
