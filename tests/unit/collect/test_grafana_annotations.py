"""Annotations lose their HTML and keep their links, times and tags."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.collect.grafana.annotations import annotations_as_of, in_order, plain_text, read_annotations
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.panels import Annotation

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
NOON_MS = 1_795_003_200_000


def read(**fields: Any) -> Annotation:  # noqa: ANN401 - JSON
    """The one annotation of an answer."""
    (found,) = read_annotations([{"id": 1, "time": NOON_MS, "text": "t", **fields}], "grafana.annotations")
    return found


def test_a_deploy_is_read() -> None:
    """Both ends, text, tags, author."""
    assert read(timeEnd=NOON_MS + 60_000, text="deploy v1", tags=["deploy", "v:1", 3, ""], login="sa-ci") == Annotation(
        id=1,
        start=NOON,
        end=datetime(2026, 11, 18, 12, 1, tzinfo=UTC),
        text="deploy v1",
        tags=("deploy", "v:1"),
        author="sa-ci",
        source="grafana.annotations",
    )


def test_an_alerts_change_of_state_is_read() -> None:
    """Its name, the new state and the dashboard; it has no author."""
    found = read(alertName="Burn", newState="Alerting", prevState="Pending", dashboardUID="chk", login="admin")
    assert (found.alert, found.state, found.dashboard_uid, found.author) == ("Burn", "Alerting", "chk", "")


def test_an_alert_without_a_name_is_called_by_its_text() -> None:
    """Some versions leave the name out; the text begins with it."""
    assert read(newState="Normal", text="Burn {service=cart} - A=1").alert == "Burn"


@pytest.mark.parametrize("id_", [None, 0, -1, "x"])
def test_alert_states_kept_in_loki_get_a_number_of_their_own(id_: object) -> None:
    """They come without an id; the number is the same on every run and another for another state."""
    first, again = (read(id=id_, newState="Alerting") for _ in range(2))
    other = read(id=id_, newState="Normal")
    assert first.id == again.id > 0
    assert other.id not in {first.id, 0}


@pytest.mark.parametrize("end", [0, None, NOON_MS, NOON_MS - 1, "soon", 10**18])
def test_an_annotation_without_a_later_end_is_a_point(end: object) -> None:
    """Grafana writes 0, or the start, where there is no end."""
    assert read(timeEnd=end).end is None


@pytest.mark.parametrize("time", [None, 0, "x", -1, 10**18, 10**400, True])
def test_an_annotation_without_a_usable_time_is_left_out(time: object) -> None:
    """It cannot stand in a timeline."""
    assert read_annotations([{"id": 1, "time": time}], "s") == ()


@pytest.mark.parametrize("body", [None, {}, "<html>", 3])
def test_an_answer_that_is_no_list_is_refused(body: object) -> None:
    """It is no answer to the question."""
    with pytest.raises(SourceUnavailable, match="about annotations is no list"):
        read_annotations(body, "s")


@pytest.mark.parametrize(
    ("markup", "text", "links"),
    [
        ("plain", "plain", ()),
        ('v1 <a href="https://git/x">diff</a>', "v1 diff", (("https://git/x", "diff"),)),
        ("see https://git/x.", "see https://git/x.", (("https://git/x", "https://git/x"),)),
        ("see <https://git/x>", "see https://git/x", (("https://git/x", "https://git/x"),)),
        ("a<br>b<p>c</p>  d", "a\nb\nc d", ()),
        ("a &lt;b&gt; &amp; c", "a <b> & c", ()),
        ("<script>alert(1)</script>x<style>y</style>", "x", ()),
        ('<a href="javascript:alert(1)">x</a>', "x", ()),
        ('<a href="https://u:p@h/">x</a>', "x", ()),
        ('<a href="http://[::1">x</a>', "x", ()),
        ("a < b and c > d", "a < b and c > d", ()),
        ("<![odd[ <b>x</b>", "x", ()),
        ("", "", ()),
    ],
)
def test_html_is_taken_off_and_links_are_kept(markup: str, text: str, links: tuple[tuple[str, str], ...]) -> None:
    """Only addresses of the web, each once, with the label they had."""
    assert plain_text(markup) == (text, tuple(Link(href=href, text=label) for href, label in links))


def test_endless_texts_are_cut() -> None:
    """Nobody reads more than four thousand characters of an annotation; ten links are enough."""
    text, links = plain_text("".join(f"https://h/{number} " for number in range(10_000)))
    assert (len(text) <= 4000, len(links)) == (True, 10)


def test_markup_of_nothing_but_tags_is_read_without_the_parser() -> None:
    """It would begin anew at each of them; a thousand such annotations would take a minute."""
    assert plain_text("<b>a</b> " * 60) == (" ".join("a" * 60), ())


def test_annotations_stand_by_time_each_once() -> None:
    """Answers for neighbouring windows repeat those that touch both."""
    later = Annotation(id=2, start=NOON.replace(hour=13), text="b", source="s")
    twins = [Annotation(id=0, start=NOON, text="Burn", alert="Burn", state=one, source="s") for one in ("B", "A")]
    assert in_order([later, *twins, later]) == (twins[1], twins[0], later)


def test_what_was_not_yet_there_is_left_out() -> None:
    """Later annotations are gone; one still running has no end yet."""
    past = Annotation(id=1, start=NOON, end=NOON.replace(minute=5), text="a", source="s")
    running = Annotation(id=2, start=NOON, end=NOON.replace(hour=14), text="b", source="s")
    future = Annotation(id=3, start=NOON.replace(hour=15), text="c", source="s")
    still_open = Annotation(id=2, start=NOON, text="b", source="s")
    assert annotations_as_of([past, running, future], NOON.replace(hour=13)) == (past, still_open)
