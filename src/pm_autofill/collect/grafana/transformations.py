"""Transformations: what each would have done to a panel's data, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import items, mapping, mappings, scalar, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_MOST_NAMED = 3
_LONGEST = 40

_TRANSFORMATIONS: Mapping[str, str] = {
    "calculateField": "adds a calculated field",
    "concatenate": "puts fields side by side",
    "configFromData": "sets up fields from data",
    "convertFieldType": "changes types of fields",
    "filterByRefId": "hides queries",
    "filterByValue": "hides rows by value",
    "filterFieldsByName": "hides fields",
    "groupBy": "groups and calculates",
    "groupingToMatrix": "makes a matrix",
    "histogram": "counts values into buckets",
    "joinByField": "joins series by a field",
    "joinByLabels": "joins series by labels",
    "labelsToFields": "makes columns of labels",
    "limit": "shows the first rows only",
    "merge": "merges series into one table",
    "organize": "reorders, renames or hides fields",
    "partitionByValues": "splits by value",
    "prepareTimeSeries": "changes the form of series",
    "reduce": "reduces each series to a number",
    "renameByRegex": "renames fields",
    "rowsToFields": "makes fields of rows",
    "seriesToColumns": "joins series by a field",
    "seriesToRows": "makes rows of series",
    "sortBy": "sorts rows",
    "timeSeriesTable": "makes a table of series",
    "transpose": "swaps rows and columns",
}


def transformation_notes(panel: Mapping[str, Any]) -> Iterator[str]:
    """One note per transformation: what it would have done, to what, where its options tell."""
    for one in mappings(panel.get("transformations")):
        id_ = text(one.get("id"))
        if one.get("disabled") is not True:
            tell = _TOLD.get(id_)
            told = "" if tell is None else tell(mapping(one.get("options")))
            does = told or _TRANSFORMATIONS.get(id_, "")
            yield f"transformation {id_[:_LONGEST] or 'without a name'}{f' ({does})' if does else ''}"


def _organize(options: Mapping[str, Any]) -> str:
    """Which fields are hidden and renamed."""
    hidden = [name for name, gone in mapping(options.get("excludeByName")).items() if gone is True]
    renamed = [f"{_cut(old)} to {_cut(text(new))}" for old, new in mapping(options.get("renameByName")).items() if new]
    return "; ".join(filter(None, (_listed("hides", map(_cut, hidden)), _listed("renames", renamed))))


def _kept(options: Mapping[str, Any]) -> str:
    """Which fields are shown alone."""
    include = mapping(options.get("include"))
    names = [_cut(text(one)) for one in items(include.get("names")) if text(one)]
    pattern = _cut(text(include.get("pattern")))
    return _listed("shows only", names or ([pattern] if pattern else []))


def _renamed(options: Mapping[str, Any]) -> str:
    """By which pattern fields are renamed."""
    pattern, name = _cut(text(options.get("regex"))), _cut(text(options.get("renamePattern")))
    return f"renames {pattern} to {name}" if pattern and name else ""


def _calculated(options: Mapping[str, Any]) -> str:
    """What the calculated field is called."""
    name = _cut(text(options.get("alias")))
    alone = ", in place of all others" if options.get("replaceFields") is True else ""
    return f"adds {name}{alone}" if name else f"adds a calculated field{alone}" if alone else ""


def _reduced(options: Mapping[str, Any]) -> str:
    """To which numbers series are reduced."""
    return _listed("reduces each series to", [_cut(text(one)) for one in items(options.get("reducers")) if text(one)])


def _limited(options: Mapping[str, Any]) -> str:
    """How many rows are shown."""
    most = scalar(options.get("limitField"))
    return f"shows the first {most[:8]} rows only" if most.isdigit() else ""


def _joined(options: Mapping[str, Any]) -> str:
    """By which field series are joined."""
    field = _cut(text(options.get("byField")))
    return f"joins series by {field}" if field else ""


def _listed(does: str, names: Iterable[str]) -> str:
    """What is done to a few of some names; nothing where there are none."""
    known = list(names)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return f"{does} {', '.join(known[:_MOST_NAMED])}{more}" if known else ""


def _cut(name: str) -> str:
    """A name of bounded length."""
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "organize": _organize,
    "filterFieldsByName": _kept,
    "renameByRegex": _renamed,
    "calculateField": _calculated,
    "reduce": _reduced,
    "limit": _limited,
    "joinByField": _joined,
    "seriesToColumns": _joined,
}
