"""How a draft is written: graphs first and the document last, each file whole, nothing of others touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pm_autofill.errors import AutofillError
from pm_autofill.publish.directory import DraftFiles, write
from tests.unit.publish.drafts import NEW, OLD, content, document, files_of


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that files get, in order."""
    names: list[str] = []
    replace = Path.replace

    def tell(self: Path, target: Path) -> Path:
        names.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", tell)
    return names


def test_the_document_comes_last(tmp_path: Path, renamed: list[str]) -> None:
    """Whoever sees the document sees all it speaks of."""
    assert write(tmp_path / "a" / "draft", OLD) == tmp_path / "a" / "draft" / "postmortem.md"
    assert renamed == [
        "01-ratio.csv",
        "01-ratio.png",
        "02-gone.png",
        "evidence.json",
        "facts.json",
        "postmortem.md",
    ]
    assert content(tmp_path / "a" / "draft") == files_of(OLD)


def test_files_can_be_read_by_others(tmp_path: Path) -> None:
    """A draft is for the team, not for the account that made it."""
    write(tmp_path, OLD)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o644}


def test_unchanged_files_are_left_alone(tmp_path: Path, renamed: list[str]) -> None:
    """A second run over the same observations changes no modification time."""
    write(tmp_path, OLD)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    renamed.clear()
    write(tmp_path, OLD)
    assert renamed == []
    assert {path.stat().st_mtime for path in tmp_path.rglob("*")} == {1_000_000_000}


def test_only_what_changed_is_written(tmp_path: Path, renamed: list[str]) -> None:
    """New facts alone leave graphs, evidence and document as they were."""
    write(tmp_path, OLD)
    renamed.clear()
    write(tmp_path, DraftFiles(OLD.document, NEW.facts, OLD.evidence, OLD.graphs))
    assert renamed == ["facts.json"]


def test_stale_graphs_go_and_foreign_files_stay(tmp_path: Path) -> None:
    """A graph the earlier document showed is removed with it; files it did not name are somebody's."""
    write(tmp_path, OLD)
    mine = {
        "graphs/04-mine.png": b"mine",
        "graphs/notes.txt": b"notes",
        "graphs/01-ratio.svg": b"svg",
        "minutes.md": b"minutes",
    }
    for name, data in mine.items():
        (tmp_path / name).write_bytes(data)
    write(tmp_path, NEW)
    assert content(tmp_path) == {**files_of(NEW), **mine}


def test_graphs_outside_their_folder_are_not_reached(tmp_path: Path) -> None:
    """A document of ours that shows a path upward removes nothing there."""
    write(tmp_path, DraftFiles(document("x", "![x](graphs/../01-x.png)"), OLD.facts, OLD.evidence, {}))
    (tmp_path / "01-x.png").write_bytes(b"mine")
    write(tmp_path, NEW)
    assert (tmp_path / "01-x.png").read_bytes() == b"mine"


def test_a_human_s_text_is_kept_and_ours_refreshed(tmp_path: Path) -> None:
    """In the document as it lies there when it is written; a first one is written as composed."""
    path = write(tmp_path, OLD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"![gone]", b"Mine. ![gone]") + b"\xffnotes\n")
    write(tmp_path, NEW)
    title, _, graphs = path.read_bytes().partition(b"\n\n")
    assert title.startswith(b"\xef\xbb\xbf# New <!-- pm:title 3-")
    assert graphs.startswith(b"![ratio](graphs/01-ratio.png) Mine. ![gone](graphs/02-gone.png) [data](graphs/01-ratio")
    assert graphs.endswith(b" -->\n\xffnotes\n")


def test_a_graph_that_a_human_still_shows_stays(tmp_path: Path) -> None:
    """What the merged document speaks of is there."""
    path = write(tmp_path, OLD)
    path.write_bytes(path.read_bytes().replace(b"![gone]", b"Mine. ![gone]"))
    write(tmp_path, NEW)
    assert (tmp_path / "graphs" / "02-gone.png").read_bytes() == b"gone picture"
    assert (tmp_path / "graphs" / "03-more.png").read_bytes() == b"more picture"


def test_a_link_in_place_of_a_graph_is_replaced_not_followed(tmp_path: Path) -> None:
    """What it leads to keeps its content, even where that equals the graph."""
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"new picture")
    draft = tmp_path / "draft"
    (draft / "graphs").mkdir(parents=True)
    (draft / "graphs" / "01-ratio.png").symlink_to(outside)
    write(draft, NEW)
    assert not (draft / "graphs" / "01-ratio.png").is_symlink()
    assert outside.read_bytes() == b"new picture"
    assert content(draft) == files_of(NEW)


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """Temporary files of an earlier run go, in both folders."""
    write(tmp_path, OLD)
    (tmp_path / ".pm-autofill-abc").write_bytes(b"torn")
    (tmp_path / "graphs" / ".pm-autofill-def").write_bytes(b"torn")
    write(tmp_path, NEW)
    assert content(tmp_path) == files_of(NEW)


def test_an_operating_system_error_becomes_a_message(tmp_path: Path) -> None:
    """A file in the way of the output folder: what, where and what next, instead of a traceback."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(AutofillError, match=r"cannot write .*file.*: (Not a directory|File exists)") as caught:
        write(tmp_path / "file" / "draft", NEW)
    assert caught.value.hint == "Check the folder's rights and the free space, or choose another --output."
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("failing", ["01-ratio.png", "evidence.json", "postmortem.md"])
def test_a_write_that_fails_leaves_whole_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """A full disk at any file: each file is the old or the new one, and nothing temporary stays."""
    write(tmp_path, OLD)
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if Path(target).name == failing:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(AutofillError, match=rf"cannot write .*{failing}: No space left on device"):
        write(tmp_path, NEW)
    found, old, new = content(tmp_path), files_of(OLD), files_of(NEW)
    assert found[failing if failing in found else f"graphs/{failing}"] in old.values()
    assert found["postmortem.md"] == old["postmortem.md"]
    assert all(data in {old.get(name), new.get(name)} for name, data in found.items())
    assert set(found) <= set(old) | set(new)


def test_an_interrupt_leaves_nothing_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a file is being put in place cleans up and is passed on."""

    def interrupt(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, NEW)
    assert content(tmp_path) == {}
