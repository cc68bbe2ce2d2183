"""SLOs read back out of generated rules, and which of them an incident's service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.evidence.slos import Events, Reading
from pm_autofill.slo.discovered import Discovered, Rule, read
from pm_autofill.slo.matching import Wanted, choose

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloDefinition

RATIO = '(sum(rate(t{{code="5"}}[{0}])))\n/\n(sum(rate(t[{0}])))'


def sloth(name: str = "availability", service: str = "shop", **more: str) -> tuple[Rule, ...]:
    """The rules of an SLO of Sloth; ``more`` replaces expressions by the rule's name, with _ for what Python lacks."""
    labels = {"sloth_id": f"{service}-{name}", "sloth_service": service, "sloth_slo": name}
    expressions = {
        "slo:sli_error:ratio_rate30m": RATIO.format("30m"),
        "slo:sli_error:ratio_rate5m": RATIO.format("5m"),
        "slo:sli_error:ratio_rate30d": "sum_over_time(slo:sli_error:ratio_rate5m[30d])",
        "slo:objective:ratio": "vector(0.9990000000000001)",
        "slo:time_period:days": "vector(28)",
    } | {key.replace("__", ":"): text for key, text in more.items()}
    return tuple(Rule(key, text, labels) for key, text in expressions.items() if text)


def pyrra(slo: str = "checkout-errors", objective: str = "0.995", **labels: str) -> tuple[Rule, ...]:
    """The rules of an SLO of Pyrra."""
    every = {"slo": slo, **labels}
    alert = f'x:burnrate5m{{slo="a"}} > (14 * (1-{objective})) and x:burnrate1h{{slo="a"}} > (14 * (1-{objective}))'
    return (
        Rule("x:increase5m", "sum(increase(t[5m]))", every),
        Rule("x:increase4w", "sum(sum_over_time(x:increase5m[4w:5m]))", every),
        Rule("x:burnrate1h", RATIO.format("1h"), every),
        Rule("x:burnrate5m", RATIO.format("5m"), every),
        Rule("ErrorBudgetBurn", alert, every),
        Rule("SLOMetricAbsent", "absent(t) == 1", every),
    )


def only(rules: tuple[Rule, ...]) -> SloDefinition:
    """The one SLO of some rules."""
    found, refused = read(rules)
    assert refused == ()
    (one,) = found
    return one.loaded.definition


def test_sloths_rules_hold_its_slo() -> None:
    """Objective without the noise of floating point, period, and the events of the shortest rule."""
    found = only(sloth())
    assert (found.name, found.service, str(found.objective), found.window) == (
        "shop-availability",
        "shop",
        "99.9",
        "28d",
    )
    assert found.events == Events(total="t", bad='t{code="5"}')
    assert found.origin == "Prometheus: Sloth's rules of shop-availability"
    assert found.discovered


def test_the_objective_sloth_tells_wins_over_the_computed_one() -> None:
    """``sloth_slo_info`` has it as it was written."""
    info = Rule("sloth_slo_info", "vector(1)", {"sloth_id": "shop-availability", "sloth_objective": "99.95"})
    assert str(only((*sloth(), info)).objective) == "99.95"


def test_recorded_series_without_rules_are_a_percentage() -> None:
    """Where the store does not show its rules, the recorded ratio is all there is."""
    rules = sloth(slo__sli_error__ratio_rate5m="", slo__sli_error__ratio_rate30m="", slo__sli_error__ratio_rate30d="")
    found = only(rules)
    assert (found.events, found.ratio) == (None, 'max(slo:sli_error:ratio_rate5m{sloth_id="shop-availability"})')


def test_pyrras_rules_hold_its_slo() -> None:
    """The window is the longest increase, the objective stands in the alerts."""
    found = only(pyrra(service="shop"))
    assert (found.name, found.service, str(found.objective), found.window) == ("checkout-errors", "shop", "99.5", "4w")
    assert found.events == Events(total="t", bad='t{code="5"}')


def test_pyrras_gauge_of_ones_and_zeros() -> None:
    """Its rules subtract a sum from a count."""
    expression = "(sum(count_over_time(up[5m])) - sum(sum_over_time(up[5m]))) / sum(count_over_time(up[5m]))"
    rules = tuple(rule for rule in pyrra() if ":burnrate" not in rule.name)
    burnrate = Rule("up:burnrate5m", expression, {"slo": "checkout-errors"})
    assert only((*rules, burnrate)).events == Events(
        total="up", good="up", total_reading=Reading.COUNT, part_reading=Reading.SUM
    )


def test_an_objective_that_pyrra_records() -> None:
    """Its generic rules tell it where there are no alerts."""
    rules = tuple(rule for rule in pyrra() if rule.name != "ErrorBudgetBurn")
    assert str(only((*rules, Rule("pyrra_objective", "0.9", {"slo": "checkout-errors"}))).objective) == "90"


@pytest.mark.parametrize(
    ("rules", "name", "field", "reason"),
    [
        (sloth(slo__objective__ratio=""), "Sloth's rules of shop-availability", "slo:objective:ratio",
         "is not recorded"),
        (sloth(slo__objective__ratio="x"), "Sloth's rules of shop-availability", "slo:objective:ratio",
         "is no plain number"),
        (sloth(slo__objective__ratio="vector(Inf)"), "Sloth's rules of shop-availability", "slo:objective:ratio",
         "inf is no ratio above 0 and up to 1"),
        (sloth(slo__time_period__days="vector(NaN)"), "Sloth's rules of shop-availability", "slo:time_period:days",
         "nan is no number of days"),
        (sloth(slo__time_period__days="vector(0)"), "Sloth's rules of shop-availability", "slo:time_period:days",
         "0 is no number of days"),
        (pyrra()[:4], "Pyrra's rules of checkout-errors", "alerts", "tell no objective"),
        ((*pyrra(), *pyrra(objective="0.9")), "Pyrra's rules of checkout-errors", "alerts", "tell several objectives"),
        (pyrra()[1:2], "Pyrra's rules of checkout-errors", "record",
         "the rules of its increase and burn rate are not both there"),
    ],
)  # fmt: skip
def test_rules_that_do_not_tell_enough(rules: tuple[Rule, ...], name: str, field: str, reason: str) -> None:
    """They are refused by name."""
    found, (refused,) = read(rules)
    assert found == ()
    assert (refused.file, refused.object, refused.field, refused.reason) == ("Prometheus", name, field, reason)


ODD = ("", "vector(Inf)", "vector(1e308)", "vector()", "-1", '"text"', "rate(x[", "x offset NaN", "x > (14 * (1-NaN))")


@pytest.mark.parametrize("expression", ODD)
@pytest.mark.parametrize("number", range(5))
def test_odd_rules_are_refused_or_read(expression: str, number: int) -> None:
    """Whatever stands in a rule of either tool, nothing else than an SLO or a refusal comes out."""
    for rules in (sloth(), pyrra()):
        changed = [
            Rule(one.name, expression if n == number else one.expression, one.labels) for n, one in enumerate(rules)
        ]
        found, refused = read(changed)
        assert len(found) + len(refused) == 1
    assert read([Rule(f"x:increase{'9' * 30}y", expression, {"slo": "a"})]) == ((), ())


def test_other_rules_are_passed_over() -> None:
    """A label called slo alone makes nothing an SLO of Pyrra."""
    assert read([Rule("up:sum", "sum(up)", {}), Rule("Burn", "x > 1", {"slo": "mine"})]) == ((), ())


FOUND: tuple[Discovered, ...] = read(
    (
        *sloth(),
        *sloth("latency"),
        *sloth(service="basket"),
        *pyrra("shop-errors", job="shop"),
        *pyrra("other", service="x"),
    )
)[0]


@pytest.mark.parametrize(
    ("wanted", "names", "how"),
    [
        (Wanted(service="s", configured=("SHOP",), names=("basket",)),
         ["shop-availability", "shop-latency", "shop-errors"], "the configured service"),
        (Wanted(service="s", configured=("none",), alerts=({"sloth_id": "basket-availability"},), names=("shop",)),
         ["basket-availability"], "the alert's label sloth_id"),
        (Wanted(service="s", alerts=({"sloth_id": "shop-latency"},)),
         ["shop-availability", "shop-latency"], "the alert's label sloth_id"),
        (Wanted(service="s", alerts=({"slo": "other", "service": "shop"},)), ["other"], "the alert's label slo"),
        (Wanted(service="s", alerts=({"service": "basket", "job": "shop"},)),
         ["basket-availability"], "the alert's label service"),
        (Wanted(service="s", alerts=({"job": "shop"},)),
         ["shop-availability", "shop-latency", "shop-errors"], "the alert's label job"),
        (Wanted(service="s", alerts=({"severity": "page"},), names=("Basket",)),
         ["basket-availability"], "the service's name"),
        (Wanted(service="s", names=("", "nobody")), [], ""),
    ],
)  # fmt: skip
def test_which_are_the_services(wanted: Wanted, names: list[str], how: str) -> None:
    """By configuration, else by the alerts' labels, else by name; and it is told."""
    chosen = choose(FOUND, wanted)
    assert [one.name for one in chosen] == names
    assert all(one.service == "s" and one.origin.endswith(f", chosen by {how}") for one in chosen)
