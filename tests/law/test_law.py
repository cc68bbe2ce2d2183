"""The law of partial input, on recorded incidents: a few cases of every kind of question, and all of them when asked.

``python -m tests.law --live`` tries the same and lists what is wrong on one line each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.law.faults import FAULTS
from tests.law.matrix import FIELD_MISSING, FIELDS, cases, selection
from tests.law.recorded import incidents

if TYPE_CHECKING:
    from tests.law.conftest import Benches
    from tests.law.matrix import Case, Outcome


def _check(*outcomes: Outcome) -> None:
    """Nothing is wrong with these drafts; else each thing on a line of its own."""
    wrong = [line for outcome in outcomes for line in _wrong(outcome)]
    assert wrong == [], "\n".join(wrong)


def _wrong(outcome: Outcome) -> list[str]:
    """What is wrong with a draft, on one line each."""
    return [f"{outcome.case.question} [{outcome.case.fault}] {one.rule}: {one.what}" for one in outcome.violations]


@pytest.mark.parametrize("case", selection(), ids=str)
def test_no_draft_says_more_than_was_read(case: Case, benches: Benches) -> None:
    """With one answer spoiled every known fact still holds, and what was not read is named and not talked about."""
    _check(benches.try_out(case))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", [*FAULTS, FIELD_MISSING])
@pytest.mark.parametrize("incident", incidents())
def test_no_draft_says_more_than_was_read_whatever_is_spoiled(incident: str, fault: str, live_benches: Benches) -> None:
    """The same for every question of an incident, and an engine that answers whatever is asked beside."""
    wanted = cases([incident], [], fields=FIELDS) if fault == FIELD_MISSING else cases([incident], [fault])
    assert wanted
    _check(*(live_benches.try_out(case) for case in wanted))


@pytest.mark.long
@pytest.mark.parametrize("case", selection(), ids=str)
def test_no_picture_says_more_than_was_read(case: Case, drawn_benches: Benches) -> None:
    """The same with pictures drawn, for what stands below them."""
    _check(drawn_benches.try_out(case))
