"""What no evidence can hold: values that no collector writes, and that would take their reader's time or memory.

Whoever reads evidence may rely on this: instants are aware and of this age, numbers are finite, lengths and steps are
such that what is computed from them stays small. What is checked here needs no guard anywhere else.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.errors import UsageError
from pm_autofill.evidence import alerts, panel_looks, panels, record, replay, slos
from pm_autofill.evidence.series import Matrix, usable
from pm_autofill.instants import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)
# As the readers of SLO definitions bound windows.
_LONGEST = timedelta(days=3660)
# Far beyond any number a source tells, and squares of it still are numbers.
_LARGEST = 1e100
_LARGEST_WHOLE = 2**63
_MOST_CHARACTERS = 2**20
_MOST_ENTRIES = 50_000
_MOST_SLOS = 500
# Collection reads at most two million raw samples of an SLO, and a hundred panels.
_MOST_SAMPLES = 20_000_000
_MOST_STEPS = 1_000_000
_SHORTEST_STEP = 1e-3
_MOST_DECIMALS = 20
_MOST_SHADES = 1024
_WIDEST = 1000.0
_PNG = b"\x89PNG\r\n\x1a\n"


def check(evidence: record.Evidence) -> None:
    """Refuse evidence that no collector wrote.

    Raises:
        ValueError: It holds what it cannot hold; the message says what, and where.
    """
    waiting: list[tuple[str, object]] = [("", evidence)]
    samples = 0
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Matrix):
            samples += value.sample_count
            _check_samples(path, value)
        problem = _problem(value)
        if problem or samples > _MOST_SAMPLES:
            _refuse(path, problem or "holds more samples than can be read")
        waiting += _inside(path, value)


def _refuse(path: str, problem: str) -> None:
    message = f"{path.lstrip('.') or 'it'} {problem}"
    raise ValueError(message)


def _inside(path: str, value: object) -> Iterator[tuple[str, object]]:
    """What a value holds, each with its place."""
    if isinstance(value, msgspec.Struct):
        yield from ((f"{path}.{name}", getattr(value, name)) for name in value.__struct_fields__)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield f"{path}.{key!s:.60}", key
            yield f"{path}.{key!s:.60}", one
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{index}]", one) for index, one in enumerate(value))


def _problem(value: object) -> str:
    """What is wrong with a value by itself; empty when nothing is."""
    if isinstance(value, datetime):
        return "" if value.tzinfo is not None and _FIRST <= value < _LAST else "is no instant of this age"
    if isinstance(value, float):
        return "" if abs(value) <= _LARGEST else "is too large a number"
    if isinstance(value, int):
        return "" if abs(value) < _LARGEST_WHOLE else "is too large a number"
    if isinstance(value, str | bytes):
        return "" if len(value) <= _MOST_CHARACTERS * (1 if isinstance(value, str) else 16) else "is too long a text"
    if isinstance(value, dict | list | tuple):
        return "" if len(value) <= _MOST_ENTRIES else "holds too many entries"
    rule = _RULES.get(type(value))
    return rule(value) if rule else ""


def _check_samples(path: str, matrix: Matrix) -> None:
    for number, one in enumerate(matrix.series):
        if not usable(one.times).all():
            _refuse(f"{path}.series[{number}]", "holds a sample of another age")


# ------------------------------------------------------- values of one kind


def _stretch(start: datetime, end: datetime, *steps: float) -> str:
    """What is wrong with a stretch of time, looked at every so often."""
    if start.tzinfo is None or end.tzinfo is None or not timedelta() <= end - start <= _LONGEST:
        return "ends before it begins, or is longer than ten years"
    if any(not _SHORTEST_STEP <= step <= _LONGEST.total_seconds() for step in steps):
        return "has a step that is none"
    if any((end - start).total_seconds() / step > _MOST_STEPS for step in steps):
        return "has more steps than can be looked at"
    return ""


def _counter_read(value: slos.CounterRead) -> str:
    problem = _stretch(value.start, value.end)
    if problem or 0 <= value.spread <= (value.end - value.start).total_seconds():
        return problem
    return "has scrapes further apart than what was asked for is long"


def _definition(value: slos.SloDefinition) -> str:
    if not value.objective.is_finite() or not 0 < value.objective <= 100:  # noqa: PLR2004 - percent
        return "has an objective that is no percentage"
    if value.slice_objective is not None and not _is_percent(value.slice_objective):
        return "has an objective of its slices that is no percentage"
    if value.slice_length is not None and not _SHORTEST_STEP <= value.slice_length <= _LONGEST.total_seconds():
        return "has slices of no usual length"
    return _window(value)


def _is_percent(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= 100  # noqa: PLR2004 - percent


def _window(value: slos.SloDefinition) -> str:
    from zoneinfo import ZoneInfo  # rarely needed

    if value.calendar:
        _, from_, weekday = value.window.partition(" from ")
        known = value.window == value.calendar or (value.calendar == "week" and from_ and weekday in slos.WEEKDAYS)
        try:
            ZoneInfo(value.time_zone)
        except (OSError, ValueError, LookupError):
            known = False
        return "" if known else "has a calendar that is none"
    try:
        length = parse_duration(value.window)
    except UsageError:
        return "has a window that is no duration"
    return "" if timedelta() < length <= _LONGEST else "has a window of no usual length"


def _boundary(value: slos.Boundary) -> str:
    above = math.inf if value.above is None else value.above
    return "" if value.below <= value.threshold <= above and value.below < above else "is no bucket"


def _rule(value: alerts.AlertRule) -> str:
    lengths = (value.hold, value.interval)
    return "" if all(0 <= one <= _LONGEST.total_seconds() for one in lengths) else "has a length that is none"


def _run(value: replay.RuleRun) -> str:
    return _stretch(value.start, value.joint, value.coarse) or _stretch(value.joint, value.end, value.fine)


def _panel(value: panels.Panel) -> str:
    is_picture = not value.rendered or value.rendered.startswith(_PNG)
    return "" if is_picture else "holds as a picture what is none"


def _override(value: panel_looks.Override) -> str:
    known = set(value.changed) <= set(panel_looks.FieldLook.__struct_fields__)
    return "" if known else "changes what no field has"


def _look(value: panel_looks.FieldLook) -> str:
    sizes = (value.line_width, value.point_size)
    if not (0 <= value.fill_ratio <= 1 and all(0 <= one <= _WIDEST for one in sizes)):
        return "has a width that cannot be drawn"
    if value.decimals is not None and not 0 <= value.decimals <= _MOST_DECIMALS:
        return "has decimals that cannot be written"
    if value.logarithmic is not None and not 1 < value.logarithmic <= _MOST_SHADES:
        return "has a scale that is none"
    return ""


def _options(value: panel_looks.Options) -> str:
    whole = 2 <= value.heat_steps <= _MOST_SHADES and 0 < value.heat_exponent <= _WIDEST  # noqa: PLR2004 - shades
    return "" if whole else "has colours that cannot be drawn"


def _evidence(value: record.Evidence) -> str:
    return "" if len(value.slos) <= _MOST_SLOS else "holds more SLOs than can be read"


_RULES: dict[type, Callable[..., str]] = {
    record.Evidence: _evidence,
    slos.SloDefinition: _definition,
    slos.Boundary: _boundary,
    slos.CounterRead: _counter_read,
    slos.BudgetTotals: lambda value: _stretch(value.start, value.end),
    alerts.AlertSeries: lambda value: _stretch(value.first, value.last),
    alerts.ChangeSeries: lambda value: _stretch(_FIRST, _FIRST, value.step),
    replay.Steps: lambda value: _stretch(value.start, value.end, value.step),
    alerts.AlertRule: _rule,
    replay.RuleRun: _run,
    panel_looks.Override: _override,
    replay.Stretch: lambda value: _stretch(value.first, value.last),
    panels.Panel: _panel,
    panel_looks.FieldLook: _look,
    panel_looks.Options: _options,
}
