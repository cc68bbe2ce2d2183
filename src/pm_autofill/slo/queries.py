"""Queries of SLO definitions, taken apart by a PromQL parser: what they count, and as which selectors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import promql_parser as parser

from pm_autofill.evidence.slos import Reading
from pm_autofill.promql import plain_strings, without_strings
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.selectors import merge_selectors, write_selector

if TYPE_CHECKING:
    from promql_parser import Expr

WINDOW = "5m"
"""What a window placeholder becomes: the shortest window that the tools themselves evaluate."""

# The parser is recursive, and its stack is the thread's: what would not fit is refused before.
_MOST_CODE = 4_000
_MOST_TEXT = 100_000
# What it makes of a query is copied once a level: some hundred operators take a fifth of a second, a thousand 20.
_MOST_OPERATORS = 150
_OPERATOR = re.compile(r"[-+*/%^(<>]|[=!]=|\b(?:and|or|unless)\b", re.IGNORECASE)
_MATCHERS = re.compile(r"\{[^{}]*\}")
_WINDOW_MARKS = re.compile(r"\{\{-?\s*\.window\s*-?\}\}|\$\{?__(?:rate_interval|interval|range)\}?(?!_)\b|\$\{__\w+\}")
# The parser breaks on lengths of time beyond what it can hold, instead of refusing them.
_LENGTH = r"(?:(?:\d{1,10}(?:ms|s)|\d{1,8}[mh]|\d{1,6}d|\d{1,5}w|\d{1,4}y)+|\d{1,10}(?:\.\d{0,9})?)"
_BRACKETS = re.compile(r"\[([^\]]*)")
_RANGE = re.compile(rf"\s*{_LENGTH}\s*(?::\s*{_LENGTH}?\s*)?")
_ODD_TIME = re.compile(
    rf"\boffset\b(?!\s*-?\s*{_LENGTH}(?![\w.]))(?!\s*[=!,){{])|@(?!\s*(?:start|end)\s*\()(?!\s*-?{_LENGTH}(?![\w.]))",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"\$\{[A-Za-z_]\w*\}")
_READINGS = {
    "rate": Reading.COUNTER,
    "irate": Reading.COUNTER,
    "increase": Reading.COUNTER,
    "sum_over_time": Reading.SUM,
    "count_over_time": Reading.COUNT,
}
# What is surely a counter: a gauge may well end in _count alone.
_COUNTER_ENDINGS = ("_total", "_bucket", "_seconds_count", "_bytes_count")
_PER_SECOND = frozenset({"rate", "irate"})


@dataclass(frozen=True, slots=True)
class Counted:
    """What a query counts.

    Attributes:
        selector: The series, as a plain selector.
        reading: What their samples hold.
        per_second: Whether the query gives events per second rather than events.
    """

    selector: str
    reading: Reading
    per_second: bool = False


@dataclass(frozen=True, slots=True)
class Fraction:
    """A ratio of two counts.

    Attributes:
        part: What stands above the line.
        whole: What stands below it.
        complement: Whether the ratio is one less this fraction.
    """

    part: Counted
    whole: Counted
    complement: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a definition, filled in and parsed.

    Attributes:
        text: Its PromQL with all placeholders filled in.
        field: Where it stands, for messages.
        expression: What the parser made of it.
        running: Whether a selector without a range function is meant as a counter that grows.
    """

    text: str
    field: str
    expression: Expr
    running: bool = False

    @property
    def counted(self) -> Counted | None:
        """What it counts; None where that cannot be told."""
        return _counted(self.expression, running=self.running)

    @property
    def fraction(self) -> Fraction | None:
        """The ratio of counts it is; None where it is something else."""
        return _fraction(self.expression)

    def less(self, whole: Counted) -> Counted | None:
        """What is subtracted in a query of the form ``whole - this``; None where it has another."""
        return _subtrahend(self.expression, whole, running=self.running)

    @property
    def rated(self) -> str:
        """The query per second: counters without a range function get one.

        Raises:
            Refusal: A counter in it cannot get one.
        """
        return _rated(self.expression, self.field) if self.running else self.text

    @property
    def single(self) -> bool:
        """Whether it gives one value without labels, so that a default can stand in for a missing one."""
        inner = _inside(self.expression)
        return isinstance(inner, parser.AggregateExpr) and inner.modifier is None


def read_query(text: str, field: str, *, running: bool | None = None) -> Query:
    """Fill in a query's placeholders and parse it.

    Args:
        text: As written.
        field: Where it stands, for messages.
        running: Whether a selector without a range function is meant as a counter that grows; None where nobody
            tells, and the metrics' names decide.

    Raises:
        Refusal: It is no PromQL, or holds something that nobody filled in.
    """
    filled = plain_strings(_WINDOW_MARKS.sub(WINDOW, text).strip())
    if variable := _VARIABLE.search(filled):
        raise Refusal(field, f"holds {variable[0]}, which is not filled in")
    code = without_strings(filled)
    operators = _OPERATOR.findall(_MATCHERS.sub("", code))
    if len(code) > _MOST_CODE or len(filled) > _MOST_TEXT or len(operators) > _MOST_OPERATORS:
        raise Refusal(field, "is longer than a query of an SLO can be")
    if any(not _RANGE.fullmatch(one) for one in _BRACKETS.findall(code)) or _ODD_TIME.search(code):
        raise Refusal(field, "holds a range, offset or time that is none")
    try:
        expression = parser.parse(filled)
    except ValueError as error:
        raise Refusal(field, f"is not PromQL: {error}") from None
    return Query(filled, field, expression, _named_as_counters(expression) if running is None else running)


def read_selector(text: str, field: str) -> Query:
    """A query that must be a plain selector of a counter.

    Args:
        text: As written.
        field: Where it stands, for messages.

    Raises:
        Refusal: It is something else.
    """
    query = read_query(text, field, running=True)
    if not isinstance(query.expression, parser.VectorSelector):
        raise Refusal(field, "is no selector of a metric")
    return query


def _named_as_counters(expression: Expr) -> bool:
    """Whether all metrics of an expression bear the names of counters."""
    names: list[str] = []
    parser.walk(
        expression, lambda one: names.append(one.name or "") if isinstance(one, parser.VectorSelector) else None
    )
    return bool(names) and all(name.endswith(_COUNTER_ENDINGS) for name in names)


def _inside(expression: Expr) -> Expr:
    """An expression without its parentheses and without a default for when it has no value."""
    while True:
        if isinstance(expression, parser.ParenExpr) or (
            isinstance(expression, parser.BinaryExpr) and str(expression.op) == "or" and _is_number(expression.rhs, 0)
        ):
            expression = expression.expr if isinstance(expression, parser.ParenExpr) else expression.lhs
        else:
            return expression


def _is_number(expression: Expr, number: float) -> bool:
    """Whether an expression is this number, as a scalar or as a vector."""
    if isinstance(expression, parser.ParenExpr):
        return _is_number(expression.expr, number)
    if isinstance(expression, parser.Call) and expression.func.name == "vector":
        return _is_number(expression.args[0], number)
    return isinstance(expression, parser.NumberLiteral) and expression.val == number


def _counted(expression: Expr, *, running: bool) -> Counted | None:
    """What an expression counts: a sum of events of one selector."""
    inner = _inside(expression)
    if isinstance(inner, parser.AggregateExpr) and str(inner.op) == "sum":
        return _counted(inner.expr, running=running)
    if isinstance(inner, parser.BinaryExpr) and str(inner.op) == "+":
        return _union(_counted(inner.lhs, running=running), _counted(inner.rhs, running=running))
    if isinstance(inner, parser.VectorSelector) and running:
        selector = write_selector(inner)
        return Counted(selector, Reading.COUNTER) if selector else None
    if isinstance(inner, parser.Call) and inner.func.name in _READINGS:
        name = inner.func.name
        selector = write_selector(inner.args[0].vector_selector) if _is_range(inner.args[0]) else None
        return Counted(selector, _READINGS[name], name in _PER_SECOND) if selector else None
    return None


def _is_range(expression: Expr) -> bool:
    return isinstance(expression, parser.MatrixSelector)


def _fraction(expression: Expr) -> Fraction | None:
    """A ratio of two counts: ``a / b``, ``(b - a) / b``, or one less such a ratio."""
    inner = _inside(expression)
    if not isinstance(inner, parser.BinaryExpr):
        return None
    if str(inner.op) == "-" and _is_number(inner.lhs, 1):
        found = _fraction(inner.rhs)
        return Fraction(found.part, found.whole, not found.complement) if found else None
    whole = _counted(inner.rhs, running=False) if str(inner.op) == "/" else None
    if whole is None:
        return None
    rest = _subtrahend(inner.lhs, whole, running=False)
    part = rest or _counted(inner.lhs, running=False)
    if part is None or part.per_second != whole.per_second:
        return None
    return Fraction(part, whole, rest is not None)


def _subtrahend(expression: Expr, whole: Counted, *, running: bool) -> Counted | None:
    inner = _inside(expression)
    if not isinstance(inner, parser.BinaryExpr) or str(inner.op) != "-":
        return None
    if _counted(inner.lhs, running=running) != whole:
        return None
    part = _counted(inner.rhs, running=running)
    return part if part is not None and part.per_second == whole.per_second else None


def _rated(expression: Expr, field: str) -> str:
    """An expression with every counter in it turned into its rate; as it is where it has ranges of its own."""
    nodes: list[Expr] = []
    parser.walk(expression, nodes.append)
    if any(isinstance(one, parser.MatrixSelector | parser.SubqueryExpr) for one in nodes):
        return expression.prettify()
    if any(write_selector(one) is None for one in nodes if isinstance(one, parser.VectorSelector)):
        raise Refusal(field, "is shifted in time, or has alternatives")

    def rate(one: Expr) -> Expr | None:
        return (
            parser.parse(f"rate({write_selector(one)}[{WINDOW}])") if isinstance(one, parser.VectorSelector) else None
        )

    return parser.transform(expression, post_visit=rate).prettify()


def _union(one: Counted | None, other: Counted | None) -> Counted | None:
    """Two counts as one selector: where they differ in the value of one label only, so that no series is in both."""
    if one is None or other is None or (one.reading, one.per_second) != (other.reading, other.per_second):
        return None
    selector = merge_selectors(one.selector, other.selector)
    return Counted(selector, one.reading, one.per_second) if selector else None
