"""What a gap does to the draft stands beside it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pm_autofill.evidence import Gap
from pm_autofill.wording.gaps import gap_effect, gap_words


def missing(what: str) -> Gap:
    """A gap."""
    return Gap(source="PagerDuty", what=what, reason="it is *down*.", hint="Run it again later.")


@pytest.mark.parametrize(
    ("what", "effect"),
    [
        ("the rest of the incident's log", "who was paged and who answered first is unknown"),
        ("2 of 3 entries of the incident's alerts", "when its first alert fired is unknown"),
        ("the change events of its service", "what mitigated is unknown"),
        ("changes of checkout", "what mitigated is unknown"),
        ("annotations", "what mitigated is unknown"),
        ("the SLI of checkout", "whether it was affected is unknown"),
        ("the budget window of checkout", "its share of the error budget is unknown"),
        ("a replay of Burn", "whether it could have been detected sooner is unknown"),
        ("the other incidents of its service", "first pages are unknown"),
        ("panel 3 of dashboard abc", "graphs may be missing"),
        ("something new", "what it would have told is unknown"),
    ],
)
def test_the_effect_is_told(what: str, effect: str) -> None:
    """What becomes unknown, or may be missing."""
    assert effect in gap_effect(missing(what))


def test_several_things_that_one_gap_names_have_their_effects_once() -> None:
    """In their order."""
    both = gap_effect(missing("the SLI of a; the SLI of b; annotations"))
    assert both.count("whether it was affected is unknown") == 1
    assert both.endswith("changes may be missing from the timeline")


def test_a_gap_reads_as_one_line() -> None:
    """Outside text as Markdown, and as it is for a terminal."""
    assert gap_words(missing("annotations")).startswith(r"PagerDuty: annotations: it is \*down\*. Without it what")
    assert gap_words(missing("annotations"), str).endswith("missing from the timeline. Run it again later.")


def test_a_gap_whose_earlier_answer_stands_says_that() -> None:
    """And nothing of what would be unknown without it."""
    kept = replace(missing("the SLI of checkout"), kept=True)
    assert gap_effect(kept) == "what an earlier run read of it stands"
    assert "down. What an earlier run read of it stands. Run it again" in gap_words(kept, str).replace("*", "")
    assert "Without it" not in gap_words(kept)
