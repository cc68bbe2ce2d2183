"""What makes a draft worth another commit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pm_autofill.publish.draft import has_news


def files(facts: dict[str, Any] | bytes, **others: bytes) -> dict[str, bytes]:
    """A draft's files with these facts."""
    raw = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    return {"postmortem.md": b"# T\n", "evidence.json": b"{}", "facts.json": raw, **others}


FACTS: dict[str, Any] = {"generated": {"at": "13:00"}, "sources": {"a": {"retrieved_at": "13:00"}}, "gaps": []}
LATER = FACTS | {"generated": {"at": "14:00"}, "sources": {}}


def test_the_same_observed_later_is_no_news() -> None:
    """Other evidence that gives the same facts, document and graphs."""
    assert not has_news(files(FACTS), files(LATER) | {"evidence.json": b"{ }"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (files(FACTS), files(LATER | {"gaps": [{"source": "Grafana"}]})),
        (files(FACTS), files(LATER) | {"postmortem.md": b"# U\n"}),
        (files(FACTS), files(LATER, **{"graphs/01.png": b"x"})),
        (files(FACTS, **{"chat.txt": b"x"}), files(LATER)),
        (files(b"<<<<<<<"), files(LATER)),
        (files(b"[]"), files(LATER)),
        ({}, files(FACTS)),
    ],
)
def test_whatever_else_differs_is_news(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """A fact, the document, a graph, a file of a human's, or facts that cannot be read."""
    assert has_news(before, after)
