"""What tests of publishing share: a small draft, and one git host after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.published import rerun
from tests.servers.git_hosts import NAME, GitHost, GitHubServer, GitLabServer, make_repository
from tests.window import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A small draft."""
    folder = tmp_path / "out" / FOLDER
    rerun(folder, "SEV-1")
    return folder


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GitHost]:
    """One host after the other, with an empty repository."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    with (GitHubServer if request.param == "github" else GitLabServer)(tmp_path / "root") as server:
        yield server
