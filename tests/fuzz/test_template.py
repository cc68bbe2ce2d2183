"""Templates: any text is filled in, or refused by its line; data that looks like one is never read as one."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from pm_autofill import compose
from pm_autofill.cli.ordering import configured_template
from pm_autofill.config import parse
from pm_autofill.errors import TemplateMistake
from pm_autofill.evidence import TemplateText
from pm_autofill.review import blanks
from tests.fuzz.mutators import tamper_with_lines
from tests.fuzz.strategies import SIZES, drive, fixtures, spoiled, told

BUILT_IN = configured_template(parse({}, path=None)).text.encode()
# What a loop takes is bounded where templates are filled in; here is looked for mistakes that are not translated.
PIECES = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "if ",
            "else",
            "endif",
            "set x = ",
            "title",
            "facts",
            "slos",
            " | slot('a')",
        ),
        *(
            " | prompt('[x]')",
            " | beside('y')",
            " | timeline",
            ".__class__",
            "[0]",
            "()",
            "1/0",
            "'a' ~ 1",
            "loop",
            "\n",
        ),
        *(
            "{% include 'x' %}",
            "{% extends 'x' %}",
            "{% import 'x' as y %}",
            "{% macro m() %}",
            "{% raw %}",
            "<!-- pm:a",
        ),
    ]
)


@pytest.mark.parametrize("examples", SIZES)
def test_any_template_is_accepted_or_refused(examples: int) -> None:
    """Before anything is collected; and ``check`` finds the prompts of any."""

    def look(raw: bytes) -> None:
        text = raw.decode(errors="replace")
        blanks.prompts(text)
        try:
            compose.check_template(TemplateText(name="t.md.j2", text=text))
        except TemplateMistake as error:
            told(error, "t.md.j2")

    pieces = st.lists(PIECES, max_size=30).map("".join).map(str.encode)
    drive(examples * 2, spoiled([BUILT_IN, *fixtures("template")], tamper_with_lines) | pieces, look)
