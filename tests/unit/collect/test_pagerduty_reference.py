"""How a user may name an incident."""

from __future__ import annotations

import pytest

from pm_autofill.collect.pagerduty.reference import ACCEPTED, parse_reference
from pm_autofill.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PD123", "PD123"),
        ("Q1CHKOUT7X4M2A", "Q1CHKOUT7X4M2A"),
        (" q1chkout7x4m2a\n", "Q1CHKOUT7X4M2A"),
        ("48213", "48213"),
        ("#48213", "48213"),
        ("0048213", "48213"),
        ("https://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A", "Q1CHKOUT7X4M2A"),
        ("https://acme.eu.pagerduty.com/incidents/Q1CHKOUT7X4M2A/timeline?x=1#top", "Q1CHKOUT7X4M2A"),
        ("acme.pagerduty.com/incidents/48213", "48213"),
        ("https://api.pagerduty.com/incidents/PT4KHLK", "PT4KHLK"),
    ],
)
def test_ids_numbers_and_addresses_are_taken(text: str, expected: str) -> None:
    """What comes out fits into a path as it is."""
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "0",
        "P1?x=1",
        "P1/../users",
        "../users",
        "P1%2F",
        "P 1",
        "\uff30123",
        "\u0663\u0664\u0665",
        "P1\x00",
        "https://acme.pagerduty.com/services/PSVC123",
        "https://acme.pagerduty.com/incidents/",
        "https://acme.pagerduty.com/incidents/a%2Fb",
        "https://evil.example/incidents/Q1CHKOUT7X4M2A",
        "https://pagerduty.com.evil.example/incidents/Q1CHKOUT7X4M2A",
        "ftp://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A",
        "https://[::1/incidents/P123",
        "A" * 65,
    ],
)
def test_everything_else_is_refused_with_what_is_accepted(text: str) -> None:
    """Nothing that could change a path gets through; the message is one printable line."""
    with pytest.raises(UsageError) as caught:
        parse_reference(text)
    assert caught.value.hint == ACCEPTED
    assert caught.value.message.isprintable()
