"""What the pages about templates and facts say is what the program has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pm_autofill.compose.rendering import FILTERS, SIZE_LIMIT
from pm_autofill.compose.view import VIEWS
from pm_autofill.findings import DURATIONS, EVENT_COUNTS, INSTANTS, RATIOS, TEXTS
from pm_autofill.wording import remarks, timeline

DOCS = Path(__file__).parents[2] / "docs"
TEMPLATE = Path(__file__).parents[2] / "templates" / "postmortem.md.j2"


def _section(page: str, title: str) -> str:
    """The text of one section of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _listed(page: str, title: str) -> list[str]:
    """The names in the first column of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", _section(page, title), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_variable_is_documented() -> None:
    """The table lists the variables a template may name, in their order."""
    assert _listed("template.md", "Variables") == list(VIEWS)


def test_every_filter_is_documented() -> None:
    """The table lists our filters."""
    assert [name.partition("(")[0] for name in _listed("template.md", "Prompts")] == list(FILTERS)


def test_the_size_limit_is_the_programs() -> None:
    """The page names the limit there is."""
    assert f"grow beyond {SIZE_LIMIT // 2**20} MiB" in _section("template.md", "Mistakes")


def test_the_template_uses_every_variable_but_those_for_others() -> None:
    """The built-in template leaves out only what repeats it."""
    used = set(re.findall(r"\{\{ (\w+)", TEMPLATE.read_text(encoding="utf-8")))

    assert set(VIEWS) - used == {"facts", "timeline"}


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Instants", INSTANTS),
        ("Durations", DURATIONS),
        ("Events", EVENT_COUNTS),
        ("Ratios", RATIOS),
        ("Texts", TEXTS),
    ],
)
def test_every_fact_is_documented(title: str, names: tuple[str, ...]) -> None:
    """Each unit's section lists its facts, in their order."""
    assert _listed("facts.md", title) == list(names)


def test_every_kind_of_row_is_documented() -> None:
    """The table lists the kinds of timeline rows that have words."""
    assert sorted(_listed("facts.md", "The timeline")) == sorted(timeline.PHRASES)


def test_every_finding_is_documented() -> None:
    """The table lists the codes that have words."""
    assert sorted(_listed("facts.md", "Findings")) == sorted(remarks.PHRASES)
