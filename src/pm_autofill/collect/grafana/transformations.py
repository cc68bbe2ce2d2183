"""Transformations: what each would have done to a panel's data, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import mappings, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    """One note per transformation: what it would have done."""
    for one in mappings(panel.get("transformations")):
        id_ = text(one.get("id"))
        if one.get("disabled") is not True:
            does = _TRANSFORMATIONS.get(id_, "")
            yield f"transformation {id_[:40] or 'without a name'}{f' ({does})' if does else ''}"
