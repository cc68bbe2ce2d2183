"""Which combinations of options say something."""

from __future__ import annotations

import pytest

from pm_autofill.cli.choices import Choices
from pm_autofill.errors import UsageError

NOTHING = "nothing to draft. Give --incident ID, or --service NAME --since T --until T, or try `pm-autofill demo`."
OFFLINE = "--from-evidence needs no --incident and no --service. The evidence says which incident it is."
COLLECTED = (
    "--since, --until and --as-of bound what is collected, and evidence has been collected. "
    "Leave them out, or collect anew with --incident."
)
SEVERAL = "--resolved-since names the incidents itself. Leave out what names one incident, its window or its facts."
LOUD = "--quiet and --verbose exclude each other. Give one of them."


@pytest.mark.parametrize(
    "choices",
    [
        Choices(incident="P1"),
        Choices(incident="P1", since="a"),
        Choices(incident="P1", service="s"),
        Choices(service="s", since="a", until="b"),
        Choices(from_evidence="f"),
        Choices(from_evidence="f", stated=("severity=x",), output="o", config="c", template="t"),
        Choices(resolved_since="24h", output="o"),
        Choices(incident="P1", quiet=True),
        Choices(incident="P1", verbose=True),
    ],
)
def test_what_says_enough_is_taken(choices: Choices) -> None:
    """An incident, a service's whole window, or evidence."""
    choices.check()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (Choices(), NOTHING),
        (Choices(service="s"), NOTHING),
        (Choices(service="s", since="a"), NOTHING),
        (Choices(service="s", until="b"), NOTHING),
        (Choices(since="a", until="b"), NOTHING),
        (Choices(service="", since="a", until="b"), NOTHING),
        (Choices(from_evidence="f", incident="P1"), OFFLINE),
        (Choices(from_evidence="f", service="s"), OFFLINE),
        (Choices(from_evidence="f", since="a"), COLLECTED),
        (Choices(from_evidence="f", until="b"), COLLECTED),
        (Choices(from_evidence="f", as_of="a"), COLLECTED),
        (Choices(resolved_since="24h", incident="P1"), SEVERAL),
        (Choices(resolved_since="24h", stated=("severity=x",)), SEVERAL),
        (Choices(incident="P1", quiet=True, verbose=True), LOUD),
        (Choices(from_evidence="f", quiet=True, verbose=True), LOUD),
    ],
)
def test_what_says_nothing_or_contradicts_itself_is_refused(choices: Choices, message: str) -> None:
    """What is wrong, and what to give in its place."""
    with pytest.raises(UsageError) as refused:
        choices.check()
    assert str(refused.value) == message


def test_choices_take_what_they_know() -> None:
    """Parameters of other commands are left out, and what is not given has its default."""
    found = Choices.of({"incident": "P1", "stated": ("a=b",), "dry_run": True, "unknown": 1})
    assert found == Choices(incident="P1", stated=("a=b",), dry_run=True)
    assert (found.deadline, found.as_json, found.strict) == (60.0, False, False)


@pytest.mark.parametrize(
    "choices",
    [
        Choices(incident="P\udcc3"),
        Choices(incident="P1", stated=("services_affected=p\udcc3\udca4ckchen",)),
        Choices(service="\udcff", since="a", until="b"),
    ],
)
def test_bytes_that_are_no_text_here_are_refused(choices: Choices) -> None:
    """As in a process whose locale is C and whose encoding is ASCII; whole characters are text in any language."""
    with pytest.raises(UsageError, match=r"cannot be read in this locale's encoding\. Set PYTHONUTF8=1"):
        choices.check()
    Choices(incident="P1", stated=("services_affected=p\u00e4ckchen, \u8377\u7269",)).check()
