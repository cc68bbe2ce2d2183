"""A facts document as it is read again: whether it is one that was written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from pm_autofill.errors import UsageError
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, UNITS, Unit
from pm_autofill.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class _Known(msgspec.Struct, frozen=True, tag_field="status", tag="known"):
    value: float | str
    basis: str
    method: str
    sources: tuple[str, ...]
    low: float | str | None = None
    high: float | str | None = None
    formula: str = ""


class _Unknown(msgspec.Struct, frozen=True, tag_field="status", tag="unknown"):
    reason: str
    ask: str


_Facts: TypeAlias = dict[str, _Known | _Unknown]


class _Slo(msgspec.Struct, frozen=True):
    name: str
    facts: _Facts


class _Source(msgspec.Struct, frozen=True):
    system: str
    query: str
    start: str | None
    end: str | None
    step: float | None
    url: str
    retrieved_at: str
    sha256: str


class _Document(msgspec.Struct, frozen=True):
    headline_slo: str | None
    facts: _Facts
    slos: tuple[_Slo, ...]
    sources: dict[str, _Source]


def is_as_written(document: Mapping[str, object]) -> bool:
    """Whether a facts document has all parts that are looked at, and every fact with a value of its unit."""
    try:
        found = msgspec.convert(document, _Document)
    except (msgspec.ValidationError, RecursionError):
        return False
    whole = _has_all(found.facts, FACT_NAMES) and all(_has_all(one.facts, SLO_FACT_NAMES) for one in found.slos)
    every = (found.facts, *(one.facts for one in found.slos))
    return whole and all(_fits(name, fact) for facts in every for name, fact in facts.items())


def _has_all(facts: _Facts, names: Iterable[str]) -> bool:
    return all(name in facts for name in names)


def _fits(name: str, fact: _Known | _Unknown) -> bool:
    """Whether the values of a fact are of its unit."""
    if isinstance(fact, _Unknown) or name not in UNITS:
        return True
    return all(_is_value(UNITS[name], one) for one in (fact.value, fact.low, fact.high) if one is not None)


def _is_value(unit: Unit, value: float | str) -> bool:
    if unit is Unit.TEXT:
        return isinstance(value, str)
    if unit is not Unit.INSTANT:
        return isinstance(value, float | int) and math.isfinite(value)
    try:
        parse_instant(str(value))
    except UsageError:
        return False
    return True
