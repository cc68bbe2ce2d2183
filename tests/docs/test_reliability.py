"""The page on reliability names tests that exist, and its table is the one the law gives."""

from __future__ import annotations

import re
from pathlib import Path

from tests.law.faults import FAULTS
from tests.law.matrix import FIELD_MISSING, FIELDS, cases
from tests.law.recorded import incidents

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")


def test_every_test_it_names_exists() -> None:
    """Each test is defined in the file named before it."""
    named = re.findall(r"`(tests/[\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", PAGE)
    assert len(named) >= 10
    missing = [
        (file, test)
        for file, tests in named
        for test in re.findall(r"test_\w+", tests)
        if f"\ndef {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert len(re.findall(r"`test_\w+`", PAGE)) == sum(len(re.findall("test_", tests)) for _, tests in named)


def test_every_promise_is_there() -> None:
    """R1 to R10."""
    assert re.findall(r"^\| (R\d+) \|", PAGE, re.MULTILINE) == [f"R{number}" for number in range(1, 11)]


def test_its_table_is_of_all_cases_and_shows_no_exception() -> None:
    """As many cases of each incident and fault as there are, and the law holds in each."""
    rows = re.findall(r"^\| ([\w ]+) \| ([\w ]+) \| (\d+) \| \d+ \|((?: \d+ \|){5})$", PAGE, re.MULTILINE)
    shown = {(incident, fault): (int(number), set(wrong.split())) for incident, fault, number, wrong in rows}
    expected = {
        (name, fault): (len(wanted), {"|", "0"})
        for name in incidents()
        for fault in (*FAULTS, FIELD_MISSING)
        if (wanted := cases([name], [], FIELDS) if fault == FIELD_MISSING else cases([name], [fault]))
    }
    assert shown == expected
