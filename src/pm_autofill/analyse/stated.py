"""Facts a human stated (``--set NAME=VALUE``): they win over everything found, and are marked as theirs."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.analyse.base_facts import NAMES
from pm_autofill.errors import UsageError
from pm_autofill.evidence import Source, digest
from pm_autofill.findings import UNITS, Basis, Fact, Known, Unit
from pm_autofill.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.evidence import Evidence

SOURCE = "human.stated"

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)(?:\.\d+)?")
_MOST = 1e15  # more than any service serves; what is larger is no count but a slip of the hand
_DETECTION_METHODS = ("Alert", "Customer report", "Manual observation")


def merge(earlier: Mapping[str, str], assignments: tuple[str, ...]) -> dict[str, str]:
    """What is stated after this run's ``--set`` options.

    Args:
        earlier: What earlier runs kept.
        assignments: ``NAME=VALUE`` each; ``NAME=`` takes a statement back.

    Returns:
        Name to value as typed.

    Raises:
        UsageError: A name is no base fact, or a value is not of its unit.
    """
    stated = dict(earlier)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name:
            message = f"--set {assignment!r} is not NAME=VALUE"
            raise UsageError(message, "For example: --set impact.start=2026-11-18T13:42:17Z.")
        if name not in NAMES:
            nearest = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"Did you mean {nearest[0]}?" if nearest else f"One of: {', '.join(NAMES)}."
            why = "is derived from others and follows them" if name in UNITS else "is no fact"
            message = f"--set {name}: it {why}"
            raise UsageError(message, hint)
        if value:
            read(name, value)
            stated[name] = value
        else:
            stated.pop(name, None)
    return stated


def apply(evidence: Evidence, statements: Mapping[str, str]) -> Evidence:
    """The evidence with what a human stated, and the source those facts name.

    Args:
        evidence: The evidence.
        statements: Name to value as typed.
    """
    sources = {id_: source for id_, source in evidence.sources.items() if id_ != SOURCE}
    if statements:
        text = ", ".join(f"{name}={value}" for name, value in sorted(statements.items()))
        sources[SOURCE] = Source(
            system="Human",
            query=text,
            url="",
            retrieved_at=evidence.collected_at,
            sha256=digest(text.encode()),
        )
    return replace(evidence, stated=dict(statements), sources=sources)


def read(name: str, text: str) -> Known:
    """A stated value as a fact.

    Args:
        name: One of ``NAMES``.
        text: As typed: an RFC 3339 instant, a count, a ratio (``0.12`` or ``12%``), or a text.

    Returns:
        The fact, with basis "stated".

    Raises:
        UsageError: The text is not of the fact's unit.
    """
    unit = UNITS[name]
    value: datetime | float | str
    if unit is Unit.INSTANT:
        value = _instant(name, text)
    elif unit is Unit.TEXT:
        value = _text(name, text)
    else:
        value = _number(name, text, unit)
    formula = "stated" if unit in (Unit.EVENTS, Unit.RATIO) else ""
    return Known(
        value=value, unit=unit, basis=Basis.STATED, method="stated by a human", sources=(SOURCE,), formula=formula
    )


def prefer(name: str, found: Fact, stated: Mapping[str, str]) -> Fact:
    """The stated fact where there is one, else the one found."""
    return read(name, stated[name]) if name in stated else found


def instant(name: str, stated: Mapping[str, str]) -> datetime | None:
    """The stated instant of this name, if any."""
    return read(name, stated[name]).instant if name in stated else None


def _instant(name: str, text: str) -> datetime:
    try:
        instant = parse_instant(text)
    except UsageError as error:
        message = f"--set {name}: {error.message}"
        raise UsageError(message, error.hint) from None
    if ":" not in text:
        message = f"--set {name}: {text!r} has no time of day"
        raise UsageError(message, "Write it as 2026-11-18T13:42:17Z.")
    return instant


def _number(name: str, text: str, unit: Unit) -> float:
    written, percent = text.removesuffix("%").rstrip(), text.endswith("%")
    if not _NUMBER.fullmatch(written) or (percent and unit is not Unit.RATIO):
        kind = "a ratio such as 0.12 or 12%" if unit is Unit.RATIO else "a count such as 17014"
        message = f"--set {name}: {text!r} is not {kind}"
        raise UsageError(message, "Counts and ratios are plain numbers.")
    number = float(re.sub(r"[,_]", "", written))
    if percent:
        number /= 100
    _refuse_impossible(name, text, number, unit)
    return number


def _refuse_impossible(name: str, text: str, number: float, unit: Unit) -> None:
    """Refuse a count or share that cannot be; what is left of a budget may be less than nothing."""
    if unit is Unit.RATIO and number > 1:
        message, hint = f"--set {name}: {text!r} is more than all of it", "Write 0.12 or 12% for twelve in a hundred."
    elif number < 0 and not name.startswith("error_budget.remaining_"):
        message, hint = f"--set {name}: {text!r} is less than nothing", "Write a number of 0 or more."
    elif number > _MOST:
        message, hint = f"--set {name}: {text!r} is more than can be counted", "Check the number of digits."
    else:
        return
    raise UsageError(message, hint)


def _text(name: str, text: str) -> str:
    if name == "detection.method":
        known = next((one for one in _DETECTION_METHODS if one.casefold() == text.casefold()), None)
        if known is None:
            message = f"--set {name}: {text!r} is not one of the template's answers"
            raise UsageError(message, f"Use one of: {', '.join(_DETECTION_METHODS)}.")
        return known
    return text
