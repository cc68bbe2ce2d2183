"""Drafts brought back from their branches: each folder whole, or not there at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pm_autofill.errors import AutofillError
from pm_autofill.publish.publishing import Place, restore
from tests.unit.publish.drafts import content

if TYPE_CHECKING:
    from pm_autofill.publish.repository import Repository


class Branches:
    """What two branches hold, beside one that is none of ours."""

    def fetch_all(self, prefix: str) -> dict[str, str]:
        """Their commits."""
        assert prefix == "post-mortem/"
        return {"2026-11-18-Q1": "1", "2026-11-19-Q2": "2", "by/hand": "3", "empty": "4"}

    def files(self, commit: str, folder: str) -> dict[str, bytes]:
        """What is in the folder of a draft."""
        found = {"postmortem.md": commit.encode(), "graphs/01.png": b"x"}
        return found if folder.startswith("pm/2026-") else {}


REPOSITORY = cast("Repository", Branches())


def test_what_is_not_here_comes_from_its_branch(tmp_path: Path) -> None:
    """What is here already is left alone; other branches are passed over, and nothing temporary stays."""
    (tmp_path / "2026-11-18-Q1").mkdir()
    assert restore(REPOSITORY, Place("pm"), tmp_path) == [tmp_path / "2026-11-19-Q2"]
    assert content(tmp_path) == {"2026-11-19-Q2/postmortem.md": b"2", "2026-11-19-Q2/graphs/01.png": b"x"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11-18-Q1", "2026-11-19-Q2"]


def test_a_folder_that_cannot_be_filled_does_not_appear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run would take a part of it for the draft."""
    write = Path.write_bytes

    def fail(self: Path, data: bytes) -> int:
        if self.suffix == ".png":
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(AutofillError, match="No space left on device"):
        restore(REPOSITORY, Place("pm"), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
