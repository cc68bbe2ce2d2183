"""What each template variable stands for: configured, saved with the dashboard, or asked of its data source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pm_autofill.collect.grafana.interpolation import ALL, Value, fill_plain, fill_query
from pm_autofill.collect.grafana.intervals import automatic
from pm_autofill.collect.grafana.model import DatasourceRef
from pm_autofill.evidence.patterns import read_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

    from pm_autofill.collect.grafana.datasources import Datasource, Datasources
    from pm_autofill.collect.grafana.model import VariableModel

_MOST_OPTIONS = 500
_LONGEST_OPTIONS = 20_000  # characters of all together
_LONGEST_QUERY = 4000
_LONGEST_VALUE = 200
_ALL_WORDS = {ALL, "All"}


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """The question for a label's values.

    Attributes:
        datasource: Whom to ask.
        label: The label.
        match: Selector of the series that count; empty for all.
    """

    datasource: Datasource
    label: str
    match: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What variables depend on beside the dashboard.

    Attributes:
        seconds: Length of the range shown.
        datasources: The data sources there are.
        look_up: Asks for a label's values; None where they could not be had.
        overrides: Configured values by name.
    """

    seconds: float
    datasources: Datasources
    look_up: Callable[[LabelQuery], Sequence[str] | None]
    overrides: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """All variables of a dashboard.

    Attributes:
        values: What each stands for.
        notes: By name, where that is a substitute for what Grafana shows.
        unknown: Names of those that stand for nothing known.
        filters: Ad hoc filters, which Grafana adds to every query and nobody else does.
        not_there: Configured names that the dashboard does not have.
    """

    values: Mapping[str, Value]
    notes: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()


def resolve(models: Sequence[VariableModel], around: Surroundings) -> Resolution:
    """What each variable stands for; later ones may depend on earlier ones.

    Args:
        models: The variables in the dashboard's order.
        around: What they depend on.

    Returns:
        Their values, with notes where a substitute had to do.
    """
    values: dict[str, Value] = {}
    notes: dict[str, str] = {}
    unknown: list[str] = []
    filters: list[str] = []
    for model in models:
        if model.kind == "adhoc":
            filters += model.values
            continue
        value, note = _Resolver(model, values, around).value()
        if value is None:
            unknown.append(model.name)
            continue
        values[model.name] = value
        if note:
            notes[model.name] = note
    names = {model.name for model in models}
    not_there = tuple(name for name in around.overrides if name not in names)
    values |= {name: _configured(around.overrides[name]) for name in not_there if around.overrides[name] != ()}
    return Resolution(values, notes, tuple(dict.fromkeys(unknown)), tuple(filters), not_there)


def read_label_query(query: str) -> tuple[str, str] | None:
    """Selector and label of ``label_values(selector, label)`` or ``label_values(label)``; None for anything else."""
    inner = query.strip()[:_LONGEST_QUERY]
    if not (inner.startswith("label_values(") and inner.endswith(")")):
        return None
    match, _, label = inner[len("label_values(") : -1].rpartition(",")
    label = label.strip()
    return (match.strip(), label) if label.isidentifier() and label.isascii() else None


def custom_options(query: str) -> tuple[tuple[str, str], ...]:
    """Values and texts of a custom variable's list, such as ``prod,Staging : stg``; a comma after a backslash stays."""
    parts = (part.replace("\0", ",").strip() for part in query.replace("\\,", "\0").split(","))
    pairs = []
    for part in filter(None, parts):
        shown, separator, value = part.partition(" : ")
        pairs.append((value.strip(), shown.strip()) if separator else (part, part))
    return tuple(pairs)


def narrowed(values: Sequence[str], pattern: re.Pattern[str] | None) -> tuple[tuple[str, str], ...]:
    """Values and texts of the options that a query variable makes of what its data source knows.

    Args:
        values: What it knows.
        pattern: What they have to match; its groups "value" and "text", else the first one, stand for the whole.
    """
    pairs: dict[str, str] = {}
    for one in values:
        match = pattern.search(one[:_LONGEST_VALUE]) if pattern is not None else None
        if pattern is not None and match is None:
            continue
        named = {} if match is None else match.groupdict()
        whole = one if match is None else next(iter(match.groups()), None) or (one if not match.groups() else "")
        value = named.get("value") or named.get("text") or whole
        if value:
            pairs.setdefault(value, named.get("text") or value)
    return tuple(pairs.items())


def _configured(given: str | tuple[str, ...], *, is_listed: bool = False) -> Value:
    """A value from the configuration."""
    values = (given,) if isinstance(given, str) else given
    return Value(values=values, texts=values, is_listed=is_listed or len(values) > 1, in_url=values)


@dataclass(frozen=True, slots=True)
class _Resolver:
    """One variable on its way to a value."""

    model: VariableModel
    known: Mapping[str, Value]
    around: Surroundings

    def value(self) -> tuple[Value | None, str]:
        """Its value and a note; None when it stands for nothing known."""
        given = self.around.overrides.get(self.model.name)
        if given is not None and given != ():
            return self._of_configuration(given)
        special = {
            "constant": self._written,
            "textbox": self._written,
            "interval": self._interval,
            "datasource": self._datasource,
        }.get(self.model.kind)
        if special is not None:
            return special(), ""
        if set(self.model.values) & _ALL_WORDS and (self.model.has_all or ALL in self.model.values):
            return self._all()
        if self.model.values:
            return self._chosen(self.model.values), ""
        return self._never_chosen()

    def _of_configuration(self, given: str | tuple[str, ...]) -> tuple[Value, str]:
        """A configured value, "All" included."""
        values = (given,) if isinstance(given, str) else given
        if self.model.has_all and len(values) == 1 and values[0] in _ALL_WORDS:
            return self._all()
        return _configured(values, is_listed=self._is_listed), ""

    @property
    def _is_listed(self) -> bool:
        """Whether Grafana escapes it as a regular expression."""
        return self.model.is_listed or self.model.has_all

    def _chosen(self, values: tuple[str, ...], texts: tuple[str, ...] = ()) -> Value:
        """The values chosen when the dashboard was saved."""
        shown = texts or (self.model.texts if len(self.model.texts) == len(values) else values)
        in_url = values if self.model.in_url else ()
        return Value(values=values, texts=shown, is_listed=self._is_listed, in_url=in_url)

    def _never_chosen(self) -> tuple[Value | None, str]:
        """What Grafana would choose on opening the dashboard: all, or the first option."""
        if self.model.has_all:
            return self._all()
        pairs = self._options()
        if not pairs:
            return None, ""
        value, shown = pairs[0]
        return self._chosen((value,), (shown,)), f"${self.model.name} was never chosen; its first value stands for it"

    def _all(self) -> tuple[Value, str]:
        """Every option, or the pattern that stands for them."""
        in_url = (ALL,) if self.model.in_url else ()
        if self.model.all_value:
            value = self.model.all_value
            return Value((value,), is_listed=True, is_all=True, verbatim=value, in_url=in_url), ""
        pairs = self._options()
        values = tuple(value for value, _ in pairs)
        if 0 < len(values) <= _MOST_OPTIONS and sum(map(len, values)) <= _LONGEST_OPTIONS:
            return Value(values, is_listed=True, is_all=True, in_url=in_url), ""
        why = "are too many to name" if values else "could not be listed"
        note = f"the values of ${self.model.name} {why}; the pattern .* stands for All"
        return Value((".*",), is_listed=True, is_all=True, verbatim=".*", in_url=in_url), note

    def _options(self) -> tuple[tuple[str, str], ...]:
        """Values and texts it offers; none when they cannot be had."""
        if self.model.kind == "custom":
            return custom_options(fill_plain(self.model.query, self.known))
        if self.model.options:
            return tuple((value, value) for value in self.model.options)
        pattern = read_pattern(self.model.pattern) if self.model.pattern else None
        # One that could take for ever is not run.
        if self.model.kind != "query" or (self.model.pattern and pattern is None):
            return ()
        question = read_label_query(fill_query(self.model.query, self.known))
        source = self._source()
        if question is None or source is None or source.why_not_asked:
            return ()
        match, label = question
        found = self.around.look_up(LabelQuery(source, label, match))
        return narrowed(found or (), pattern)

    def _source(self) -> Datasource | None:
        """Where its query goes."""
        ref = self.model.datasource
        named = DatasourceRef(fill_plain(ref.uid, self.known), ref.type, fill_plain(ref.name, self.known))
        return self.around.datasources.find(named)

    def _written(self) -> Value:
        """A text that somebody wrote."""
        return self._chosen(self.model.values or (self.model.query,))

    def _interval(self) -> Value | None:
        """A fixed interval, or what "auto" comes to over this range."""
        offered = [value for value, _ in custom_options(self.model.query) if value != "auto"]
        chosen = next(iter(self.model.values or offered), "")
        if not chosen:
            return None
        if chosen != "auto" and not chosen.startswith("$__auto"):
            return self._chosen((chosen,), (chosen,))
        length = automatic(self.around.seconds, self.model.auto_count, self.model.auto_minimum)
        in_url = (chosen,) if self.model.in_url else ()
        return Value(values=(length,), texts=(length,), in_url=in_url)

    def _datasource(self) -> Value | None:
        """The data source chosen, else the first of its type."""
        chosen = tuple(value for value in self.model.values if value not in _ALL_WORDS)
        if chosen and chosen != ("default",):
            return self._chosen(chosen)
        first = self.around.datasources.first_of(self.model.query)
        if first is None:
            return None
        return Value(values=(first.uid,), texts=(first.name,), is_listed=self._is_listed, in_url=(first.uid,))
