"""Templates: data is never one, and every mistake in one is told with its line and the known names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill import compose
from pm_autofill.compose import check_template, compose_document
from pm_autofill.compose.rendering import SIZE_LIMIT, render
from pm_autofill.compose.slot import Block, Slot
from pm_autofill.compose.stamps import stamp
from pm_autofill.errors import TemplateMistake
from pm_autofill.evidence import TemplateText

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings

VARIABLES = {"title": Slot("Checkout"), "facts": {"impact.start": Slot("13:42:17")}, "numbers": [1, 2]}


def _render(text: str) -> str:
    return render(TemplateText(name="own.md.j2", text=text), VARIABLES, ())


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("# {{ title }}\n", "# Checkout\n"),
        ('{{ title | prompt("[X]") }}', "Checkout"),
        ('{{ title | beside("[X]") }}', "Checkout [X]"),
        ("{{ facts['impact.start'] }}", "13:42:17"),
        ("{% if title.known %}\nyes\n{% endif %}\nend", "yes\nend"),
        ("{% for n in numbers %}{{ n }},{% endfor %}", "1,2,"),
        ("{% if nothing is defined %}a{% else %}b{% endif %}", "b"),
        ("{# a comment #}plain", "plain"),
        ("windows\r\nlines", "windows\nlines"),
    ],
)
def test_templates_are_jinja(text: str, document: str) -> None:
    """A template of one's own may use what Jinja offers."""
    assert _render(text) == document


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a {{ value }}", "a 39 <!-- pm:value 2-wsvlaix -->"),
        ('{{ value | prompt("[X]") }}', "39 <!-- pm:value 2-jhz47kk -->"),
        ('{{ value | beside("[X]") }}', "39 <!-- pm:value 2-jhz47kk --> [X]"),
        ('{{ unknown | prompt("[X]") }}', "unknown: why [X] <!-- pm:unknown 14-qh3bpj4 -->"),
        ("{{ lines }}\n", "- a\n- b\n<!-- pm:lines 4-pc7c5ej -->\n"),
        (
            'a\n{% filter slot("x") %}\n{% if no %}\n{{ lines }}\n{% endif %}\n{% endfilter %}\nb',
            "a\n<!-- pm:x 0-ag5eogo -->\nb",
        ),
        ('a\n{% filter slot("x") %}\n\n{{ lines }}\n{% endfilter %}\nb', "a\n\n- a\n- b\n<!-- pm:x 4-pc7c5ej -->\nb"),
        ("{{ value.markdown }}{{ lines | upper }}", "39- A\n- B\n\n<!-- pm:draft 0-ag5eogo -->\n"),
    ],
)
def test_what_is_printed_becomes_a_slot(text: str, document: str) -> None:
    """Values and blocks end in their markers; the parts of a value and what filters change are plain text."""
    named = {
        "value": Slot("39", name="value"),
        "unknown": Slot("unknown: why", known=False, name="unknown"),
        "lines": Block.of("lines", "- a\n- b"),
        "no": Block.of("no", ""),
    }
    assert stamp(render(TemplateText(name="own.md.j2", text=text), named, ())) == document


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "a\n{{ titel }}",
            "own.md.j2, line 2: 'titel' is not defined",
            "Did you mean title? Known names: facts, numbers,",
        ),
        (
            "\n{% if title %}{% else %}\n{{ wrong }}{% endif %}",
            "own.md.j2, line 3: 'wrong' is not defined",
            "Known names: facts, numbers, title.",
        ),
        ("{{ facts['nope'] }}", "own.md.j2, line 1: 'dict object' has no attribute 'nope'", "Known names: facts,"),
        ("\n\n{{ title.text }}", "own.md.j2, line 3: ", "Known names: facts,"),
        ("a\n{% if %}", "own.md.j2, line 2: Expected an expression", "See docs/template.md."),
        ("{{ title | shout }}", "own.md.j2, line 1: No filter named 'shout'", "Filters beside Jinja's own: prompt,"),
        ("{% include 'other.j2' %}", "own.md.j2, line 1: asks for another template, 'other.j2'", "one file"),
        ("\n{{ 1 / 0 }}", "own.md.j2, line 2: division by zero", "Known names"),
        ("{{ title + 1 }}", "own.md.j2, line 1: unsupported operand", "Known names"),
        ("{{ numbers.append(3) }}", "own.md.j2, line 1: ", "Known names"),
        ("{{ title.__class__.__mro__ }}", "own.md.j2, line 1: access to attribute '__class__'", "Known names"),
        ("{{ range(999999999) }}", "own.md.j2, line 1: Range too big", "Known names"),
    ],
)
def test_mistakes_name_their_line(text: str, message: str, hint: str) -> None:
    """What is wrong, where, and what there is instead."""
    with pytest.raises(TemplateMistake) as caught:
        _render(text)

    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{{ titel }}", "own.md.j2, line 2: 'titel' is not defined"),
        ("{% if %}", "own.md.j2, line 1: Expected an expression"),
        ("{{ title | shout }}", "own.md.j2, line 1: No filter named 'shout'"),
    ],
)
def test_mistakes_are_found_without_an_incident(text: str, message: str) -> None:
    """What can be told from the template alone is told before anything is collected."""
    with pytest.raises(TemplateMistake) as caught:
        check_template(TemplateText(name="own.md.j2", text=text))

    assert caught.value.message.startswith(message)


def test_the_built_in_template_has_no_mistakes(evidence: Evidence) -> None:
    """The template that comes with the program passes the same check."""
    compose.preload()

    compose.check_template(evidence.template)


def test_size_is_bounded() -> None:
    """A template that repeats without end is stopped."""
    loops = "{% for a in range(9999) %}{% for b in range(9999) %}0123456789{% endfor %}{% endfor %}"

    with pytest.raises(TemplateMistake, match=f"fills in to more than {SIZE_LIMIT // 2**20} MiB"):
        _render(loops)


def test_data_is_never_a_template(evidence: Evidence, findings: Findings) -> None:
    """Braces in a variable come out as they went in."""
    template = TemplateText(name="own.md.j2", text="{{ title }}|{{ given }}")

    assert render(template, {"title": Slot("{{ 7*7 }}"), "given": "{% raw %}"}, ()) == "{{ 7*7 }}|{% raw %}"
    own = TemplateText(name="own.md.j2", text="{{ facts['severity'] }}, {{ timeline[0].text }}")
    document = compose_document(evidence, findings, (), template=own)
    assert document.startswith(b"SEV-1 <!-- pm:severity 5-")
    assert b" -->, Deployed checkout-api 2026.11.3" in document
