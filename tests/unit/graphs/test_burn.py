"""The burn rate as a picture: what it says, what its data is, and what it leaves out."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pm_autofill.findings import Unit
from pm_autofill.graphs import burn, draw
from pm_autofill.graphs.sheet import drawing
from pm_autofill.instants import Window
from pm_autofill.replayed import BurnLine, BurnRule, Firing, Replay, ReplayedRule, Shorter

from .scene import END, MARKS, START, at, evidence, findings, known, slo_evidence, slo_findings

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.findings import Findings, Picture

PAGE = BurnRule(sets=("Google", "Sloth"), severity="page", long=3600.0, short=300.0, factor=14.4)
TICKET = BurnRule(sets=("Google",), severity="ticket", long=86400.0, short=7200.0, factor=3.0)


def firing(when: datetime) -> Firing:
    """A fire."""
    return Firing(at=when, to_detect=(when - START).total_seconds(), spent_ratio=0.1)


def rule(burned: BurnRule | None, when: datetime | None, **parts: object) -> ReplayedRule:
    """A rule that would have fired then."""
    usual: dict[str, object] = {
        "name": "" if burned else "Own <b>",
        "burn": burned,
        "slo": "checkout-availability" if burned else "",
        "severity": "page",
        "hold": 0.0,
        "interval": 30.0,
        "sources": ("q1",),
        "firing": firing(when) if when else None,
    }
    return ReplayedRule(**{**usual, **parts})  # type: ignore[arg-type]


def replayed(*rules: ReplayedRule, slo: str = "checkout-availability") -> Findings:
    """Findings with these rules."""
    times = np.arange(at("12:30").timestamp(), at("15:30").timestamp(), 30.0)
    during = (times >= START.timestamp()) & (times < END.timestamp())
    lines = tuple(BurnLine(window=length, times=times, burn=np.where(during, 100.0, 0.0)) for length in (300.0, 3600.0))
    replay = Replay(
        rules=rules, week=Window(at("13:42", day=11), START), seen_ratio=1.0, slo=slo, lines=lines if slo else ()
    )
    facts = {"alert.fired": known(at("13:46:30"), Unit.INSTANT)}
    return replace(findings(slo_findings(), marks=MARKS, facts=facts), replay=replay)


def drawn(found: Findings) -> Picture | None:
    """The picture."""
    with drawing():
        return burn.picture(evidence(slo_evidence()), found)


def test_the_picture_says_how_fast_the_budget_burned_and_who_would_have_fired() -> None:
    """In its description and caption, for those who do not see it."""
    picture = drawn(replayed(rule(PAGE, at("13:43:30")), rule(TICKET, None), rule(None, at("13:50"))))
    assert picture is not None
    assert (picture.name, picture.kind) == ("checkout-availability-burn", "burn")
    assert picture.alt == (
        "Burn rate of checkout-api (checkout-availability): at most 100 over 5m, 100 over 1h; the first replayed rule "
        "to fire: Google/Sloth 1h/5m page, 13:43:30; start, detection, first response, mitigation and recovery marked"
    )
    assert picture.caption == (
        "How many times as fast as its objective allows the error budget burned, over 5m and 1h; rules that page ask "
        "for 14.4; the first replayed rule would have fired at 13:43:30."
    )
    assert picture.sources == ("q1",)
    assert Image.open(io.BytesIO(picture.png)).size[0] == 1200


def test_its_data_is_the_burn_rate_at_each_evaluation() -> None:
    """With a head per window."""
    picture = drawn(replayed(rule(PAGE, at("13:43:30"))))
    assert picture is not None
    rows = list(csv.reader(io.StringIO(picture.csv.decode())))
    assert rows[0] == ["time_utc", "burn_rate_5m", "burn_rate_1h", "allowed_ratio"]
    by_time = {row[0]: row[1:] for row in rows[1:]}
    assert by_time["2026-11-18T13:41:30Z"] == ["0", "0", "0.001"]
    assert by_time["2026-11-18T13:42:00Z"] == ["100", "100", "0.001"]


def test_the_rule_that_was_found_best_is_marked() -> None:
    """Also where it is an own rule with a shorter `for`."""
    own = rule(None, at("13:46:30"), shorter=Shorter(hold=0.0, firing=firing(at("13:44:30"))))
    found = replayed(own)
    best = replace(found, facts={**found.facts, "detection.replayed": known(at("13:44:30"), Unit.INSTANT)})
    picture = drawn(best)
    assert picture is not None
    assert 'the first replayed rule to fire: Own <b> with a shorter "for", 13:44:30' in picture.alt
    assert picture.png != (drawn(found) or picture).png


def test_fires_of_other_slos_are_not_drawn() -> None:
    """They burn another budget."""
    with_other = drawn(replayed(rule(PAGE, at("13:50")), rule(PAGE, at("13:43"), slo="other")))
    alone = drawn(replayed(rule(PAGE, at("13:50"))))
    assert with_other is not None
    assert with_other == alone


def test_many_fires_at_once_fit() -> None:
    """In rows, nine at most."""
    many = [rule(PAGE, at("13:45")) for _ in range(20)]
    assert drawn(replayed(*many)) is not None


def test_without_counted_events_there_is_no_picture() -> None:
    """Own rules alone have no burn rate."""
    assert drawn(replayed(rule(None, at("13:43")), slo="")) is None
    assert drawn(findings(slo_findings())) is None


def test_it_stands_behind_the_other_pictures_of_its_slo() -> None:
    """And before the panels."""
    names = [one.name for one in draw(evidence(slo_evidence()), replayed(rule(PAGE, at("13:43:30"))))]
    assert names == [
        "01-checkout-availability",
        "02-checkout-availability-traffic",
        "03-checkout-availability-burn",
    ]
