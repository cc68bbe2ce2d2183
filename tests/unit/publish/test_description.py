"""The description of a change request: what it tells, how long it gets, and whose words it keeps."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pm_autofill.publish import gitlab
from pm_autofill.publish.description import Summary, compose_body, compose_title, is_ours, merge_body
from pm_autofill.publish.github import GitHub, api_url
from pm_autofill.publish.gitlab import GitLab

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "golden" / "demo" / "facts.json").read_bytes())
HOSTILE = "a\n/close\n@everyone #12 <!-- /pm-autofill --> | b ![x](http://evil.example) `c"


def summary(facts: dict[str, Any] = FACTS, owed: tuple[str, ...] = ()) -> Summary:
    """A summary of the demo's facts."""
    return Summary(facts, {"ratio": "https://host.example/1.png"}, "https://host.example/doc", owed)


def changed(name: str, **values: object) -> dict[str, Any]:
    """The demo's facts with one of them different."""
    facts = copy.deepcopy(FACTS)
    facts["facts"][name] |= values
    return facts


def test_what_is_unknown_says_why() -> None:
    """Never a number in its place."""
    facts = changed("impact.duration", status="unknown", reason="it is | still going on", ask="a human")
    assert "| Duration | unknown: it is \\| still going on |" in compose_body(summary(facts), 60_000)


def test_lost_requests_make_the_budget_a_lower_bound() -> None:
    """Demand that never arrived takes no budget."""
    facts = changed("requests.lost", value=12.0)
    row = "| Error budget consumed | at least 10.9% of checkout-availability |"
    assert row in compose_body(summary(facts), 60_000)
    assert row not in compose_body(summary(), 60_000)


def test_gaps_and_what_is_owed_are_listed_harmlessly() -> None:
    """No mention, quick action, comment, cell, image or code of theirs."""
    facts = copy.deepcopy(FACTS)
    facts["gaps"] = [{"source": "Grafana", "what": HOSTILE, "reason": "down", "hint": "Try again."}]
    body = compose_body(summary(facts, (HOSTILE,)), 60_000)
    harmless = (
        "a /close @<!-- -->everyone #<!-- -->12 \\<!-- /pm-autofill --> \\| b !\\[x\\](http:/\\/evil\\.example) \\`c"
    )
    assert f"- Grafana: {harmless}: down. Try again.\n" in body
    assert f"- {harmless}\n" in body
    assert not any(line.startswith("/") for line in body.splitlines())
    assert is_ours(body)


def test_a_title_mentions_nobody() -> None:
    """Titles are no Markdown: an invisible character stands between."""
    facts = copy.deepcopy(FACTS)
    facts["incident"]["title"] = "@ops broke #12\r\nand !3"
    assert compose_title(facts, "x") == "Post-mortem: @\u2060ops broke #\u206012 and !\u20603"
    facts["incident"] = None
    assert compose_title(facts, "2026-11-18-checkout-1000") == "Post-mortem: 2026-11-18-checkout-1000"


def test_the_hosts_limits_are_kept() -> None:
    """GitHub takes 65,536 characters, GitLab 1,048,576."""
    assert (GitHub.longest_body, GitLab.longest_body) == (60_000, 500_000)


@pytest.mark.parametrize("longest", [60_000, 6_000, 3_000, 300])
def test_a_long_description_is_cut_within_the_host_s_limit(longest: int) -> None:
    """Items go first and say how many; the block can still be found again."""
    body = compose_body(summary(owed=tuple(f"line {number}: {'x' * 400}" for number in range(500))), longest)
    assert len(body) < longest
    assert is_ours(body)
    assert ("and 460 more things" in body) == (longest == 60_000)


def test_words_around_ours_are_kept_and_ours_are_refreshed() -> None:
    """Whatever the host does to line breaks."""
    earlier = f"Mine.\n\n{compose_body(summary(), 60_000)}\n\nToo.".replace("\n", "\r\n")
    fresh = compose_body(summary(owed=("more",)), 60_000)
    assert merge_body(earlier, fresh) == f"Mine.\r\n\r\n{fresh}\r\n\r\nToo."
    assert merge_body(earlier, compose_body(summary(), 60_000)) == earlier


@pytest.mark.parametrize("words", ["", "No block here.", "<!-- pm-autofill -->\n<!-- /pm-autofill 000000000000 -->"])
def test_a_block_that_is_not_ours_is_left_alone(words: str) -> None:
    """Removed, never there, or changed."""
    assert not is_ours(words)
    assert merge_body(words, compose_body(summary(), 60_000)) == words


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://github.example", "https://github.example/api/v3"),
        ("https://github.example:8443", "https://github.example:8443/api/v3"),
        ("https://notghe.com", "https://notghe.com/api/v3"),
    ],
)
def test_where_github_s_api_is(url: str, api: str) -> None:
    """The public host, data residency, and Enterprise Server."""
    assert api_url(url) == api


@pytest.mark.parametrize("url", ["https://gitlab.com", "https://host.example:8443", "https://host.example:8443/gitlab"])
def test_where_gitlab_s_api_is(url: str) -> None:
    """Always beside it, also on a port and below a path."""
    assert gitlab.api_url(url) == f"{url}/api/v4"
