"""The evidence file: any bytes are evidence that can be reckoned with, or one EvidenceUnreadable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from pm_autofill.errors import EvidenceUnreadable
from pm_autofill.evidence import dump, validity
from pm_autofill.evidence.continuity import carry_over
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.increments import curves
from tests.fuzz.drafts import EVIDENCE, sound
from tests.fuzz.mutators import JSON, chance_of, edit_members, learn
from tests.fuzz.strategies import SIZES, drive, fixtures, spoiled, told
from tests.unit.evidence.test_file import SAMPLES, evidence

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence

SMALL = dump(evidence(SAMPLES))


def read(raw: bytes) -> Evidence | None:
    """Evidence; None where it was refused as it has to be."""
    try:
        return parse(raw, name="the-file")
    except EvidenceUnreadable as error:
        told(error, "the-file ")
        told(error)
        return None


@pytest.mark.parametrize("examples", SIZES)
def test_any_bytes_are_evidence_or_refused(examples: int) -> None:
    """What is read holds nothing that could not be written, and is the same when it is written and read again."""

    def look(raw: bytes) -> None:
        found = read(raw)
        if found is not None:
            validity.check(found)
            assert parse(dump(found), name="again") == found

    drive(examples * 5, spoiled([SMALL, *fixtures("evidence")], *JSON), look)


@pytest.mark.parametrize("examples", SIZES)
def test_an_earlier_run_of_any_kind_is_taken_over_or_refused(examples: int) -> None:
    """Whatever lies in the folder, a run that collects anew takes of it what fits; and its counters can be read."""
    draft = sound()
    learn(draft.written[EVIDENCE])

    def look(seed: int) -> None:
        found = read(edit_members(chance_of(seed), draft.written[EVIDENCE]))
        if found is None:
            return
        dump(carry_over(draft.evidence, found))
        for slo in found.slos:
            starts = slo.process_starts.matrix if slo.process_starts else None
            for _, part in slo.parts:
                curves(part, starts, [slo.total] if slo.total else [])

    drive(examples, st.integers(0, 2**32), look)


@pytest.mark.parametrize("file", fixtures("evidence"), ids=lambda one: json.loads(one).get("version", "?"))
def test_what_was_found_once_is_refused(file: bytes) -> None:
    """Files that once took all memory, or ended in a traceback."""
    assert read(file) is None
