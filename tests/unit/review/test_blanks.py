"""What is left to fill in is what the template asks for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pm_autofill.review.blanks import find_blanks, prompts
from pm_autofill.review.page import Page
from tests.unit.review.pages import told

TEMPLATE = (
    '# {{ title | prompt("[Incident Title]") }}\n## A\n*What happened, in short.*\n{# [a comment] #}\n'
    "| {{ date | prompt('YYYY-MM-DD') }} | [Your Name] |\n- [ ] a box, a [link](x) and a note[^1]\n"
    '- {{ window | prompt("[Start time] to [End time]") }}\n| HH:MM | [First sign] |\n{% if x["y"] %}{% endif %}\n'
)


def test_prompts_are_the_template_s() -> None:
    """Bracketed words and what filters take; no link, box, footnote, comment or Jinja."""
    assert prompts(TEMPLATE) == {
        *("[Incident Title]", "YYYY-MM-DD", "[Your Name]", "[Start time] to [End time]", "[Start time]", "[End time]"),
        *("HH:MM", "[First sign]"),
    }


@given(st.text(alphabet="{}%#[ab]\n", max_size=20))
def test_jinja_is_left_out_as_a_pattern_would(template: str) -> None:
    """In one pass, as strangers write templates with a million unended tags; the same as the plain pattern leaves."""
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", template, flags=re.DOTALL)
    assert prompts(template) == frozenset(re.findall(r"\[(?!\^)[^\[\]\n]{2,}\](?![(\[:])", plain))


@pytest.mark.parametrize(
    ("line", "issue"),
    [
        ("| [Your Name] | HH:MM |", ("blank", 3, "still to fill in: [Your Name], HH:MM")),
        ("[Start time] to [End time]", ("blank", 3, "still to fill in: [Start time] to [End time]")),
        ("unknown: no data [First sign] <!-- [Your Name] -->", ("blank", 3, "still to fill in: [First sign]")),
        ("_What happened, in short._", ("hint", 3, 'the template\'s hint is still there: "What happened, in short."')),
    ],
)
def test_what_is_left_is_told_by_line(line: str, issue: tuple[str, int, str]) -> None:
    """All of a line at once, the longest words first; hints also as an editor rewrites them."""
    found = list(find_blanks(Page(f"# T\n## A\n{line}\n"), TEMPLATE))
    assert told(found) == [issue]
    assert found[0].section == "A"


@pytest.mark.parametrize("line", ["[sic]", r"\[FIRING:1\]", "*Our own words.*", "[link](x)", "| Ann | 13:42 |", ""])
def test_a_human_s_brackets_are_no_blanks(line: str) -> None:
    """Only what the template has is asked for."""
    assert list(find_blanks(Page(f"{line}\n"), TEMPLATE)) == []
    assert list(find_blanks(Page(f"{line}\n"), "")) == []
