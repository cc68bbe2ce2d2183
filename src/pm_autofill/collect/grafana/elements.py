"""Dashboards of the v2 models (v2alpha1, v2beta1, v2), rewritten as classic ones so that one reader serves all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import mapping, mappings, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST_LAYOUT = 16
_VARIABLE_KINDS = {
    "QueryVariable": "query",
    "CustomVariable": "custom",
    "ConstantVariable": "constant",
    "DatasourceVariable": "datasource",
    "IntervalVariable": "interval",
    "TextVariable": "textbox",
    "SwitchVariable": "switch",
    "AdhocVariable": "adhoc",
    "GroupByVariable": "groupby",
}


def is_elements(dashboard: Mapping[str, Any]) -> bool:
    """Whether a dashboard's JSON is one of the v2 models."""
    return isinstance(dashboard.get("elements"), dict)


def as_classic(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """The same dashboard in the classic shape.

    Args:
        dashboard: The ``spec`` of a v2 dashboard.

    Returns:
        Title, panels in the order of its layout (elements without a place last) and variables, those of rows and tabs
        included.
    """
    elements = mapping(dashboard.get("elements"))
    places = list(_places(mapping(dashboard.get("layout")), (), 0))
    named = {name for name, _ in places}
    places += [(name, ()) for name in elements if name not in named]
    panels = [
        _as_panel(elements[name], repeats)
        for name, repeats in dict(places).items()
        if isinstance(elements.get(name), dict)
    ]
    variables = mappings(dashboard.get("variables")) + list(_local_variables(mapping(dashboard.get("layout")), 0))
    return {
        "title": dashboard.get("title"),
        "panels": panels,
        "templating": {"list": [_as_variable(one) for one in variables]},
        "annotations": {"list": [_as_mark(mapping(one.get("spec"))) for one in mappings(dashboard.get("annotations"))]},
    }


def _children(layout: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows or tabs of a layout, each as its spec."""
    spec = mapping(layout.get("spec"))
    return [mapping(one.get("spec")) for one in mappings(spec.get("rows")) + mappings(spec.get("tabs"))]


def _places(layout: Mapping[str, Any], repeats: tuple[str, ...], depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of elements in the order of the layout, with the variables they are repeated by."""
    if depth > _DEEPEST_LAYOUT:
        return
    specs = (mapping(item.get("spec")) for item in mappings(mapping(layout.get("spec")).get("items")))
    for spec in sorted(specs, key=_position):
        name = text(mapping(spec.get("element")).get("name"))
        if name:
            yield name, repeats + _repeat(spec)
    for child in _children(layout):
        yield from _places(mapping(child.get("layout")), repeats + _repeat(child), depth + 1)


def _position(spec: Mapping[str, Any]) -> tuple[float, float]:
    """Where an item of a grid stands, from top to bottom and left to right; those without a place keep their order."""
    down, right = number(spec.get("y")), number(spec.get("x"))
    return (float("inf") if down is None else down, 0.0 if right is None else right)


def _local_variables(layout: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """Variables that rows and tabs bring along."""
    if depth > _DEEPEST_LAYOUT:
        return
    for child in _children(layout):
        yield from mappings(child.get("variables"))
        yield from _local_variables(mapping(child.get("layout")), depth + 1)


def _repeat(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The variable an item, row or tab is repeated by."""
    name = text(mapping(spec.get("repeat")).get("value"))
    return (name,) if name else ()


def _as_panel(element: Mapping[str, Any], repeats: tuple[str, ...]) -> dict[str, Any]:
    """One element as a classic panel."""
    spec = mapping(element.get("spec"))
    base = {"id": spec.get("id"), "title": spec.get("title"), "repeat": list(repeats)}
    if text(element.get("kind")) == "LibraryPanel":
        return {**base, "libraryPanel": spec.get("libraryPanel")}
    picture = mapping(spec.get("vizConfig"))
    data = mapping(mapping(spec.get("data")).get("spec"))
    options = mapping(data.get("queryOptions"))
    return {
        **base,
        "type": _named_kind(picture, "VizConfig"),
        "description": spec.get("description"),
        **{key: mapping(picture.get("spec")).get(key) for key in ("fieldConfig", "options")},
        "targets": [_as_target(mapping(one.get("spec"))) for one in mappings(data.get("queries"))],
        "transformations": [_as_transformation(one) for one in mappings(data.get("transformations"))],
        **{key: options.get(key) for key in ("interval", "maxDataPoints", "timeFrom", "timeShift")},
    }


def _named_kind(value: Mapping[str, Any], generic: str) -> str:
    """The plugin's id: in ``group`` where ``kind`` only says what sort of thing this is, else in ``kind`` itself."""
    kind = text(value.get("kind"))
    return text(value.get("group")) if kind == generic else kind


def _as_target(spec: Mapping[str, Any]) -> dict[str, Any]:
    """One query as a classic target."""
    query = mapping(spec.get("query"))
    plugin = _named_kind(query, "DataQuery")
    named = mapping(query.get("datasource")).get("name")
    uid = named if named is not None else mapping(spec.get("datasource")).get("uid")
    return {
        **mapping(query.get("spec")),
        "refId": spec.get("refId"),
        "hide": spec.get("hidden"),
        "datasource": {"uid": uid, "type": plugin},
    }


def _as_transformation(transformation: Mapping[str, Any]) -> dict[str, Any]:
    """One transformation with its id where the classic model has it."""
    spec = mapping(transformation.get("spec"))
    id_ = text(spec.get("id")) or _named_kind(transformation, "Transformation")
    return {"id": id_, "disabled": spec.get("disabled"), "options": spec.get("options")}


def _as_mark(spec: Mapping[str, Any]) -> dict[str, Any]:
    """One query for annotations as a classic one."""
    target = _as_target(spec)
    given = {key: spec.get(key) for key in ("name", "enable", "builtIn")}
    return {**mapping(spec.get("legacyOptions")), **target, **given}


def _as_variable(variable: Mapping[str, Any]) -> dict[str, Any]:
    """One variable as a classic one."""
    spec = mapping(variable.get("spec"))
    query = spec.get("query")
    classic = {**spec, "type": _VARIABLE_KINDS.get(text(variable.get("kind")), text(variable.get("kind")))}
    if isinstance(query, dict):
        inner = mapping(query.get("spec"))
        classic["query"] = text(inner.get("query")) or text(inner.get("__legacyStringValue"))
        classic["datasource"] = {
            "uid": mapping(query.get("datasource")).get("name") or mapping(spec.get("datasource")).get("uid"),
            "type": _named_kind(query, "DataQuery"),
        }
    if classic["type"] == "datasource":
        classic["query"] = spec.get("pluginId")
    if classic["type"] == "switch":
        classic["current"] = {"value": spec.get("current"), "text": spec.get("current")}
    return classic
