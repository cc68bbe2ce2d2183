"""SLOs that nobody configured, from the rules that Sloth and Pyrra generate and Prometheus has loaded.

The shortest rule of an SLO's error ratio holds the queries it was generated from; the parser takes them apart again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import promql_parser as parser

from pm_autofill.evidence.slos import FOUND, SliKind, SloDefinition
from pm_autofill.instants import parse_duration
from pm_autofill.promql import quote
from pm_autofill.slo.indicators import of_ratio
from pm_autofill.slo.nodes import Node, shortest
from pm_autofill.slo.outcome import Loaded, Refusal, Refused
from pm_autofill.slo.queries import read_query
from pm_autofill.slo.specification import Indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_SLOTH_RATIO = "slo:sli_error:ratio_rate"
_LENGTH = r"(?:\d{1,5}(?:ms|[smhdwy])){1,4}"
_PYRRA_RULE = re.compile(rf".+:(burnrate|increase|count|sum)({_LENGTH})")
# Rules that recompute an objective in floating point are wrong in the sixteenth digit.
_DIGITS = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording or alerting rule.

    Attributes:
        name: What it records, or the alert's name.
        expression: Its PromQL; empty where only its series was seen.
        labels: Labels it adds.
    """

    name: str
    expression: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Discovered:
    """An SLO found in Prometheus.

    Attributes:
        loaded: The SLO; it belongs to the service its rules name.
        labels: The labels of its rules.
    """

    loaded: Loaded
    labels: Mapping[str, str]


def read(rules: Iterable[Rule]) -> tuple[tuple[Discovered, ...], tuple[Refused, ...]]:
    """The SLOs that rules were generated from.

    Args:
        rules: All rules there are; those of others are passed over.

    Returns:
        The SLOs by name, and those that cannot be used.
    """
    found: list[Discovered] = []
    refused: list[Refused] = []
    for tool, groups, reader in _grouped(rules):
        for name, group in sorted(groups.items()):
            what = f"{tool}'s rules of {name}"
            try:
                found.append(reader(name, group, what))
            except Refusal as refusal:
                refused.append(Refused(file=FOUND, object=what, field=refusal.field, reason=refusal.reason))
    return tuple(found), tuple(refused)


def _grouped(
    rules: Iterable[Rule],
) -> tuple[tuple[str, dict[str, list[Rule]], Callable[[str, Sequence[Rule], str], Discovered]], ...]:
    """The rules of each tool by SLO, with their reader."""
    sloth: dict[str, list[Rule]] = {}
    pyrra: dict[str, list[Rule]] = {}
    for rule in rules:
        if id_ := rule.labels.get("sloth_id"):
            sloth.setdefault(id_, []).append(rule)
        elif name := rule.labels.get("slo"):
            pyrra.setdefault(name, []).append(rule)
    recorded = {name: group for name, group in pyrra.items() if any(_PYRRA_RULE.fullmatch(rule.name) for rule in group)}
    return ("Sloth", sloth, _of_sloth), ("Pyrra", recorded, _of_pyrra)


def _of_sloth(name: str, rules: Sequence[Rule], what: str) -> Discovered:
    labels = rules[0].labels
    owner = labels.get("sloth_service", name)
    told = next((rule.labels["sloth_objective"] for rule in rules if "sloth_objective" in rule.labels), None)
    objective = Node(told, "sloth_objective").percent if told else _ratio_of(rules, "slo:objective:ratio")
    days = _number_of(rules, "slo:time_period:days")
    if not 0 < days < 10_000 or days != int(days):  # noqa: PLR2004 - more than any budget window
        raise Refusal("slo:time_period:days", f"{days:g} is no number of days")
    ratios = [rule for rule in rules if rule.name.startswith(_SLOTH_RATIO) and rule.expression]
    indicator = _shortest_ratio(ratios) if ratios else _recorded_ratio(name)
    return _discovered(name, owner, objective, f"{int(days)}d", indicator, what, labels)


def _recorded_ratio(name: str) -> Indicator:
    """The ratio as Sloth recorded it, where the rule itself cannot be seen."""
    ratio = f"max({_SLOTH_RATIO}5m{{sloth_id={quote(name)}}})"
    why = f"percentage only: only the recorded {_SLOTH_RATIO}5m can be seen, not its rule"
    return Indicator(None, ratio, SliKind.AVAILABILITY, why)


def _of_pyrra(name: str, rules: Sequence[Rule], what: str) -> Discovered:
    windows, ratios = [], []
    for rule in rules:
        matched = _PYRRA_RULE.fullmatch(rule.name)
        if matched and matched[1] == "burnrate":
            ratios.append(rule)
        elif matched:
            windows.append(matched[2])
    if not windows or not ratios:
        raise Refusal("record", "the rules of its increase and burn rate are not both there")
    labels = ratios[0].labels
    owner = labels.get("service", name)
    window = max(windows, key=parse_duration)
    return _discovered(name, owner, _pyrra_objective(rules), window, _shortest_ratio(ratios), what, labels)


def _pyrra_objective(rules: Sequence[Rule]) -> Decimal:
    """The objective in percent: recorded, or as the alerts compare with it: ``... > (14 * (1 - 0.99))``."""
    if any(rule.name == "pyrra_objective" for rule in rules):
        return _ratio_of(rules, "pyrra_objective")
    found: set[float] = set()

    def look(one: parser.Expr) -> None:
        if (
            isinstance(one, parser.BinaryExpr)
            and str(one.op) == "-"
            and isinstance(one.lhs, parser.NumberLiteral)
            and isinstance(one.rhs, parser.NumberLiteral)
            and one.lhs.val == 1
        ):
            found.add(one.rhs.val)

    for rule in rules:
        if ":burnrate" in rule.expression and not _PYRRA_RULE.fullmatch(rule.name):
            parser.walk(read_query(rule.expression, rule.name).expression, look)
    if len(found) != 1:
        raise Refusal("alerts", "tell no objective" if not found else "tell several objectives")
    return _as_percent(found.pop(), "alerts")


def _shortest_ratio(rules: Sequence[Rule]) -> Indicator:
    """What the rule with the shortest window counts."""
    shortest_rule = min(rules, key=lambda rule: parse_duration(_window_of(rule)))
    return of_ratio(read_query(shortest_rule.expression, shortest_rule.name), failure=True)


def _window_of(rule: Rule) -> str:
    """The window in a rule's name, such as ``5m``."""
    found = re.search(rf"{_LENGTH}$", rule.name)
    return found[0] if found else "1000y"


def _ratio_of(rules: Sequence[Rule], name: str) -> Decimal:
    """An objective recorded as a ratio, in percent."""
    return _as_percent(_number_of(rules, name), name)


def _as_percent(ratio: float, field: str) -> Decimal:
    if not 0 < ratio <= 1:
        raise Refusal(field, f"{ratio:g} is no ratio above 0 and up to 1")
    return Node(shortest(Decimal(repr(ratio)).quantize(_DIGITS)), field).ratio


def _number_of(rules: Sequence[Rule], name: str) -> float:
    """The number a rule records: ``vector(30)``, or a plain number."""
    for rule in rules:
        if rule.name == name:
            inner = read_query(rule.expression, name).expression
            while isinstance(inner, parser.Call | parser.ParenExpr):
                inner = inner.args[0] if isinstance(inner, parser.Call) else inner.expr
            if isinstance(inner, parser.NumberLiteral):
                return inner.val
            raise Refusal(name, "is no plain number")
    raise Refusal(name, "is not recorded")


def _discovered(
    name: str,
    owner: str,
    objective: Decimal,
    window: str,
    indicator: Indicator,
    what: str,
    labels: Mapping[str, str],
) -> Discovered:
    definition = SloDefinition(
        name=name,
        service=owner,
        objective=objective,
        window=window,
        events=indicator.events,
        ratio=indicator.ratio,
        kind=indicator.kind,
        origin=f"{FOUND}: {what}",
    )
    loaded = Loaded(definition=definition, file=FOUND, object=what, owner=owner, why=indicator.why)
    return Discovered(loaded, labels)
