"""What of a configuration evidence may hold: every key there is, one by one; and what of a stranger's is ignored."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pm_autofill import config
from pm_autofill.config import shared
from pm_autofill.errors import EvidenceUnreadable

# Decided, one by one: how something is reached, signed in to or written is the user's own to say.
WITHHELD = {
    *(
        f"pagerduty.{key}"
        for key in ("url", "token", "token_file", "token_command", "email", "ca_file", "allow_insecure")
    ),
    *(f"prometheus.{key}" for key in ("url", "public_url", "token", "token_file", "token_command", "username")),
    *(f"prometheus.{key}" for key in ("password", "headers", "ca_file", "allow_insecure")),
    *(f"grafana.{key}" for key in ("url", "public_url", "token", "token_file", "token_command", "org_id")),
    *(f"grafana.{key}" for key in ("ca_file", "allow_insecure")),
    *(
        f"{host}.{key}"
        for host in ("github", "gitlab")
        for key in ("url", "token", "token_file", "token_command", "base", "folder", "remote", "ca_file")
    ),
    *("github.repository", "github.allow_insecure", "gitlab.project", "gitlab.allow_insecure"),
    *("services[].slos[].file", "template", "output", "allow_insecure"),
}
EVERY = set(shared.every_key())
HOLDERS = {key for key in EVERY if any(other.startswith((f"{key}.", f"{key}[]")) for other in EVERY)}
CANARY = "a stranger's value"
JSON = st.recursive(
    st.sampled_from([None, True, 1, -1.5, "", "5m", "${SECRET}", "1e999", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*"ab", "services", "name"]), inner, max_size=2)
    ),
    max_leaves=5,
)
SECTIONS = st.sampled_from(sorted({key.partition(".")[0].removesuffix("[]") for key in EVERY}))


def _holding(key: str, value: object) -> dict[str, Any]:
    """A configuration with a value at one key and nothing else."""
    for part in reversed(key.split(".")):
        value = {part.removesuffix("[]"): [value] if part.endswith("[]") else value}
    assert isinstance(value, dict)
    return value


def _texts(data: object) -> list[object]:
    if isinstance(data, dict):
        return [text for value in data.values() for text in _texts(value)]
    return [text for value in data for text in _texts(value)] if isinstance(data, list) else [data]


def test_every_key_is_decided() -> None:
    """A key is kept or withheld, never both; one that is new stays out and fails here until somebody decides."""
    kept = set(shared.SHARED)

    assert not kept & WITHHELD
    assert kept | WITHHELD == (EVERY - HOLDERS) | {"services[].slos[].window"}


@pytest.mark.parametrize("key", sorted(EVERY - HOLDERS))
def test_a_key_is_kept_or_not(key: str) -> None:
    """What is decided for a key is what becomes of a value there, and the one that is not kept is named."""
    raw = _holding(key, CANARY)
    kept = _texts(config.share(raw)) == [CANARY]

    assert kept == (key in shared.SHARED)
    assert config.withheld(raw) == (() if kept else (key,) if key.startswith("services") else (key.partition(".")[0],))


@given(st.dictionaries(SECTIONS | st.sampled_from(["slack", "services[].name", ""]), JSON, max_size=3))
def test_nothing_else_is_ever_kept(raw: dict[str, Any]) -> None:
    """Whatever a stranger writes is left with known keys only, is refused by one clear error, or is believed."""
    found = config.share(raw)

    assert found.keys() <= {"services", "severity", "targets", "change_tags", "check", "hold", "redaction"}
    assert config.share(found) == found
    assert config.withheld(found) == ()
    with suppress(EvidenceUnreadable):
        settings, ours = config.believe(raw), config.Settings()
        for section in ("pagerduty", "prometheus", "grafana", "github", "gitlab", "template", "output"):
            assert getattr(settings, section) == getattr(ours, section)
        assert not settings.allow_insecure


def test_what_is_kept_is_as_it_was_written() -> None:
    """Services, SLOs, dashboards, targets and words; of an SLO that only names a file nothing is left."""
    slo = {"name": "a", "objective": 99.9, "window": {"calendar": "month"}, "events": {"total": "t", "bad": "b"}}
    dashboard = {"uid": "d", "panels": [1, 2], "variables": {"job": ["a", "b"]}}
    kept = {
        "services": [{"name": "web", "pagerduty": ["P1"], "slos": [slo], "dashboards": [dashboard], "changes": "up"}],
        "severity": {"P1": "SEV-1"},
        "targets": {"detect": "5m"},
        "check": {"blame_words": []},
        "hold": "10m",
    }
    service = {**kept["services"][0], "slos": [slo, {"file": "slos/*.yaml"}]}  # type: ignore[index]

    assert config.share(kept) == kept
    assert config.share({**kept, "services": [service], "output": "/"}) == kept
    assert config.withheld({**kept, "services": [service], "output": "/"}) == ("output", "services[].slos[].file")
    assert config.believe(kept).services[0].slos[0].name == "a"


def test_unknown_keys_are_ignored_and_not_repeated() -> None:
    """Evidence of a newer version has keys this one does not know; a stranger's names stay out of messages."""
    raw = {"services": [{"name": "web", "run\x1b[31m": "x"}], "slack": {"token": "y"}, "hold": "1m"}

    assert config.withheld(raw) == ("others",)
    assert config.believe(raw).hold == "1m"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"services": "web"}, "services: expected a list, got a text"),
        ({"services": [{"name": ["web"]}]}, "services[0].name: expected a text, got a list"),
        ({"hold": "for ever"}, "hold: "),
        ({"severity": {"P1": {"a": {}}}}, "severity[...]: expected a text, got a mapping"),
        ({"services": [{"name": "web"}] * 2}, "the service 'web' stands twice"),
    ],
)
def test_values_that_cannot_be_are_refused(raw: dict[str, Any], message: str) -> None:
    """Damaged evidence is told as such, with the key."""
    with pytest.raises(EvidenceUnreadable) as caught:
        config.believe(raw)

    assert caught.value.message.startswith(f"the evidence's configuration: {message}")
