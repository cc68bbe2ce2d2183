"""Nobody's text is written over: what is in the way is named, and left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.errors import AutofillError, DocumentNotOurs
from pm_autofill.publish.directory import check_writable, is_given_away, read_earlier, write
from tests.unit.publish.drafts import NEW, OLD, content, files_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds the old draft."""
    write(tmp_path / "draft", OLD)
    return tmp_path / "draft"


def refuse(folder: Path, message: str, error: type[AutofillError] = DocumentNotOurs) -> None:
    """Both the check and the writing refuse, in the same words, and change nothing."""
    before = content(folder) if folder.is_dir() else {}
    for attempt in (lambda: check_writable(folder), lambda: write(folder, NEW)):
        with pytest.raises(AutofillError, match=message) as caught:
            attempt()
        assert type(caught.value) is error
        assert caught.value.hint
    assert (content(folder) if folder.is_dir() else {}) == before


def test_a_missing_folder_and_our_own_draft_may_be_written(tmp_path: Path, folder: Path) -> None:
    """A first run, and a second one over what the first wrote."""
    check_writable(tmp_path / "none")
    check_writable(folder)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("text", [b"", b"# By hand\n", b"\xff\xfe"])
def test_a_foreign_document_is_refused(tmp_path: Path, text: bytes) -> None:
    """A file of the same name without any slot of ours, even an empty one."""
    (tmp_path / "postmortem.md").write_bytes(text)
    refuse(tmp_path, r"postmortem\.md holds nothing that pm-autofill wrote")


def test_a_document_whose_markers_are_gone_stays(folder: Path) -> None:
    """Our facts beside it tell that we wrote it: all of it is a human's now, and what is around it is refreshed."""
    document = folder / "postmortem.md"
    assert not is_given_away(folder)
    document.write_bytes(b"# What is left\n")
    assert is_given_away(folder)
    write(folder, NEW)
    assert document.read_bytes() == b"# What is left\n"
    assert (folder / "facts.json").read_bytes() == NEW.facts
    document.write_bytes(b"")
    write(folder, NEW)
    assert document.read_bytes() == NEW.document


@pytest.mark.parametrize("name", ["facts.json", "evidence.json"])
def test_foreign_data_is_refused(folder: Path, name: str) -> None:
    """A JSON file of another schema is somebody else's."""
    (folder / name).write_text('{"schema": "other/1"}')
    refuse(folder, rf"{name} holds nothing that pm-autofill wrote")


def test_a_linked_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    """A symbolic link in place of the draft's folder could lead anywhere."""
    link = tmp_path / "link"
    link.symlink_to(folder)
    refuse(link, "link exists and is no folder of its own", AutofillError)
    assert content(folder) == files_of(OLD)


def test_linked_graphs_are_refused(tmp_path: Path) -> None:
    """So is one in place of the folder of graphs."""
    (tmp_path / "pictures").mkdir()
    draft = tmp_path / "draft"
    draft.mkdir()
    (draft / "graphs").symlink_to(tmp_path / "pictures")
    refuse(draft, "graphs exists and is no folder of its own", AutofillError)
    assert list((tmp_path / "pictures").iterdir()) == []


@pytest.mark.parametrize("name", ["postmortem.md", "facts.json", "evidence.json"])
def test_a_linked_file_is_refused(tmp_path: Path, folder: Path, name: str) -> None:
    """A symbolic link in place of a file is refused even where it leads to a file of ours, or nowhere."""
    (folder / name).rename(tmp_path / "target")
    (folder / name).symlink_to(tmp_path / "target")
    refuse(folder, rf"{name} is no file of its own")
    (tmp_path / "target").unlink()
    refuse(folder, rf"{name} is no file of its own")
    assert not (tmp_path / "target").exists()


def test_a_folder_in_place_of_the_document_is_refused(tmp_path: Path) -> None:
    """It cannot be replaced by a file."""
    (tmp_path / "postmortem.md").mkdir()
    refuse(tmp_path, r"postmortem\.md is no file of its own")


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    """In place of the draft's folder, and of its graphs."""
    (tmp_path / "file").write_text("mine")
    refuse(tmp_path / "file", "file exists and is no folder of its own", AutofillError)
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "graphs").write_text("mine")
    refuse(tmp_path, "graphs exists and is no folder of its own", AutofillError)


def test_an_impossible_place_is_refused_in_words(tmp_path: Path) -> None:
    """A name longer than any file system takes gives a message, not a traceback."""
    for attempt in (check_writable, lambda place: write(place, NEW)):
        with pytest.raises(AutofillError, match=r"cannot look at .*: File name too long"):
            attempt(tmp_path / ("a" * 300))


def test_earlier_evidence_is_read_as_it_lies_there(tmp_path: Path, folder: Path) -> None:
    """The bytes where there are some; nothing where the folder is missing or no folder."""
    assert read_earlier(folder) == b'{\n"schema": "pm-autofill.evidence/1", "old": true}\n'
    assert read_earlier(tmp_path / "none") is None
    assert read_earlier(folder / "facts.json") is None


def test_unreadable_earlier_evidence_is_said(tmp_path: Path) -> None:
    """A folder in its place is no evidence to go on with."""
    (tmp_path / "evidence.json").mkdir()
    with pytest.raises(AutofillError, match=r"cannot read .*evidence\.json: it is a folder"):
        read_earlier(tmp_path)
