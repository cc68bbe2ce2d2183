"""What the pages point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_somewhere(page: str) -> None:
    """Every relative link and picture of a page is a file of this repository."""
    path = ROOT / page
    targets = re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    )
    relative = [target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")]
    assert [target for target in relative if not (path.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    """Each decision's page is in the index, with its title."""
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs/decisions").glob("0*.md"))
    assert len(pages) >= 6
    for page in pages:
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f"- [{title}]({page.name})" in index


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_no_place_of_one_machine(page: str) -> None:
    """No page names a folder that exists on one machine only."""
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users)/", (ROOT / page).read_text(encoding="utf-8"))
