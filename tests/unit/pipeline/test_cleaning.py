"""The last look before files are written, and evidence that was written before secrets were masked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from pm_autofill.errors import EvidenceUnreadable
from pm_autofill.evidence import Gap, dump, load
from pm_autofill.pipeline.cleaning import clean, guard
from pm_autofill.publish.directory import DraftFiles
from pm_autofill.redaction.secrets import Secrets
from tests.window import EVIDENCE

PROGRAM = Path(sys.executable).with_name("pm-autofill")
TOKEN = "canary-u7Qp2Zx9"
FILES = DraftFiles(
    document=f"# Café {TOKEN}".encode(),
    facts=f'{{"a": "{TOKEN}"}}'.encode(),
    evidence=b"{}",
    graphs={"01-x.png": b"\x89PNG", "01-x.csv": f"time,{TOKEN}\n".encode(), "02-y.csv": b"time,y\n"},
)
GAP = Gap(source="Grafana", what="panels", reason="call 07700 900123 for CUST-123456", hint="pwd=hunter2")


def test_a_secret_that_came_so_far_is_masked_and_told() -> None:
    """In every file that holds one; pictures have none."""
    files, alarm = guard(FILES, Secrets.of([TOKEN]))
    assert files.document == "# Café [secret]".encode()
    assert files.facts == b'{"a": "[secret]"}'
    assert files.graphs == {"01-x.png": b"\x89PNG", "01-x.csv": b"time,[secret]\n", "02-y.csv": b"time,y\n"}
    assert alarm == (
        "a secret of this run was masked in the document, facts.json, 01-x.csv as it was written: please report this"
    )


@pytest.mark.parametrize("known", [None, Secrets(), Secrets.of(["another-secret-1"])])
def test_where_none_is_found_nothing_is_changed(known: Secrets | None) -> None:
    """Nor said."""
    files, alarm = guard(FILES, known)
    assert files is FILES
    assert alarm == ""


def test_the_evidence_itself_is_looked_through_as_well() -> None:
    """Where it holds one to the letter."""
    files, alarm = guard(DraftFiles(b"", b"", f'"{TOKEN}"'.encode(), {}), Secrets.of([TOKEN]))
    assert files.evidence == b'"[secret]"'
    assert "evidence.json" in alarm


def test_a_teams_patterns_are_those_of_its_configuration() -> None:
    """They stand in the evidence, so that a rebuild masks alike."""
    configuration = {"redaction": {"more": ["CUST-######"], "keep": ["07700 900123"]}}
    (gap,) = clean(replace(EVIDENCE, gaps=(GAP,), configuration=configuration)).gaps
    assert (gap.reason, gap.hint) == ("call 07700 900123 for [secret]", "pwd=[secret]")


def test_a_pattern_that_is_none_is_said() -> None:
    """By its key."""
    with pytest.raises(EvidenceUnreadable, match=r"redaction\.more\[0\] would fit nearly everything"):
        clean(replace(EVIDENCE, configuration={"redaction": {"more": ["*"]}}))


def test_evidence_from_before_is_masked_by_a_rebuild(tmp_path: Path) -> None:
    """In all that is written and said of it; the second rebuild changes nothing."""
    (tmp_path / "evidence.json").write_bytes(dump(replace(EVIDENCE, gaps=(GAP,))))
    runs = [
        subprocess.run(
            [PROGRAM, "--from-evidence", str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
        )
        for _ in range(2)
    ]
    assert [one.returncode for one in runs] == [3, 3]
    assert "not available: Grafana: panels: call [phone] for CUST-123456. " in runs[0].stderr
    assert " pwd=[secret]\n" in runs[0].stderr
    written = [path.read_text() for path in tmp_path.iterdir() if path.is_file()]
    assert not any("hunter2" in text or "900123" in text for text in written)
    assert load(tmp_path).masked == {"phone": 1, "secret": 1}
