"""What people type: instants, durations, statements and addresses are understood, or refused in one sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from pm_autofill.analyse import stated
from pm_autofill.analyse.base_facts import NAMES
from pm_autofill.collect.pagerduty.reference import parse_reference
from pm_autofill.errors import AutofillError, UsageError
from pm_autofill.evidence.patterns import read_pattern
from pm_autofill.findings import Known
from pm_autofill.instants import format_duration, format_instant, parse_duration, parse_instant
from tests.fuzz.mutators import DURATIONS, INSTANTS
from tests.fuzz.strategies import ODD_TEXTS, SIZES, drive, told

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES = st.sampled_from(INSTANTS) | st.datetimes().map(str) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d.{0,9}")
_LENGTHS = st.sampled_from(DURATIONS) | st.from_regex(r"(\d{1,20}(ms|[smhdwy])){1,4}", fullmatch=True)
_NUMBERS = st.floats().map(str) | st.from_regex(r"-?[\d,_]{1,20}(\.\d+)? ?%?", fullmatch=True)
TYPED = ODD_TEXTS | _TIMES | _LENGTHS | _NUMBERS


@pytest.mark.parametrize("examples", SIZES)
def test_any_instant_comes_back_or_is_refused(examples: int) -> None:
    """What is understood is of this age, and is understood the same when it is written."""

    def read(text: str) -> None:
        try:
            found = parse_instant(text)
        except UsageError as error:
            told(error)
            return
        assert 1970 <= found.year <= 2200
        written = found.replace(microsecond=found.microsecond // 1000 * 1000)
        assert parse_instant(format_instant(found)) == written

    drive(examples * 10, TYPED, read)


@pytest.mark.parametrize("examples", SIZES)
def test_any_duration_comes_back_or_is_refused(examples: int) -> None:
    """What is understood is no less than nothing, and is understood the same when it is written."""

    def read(text: str) -> None:
        try:
            found = parse_duration(text)
        except UsageError as error:
            told(error)
            return
        assert found >= timedelta()
        digits = found / 10**12  # lengths are summed in floating point
        assert abs(parse_duration(format_duration(found)) - found) <= timedelta(milliseconds=1) + digits

    drive(examples * 10, TYPED, read)


@pytest.mark.parametrize("examples", SIZES)
def test_any_statement_is_a_fact_or_is_refused(examples: int) -> None:
    """A value typed for any base fact, and an assignment to anything."""

    def state(given: tuple[str, str]) -> None:
        name, text = given
        try:
            kept = stated.merge({}, (f"{name}={text}",))
        except UsageError as error:
            told(error)
            return
        assert all(isinstance(stated.read(one, value), Known) for one, value in kept.items())

    drive(examples * 10, st.tuples(st.sampled_from(NAMES) | ODD_TEXTS, TYPED), state)


@pytest.mark.parametrize("reader", [parse_reference, read_pattern], ids=["incident", "pattern"])
@pytest.mark.parametrize("examples", SIZES)
def test_any_text_is_read_or_refused(reader: Callable[[str], object], examples: int) -> None:
    """An incident's id, number or address; a pattern of somebody's dashboard."""

    def read(text: str) -> None:
        try:
            reader(text)
        except AutofillError as error:
            told(error)

    drive(examples * 10, TYPED | st.from_regex(r"[(|*+?\[\]{},a-z\\/^$]{1,40}", fullmatch=True), read)
