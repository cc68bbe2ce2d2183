"""From the configuration to clients: what may not become part of a link."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pm_autofill import config
from pm_autofill.collect.connections import Connections
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.config import Environment
from pm_autofill.errors import UsageError

VARIABLES = {"T": "t-0123456789", "PUBLIC": "https://ann:canary@people.example"}


def connections(source: str) -> Connections:
    """A source whose address for people comes from a variable."""
    data = {source: {"url": "http://127.0.0.1:9", "public_url": "${PUBLIC}", "token": "${T}"}}
    settings = config.parse(data, path=None).settings
    return Connections(settings, Environment(VARIABLES, Path()), Deadline(5), now=lambda: datetime.now(UTC))


@pytest.mark.parametrize(("source", "name"), [("prometheus", "Prometheus"), ("grafana", "Grafana")])
def test_an_address_for_people_holds_no_credentials(source: str, name: str) -> None:
    """Links stand in the draft and in the evidence; the variable's value is not repeated."""
    with pytest.raises(UsageError) as refused:
        getattr(connections(source), source)()
    assert refused.value.message == f"{name}'s url holds a user name or password"
    assert "canary" not in str(refused.value)
