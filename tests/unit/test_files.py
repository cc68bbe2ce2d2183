"""Reading local files: only so far, and never one that would keep us waiting."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pm_autofill.errors import UnreadableFile
from pm_autofill.files import read_bytes, read_text


def why_not(path: Path, most: int = 100, *, plain: bool = False, from_pipe: bool = False) -> str:
    """Why a file is refused."""
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(path, most, plain=plain, from_pipe=from_pipe)
    return refused.value.reason


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """All of it, and none of it where it is a byte longer."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    assert read_bytes(file, 100) == b"x" * 100
    assert why_not(file, 99) == "it is longer than 99 bytes"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe nobody writes to, a device that never ends, a folder, and nothing at all."""
    os.mkfifo(tmp_path / "pipe")
    assert why_not(tmp_path / "pipe") == "it is no regular file"
    assert why_not(Path("/dev/zero")) == "it is no regular file"
    assert why_not(tmp_path) == "it is a folder"
    assert why_not(tmp_path / "missing") == "No such file or directory"
    assert why_not(tmp_path / ("x" * 5000)) == "File name too long"
    assert why_not(tmp_path / "a\0b") == "that is no file name"


def test_a_file_that_is_not_there_can_be_told(tmp_path: Path) -> None:
    """For those to whom that is no error."""
    (tmp_path / "file").write_bytes(b"")
    for path, missing in ((tmp_path / "missing", True), (tmp_path / "file" / "below", True), (tmp_path, False)):
        with pytest.raises(UnreadableFile) as refused:
            read_bytes(path, 100)
        assert refused.value.is_missing is missing


def test_a_link_leads_to_its_file(tmp_path: Path) -> None:
    """As secrets are mounted."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_bytes(tmp_path / "link", 100) == b"x"


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    """Also through a folder that is a link, which the user named."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("folder")
    assert read_bytes(tmp_path / "link" / "file", 100, plain=True) == b"mine"
    assert why_not(tmp_path / "link" / "file", 3, plain=True) == "it is longer than 3 bytes"


def test_links_pipes_and_folders_are_not_plain(tmp_path: Path) -> None:
    """Nobody waits for a pipe, and what a link leads to is not opened; the reason can stand in a message."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to("secret")
    (tmp_path / "nowhere").symlink_to("nothing")
    (tmp_path / "round").symlink_to("round")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    names = ("link", "nowhere", "round", "pipe", "folder", "nothing")
    assert {name: why_not(tmp_path / name, plain=True) for name in names} == {
        "link": "it is a symbolic link",
        "nowhere": "it is a symbolic link",
        "round": "it is a symbolic link",
        "pipe": "it is no regular file",
        "folder": "it is a folder",
        "nothing": "No such file or directory",
    }


def test_a_link_is_there_even_where_it_leads_nowhere(tmp_path: Path) -> None:
    """A draft's file that is a link is not taken for one that no run has written yet."""
    (tmp_path / "nowhere").symlink_to("nothing")
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(tmp_path / "nowhere", 100, plain=True)
    assert not refused.value.is_missing


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """A terabyte, of which nothing is on the disk."""
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    assert why_not(tmp_path / "sparse", 2**20) == "it is longer than 1048576 bytes"


def test_a_program_s_output_is_read_where_that_is_wanted() -> None:
    """As the shell's <(...) hands it over, however slowly it comes."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for _ in range(3):
                pipe.write(b"x" * 30)

    writer = threading.Thread(target=write)
    writer.start()
    assert read_bytes(Path(f"/dev/fd/{reading}"), 100, from_pipe=True) == b"x" * 90
    writer.join()
    os.close(reading)


def test_a_pipe_is_read_no_further_than_a_file() -> None:
    """A program that prints without an end is left."""
    reading, writing = os.pipe()
    os.write(writing, b"x" * 200)
    assert why_not(Path(f"/dev/fd/{reading}"), from_pipe=True) == "it is longer than 100 bytes"
    os.close(reading)
    os.close(writing)


def test_a_silent_pipe_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that somebody holds open and writes nothing to, and one that nobody ever opened."""
    monkeypatch.setattr("pm_autofill.files._PIPE_SECONDS", 0.05)
    reading, writing = os.pipe()
    os.mkfifo(tmp_path / "pipe")
    for path in (Path(f"/dev/fd/{reading}"), tmp_path / "pipe"):
        assert why_not(path, from_pipe=True) == "nothing came out of that pipe for 0 s"
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9\r\n", "café\n"),
        (b"a\rb\nc", "a\nb\nc"),
        (b"", ""),
    ],
)
def test_a_text_comes_without_byte_order_mark_and_with_plain_line_ends(tmp_path: Path, raw: bytes, text: str) -> None:
    """Whichever editor wrote it."""
    (tmp_path / "file").write_bytes(raw)
    assert read_text(tmp_path / "file", 100) == text


@pytest.mark.parametrize("raw", ["a\nb\nä".encode("latin-1"), b"a\nb\n\xff\xfe", b"a\nb\n\xed\xa0\x80"])
def test_a_text_in_another_encoding_is_refused_with_its_line(tmp_path: Path, raw: bytes) -> None:
    """Latin-1, UTF-16's mark, and half a character."""
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(UnreadableFile, match="line 3 is not UTF-8 text"):
        read_text(tmp_path / "file", 100)
