"""Each variable stands for its configured value, the one it was saved with, or what its data source says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.grafana.datasources import Datasource, Datasources
from pm_autofill.collect.grafana.interpolation import Value
from pm_autofill.collect.grafana.model import DatasourceRef, VariableModel
from pm_autofill.collect.grafana.variables import (
    LabelQuery,
    Resolution,
    Surroundings,
    custom_options,
    read_label_query,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROMETHEUS = Datasource(uid="P1", type="prometheus", name="Prom EU")
SOURCES = Datasources((Datasource(uid="L1", type="loki", name="Loki"), PROMETHEUS), default="Prom EU")


@dataclass
class Labels:
    """A data source that knows the values of some labels, and remembers what it was asked.

    Attributes:
        known: Values by label.
        asked: Every question.
    """

    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: list[LabelQuery] = field(default_factory=list)

    def __call__(self, query: LabelQuery) -> Sequence[str] | None:
        """The values of a label; None for one that is not known."""
        self.asked.append(query)
        return self.known.get(query.label)


def resolved(
    *models: VariableModel,
    labels: Labels | None = None,
    overrides: Mapping[str, str | tuple[str, ...]] | None = None,
    seconds: float = 7200.0,
) -> Resolution:
    """What variables stand for over a range of two hours."""
    return resolve(models, Surroundings(seconds, SOURCES, labels or Labels(), overrides or {}))


def query_variable(name: str = "svc", query: str = "label_values(up, service)", **more: object) -> VariableModel:
    """A variable whose options are label values of the default data source."""
    return VariableModel(name=name, kind="query", query=query, **more)  # type: ignore[arg-type]


def test_the_saved_value_counts() -> None:
    """Nobody is asked for what was chosen when the dashboard was saved."""
    labels = Labels({"service": ["a"]})
    found = resolved(query_variable(values=("cart",), texts=("Cart",)), labels=labels)
    assert found.values["svc"] == Value(("cart",), texts=("Cart",), in_url=("cart",))
    assert labels.asked == []


def test_the_configuration_overrides_the_saved_value() -> None:
    """A text for one value, a list for several; escaping follows the variable's kind."""
    models = [query_variable(values=("cart",)), query_variable("pod", values=("p",), is_listed=True)]
    found = resolved(*models, overrides={"svc": "pay", "pod": ("p1", "p2")})
    assert found.values["svc"] == Value(("pay",), texts=("pay",), in_url=("pay",))
    assert found.values["pod"] == Value(("p1", "p2"), texts=("p1", "p2"), is_listed=True, in_url=("p1", "p2"))


def test_a_configured_name_the_dashboard_does_not_have_is_told() -> None:
    """It is used all the same: a query may refer to it."""
    found = resolved(overrides={"clusster": "eu1"})
    assert found.not_there == ("clusster",)
    assert found.values["clusster"].values == ("eu1",)


def test_all_is_every_value_its_data_source_knows() -> None:
    """Earlier variables are filled into the question; the link says All."""
    labels = Labels({"service": ["cart", "pay"]})
    models = [
        VariableModel(name="env", kind="custom", query="prod,staging", values=("prod",)),
        query_variable(
            query='label_values(up{env="$env"}, service)',
            values=("$__all",),
            has_all=True,
            is_listed=True,
            datasource=DatasourceRef(uid="P1"),
        ),
    ]
    found = resolved(*models, labels=labels)
    assert found.values["svc"] == Value(("cart", "pay"), is_listed=True, is_all=True, in_url=("$__all",))
    assert labels.asked == [LabelQuery(PROMETHEUS, "service", 'up{env="prod"}')]
    assert found.notes == {}


def test_all_by_configuration() -> None:
    """``variables: {svc: All}`` means all, where the variable offers it."""
    found = resolved(query_variable(values=("x",), has_all=True, options=("a", "b")), overrides={"svc": "All"})
    assert found.values["svc"].is_all
    assert found.values["svc"].values == ("a", "b")


def test_all_with_its_own_value_is_taken_verbatim() -> None:
    """Unescaped, as Grafana does."""
    found = resolved(query_variable(values=("$__all",), has_all=True, all_value="cart|pay"))
    assert found.values["svc"].verbatim == "cart|pay"


@pytest.mark.parametrize(
    "model",
    [
        query_variable(values=("$__all",), has_all=True),
        query_variable(values=("$__all",), has_all=True, query="query_result(up)"),
        query_variable(values=("$__all",), has_all=True, pattern="(.*)*x"),
        query_variable(values=("$__all",), has_all=True, datasource=DatasourceRef(uid="-- Mixed --")),
    ],
    ids=["no answer", "another function", "a pattern that could take for ever", "no data source"],
)
def test_all_that_cannot_be_listed_is_a_pattern_and_says_so(model: VariableModel) -> None:
    """The pattern matches everything; the panels that use it tell."""
    found = resolved(model)
    assert found.values["svc"].verbatim == ".*"
    assert found.notes == {"svc": "the values of $svc could not be listed; the pattern .* stands for All"}


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("/^c/", ("cart",)),
        ("c.*", ("cart",)),
        ("/(pa).*/", ("pa",)),
        (r"/(?<text>\w)(?<value>\w+)/", ("art", "ay", "ayout")),
        ("/^x/", (".*",)),
    ],
)
def test_a_pattern_narrows_the_values(pattern: str, values: tuple[str, ...]) -> None:
    """What its first group holds, or the groups named for it, stands for the whole; each once."""
    labels = Labels({"service": ["cart", "pay", "payout"]})
    found = resolved(query_variable(values=("$__all",), has_all=True, pattern=pattern), labels=labels)
    assert found.values["svc"].values == values


def test_all_of_too_many_is_a_pattern() -> None:
    """A thousand alternatives would make the query unreadable and slow."""
    labels = Labels({"service": [f"s{number}" for number in range(501)]})
    found = resolved(query_variable(values=("$__all",), has_all=True), labels=labels)
    assert found.notes["svc"] == "the values of $svc are too many to name; the pattern .* stands for All"


def test_a_variable_never_chosen_gets_its_first_value() -> None:
    """That is what Grafana would open the dashboard with; the panels say so."""
    found = resolved(query_variable(), labels=Labels({"service": ["cart", "pay"]}))
    assert found.values["svc"].values == ("cart",)
    assert found.notes == {"svc": "$svc was never chosen; its first value stands for it"}


def test_a_variable_without_any_value_is_unknown() -> None:
    """It is not silently dropped from queries."""
    found = resolved(query_variable())
    assert (found.unknown, dict(found.values)) == (("svc",), {})


def test_constants_and_texts_stand_for_what_was_written() -> None:
    """Often only ``query`` holds it; links leave constants out."""
    found = resolved(
        VariableModel(name="budget", kind="constant", query="0.001", in_url=False),
        VariableModel(name="filter", kind="textbox", query="default", values=("typed",)),
        VariableModel(name="empty", kind="textbox"),
    )
    assert found.values["budget"] == Value(("0.001",), texts=("0.001",))
    assert found.values["filter"].values == ("typed",)
    assert found.values["empty"].values == ("",)


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(3600.0, "2m"), (7200.0, "5m"), (60.0, "10s"), (0.0, "10s"), (2592000.0, "1d")]
)
def test_an_automatic_interval_divides_the_range(seconds: float, wanted: str) -> None:
    """Into thirty round steps of at least ten seconds; the link keeps saying auto."""
    model = VariableModel(name="agg", kind="interval", query="1m,5m", values=("$__auto_interval_agg",))
    value = resolved(model, seconds=seconds).values["agg"]
    assert (value.values, value.in_url) == ((wanted,), ("$__auto_interval_agg",))


def test_an_interval_never_chosen_is_the_first_offered() -> None:
    """A fixed one is taken as it is."""
    found = resolved(
        VariableModel(name="a", kind="interval", query="auto,1m,5m"),
        VariableModel(name="b", kind="interval", values=("5m",)),
        VariableModel(name="c", kind="interval"),
    )
    assert [found.values[name].values for name in ("a", "b")] == [("1m",), ("5m",)]
    assert found.unknown == ("c",)


def test_a_data_source_variable_is_a_uid() -> None:
    """The saved one, else the default or the first of its type."""
    found = resolved(
        VariableModel(name="ds", kind="datasource", query="prometheus", values=("P9",), texts=("Prom US",)),
        VariableModel(name="other", kind="datasource", query="prometheus", values=("default",)),
        VariableModel(name="logs", kind="datasource", query="loki"),
        VariableModel(name="traces", kind="datasource", query="tempo"),
    )
    assert [found.values[name].values for name in ("ds", "other", "logs")] == [("P9",), ("P1",), ("L1",)]
    assert found.unknown == ("traces",)


def test_ad_hoc_filters_are_told() -> None:
    """Grafana adds them to every query; they are no values."""
    found = resolved(VariableModel(name="f", kind="adhoc", values=("job=api",)))
    assert (found.filters, dict(found.values), found.unknown) == (("job=api",), {}, ())


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("label_values(up, job)", ("up", "job")),
        ("label_values(job)", ("", "job")),
        ('label_values(up{a="x",b=~"y,z"},job)', ('up{a="x",b=~"y,z"}', "job")),
        (" label_values( up , job ) ", ("up", "job")),
        ("label_values(up, job.name)", None),
        ("label_values(up, ../../admin)", None),
        ("label_values(up, )", None),
        ("query_result(up)", None),
        ("", None),
    ],
)
def test_label_queries_are_read(query: str, wanted: tuple[str, str] | None) -> None:
    """Selector and label; anything else is not asked."""
    assert read_label_query(query) == wanted


def test_custom_lists_may_label_their_values() -> None:
    """Text and value with a colon between blanks; a comma after a backslash belongs to the value."""
    assert custom_options("prod, Staging : stg ,a\\,b,http://x,") == (
        ("prod", "prod"),
        ("stg", "Staging"),
        ("a,b", "a,b"),
        ("http://x", "http://x"),
    )
