"""The share of all that a service counts, beside that of one of its routes; and for how long nothing was served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.silence import silent_seconds
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.evidence.slos import Events
from tests.unit.analyse.cases import SETTINGS, evidence, sli
from tests.unit.analyse.test_counting import impact_of

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloEvidence


def counted(slo: SloEvidence, total: str, service: str = "shop") -> SloEvidence:
    """An SLO with a selector and a service of its own."""
    return replace(slo, definition=replace(slo.definition, events=Events(total=total, bad="b"), service=service))


ROUTE = sli((0, 40, 0.6), name="shop-refund")
WHOLE = sli((0, 40, 0.012), name="shop")
REFUNDS = 'requests_total{service="shop",route="/refund"}'


@pytest.mark.parametrize(
    ("total", "service", "share"),
    [
        ('requests_total{service="shop"}', "shop", 0.012),
        ("requests_total", "shop", 0.012),
        (REFUNDS, "shop", None),
        ('requests_total{service="shop",route="/pay"}', "shop", None),
        ("others_total", "shop", None),
        ('requests_total{service="shop"}', "bank", None),
    ],
)
def test_beside_the_share_of_a_route_stands_that_of_all(total: str, service: str, share: float | None) -> None:
    """Of an SLO of the same service on the same metric with fewer matchers, over the same window."""
    found = analyse(evidence(counted(ROUTE, REFUNDS), counted(WHOLE, total, service)), SETTINGS)
    assert found.headline_slo == "shop-refund"
    if share is None:
        assert found.wider_share is None
    else:
        assert found.wider_share is not None
        assert found.wider_share.definition.name == "shop"
        assert found.wider_share.ratio == pytest.approx(share, rel=0.05)


@pytest.mark.parametrize("state", [State.PARTIAL, State.REFUSED])
def test_of_a_wider_slo_that_was_not_read_whole_no_share_is_told(state: State) -> None:
    """What did not come may hold other requests."""
    whole, complete = counted(WHOLE, "requests_total"), Answered(state=State.COMPLETE)
    readings = {"incident.log": complete, "slo.shop-refund.samples": complete}
    readings |= {"slo.shop.samples": Answered(state=state, missing="half")}
    found = analyse(evidence(counted(ROUTE, REFUNDS), whole, readings=readings), SETTINGS)
    assert found.wider_share is None


@pytest.mark.parametrize(
    ("slo", "minutes"),
    [
        (sli(traffic=[(0, 30, 0.0)]), 30),
        (sli(traffic=[(0, 10, 0.0), (10, 12, 0.4), (12, 30, 0.0)]), 18),
        (sli(traffic=[(0, 30, 0.1)]), 0),
        (sli((0, 30, 0.5)), 0),
    ],
)
def test_how_long_nothing_was_served(slo: SloEvidence, minutes: float) -> None:
    """The longest stretch without any event, to a scrape or two."""
    assert silent_seconds(impact_of(slo)) == pytest.approx(60 * minutes, abs=45)
