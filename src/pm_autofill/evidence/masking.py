"""Evidence without secrets: what people wrote in the sources is masked once, here, and all else derives from that.

Texts lose whatever is known as a secret or looks like one. Code (PromQL, selectors, ids, addresses that we made) loses
only known secrets and passwords in addresses: a query has to stay what was asked. Which field is which says ``CODE``.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from operator import is_
from typing import TYPE_CHECKING, Any

import msgspec

from pm_autofill.evidence import alerts, incident, panel_looks, panels, record, replay, slos
from pm_autofill.evidence.series import Matrix
from pm_autofill.redaction.pictures import without_words
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.evidence.record import Evidence
    from pm_autofill.redaction.shapes import Shapes

    Reader = Callable[[str, str], str]

CODE: Mapping[type[msgspec.Struct], frozenset[str]] = {
    record.Source: frozenset({"system", "query", "url", "sha256"}),
    record.Gap: frozenset({"source", "questions"}),
    record.Request: frozenset({"service", "timeline"}),
    record.TemplateText: frozenset({"name", "text"}),
    record.EarlierDraft: frozenset({"folder"}),
    record.Evidence: frozenset({"version", "configuration", "schema"}),
    incident.LogEntry: frozenset({"id", "type", "channel", "medium"}),
    incident.Alert: frozenset({"id", "severity", "status", "service_id"}),
    incident.Note: frozenset({"id"}),
    incident.ChangeEvent: frozenset({"id", "correlation"}),
    incident.OtherIncident: frozenset({"id", "relation"}),
    incident.Responder: frozenset({"state"}),
    incident.Incident: frozenset({"id", "status", "service_id", "urgency", "merged_into"}),
    incident.IncidentRecord: frozenset({"sources"}),
    alerts.AlertSeries: frozenset({"state", "source"}),
    alerts.AlertRule: frozenset({"expression", "source"}),
    alerts.ChangeSeries: frozenset({"service", "query", "source"}),
    slos.Events: frozenset({"total", "bad", "good"}),
    slos.SloDefinition: frozenset({"service", "window", "time_zone", "ratio"}),
    slos.CounterRead: frozenset({"source"}),
    slos.BudgetTotals: frozenset({"sources"}),
    replay.Steps: frozenset({"source"}),
    replay.RuleRun: frozenset({"sources"}),
    panels.PanelQuery: frozenset(
        {"ref_id", "datasource_uid", "datasource_type", "expression", "interval", "model"},
    ),
    panels.PanelSeries: frozenset({"ref_id"}),
    panels.Panel: frozenset({"kind", "link", "interval", "time_from", "time_shift", "source"}),
    panels.MarkQuery: frozenset({"labels"}),
    panels.Dashboard: frozenset({"uid", "service", "link", "snapshot", "source"}),
    panels.Annotation: frozenset({"state", "dashboard_uid", "source"}),
    panels.GrafanaRecord: frozenset({"version", "url", "source"}),
    panel_looks.ThresholdStep: frozenset({"color"}),
    panel_looks.ValueMapping: frozenset({"kind", "color"}),
    panel_looks.FieldLook: frozenset(
        {"unit", "threshold_style", "color_mode", "color", "color_by", "style", "interpolation", "stroke", "points",
         "stacked", "stack_group", "axis", "cell"},
    ),
    panel_looks.Override: frozenset({"matcher", "changed"}),
    panel_looks.Legend: frozenset({"calculations"}),
    panel_looks.Options: frozenset(
        {"reduction", "text_mode", "color_on", "graph", "orientation", "display", "heat_unit", "heat_scheme",
         "heat_color", "show_value", "stacked"},
    ),
}  # fmt: skip
"""Fields that are no text of anybody: what is asked, names of things, words of an API. All others are texts."""

LABELS = frozenset({(incident.FiringAlert, "labels"), (alerts.AlertSeries, "labels"), (alerts.AlertRule, "labels")})
"""Fields that hold labels, whose names say what their values are; two different values stay two."""

_UNCOUNTED = frozenset({(record.TemplateText, "text"), (record.Evidence, "configuration")})
_PAGE = "notify"


def masked(evidence: Evidence, shapes: Shapes, known: Secrets | None = None) -> Evidence:
    """Evidence without secrets; masking it again changes nothing.

    Args:
        evidence: As collected, or as read from a file.
        shapes: What is masked by its looks.
        known: The secrets of this run; none for a rebuild.

    Returns:
        The evidence, with the number of masks in it by kind under ``masked``. Parts without secrets are the same
        objects.
    """
    texts = Texts(shapes, known or Secrets())
    found: Evidence = _Walk(texts).struct(evidence)
    counts = texts.counts()
    return found if found.masked == counts else msgspec.structs.replace(found, masked=counts)


class _Walk:
    """Goes through evidence, whatever it is made of; what has no secrets stays the same object."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def struct(self, value: Any) -> Any:  # noqa: ANN401 - the same struct as given
        """A struct with its fields masked."""
        changes = {}
        for name in type(value).__struct_fields__:
            before = getattr(value, name)
            after = self._value(before, "", self._reader(value, name))
            if after is not before:
                changes[name] = after
        return msgspec.structs.replace(value, **changes) if changes else value

    def _reader(self, owner: msgspec.Struct, name: str) -> Reader:
        """What masks the strings of a field, given their names where they have any."""
        field = (type(owner), name)
        if name in CODE.get(type(owner), ()):
            return lambda text, _: self._texts.code(text, counted=field not in _UNCOUNTED)
        if field in LABELS:
            return self._texts.label
        # PagerDuty's own sentence on a page ends with the number it went to; nobody wrote that.
        is_its_own = isinstance(owner, incident.LogEntry) and owner.type == _PAGE and name == "summary"
        return lambda text, called: self._texts.text(text, called, counted=not is_its_own)

    def _value(self, value: Any, name: str, read: Reader) -> Any:  # noqa: ANN401 - whatever a struct may hold
        if isinstance(value, str):
            found = value if isinstance(value, Enum) else read(value, name)
            return value if found == value else found
        if isinstance(value, msgspec.Struct):
            return self.struct(value)
        if isinstance(value, tuple | list):
            parts = [self._value(one, name, read) for one in value]
            return value if all(map(is_, parts, value)) else type(value)(parts)
        if isinstance(value, dict):
            pairs = {self._texts.key(key): self._value(one, str(key), read) for key, one in value.items()}
            return value if all(key in value and one is value[key] for key, one in pairs.items()) else pairs
        if isinstance(value, Matrix):
            return self._matrix(value)
        return without_words(value) if isinstance(value, bytes) else value

    def _matrix(self, value: Matrix) -> Matrix:
        """Samples with the values of their labels masked."""
        labels = [self._value(one.labels, "", self._texts.label) for one in value.series]
        if all(after is one.labels for after, one in zip(labels, value.series, strict=True)):
            return value
        return Matrix(tuple(replace(one, labels=after) for after, one in zip(labels, value.series, strict=True)))
