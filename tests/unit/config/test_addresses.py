"""Credentials inside a configured address: refused wherever a part of them is written out."""

from __future__ import annotations

import pytest

from pm_autofill import config
from pm_autofill.errors import UsageError


@pytest.mark.parametrize(
    "url",
    [
        "https://me:canary@p.example",
        "https://canary@p.example/",
        "https://me:canary@p.example/${TENANT}",
        "https://${USER}:canary@p.example",
        "https://${USER}:canary${PART}@p.example",
    ],
)
@pytest.mark.parametrize("key", ["url", "public_url"])
def test_a_login_written_out_is_refused_without_repeating_it(url: str, key: str) -> None:
    """A variable elsewhere in the address does not excuse it."""
    with pytest.raises(UsageError) as refused:
        config.parse({"prometheus": {"url": "https://p.example", key: url}}, path=None)
    assert refused.value.message == f"the evidence's configuration: prometheus.{key} holds a user name or password"
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://${USER}:${PASSWORD}@p.example",
        "https://p.example/team@home",
        "https://p.example:9090/?owner=me@p.example",
        "${PROMETHEUS_URL}",
    ],
)
def test_other_addresses_are_taken_as_written(url: str) -> None:
    """A sign that stands after the host is no login, and variables are looked up later."""
    found = config.parse({"prometheus": {"url": url}}, path=None).settings.prometheus
    assert found is not None
    assert found.url == url
