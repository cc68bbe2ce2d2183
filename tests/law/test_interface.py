"""Drafts of spoiled answers keep the public interface: facts, document and folder are of their usual form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.law.faults import FAULTS
from tests.law.matrix import selection

if TYPE_CHECKING:
    from tests.law.conftest import Benches
    from tests.law.matrix import Case

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "check_folder.py"
# Every third of those the law is tried on in the reduced run, where there is a draft.
SAMPLE = [case for case in selection()[::3] if "incident" not in case.question and case.fault in FAULTS]


@pytest.mark.long
@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_the_folder_keeps_the_public_interface(case: Case, drawn_benches: Benches, tmp_path: Path) -> None:
    """The folder passes the checker of the public interface, pictures included."""
    if not CHECKER.is_file():
        pytest.skip("the checker of the public interface is not here: ../shared/tools/check_folder.py")
    bench, _ = drawn_benches.of(case.incident)
    (question,) = [one for one in bench.incident.questions if one.id == case.question]
    spoil = FAULTS[case.fault].spoil(question)
    assert spoil is not None
    draft = bench.draft({question.id: spoil}, folder=tmp_path)
    assert draft.facts is not None, draft.error
    (folder,) = [path.parent for path in tmp_path.glob("*/postmortem.md")]
    command = [sys.executable, str(CHECKER), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all 10 kinds hold\n")
