"""What no evidence can hold is refused with its place; what collectors write never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pm_autofill.errors import EvidenceUnreadable
from pm_autofill.evidence import Evidence, dump, validity
from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.panel_looks import FieldLook, Options, Override
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, Panel
from pm_autofill.evidence.record import EarlierDraft, Source
from pm_autofill.evidence.replay import PastEvents, RuleRun, Steps, Stretch
from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import Boundary, BudgetTotals, CounterRead, Events, SloDefinition, SloEvidence
from tests.window import AT, EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = AT + timedelta(hours=1)
DEFINITION = SloDefinition(name="web", service="shop", objective=Decimal("99.9"), events=Events(total="t", bad="b"))
RULE = AlertRule(name="A", expression="x", hold=60, interval=15, labels={}, annotations={}, source="s")
SOURCE = Source(system="Prometheus", query="q", url="", retrieved_at=AT, sha256="0")


def slo(**changed: Any) -> Evidence:  # noqa: ANN401 - parts of a definition
    """Evidence of one SLO whose definition is changed."""
    definition = msgspec.structs.replace(DEFINITION, **changed)
    return msgspec.structs.replace(EVIDENCE, slos=(SloEvidence(definition=definition),))


def observed(**parts: Any) -> Evidence:  # noqa: ANN401 - what was observed of an SLO
    """Evidence of one SLO with something observed of it."""
    return msgspec.structs.replace(EVIDENCE, slos=(SloEvidence(definition=DEFINITION, **parts),))


def panel(**parts: Any) -> Evidence:  # noqa: ANN401 - a panel's attributes
    """Evidence of one panel."""
    one = Panel(id=1, title="", kind="timeseries", link="", **parts)
    board = Dashboard(uid="u", title="", service="s", link="", panels=(one,))
    return msgspec.structs.replace(EVIDENCE, grafana=GrafanaRecord(version="", url="", dashboards=(board,)))


def samples(*times: float) -> Matrix:
    """One series with samples at these times."""
    return Matrix((Series({}, np.array(times), np.zeros(len(times))),))


def read(start: datetime, end: datetime, found: Matrix | None = None) -> CounterRead:
    """Counters over a window."""
    return CounterRead(matrix=found or Matrix(), source="s", start=start, end=end)


def with_(**parts: Any) -> Evidence:  # noqa: ANN401 - parts of the evidence
    """Evidence with some parts."""
    return msgspec.structs.replace(EVIDENCE, **parts)


REFUSED: dict[str, Callable[[], Evidence]] = {
    "collected_at is no instant of this age": lambda: with_(collected_at=datetime(1969, 12, 31, 23, tzinfo=UTC)),
    "sources.s.end is no instant of this age": lambda: with_(
        sources={"s": msgspec.structs.replace(SOURCE, end=datetime(2201, 1, 1, tzinfo=UTC))}
    ),
    "request.since is no instant of this age": lambda: with_(
        request=msgspec.structs.replace(EVIDENCE.request, since=AT.replace(tzinfo=None))
    ),
    "sources.s.step is too large a number": lambda: with_(sources={"s": msgspec.structs.replace(SOURCE, step=1e101)}),
    "drafts[0].number is too large a number": lambda: with_(
        drafts=(EarlierDraft(folder="f", title="t", at=AT, number=2**63),)
    ),
    "version is too long a text": lambda: with_(version="x" * (2**20 + 1)),
    "gaps holds too many entries": lambda: with_(gaps=(None,) * 100_001),
    "slos[0].definition has an objective that is no percentage": lambda: slo(objective=Decimal("NaN")),
    "slos[0].definition has an objective of its slices": lambda: slo(slice_objective=Decimal("1e9")),
    "slos[0].definition has slices of no usual length": lambda: slo(slice_length=1e-9),
    "slos[0].definition has a window that is no duration": lambda: slo(window="a while"),
    "slos[0].definition has a window of no usual length": lambda: slo(window="99999999d"),
    "slos[0].definition has a calendar that is none": lambda: slo(window="week from Nowhere"),
    "'../../etc/passwd' is no time zone": lambda: slo(window="month", time_zone="../../etc/passwd"),
    "slos[0].total ends before it begins": lambda: observed(total=read(LATER, AT)),
    "slos[0].bad ends before it begins, or is longer than ten years": lambda: observed(
        bad=read(AT - timedelta(days=4000), AT)
    ),
    "slos[0].total has scrapes further apart than what was asked for is long": lambda: observed(
        total=msgspec.structs.replace(read(AT, LATER), spread=9e15)
    ),
    "slos[0].bad has scrapes further apart": lambda: observed(
        bad=msgspec.structs.replace(read(AT, LATER), spread=-1.0)
    ),
    "slos[0].total.matrix.series[0] holds a sample of another age": lambda: observed(
        total=read(AT, LATER, samples(-1.0, 5.0))
    ),
    "slos[0].boundary is no bucket": lambda: observed(boundary=Boundary(threshold=1.0, below=2.0, above=3.0)),
    "slos[0].totals[0] ends": lambda: observed(totals=(BudgetTotals(start=LATER, end=AT, bad=0, total=0, sources=()),)),
    "alert_rules[0] has a length that is none": lambda: with_(
        alert_rules=(msgspec.structs.replace(RULE, interval=-1.0),)
    ),
    "alert_series[0] ends": lambda: with_(
        alert_series=(AlertSeries(name="A", labels={}, state="firing", first=LATER, last=AT, source="s"),)
    ),
    "changes[0] has a step that is none": lambda: with_(
        changes=(ChangeSeries(service="s", query="q", matrix=Matrix(), source="s", step=0.0),)
    ),
    "rule_runs[0] has more steps than can be looked at": lambda: with_(
        rule_runs=(
            RuleRun(rule=RULE, stretches=(), start=AT, joint=AT, end=LATER, coarse=60.0, fine=0.001, sources=()),
        )
    ),
    "rule_runs[0].stretches[0] ends": lambda: with_(
        rule_runs=(
            RuleRun(
                rule=RULE,
                stretches=(Stretch(first=LATER, last=AT),),
                start=AT,
                joint=AT,
                end=LATER,
                coarse=60.0,
                fine=15.0,
                sources=(),
            ),
        )
    ),
    "past_events[0].part[0] has a step that is none": lambda: with_(
        past_events=(
            PastEvents(
                slo="web",
                events=Events(total="t"),
                total=(),
                part=(Steps(matrix=Matrix(), source="s", start=AT, end=LATER, step=1e9),),
            ),
        )
    ),
    "grafana.dashboards[0].panels[0].field has a width that cannot be drawn": lambda: panel(
        field=FieldLook(line_width=1e6)
    ),
    "grafana.dashboards[0].panels[0].field has decimals that cannot be written": lambda: panel(
        field=FieldLook(decimals=-1)
    ),
    "grafana.dashboards[0].panels[0].field has a scale that is none": lambda: panel(field=FieldLook(logarithmic=1)),
    "grafana.dashboards[0].panels[0].options has colours that cannot be drawn": lambda: panel(
        options=Options(heat_steps=10**9)
    ),
    "grafana.dashboards[0].panels[0].overrides[0] changes what no field has": lambda: panel(
        overrides=(Override(matcher="byName", changed=("__class__",), look=FieldLook()),)
    ),
    "grafana.dashboards[0].panels[0] holds as a picture what is none": lambda: panel(rendered=b"<svg/>"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_no_collector_writes_is_refused_with_its_place(words: str) -> None:
    """Each kind of it, found wherever it stands."""
    with pytest.raises(ValueError, match=r".") as refused:
        validity.check(REFUSED[words]())
    assert str(refused.value).startswith(words)


def test_a_file_of_it_is_no_evidence() -> None:
    """The message names the file, and the place in it."""
    with pytest.raises(EvidenceUnreadable) as refused:
        parse(dump(slo(window="99999999d")), name="evidence.json")
    assert refused.value.message == (
        "evidence.json is not an evidence file: slos[0].definition has a window of no usual length"
    )


def test_labels_that_are_no_texts_are_no_samples() -> None:
    """A label's value that is an object would be compared and counted as if it were a text."""
    whole = dump(with_(changes=(ChangeSeries(service="s", query="q", matrix=samples(1.0), source="s", step=1.0),)))
    broken = whole.replace(b'"labels":{}', b'"labels":{"a":{}}')
    assert broken != whole
    with pytest.raises(EvidenceUnreadable, match="not a packed matrix"):
        parse(broken, name="e")


@pytest.mark.parametrize("window", ["30d", "1ms", "day", "week", "week from Thursday", "month", "quarter", "year"])
def test_windows_as_they_are_configured_pass(window: str) -> None:
    """Lengths and calendars; and an SLO with all of its parts."""
    validity.check(slo(window=window, time_zone="Europe/Berlin", slice_length=60.0, slice_objective=Decimal(99)))
    validity.check(
        observed(
            total=read(AT, LATER, samples(1.0, 2.0)),
            boundary=Boundary(threshold=0.3, below=0.25, above=None),
            history_start=AT,
        )
    )


def test_looks_as_grafana_stores_them_pass() -> None:
    """Defaults, and what is set."""
    look = FieldLook(decimals=15, logarithmic=10, fill_ratio=1.0, line_width=10, point_size=40)
    validity.check(panel(field=look, options=Options(heat_steps=128), rendered=b"\x89PNG\r\n\x1a\nrest"))
