"""Whole pictures: which there are, what they say, and that the same input gives the same bytes."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pm_autofill.evidence.panel_looks import ThresholdStep
from pm_autofill.evidence.panels import Annotation
from pm_autofill.findings import TimelineRow, Unit
from pm_autofill.graphs import draw
from pm_autofill.graphs.panel import DRAWERS
from pm_autofill.graphs.pictures import number

from .scene import (
    BUDGET,
    END,
    MARKS,
    START,
    USUAL,
    Rate,
    at,
    evidence,
    findings,
    known,
    line,
    minutes,
    panel,
    panel_with,
    slo_definition,
    slo_evidence,
    slo_findings,
    source,
)

if TYPE_CHECKING:
    from pm_autofill.evidence.panels import Panel
    from pm_autofill.findings import Picture

VERMILLION = (213, 94, 0)


def drawn(*panels: Panel) -> tuple[Picture, ...]:
    """The pictures of the made-up incident."""
    found = slo_findings(facts=BUDGET)
    return draw(evidence(slo_evidence(), panels=panels), findings(found, marks=MARKS))


def one_panel(*lines: tuple[str, np.ndarray, np.ndarray], **chosen: object) -> Picture:
    """The picture of one panel."""
    found = findings(slo_findings(), marks=MARKS)
    pictures = draw(evidence(panels=[panel_with(lines, chosen)]), found)
    assert len(pictures) == 1
    return pictures[0]


def pixels(picture: Picture) -> np.ndarray:
    """A picture as an array of colours."""
    return np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)


def test_an_slo_that_moved_has_three_pictures_and_each_panel_one() -> None:
    """Numbered in their order, with names made of allowed characters."""
    pictures = drawn(panel(line(), title="Error ratio ($env)"), panel(line(), number=7, title="支付"))

    assert [(picture.name, picture.kind) for picture in pictures] == [
        ("01-checkout-availability", "sli"),
        ("02-checkout-availability-traffic", "traffic"),
        ("03-checkout-availability-budget", "budget"),
        ("04-panel-error-ratio-env", "panel"),
        ("05-panel-7", "panel"),
    ]


def test_slos_come_worst_first_and_those_that_did_not_move_are_left_out() -> None:
    """Unless none moved: then each shows that it did not."""
    first, second, third = (slo_definition(name) for name in ("worst", "bad", "calm"))
    slos = [slo_evidence(definition=one) for one in (third, second, first)]
    moved = findings(slo_findings(first), slo_findings(second), slo_findings(third, start=None, end=None))
    calm = findings(*(slo_findings(one, start=None, end=None) for one in (first, second)))

    assert [p.name for p in draw(evidence(*slos), moved)] == [
        "01-worst",
        "02-worst-traffic",
        "03-bad",
        "04-bad-traffic",
    ]
    assert [p.name for p in draw(evidence(*slos), calm)] == ["01-worst", "02-bad"]


def test_what_has_no_data_has_no_picture() -> None:
    """An SLO without samples, one without evidence, a panel with a problem, a panel without a number."""
    lost = slo_evidence(definition=slo_definition("lost"))
    nothing = line()[0], minutes(3), np.full(3, np.nan)
    panels = [panel(line(), problem="its data source is gone"), panel(), panel(nothing)]
    found = findings(slo_findings(slo_definition("lost")), slo_findings(slo_definition("unread")))

    assert draw(evidence(msgspec.structs.replace(lost, total=None), panels=panels), found) == ()


def test_the_pictures_say_what_they_show() -> None:
    """To readers who cannot see them, and below them."""
    sli, traffic, budget = drawn()

    assert sli.title == "Failed requests of checkout-api (checkout-availability)"
    assert sli.alt == (
        "Failed requests of checkout-api: 0% until 13:42, 10.0% until 14:20, then 0%; "
        "start, detection, first response, mitigation and recovery marked"
    )
    assert sli.caption == (
        "Share of failed requests in each minute; the objective of 99.9% allows 0.10%, 0.05% is usual."
    )
    assert sli.href == (
        "https://prometheus.example/graph?g0.expr=sum%28rate%28failures%5B1m%5D%29%29+%2F+sum%28rate%28requests%5B1m%5D%29%29"
        "&g0.tab=0&g0.range_input=1h&g0.end_input=2026-11-18+14%3A31%3A00"
    )
    assert traffic.alt == (
        "Requests to checkout-api: 60 req/s during the impact, 60 req/s before; 6 req/s of them failed; "
        "start, detection, first response, mitigation and recovery marked"
    )
    assert budget.caption == (
        "This incident took 20.0% of the 30-day error budget of checkout-api (checkout-availability): "
        "80.0% left before, 60.0% left after. The line follows the failed requests counted between start and end."
    )
    assert {picture.sources for picture in (sli, traffic, budget)} == {("q1", "q2")}


def test_the_csv_holds_what_is_drawn() -> None:
    """Time first, then the series; enough rows to be worth a file."""
    tables = [list(csv.reader(io.StringIO(picture.csv.decode()))) for picture in drawn()]

    assert tables[0][0] == [
        "time_utc", "failed_ratio", "failed_requests", "requests", "allowed_ratio", "usual_ratio",
    ]  # fmt: skip
    assert tables[0][12] == ["2026-11-18T13:42:00Z", "0.1", "360", "3600", "0.001", "0.0005"]
    assert tables[1][12] == ["2026-11-18T13:42:00Z", "60", "6", "60"]
    assert tables[2][0] == ["time_utc", "consumed_ratio", "remaining_ratio"]
    assert [tables[2][1][1:], tables[2][-1][1:]] == [["0", "0.8"], ["0.2", "0.6"]]
    assert min(len(rows) for rows in tables) >= 10


def test_changes_are_marked_on_every_picture_of_an_slo() -> None:
    """Each caption tells their times, the first their words, and each picture differs from the one without."""
    told = findings(slo_findings(facts=BUDGET), marks=MARKS)
    rows = (TimelineRow(id="c", time=at("13:41"), kind="change", values={"text": "Deployed 42"}, source="a"),)
    plain = draw(evidence(slo_evidence()), told)
    marked = draw(evidence(slo_evidence()), dataclasses.replace(told, timeline=rows))
    assert len(marked) == 3
    for without, with_change in zip(plain, marked, strict=True):
        words = " Deployed 42" if with_change.kind == "sli" else ""
        assert f" Changes: a 13:41{words}." in with_change.caption
        assert with_change.png != without.png


def test_failures_are_seen_where_they_were() -> None:
    """The colour of failures stands between start and recovery, and hardly elsewhere."""
    picture = pixels(drawn()[1])
    columns = np.flatnonzero((np.abs(picture - VERMILLION).sum(axis=2) < 12).sum(axis=0) > 15)
    left, width = 0.85 * 120, 7.8 * 120

    assert picture.shape[1] == 1200
    assert columns.min() == pytest.approx(left + width * 11 / 60, abs=4)
    assert columns[columns < left + width].max() == pytest.approx(left + width * 49 / 60, abs=4)


def test_lost_requests_are_told_and_hatched() -> None:
    """Where traffic was below the line of what usually arrives."""
    rates = (USUAL, Rate(START, 15.0, 0.0), Rate(END, 60.0, 0.0))
    found = slo_findings(facts={"requests.lost": known(102600.0, Unit.EVENTS)})
    kept = slo_findings(facts={"requests.lost": known(0.0, Unit.EVENTS)})
    _, lost = draw(evidence(slo_evidence(rates)), findings(found))
    _, held = draw(evidence(slo_evidence(rates)), findings(kept))

    assert lost.caption == (
        "Requests per second, by the minute; dark: the failed ones; dashed: what usually arrives, from the traffic "
        "before and after the impact; hatched: about 102,600 requests that never arrived."
    )
    assert "hatched" not in held.caption
    assert lost.png != held.png


def test_an_open_incident_is_drawn_until_now() -> None:
    """And said to be going on."""
    found = slo_findings(end=None, facts=BUDGET)
    sli, _, budget = draw(evidence(slo_evidence(), now=at("14:10")), findings(found, now=at("14:10")))

    assert sli.alt == (
        "Failed requests of checkout-api: 0% until 13:42, 10.0% since then, still going on; start marked"
    )
    assert sli.csv.decode().splitlines()[-1].startswith("2026-11-18T14:09:00Z")
    assert "so far" in budget.alt


def test_a_calm_slo_is_described_by_its_mean() -> None:
    """No impact, no phases."""
    found = slo_findings(start=None, end=None)
    (sli,) = draw(evidence(slo_evidence((USUAL,))), findings(found))

    assert sli.alt == "Failed requests of checkout-api: 0% on average"


def test_a_panel_tells_its_series_its_range_and_what_was_left_out() -> None:
    """As plain text, with a link to the panel."""
    picture = one_panel(
        ("cart", minutes(3), np.array([0.01, 0.02, 0.144])),
        ("pay", minutes(3), np.array([0.0004, np.nan, 0.1])),
        title="Error ratio",
        unit="percentunit",
        not_applied=("organize",),
        source="q3",
    )

    assert picture.alt == (
        "Panel Error ratio: 2 series (cart, pay) between 0.0400% and 14.4%, highest at 13:44; start marked"
    )
    assert picture.caption == "Panel Error ratio of dashboard Checkout SLO, drawn from its data; not applied: organize."
    assert picture.href == "https://grafana.example/d/slo?viewPanel=1"
    assert picture.sources == ("q3",)
    assert picture.csv.decode() == (
        "time_utc,cart,pay\n"
        "2026-11-18T13:42:00Z,0.01,0.0004\n"
        "2026-11-18T13:43:00Z,0.02,\n"
        "2026-11-18T13:44:00Z,0.144,0.1\n"
    )


def test_a_panel_shows_the_range_it_was_asked_for() -> None:
    """Though its samples begin later."""
    found = findings(slo_findings(), marks=MARKS)
    data = evidence(panels=[panel(line(number=10), source="q9")])
    asked = msgspec.structs.replace(
        data, sources={"q9": source("https://grafana.example/api/ds/query", at("13:00"), at("15:00"))}
    )

    assert draw(data, found)[0].alt.endswith("; start, detection and first response marked")
    assert draw(asked, found)[0].alt.endswith("; start, detection, first response, mitigation and recovery marked")


@pytest.mark.parametrize(
    ("kind", "number", "marked"),
    [
        ("timeseries", 9, True),
        ("graph", 9, True),
        ("heatmap", 9, True),
        ("state-timeline", 9, True),
        ("status-history", 9, True),
        ("barchart", 9, True),
        ("barchart", 1, False),
        ("stat", 9, False),
    ],
)
def test_annotations_are_marked_on_every_time_axis(kind: str, number: int, marked: bool) -> None:  # noqa: FBT001
    """Of every kind of panel that has one; the caption names them."""
    found = findings(slo_findings(), marks=MARKS)
    data = evidence(panels=[panel(line(number=number), kind=kind)])
    assert data.grafana is not None
    note = Annotation(id=1, start=at("13:42") if number == 1 else at("13:45"), text="Deployed 42", source="a")
    noted = msgspec.structs.replace(data.grafana, annotations=(note,))
    (plain,) = draw(data, found)
    (picture,) = draw(msgspec.structs.replace(data, grafana=noted), found)
    assert ("annotations: 1 13:45 Deployed 42" in picture.caption) is marked
    assert (picture.png != plain.png) is marked


@pytest.mark.parametrize("several", [12, 13, 40])
def test_many_series_are_all_drawn_and_twelve_of_them_named(several: int) -> None:
    """The largest; the others are counted."""
    picture = one_panel(*(line(f"pod-{place}", level=1.0 + place) for place in range(several)))

    assert len(picture.csv.decode().splitlines()[0].split(",")) == several + 1
    assert (f"; the 12 largest of {several} series are named" in picture.caption) == (several > 12)


@pytest.mark.parametrize(
    "chosen",
    [
        {"style": "bars"},
        {"style": "points"},
        {"stacked": "normal"},
        {"stacked": "percent"},
        {"stacked": "normal", "style": "bars"},
        {"logarithmic": 10},
        {"logarithmic": 2, "fill_ratio": 0.4},
        {"fill_ratio": 0.3, "span_nulls": True},
        {"minimum": 0.0, "maximum": 0.5},
        {"threshold_style": "line", "thresholds": (ThresholdStep(value=1.05, color="red"),)},
    ],
)
def test_each_setting_of_a_panel_shows(chosen: dict[str, object]) -> None:
    """A picture with it differs from one without."""
    lines = line(), line("two", level=3.0)

    assert one_panel(*lines, **chosen).png != one_panel(*lines).png


def test_values_a_logarithm_cannot_show_are_counted() -> None:
    """In the caption."""
    picture = one_panel(("one", minutes(4), np.array([0.0, 1.0, 10.0, 100.0])), logarithmic=10)

    assert "; 1 value at or below nought cannot be shown on its logarithmic axis" in picture.caption


HOSTILE = (
    "$\\frac{a$",
    "_x",
    "a\x00\x1b[31m\u202eb",
    "😀支付",
    "x" * 5000,
    "",
    "=cmd()",
    "</svg><script>",
    "\ud800",
    "%s{0}\n",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_drawn_as_text(text: str) -> None:
    """In titles, legends, units and SLO names; nothing raises, warns or leaves the folder."""
    definition = slo_definition(text, text)
    hostile = panel(line(text), line("two"), title=text, unit=text, not_applied=(text,))
    pictures = draw(
        evidence(slo_evidence(definition=definition), panels=[hostile]),
        findings(slo_findings(definition, facts=BUDGET), marks=MARKS),
    )

    assert len(pictures) == 4
    for picture in pictures:
        assert re.fullmatch(r"\d\d-[a-z0-9._-]+", picture.name)
        assert not re.search(r"[\x00-\x1f\x7f\u202e\ud800]", picture.title + picture.alt + picture.caption)
        assert Image.open(io.BytesIO(picture.png)).size[0] == 1200
        heads = next(csv.reader(io.StringIO(picture.csv.decode())))
        assert not [head for head in heads if head[:1] in {"=", "+", "-", "@"}]


numbers = st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1e-320, 1e299, -1e299, 1.0, 1.0000000001]))


tried = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(DRAWERS)),
        "style": st.sampled_from(["line", "bars", "points", "other"]),
        "stacked": st.sampled_from(["none", "normal", "percent", "other"]),
        "logarithmic": st.sampled_from([None, 2, 10, 1]),
        "unit": st.sampled_from(["", "s", "bytes", "percentunit", "bool", "currencyEUR"]),
        "minimum": st.none() | numbers,
        "maximum": st.none() | numbers,
        "decimals": st.none() | st.integers(-5, 500),
        "fill_ratio": st.sampled_from([0.0, 0.5]) | st.floats(),
        "thresholds": st.tuples(st.builds(ThresholdStep, value=st.none() | numbers, color=st.text(max_size=3))),
        "threshold_style": st.sampled_from(["off", "line", "dashed+area", "other"]),
    }
)


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.lists(numbers, min_size=1, max_size=6), min_size=1, max_size=4), chosen=tried)
def test_no_values_break_a_picture(values: list[list[float]], chosen: dict[str, object]) -> None:
    """Whatever a panel holds, there is a picture, or none when no value is a number; never an error."""
    lines = [(f"s{place}", minutes(len(one)), np.array(one)) for place, one in enumerate(values)]
    pictures = draw(evidence(panels=[panel_with(lines, chosen)]), findings(slo_findings()))

    assert len(pictures) == any(np.abs(value) < 1e300 for one in values for value in one)


def test_more_than_ninety_nine_pictures_are_cut() -> None:
    """Names have two digits."""
    names = [picture.name for picture in number([one_panel(line())] * 101)]

    assert [names[0], names[-1]] == ["01-01-panel-requests", "99-01-panel-requests"]


def test_matplotlib_is_left_as_it_was() -> None:
    """Settings are not global."""
    before = dict(mpl.rcParams)
    drawn()

    assert dict(mpl.rcParams) == before


def test_the_same_input_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    """Also elsewhere, in another zone and locale, with other hashes and somebody's matplotlib settings."""
    script = (
        "import hashlib, sys\n"
        f"sys.path.insert(0, {str(Path.cwd())!r})\n"
        "from tests.unit.graphs.test_pictures import drawn\n"
        "from tests.unit.graphs.scene import line, panel\n"
        "for picture in drawn(panel(line(), line('two'), title='p')):\n"
        "    print(picture.name, hashlib.sha256(picture.png + picture.csv).hexdigest())\n"
    )
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nlines.linewidth: 9\naxes.facecolor: red\n")
    runs = []
    for zone, seed, folder in (("UTC", "0", "."), ("Pacific/Auckland", "7", str(tmp_path))):
        variables = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C.UTF-8" if seed == "0" else "tr_TR"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=folder, env=variables, capture_output=True, text=True, check=True
        )
        runs.append(done.stdout)

    assert runs[0].count("\n") == 4
    assert runs[0] == runs[1]


def test_the_package_is_cheap_to_import() -> None:
    """Matplotlib and pandas come with drawing, or with getting ready for it."""
    script = (
        "import sys\n"
        "from pm_autofill.graphs.process import Here\n"
        "print([name for name in ('matplotlib', 'pandas', 'numpy') if name in sys.modules])\n"
        "Here().get_ready(lambda: False)\n"
        "print('matplotlib.figure' in sys.modules, 'pandas' in sys.modules, 'matplotlib.pyplot' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\nTrue True False\n"
