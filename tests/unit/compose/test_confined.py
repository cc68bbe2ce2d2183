"""A stranger's template: filled in as ever, by a process that ends in time, in little memory, and opens nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.compose import check_template, compose_document, confined, start_confined
from pm_autofill.compose.slot import Slot
from pm_autofill.errors import AutofillError, TemplateMistake
from pm_autofill.evidence import TemplateText

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings

VARIABLES = {"title": Slot("Checkout")}
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


def _fill_in(text: str, name: str = "t.md.j2") -> bytes:
    with start_confined() as filling:
        return filling.fill_in(TemplateText(name=name, text=text), VARIABLES, ())


def test_the_bytes_are_the_same(evidence: Evidence, findings: Findings) -> None:
    """Apart or here, the built-in template gives the same document."""
    check_template(evidence.template)
    here = compose_document(evidence, findings, (), template=evidence.template)
    with start_confined() as filling:
        apart = compose_document(evidence, findings, (), template=evidence.template, confined=filling)

    assert apart == here


@pytest.mark.parametrize(
    "text",
    [
        "{{ lipsum(1)|length > 9 }}",
        "{{ [1]|pprint }}",
        "{{ 'a b'|wordwrap(1) }}",
        "{{ '\\x41'|e }}",
        "{{ '1'|int(0) }}",
    ],
)
def test_what_jinja_offers_is_there(text: str) -> None:
    """Also what Jinja imports late, though no file can be opened by then."""
    assert b"pm:draft" in _fill_in(text)


def test_an_endless_template_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time it may take, with what to do."""
    monkeypatch.setattr(confined, "SECONDS", 1)

    with pytest.raises(AutofillError) as caught:
        _fill_in(ENDLESS)

    assert str(caught.value) == (
        "the template in the evidence takes longer than 1 seconds to fill in. "
        "Name a template of your own: pm-autofill --from-evidence FILE --template FILE."
    )


@pytest.mark.parametrize("text", ["{{ 'a' * 10**9 }}", "{{ '%1000000000d' % 1 }}", "{{ [0] * 10**9 }}"])
def test_a_swelling_template_is_ended(text: str) -> None:
    """It gets no more memory than it may have."""
    with pytest.raises(AutofillError, match="the template in the evidence needs more than 512 MiB of memory"):
        _fill_in(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "t.md.j2, line 1: maximum recursion depth exceeded"),
        ("{{" + "(" * 50_000, "t.md.j2: maximum recursion depth exceeded"),
        ("{{ titel }}", "t.md.j2, line 1: 'titel' is not defined"),
        ("{% include '/etc/passwd' %}", "t.md.j2, line 1: asks for another template"),
        ("{{ title.__class__.__init__.__globals__ }}", "t.md.j2, line 1: access to attribute '__init__'"),
        ("{% for a in range(9999) %}{{ '0' * 9999 }}{% endfor %}", "t.md.j2: fills in to more than 8 MiB"),
    ],
)
def test_mistakes_are_told_as_ever(text: str, message: str) -> None:
    """With the line and the known names, as for a template of one's own."""
    with pytest.raises(TemplateMistake) as caught:
        _fill_in(text)

    assert caught.value.message.startswith(message)


def test_a_long_mistake_is_cut() -> None:
    """A stranger does not choose how much is printed."""
    with pytest.raises(TemplateMistake) as caught:
        _fill_in("{{ x }}", name="n" * 10_000)

    assert len(caught.value.message) == 1000


def test_the_process_can_open_nothing() -> None:
    """Even code that had left the sandbox cannot open files, connections or pipes, nor start anything."""
    program = """
import os, socket
from pm_autofill.compose import confined
confined._confine()
for act in (lambda: open("/etc/passwd"), socket.socket, os.pipe):
    try:
        act()
    except OSError as error:
        print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    assert done.stdout.splitlines() == ["Too many open files"] * 3, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_process_gets_no_variables() -> None:
    """Its environment is empty from the start."""
    with start_confined() as filling:
        assert Path(f"/proc/{filling.process.pid}/environ").read_bytes() == b""


def test_nothing_is_left_running() -> None:
    """The process ends with the ``with`` block, whether it was asked or not."""
    with start_confined() as filling:
        child = filling.process

    assert child.returncode is not None
