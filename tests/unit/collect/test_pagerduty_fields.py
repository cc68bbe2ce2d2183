"""Single fields: any type may come, and neither addresses nor phone numbers leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pm_autofill.collect.pagerduty import fields
from pm_autofill.collect.pagerduty.privacy import name_of, scrub, scrub_strictly
from pm_autofill.evidence.incident import Agent, AgentKind, Link

WRONG: tuple[object, ...] = (None, True, 7, 1.5, [], ["a"], {}, {"a": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-14T09:13:02Z", datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)),
        ("2026-03-14T09:13:02+00:00", datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)),
        ("2026-03-14T04:13:02-05:00", datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)),
        ("2026-03-14T09:13:02.123Z", datetime(2026, 3, 14, 9, 13, 2, 123000, tzinfo=UTC)),
        ("2026-03-14T09:13:02.123456789Z", datetime(2026, 3, 14, 9, 13, 2, 123456, tzinfo=UTC)),
        ("2026-03-14T09:13:02", datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)),
        ("2026-03-14T09:13Z", datetime(2026, 3, 14, 9, 13, tzinfo=UTC)),
        ("2026-03-14", datetime(2026, 3, 14, tzinfo=UTC)),
    ],
)
def test_every_notation_of_time_is_read(text: str, expected: datetime) -> None:
    """All come out in UTC; one without an offset is UTC where no zone is told."""
    assert fields.instant(text) == expected


def test_a_time_without_an_offset_is_meant_in_the_answers_zone() -> None:
    """Oslo is an hour ahead in winter; a zone that is none counts as UTC."""
    naive = "2026-11-18T14:46:50"
    assert fields.instant(naive, "Europe/Oslo") == datetime(2026, 11, 18, 13, 46, 50, tzinfo=UTC)
    assert fields.instant(naive, "Not/A/Zone") == datetime(2026, 11, 18, 14, 46, 50, tzinfo=UTC)
    assert fields.instant(naive, "../../etc/passwd") == datetime(2026, 11, 18, 14, 46, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [*WRONG, "", "yesterday", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00"]
)
def test_what_is_no_instant_is_none(value: object) -> None:
    """Neither other types, nor other texts, nor the times that stand for "not set"."""
    assert fields.instant(value) is None


@pytest.mark.parametrize("value", WRONG)
def test_other_types_read_as_nothing(value: object) -> None:
    """No reader of a text or a word takes anything else."""
    assert (fields.line(value), fields.prose(value), fields.token(value), fields.identifier(value)) == ("",) * 4
    assert fields.web_address(value) == ""
    assert fields.intact(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (48213, 48213),
        ("48213", 48213),
        (0, 0),
        (-1, None),
        (True, None),
        (1.0, None),
        ("", None),
        ("4e3", None),
        (2**60, None),
    ],
)
def test_whole_numbers(value: object, expected: int | None) -> None:
    """Digits count as a number, everything that is not surely one does not."""
    assert fields.whole(value) == expected


def test_a_line_has_no_breaks_and_no_control_characters() -> None:
    """Blanks run together; halves of characters and terminal escapes go."""
    assert fields.line(" a\r\nb\t c\x1b[31m \ud800 d\x00 ") == "a b c[31m ? d"
    assert fields.prose("a\r\n\r\nb\x07 ") == "a\n\nb"


def test_long_texts_are_cut_with_a_mark() -> None:
    """The cut is visible, and never leaves half an address at the end."""
    assert fields.line("x" * 2000, 10) == "xxxxxxxxx…"
    assert fields.clean("word " * 10 + "lena@example.org", 60) == "word " * 10 + "…"
    assert fields.clean("call +1 555 0100", 14) == "call +1 555 …"
    assert fields.clean("x" * 900 + "lena@example.org", 910) == "x" * 510 + "…"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ask lena.fischer+oncall@mail.example.org now", "ask [address] now"),
        ("mailto:lena@example.org", "mailto:[address]"),
        ("<lena@example.org>, jürgen@müller.example", "<[address]>, [address]"),
        ("user=lena%40example.org", "user=[address]"),
        ("call +1 555 0100 or +49 (170) 123-45-67", "call [phone] or [phone]"),
        ("call 415-555-0123 or (415) 555-0123 or 1-800-555-0199", "call [phone] or [phone] or [phone]"),
    ],
)
def test_addresses_and_numbers_are_marked(text: str, expected: str) -> None:
    """In whatever notation people write them."""
    assert scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "openvpn@client.service failed on 10.2.9.3:8080",
        "git@github.com:acme/checkout.git",
        "Rolled back checkout-api to 2026.11.2 at 2026-11-18 14:20:05 +0100",
        "rate rose by +1200 to 48213 of 1763473337 events (+5 2026-03-14 09:12)",
        "pod checkout-7d9f8b6c5-x2x9k, trace 4bf92f3577b34da6a3ce929d0e0e4736",
        "see #48213 and 192.168.100.200",
    ],
)
def test_what_monitoring_prints_is_left_alone(text: str) -> None:
    """Versions, times, counts, units of systemd and repositories are no addresses."""
    assert scrub(text) == text


def test_notifications_lose_every_long_number() -> None:
    """Where a number can only be somebody's, how it is written does not matter."""
    assert scrub_strictly("Notified Maya by SMS at 0170 1234567") == "Notified Maya by SMS at [phone]"
    assert scrub_strictly("Notified Maya for #48213 by push") == "Notified Maya for #48213 by push"


@pytest.mark.parametrize(
    ("shown", "kind", "expected"),
    [
        ("Maya Ortiz", AgentKind.PERSON, "Maya Ortiz"),
        ("maya@example.org", AgentKind.PERSON, "a responder"),
        ("Maya <maya@example.org>", AgentKind.PERSON, "a responder"),
        ("01701234567", AgentKind.PERSON, "a responder"),
        ("checkout@acme.example.org", AgentKind.AUTOMATION, "a service"),
        ("checkout-20261118", AgentKind.AUTOMATION, "checkout-20261118"),
        ("maya@example.org", AgentKind.UNKNOWN, "someone"),
    ],
)
def test_a_name_that_is_an_address_becomes_what_its_owner_is(shown: str, kind: AgentKind, expected: str) -> None:
    """Accounts without a name show their e-mail address in its place."""
    assert name_of(shown, kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("user_reference", AgentKind.PERSON),
        ("user", AgentKind.PERSON),
        ("service_reference", AgentKind.AUTOMATION),
        ("integration_reference", AgentKind.AUTOMATION),
        ("events_api_v2_inbound_integration_reference", AgentKind.AUTOMATION),
        ("bot_user_reference", AgentKind.AUTOMATION),
        ("event_rule_reference", AgentKind.AUTOMATION),
        ("team_reference", AgentKind.UNKNOWN),
        (None, AgentKind.UNKNOWN),
    ],
)
def test_references_tell_people_from_machines(kind: object, expected: AgentKind) -> None:
    """Only users are people; a bot is not, though its type says user."""
    assert fields.agent({"type": kind, "summary": "X"}) == Agent(kind=expected, name="X")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://files.example",
        "//host.example/x",
        "https://",
        "https://user:secret@host.example/",
        "https://user@[::1]/",
        "https://host.example/?to=lena@example.org",
        "https://host.example/?to=lena%40example.org",
        "https://host.example/a b",
        "https://host.example/\x1b",
        "https://[::1",
        "https://host.example/\ud800",
        "https://host.example/" + "x" * 5000,
    ],
)
def test_unusable_addresses_are_dropped(address: str) -> None:
    """Other schemes, credentials, addresses of people and broken text make no link."""
    assert fields.web_address(address) == ""


def test_links_are_kept_once_each() -> None:
    """Contexts and the client's own page, in order; images count by where they lead."""
    contexts = [
        {"type": "link", "href": "https://am.example", "text": "View"},
        {"type": "link", "href": "https://am.example", "text": "Again"},
        {"type": "image", "src": "https://img.example/x.png"},
        {"type": "link", "href": "javascript:1"},
        "junk",
        None,
    ]
    assert fields.links(contexts, client="Alertmanager", client_url="https://am.example/#/alerts") == (
        Link(href="https://am.example", text="View"),
        Link(href="https://am.example/#/alerts", text="Alertmanager"),
    )
    assert fields.links("junk") == ()
