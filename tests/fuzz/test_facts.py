"""``facts.json`` as somebody left it: explained, listed among earlier drafts, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pm_autofill.cli.explain import command
from pm_autofill.errors import AutofillError
from pm_autofill.evidence.file import parse
from pm_autofill.publish.earlier import read_drafts
from tests.fuzz.benches import NAMES
from tests.fuzz.drafts import EVIDENCE, FACTS, sound
from tests.fuzz.evidence import with_parts
from tests.fuzz.mutators import JSON
from tests.fuzz.strategies import SIZES, drive, fixtures, spoiled

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("examples", SIZES)
def test_any_facts_are_explained_or_refused(tmp_path: Path, examples: int) -> None:
    """The command prints lines safe for a terminal, or ends in one error of ours."""
    draft = sound()
    (tmp_path / EVIDENCE).write_bytes(draft.written[EVIDENCE])
    file = tmp_path / FACTS

    def explain(raw: bytes) -> None:
        file.write_bytes(raw)
        for name in (*NAMES[:4], "checkout-availability/impact.start"):
            done = CliRunner().invoke(command, [str(tmp_path), name])
            if done.exception is not None and not isinstance(done.exception, AutofillError):
                raise done.exception
            assert all(line.isprintable() for line in done.output.split("\n"))

    drive(examples, spoiled([draft.written[FACTS], *fixtures("facts")], *JSON), explain)


@pytest.mark.parametrize("examples", SIZES)
def test_any_folder_is_an_earlier_draft_or_passed_over(tmp_path: Path, examples: int) -> None:
    """What is listed is short, of this age, and can be read from evidence again."""
    draft = sound()
    folder = tmp_path / "2026-11-18-QX"
    folder.mkdir()

    def look(raw: bytes) -> None:
        (folder / FACTS).write_bytes(raw)
        found = read_drafts(tmp_path, tmp_path / "own", LATER)
        assert len(found) <= 1
        assert all(1970 <= one.at.year <= 2200 for one in found)
        assert parse(with_parts(drafts=found), name="e").drafts == found

    drive(examples * 3, spoiled([draft.written[FACTS], *fixtures("facts")], *JSON), look)
