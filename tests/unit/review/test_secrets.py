"""Secrets in a document are told where a human wrote them, and are quoted nowhere."""

from __future__ import annotations

from pm_autofill.redaction.shapes import Shapes
from pm_autofill.review.page import Issue, Page
from pm_autofill.review.secrets import find_secrets, without_secrets
from tests.unit.review.pages import drafted, told

SECRET = "ghp_abcdefghij0123456789"


def test_what_a_human_wrote_is_told_with_its_line() -> None:
    """In sentences, tables and comments, also over several lines; with what to do, and never quoted."""
    text = drafted() + (
        f"The password was hunter2, call 07700 900123.\n\n| a | {SECRET} |\n\n<!-- pwd=hunter2 -->\n"
        "-----BEGIN PRIVATE KEY-----\nMIIEabcdefghijklmnopqrstuv\n-----END PRIVATE KEY-----\n"
    )
    first = text[: text.index("The password")].count("\n") + 1
    found = list(find_secrets(Page(text), Shapes()))
    advice = "; take it out, and make it invalid, for the file's history keeps it"
    assert told(found) == [
        ("secret", first, f"this looks like a password{advice}"),
        ("secret", first, "this looks like a telephone number; take it out, unless all who can read this may have it"),
        ("secret", first + 2, f"this looks like a GitHub token{advice}"),
        ("secret", first + 4, f"this looks like a password{advice}"),
        ("secret", first + 5, f"this looks like a private key{advice}"),
    ]


def test_our_own_words_are_not_looked_at_until_a_human_takes_them_over() -> None:
    """They come from evidence without secrets; a query in them is no secret."""
    text = drafted(duration="39 minutes, pwd=hunter2")
    assert list(find_secrets(Page(text), Shapes())) == []
    (found,) = find_secrets(Page(text.replace("39 minutes", "40 minutes")), Shapes())
    assert found.section == "Metadata"


def test_a_team_says_what_is_none() -> None:
    """Its patterns count here as well."""
    text = "Ask for +4512345678 or CUST-123456.\n"
    assert [one.text[:27] for one in find_secrets(Page(text), Shapes())] == ["this looks like a telephone"]
    kept = Shapes.of(("CUST-######",), ("+4512345678",))
    (found,) = find_secrets(Page(text), kept)
    assert found.text.startswith("this looks like what `redaction.more` names")


def test_no_issue_quotes_a_secret() -> None:
    """Neither in its words nor in the headings above its line."""
    issue = Issue("action_item", 3, f"Rotate {SECRET}", f'"rotate {SECRET}" has no owner')
    assert without_secrets(issue, Shapes()) == Issue(
        "action_item", 3, "Rotate [secret]", '"rotate [secret]" has no owner'
    )
