"""What looks like a secret goes, what only resembles one stays."""

from __future__ import annotations

import pytest

from pm_autofill.redaction.shapes import Shapes, mask
from tests.unit.redaction.corpus import KEPT, MASKED, SAID, TOKENS


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "use {} here", "X={}", '"{}",', "({})", "https://x.example/{}?y"])
def test_a_token_of_a_known_form_goes_whole(token: str, around: str) -> None:
    """Alone, in a sentence, assigned, quoted and in a link; what is around it stays."""
    assert mask(around.format(token), Shapes()).text == around.format("[secret]")


@pytest.mark.parametrize(("text", "left"), MASKED)
def test_what_looks_like_a_secret_is_masked(text: str, left: str) -> None:
    """The secret goes, and nothing else."""
    found = mask(text, Shapes())
    assert found.text == left
    assert sum(found.counts.values()) >= 1
    assert mask(left, Shapes()).text == left


@pytest.mark.parametrize("text", [*KEPT, *SAID])
def test_what_only_resembles_one_stays(text: str) -> None:
    """Order numbers, digests, UUIDs, instants, ports, queries, and sentences about secrets."""
    assert mask(text, Shapes()).text == text


def test_masks_are_counted_by_kind() -> None:
    """Each mask once, under what was masked."""
    counts = mask("pwd=a1b2c3, call +44 20 7946 0958 or +44 20 7946 0959", Shapes()).counts
    assert counts == {"secret": 1, "phone": 2}


def test_a_text_that_holds_a_mark_is_not_masked_again() -> None:
    """What was masked stands as it is, whatever word is before it."""
    for text in (
        "password: [secret]",
        "--token [secret] [phone]",
        "https://a:[secret]@b/?key=[secret]",
        "PIN [secret]",
    ):
        assert mask(text, Shapes()).text == text


def test_a_team_names_more() -> None:
    """Patterns of letters, digits and stars, in whatever case, within words and over blanks."""
    shapes = Shapes.of(("CUST-######", "acme_*", "ward ? bed ##"), ())
    found = mask("cust-123456 in x=acme_a.b, Ward  C bed 12, CUST-12", shapes)
    assert found.text == "[secret] in x=[secret] [secret], CUST-12"


def test_a_team_names_what_stays() -> None:
    """A number that is none of telephones, and one field that is no password; the others still go."""
    shapes = Shapes.of((), ("+4512345678", "password_age=*"))
    text = "part +4512345678, password_age=x1y2z3, call +4587654321"
    assert mask(text, shapes).text == "part +4512345678, password_age=x1y2z3, call [phone]"
