"""Files of a draft's folder are read only where they are files of their own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pm_autofill.evidence.plain_files import read_plain

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    """Also through a folder that is a link, which the user named."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("folder")

    assert read_plain(tmp_path / "link" / "file") == b"mine"


def test_links_pipes_and_folders_are_not(tmp_path: Path) -> None:
    """Nobody waits for a pipe, and what a link leads to is not opened; the reason can stand in a message."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to("secret")
    (tmp_path / "nowhere").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    told = {}
    for name in ("link", "nowhere", "pipe", "folder", "nothing"):
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the reasons are compared below
            read_plain(tmp_path / name)
        told[name] = caught.value.strerror

    assert told == {
        "link": "it is a symbolic link",
        "nowhere": "it is a symbolic link",
        "pipe": "it is no plain file",
        "folder": "it is no plain file",
        "nothing": "No such file or directory",
    }
