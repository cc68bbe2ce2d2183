"""The same times by other definitions: from the start, and PagerDuty's own, computed anew from the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.definitions import define_otherwise, figures
from pm_autofill.analyse.draft import analyse
from pm_autofill.collect.pagerduty.incidents import read_incident
from pm_autofill.collect.pagerduty.log import read_log
from pm_autofill.collect.pagerduty.shapes import read_analytics
from pm_autofill.evidence.incident import IncidentRecord, Responder
from pm_autofill.evidence.readings import Complete
from pm_autofill.findings import Fact, Known, Unknown
from tests.unit.analyse.cases import ANN, BOB, ROBOT, SETTINGS, entry, evidence, incident, page, record, sli
from tests.unit.analyse.cases import at as minute
from tests.world.schemas import ABSENT, data_folder


def seconds(found: dict[str, Fact]) -> dict[str, float | str]:
    """Figures as seconds, or why they are unknown."""
    return {name: fact.number if isinstance(fact, Known) else fact.reason for name, fact in found.items()}


def test_pagerduty_s_figures_are_computed_as_pagerduty_does() -> None:
    """Machines do not count, nobody counts twice, joining is an engagement but no acknowledgement."""
    asked = Responder(name="Cid", state="joined", asked_at=minute(20), answered_at=minute(31))
    log = (
        entry("acknowledge", 6, ROBOT),
        entry("acknowledge", 9, ANN),
        entry("unacknowledge", 39, ROBOT),
        entry("acknowledge", 40, ANN),
        entry("acknowledge", 25, BOB),
        entry("resolve", 60, BOB),
    )
    told = record(*log, incident=incident(responders=(asked,)))
    assert seconds(figures(told, Complete(told.log))) == {
        "seconds_to_first_ack": 240,
        "seconds_to_engage": 1320,
        "seconds_to_mobilize": 1200,
        "seconds_to_resolve": 3300,
    }


def test_what_nobody_did_has_no_figure() -> None:
    """One person alone mobilizes nobody; an open incident has not ended."""
    told = record(entry("acknowledge", 6, ROBOT), incident=incident(status="triggered", resolved_at=None))
    assert seconds(figures(told, Complete(told.log))) == {
        "seconds_to_first_ack": "nobody acknowledged the incident",
        "seconds_to_engage": "fewer than two people were engaged",
        "seconds_to_mobilize": "fewer than two people were engaged",
        "seconds_to_resolve": "the PagerDuty incident is still open",
    }


def test_people_without_a_name_are_not_taken_for_one() -> None:
    """Who shows an address instead of a name is nobody in particular; two acknowledgements may be of two people."""
    nobody = replace(ANN, name="a responder")
    told = record(entry("acknowledge", 8, nobody), entry("acknowledge", 9, BOB), entry("acknowledge", 10, nobody))
    found = seconds(figures(told, Complete(told.log)))
    assert found["seconds_to_first_ack"] == 180
    assert found["seconds_to_engage"] == found["seconds_to_mobilize"]
    assert found["seconds_to_engage"] == "people without a name acknowledged, who cannot be told apart"


def test_the_figures_of_the_samples_are_reproduced() -> None:
    """To the second: what PagerDuty recorded of an incident follows from its log."""
    folder = data_folder()
    if folder is None:
        pytest.skip(ABSENT)
    body: dict[str, Any] = {
        name: json.loads((folder / "pagerduty" / "samples" / f"{name}.json").read_bytes())
        for name in ("incident", "log_entries", "analytics")
    }
    told = IncidentRecord(
        incident=read_incident(body["incident"].get("incident", body["incident"])),
        log=read_log(body["log_entries"]["log_entries"]).items,
    )
    recorded = read_analytics(body["analytics"])
    assert recorded == {
        "seconds_to_first_ack": 398,
        "seconds_to_engage": 1851,
        "seconds_to_mobilize": 2249,
        "seconds_to_resolve": 2953,
    }
    assert seconds(figures(told, Complete(told.log))) == recorded


def test_definitions_stand_beside_what_their_owner_publishes() -> None:
    """From the start on without an incident, too; PagerDuty's only where its log could be read."""
    told = record(
        page(6), entry("acknowledge", 8), entry("resolve", 60, BOB), analytics={"seconds_to_first_ack": 180.0}
    )
    whole = evidence(sli((0, 40, 0.12)), pagerduty=told)
    facts = analyse(whole, SETTINGS).facts
    found = {one.name: one for one in define_otherwise(whole, facts)}
    start = facts["impact.start"]
    assert isinstance(start, Known)
    late = (minute(0) - start.instant).total_seconds()
    assert seconds({name: found[name].seconds for name in ("from_start.detect", "from_start.acknowledge")}) == {
        "from_start.detect": 360 + late,
        "from_start.acknowledge": 480 + late,
    }
    assert isinstance(found["from_start.mitigate"].seconds, Unknown)
    first = found["pagerduty.seconds_to_first_ack"]
    assert seconds({"computed": first.seconds, "published": first.told}) == {"computed": 180, "published": 180}
    assert isinstance(found["pagerduty.seconds_to_resolve"].told, Unknown)
    bare = evidence(sli((0, 40, 0.12)))
    assert [one.name for one in define_otherwise(bare, analyse(bare, SETTINGS).facts)] == [
        "from_start.detect", "from_start.acknowledge", "from_start.mitigate", "from_start.resolve",
    ]  # fmt: skip
