"""What a dry run prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.publish.difference import compare
from tests.unit.publish.drafts import NEW, OLD

if TYPE_CHECKING:
    from pathlib import Path


def test_no_change_is_no_difference(tmp_path: Path) -> None:
    """The same document gives nothing to print."""
    (tmp_path / "postmortem.md").write_bytes(b"# A\n")
    assert compare(tmp_path, b"# A\n") == ""


def test_a_changed_line_is_shown_with_both_sides(tmp_path: Path) -> None:
    """A unified diff from the document to the same path."""
    path = tmp_path / "postmortem.md"
    path.write_bytes(b"# A\nold\nend\n")
    assert compare(tmp_path, b"# A\nnew\nend\n") == (
        f"--- {path}\n+++ {path}\n@@ -1,3 +1,3 @@\n # A\n-old\n+new\n end\n"
    )


def test_a_first_document_is_all_new(tmp_path: Path) -> None:
    """Without a folder the left side is /dev/null, and nothing is made."""
    folder = tmp_path / "none"
    assert compare(folder, b"# A\nb\n") == f"--- /dev/null\n+++ {folder}/postmortem.md\n@@ -0,0 +1,2 @@\n+# A\n+b\n"
    assert not folder.exists()


def test_a_document_that_is_no_text_can_be_compared(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are shown as replacement characters."""
    (tmp_path / "postmortem.md").write_bytes(b"\xff\n")
    assert compare(tmp_path, b"# A\n").endswith("-\N{REPLACEMENT CHARACTER}\n+# A\n")


def test_only_what_a_run_would_change_is_shown(tmp_path: Path) -> None:
    """Not what a human wrote: that would stay."""
    path = tmp_path / "postmortem.md"
    path.write_bytes(OLD.document + b"\nMine.\n")
    assert compare(tmp_path, OLD.document) == ""
    shown = compare(tmp_path, NEW.document).splitlines()
    assert [line[:6] for line in shown if line[0] in "+-" and line[:3] not in {"+++", "---"}] == [
        "-# Old",
        "+# New",
        "-![rat",
        "+![rat",
    ]
