"""The configured SLOs: which are read, which service an incident names, and the gaps of what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from pm_autofill.config import Settings, parse
from pm_autofill.errors import UsageError
from pm_autofill.evidence import Gap
from pm_autofill.slo import configured


def settings(*services: dict[str, Any]) -> Settings:
    """A configuration of these services."""
    return parse({"services": list(services)}, path=None).settings


def slo(name: str) -> dict[str, Any]:
    """A sound SLO."""
    return {"name": name, "objective": 99.9, "events": {"total": "t", "bad": "b"}}


def test_definitions_keep_the_configurations_order() -> None:
    """Each knows its service."""
    found, gaps = configured.load(
        settings({"name": "web", "slos": [slo("z"), slo("a")]}, {"name": "api", "slos": [slo("m")]})
    )
    assert [(one.service, one.name) for one in found] == [("web", "z"), ("web", "a"), ("api", "m")]
    assert gaps == ()


def test_an_slo_in_a_file_is_a_gap() -> None:
    """The others are read all the same."""
    found, gaps = configured.load(settings({"name": "web", "slos": [{"file": "slos/web.yaml"}, slo("a")]}))
    assert [one.name for one in found] == ["a"]
    assert gaps == (
        Gap(
            source="configuration",
            what="the SLOs of web in slos/web.yaml",
            reason="this version reads SLOs written in the configuration only",
            hint="Write the SLO there with objective and events.",
        ),
    )


def test_a_wrong_definition_is_refused_with_its_place() -> None:
    """Counted from zero, as in every other message about the configuration."""
    with pytest.raises(UsageError, match=r"^services\[1\]\.slos\[1\]: objective is missing\."):
        configured.load(settings({"name": "web"}, {"name": "api", "slos": [slo("a"), {"name": "b", "ratio": "r"}]}))


def test_no_services_are_no_definitions() -> None:
    """And no gap: nothing was configured that could be missing."""
    assert configured.load(Settings()) == ((), ())


@pytest.mark.parametrize(
    ("service_id", "service", "expected"),
    [
        ("PWEB", "Web shop", ("web", "both")),
        ("pweb", "", ("web", "both")),
        ("PAPI", "Public API", ("both",)),
        ("", "PUBLIC api", ("both",)),
        ("PX", "plain", ("plain",)),
        ("PX", "Plain", ("plain",)),
        ("PX", "web", ()),
        ("", "", ()),
    ],
)
def test_services_are_found_by_pagerdutys_id_or_name(service_id: str, service: str, expected: tuple[str, ...]) -> None:
    """Capitals do not matter; a service's own name counts only where it lists none of PagerDuty's."""
    known = settings(
        {"name": "web", "pagerduty": ["PWEB"]},
        {"name": "both", "pagerduty": ["Public API", "PWEB"]},
        {"name": "plain"},
    )
    assert configured.named_services(known, service_id=service_id, service=service) == expected


def test_an_incident_of_an_unknown_service_is_a_gap() -> None:
    """It says which services are known and which line to add."""
    known = settings({"name": "web"}, {"name": "api"})
    assert configured.no_service(known, service_id="PX", service="Shop") == Gap(
        source="configuration",
        what="the SLOs of Shop",
        reason="no configured service names PagerDuty's service Shop (PX); configured: web, api",
        hint="Add `pagerduty: [PX]` and SLOs to a service of the configuration.",
    )


def test_a_service_without_an_id_is_named_by_its_name() -> None:
    """And a configuration without services says none."""
    gap = configured.no_service(Settings(), service_id="", service="Shop")
    assert gap.reason == "no configured service names PagerDuty's service Shop; configured: none"
    assert gap.hint == "Add `pagerduty: [Shop]` and SLOs to a service of the configuration."


def test_a_service_without_slos_is_a_gap() -> None:
    """Without one nothing can be counted."""
    assert configured.no_slo("web") == Gap(
        source="configuration",
        what="the SLOs of web",
        reason="the service has no SLO that could be read",
        hint="Write one under its `slos:` with objective and events; see docs/configuration.md.",
    )


def test_slos_without_prometheus_are_a_gap() -> None:
    """There is nowhere to read them from."""
    gap = configured.no_prometheus()
    assert gap.reason == "no Prometheus is configured"
    assert gap.hint == "Add `prometheus: {url: ...}` to the configuration."
