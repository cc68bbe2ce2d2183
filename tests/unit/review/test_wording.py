"""Blaming words beside people, and links that lead nowhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pm_autofill.config.settings import CheckSettings
from pm_autofill.evidence.incident import Agent, AgentKind, Incident, IncidentRecord, LogEntry, Responder
from pm_autofill.review.blame import find_blame, people
from pm_autofill.review.links import find_broken_links
from pm_autofill.review.page import Page
from tests.unit.review.pages import drafted, told

NAMES = frozenset({"Noor Haddad", "Noor", "Haddad"})
WORDS = CheckSettings().blame_words


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Noor forgot to renew it.", ("forgot", "Noor")),
        ("It was a mistake of @bo-1, sadly.", ("mistake", "@bo-1")),
        ("Nobody saw it. She should have looked.", ("should have", "She")),
        ("| 14:02 | Haddad Ignored the alert |", ("Ignored", "Haddad")),
    ],
)
def test_a_person_beside_a_fault_is_told(sentence: str, words: tuple[str, str]) -> None:
    """In one sentence or cell; names, handles, he and she."""
    what, who = words
    assert told(list(find_blame(Page(f"{sentence}\n"), NAMES, WORDS))) == [
        ("blame", 1, f'"{what}" beside "{who}": say what the system let happen, not who did it')
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The deploy failed to start.",
        "Noor acknowledged. The check was forgotten in the template.",
        "Norah's default is a by-product of defaults.",
        "not individual mistakes; not to assign blame",
        "<!-- Noor forgot -->",
    ],
)
def test_systems_may_fail(sentence: str) -> None:
    """A fault without a person, or a person without a fault."""
    assert list(find_blame(Page(f"{sentence}\n"), NAMES, WORDS)) == []


def test_what_we_wrote_is_not_held_against_humans() -> None:
    """A recorded note is what somebody said; edited, it is the document's."""
    text = drafted(rows=(("| 13:59 | Note by Noor: he forgot it |", ("note",)),))
    assert list(find_blame(Page(text), NAMES, WORDS)) == []
    assert len(list(find_blame(Page(text.replace("he forgot", "he just forgot")), NAMES, WORDS))) == 1


def test_the_list_of_words_may_be_empty() -> None:
    """Then nothing is a fault."""
    assert list(find_blame(Page("Noor forgot.\n"), NAMES, ())) == []


def test_people_are_those_of_the_incident() -> None:
    """Who did something, was paged or asked, whole and in parts; no machines, no initials."""
    at = datetime(2026, 11, 18, tzinfo=UTC)
    ann, bot = Agent(kind=AgentKind.PERSON, name="Ann B"), Agent(kind=AgentKind.AUTOMATION, name="Robot")
    record = IncidentRecord(
        incident=Incident(
            id="P", number=1, title="t", url="u", status="resolved", created_at=at, resolved_at=None, service_id="S",
            service="s", opened_by=bot, responders=(Responder(name="Di Ng"),),
        ),
        log=(
            LogEntry(id="1", type="notify", known=True, at=at, agent=ann, channel="", summary="", people=("Cy Dee",)),
        ),
    )  # fmt: skip
    assert people(record) == {"Ann B", "Ann", "Cy Dee", "Dee", "Di Ng"}
    assert people(None) == frozenset()


def test_links_into_the_folder_have_to_lead_somewhere(tmp_path: Path) -> None:
    """Images and data; other places are not looked at."""
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "01 a.png").touch()
    text = (
        "![ok](graphs/01%20a.png) [page](https://x/y) [here](#timeline) [mail](mailto:a@b) [root](/x)\n"
        '![a \\] b](graphs/02.png "title") [data](<graphs/02.csv>)\n'
        '<img width="400" alt="a" src="graphs/01%20a.png"> <IMG src=graphs/03.png>\n'
    )
    assert told(list(find_broken_links(Page(text), tmp_path))) == [
        ("broken_link", 2, "the image graphs/02.png leads to no file"),
        ("broken_link", 2, "the link graphs/02.csv leads to no file"),
        ("broken_link", 3, "the image graphs/03.png leads to no file"),
    ]


def test_links_are_not_followed_out_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither up beyond all drafts, or beyond the current folder, nor through a link; nothing has a long name."""
    drafts = tmp_path / "repository" / "postmortems"
    (drafts / "one" / "graphs").mkdir(parents=True)
    (drafts / "two").mkdir()
    (drafts / "one" / "away").symlink_to("/proc/self")
    text = (
        f"[a](../two) [b](../three) [c](../../README.md) [d](../../../../none) [e](away/none) [f]({'n' * 999}) [g](%00)"
    )
    missing = [f"the link {one} leads to no file" for one in ("../three", "n" * 999, "%00")]
    assert [one.text for one in find_broken_links(Page(text), drafts / "one")] == missing
    monkeypatch.chdir(tmp_path / "repository")
    found = [one.text for one in find_broken_links(Page(text), Path("postmortems/one"))]
    assert found == [missing[0], "the link ../../README.md leads to no file", *missing[1:]]
