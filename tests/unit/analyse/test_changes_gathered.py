"""Changes as each source tells them, which of them are one, and what stays of both."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.analyse import changes as changing
from pm_autofill.analyse.changes import Change
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.incident import ChangeEvent, Link
from pm_autofill.evidence.panels import Annotation, GrafanaRecord
from pm_autofill.evidence.readings import Answered, Complete, State, seen
from pm_autofill.evidence.series import Series, matrix
from tests.unit.analyse.cases import SOURCES, at, evidence, record

CI, RUN, MARK = Link(href="https://ci", text="build"), Link(href="https://run", text="run"), Link(href="g", text="mark")


def event(minutes: float, summary: str = "Deploy 42", id_: str = "E", **parts: object) -> ChangeEvent:
    """A change event."""
    return ChangeEvent(id=id_, at=at(minutes), summary=summary, **parts)  # type: ignore[arg-type]


def mark(minutes: float, text: str = "Deploy 42", end: float | None = None, **parts: object) -> Annotation:
    """An annotation."""
    last = None if end is None else at(end)
    return Annotation(id=7, start=at(minutes), end=last, text=text, source="gf", **parts)  # type: ignore[arg-type]


def asked(*seconds: float, labels: dict[str, str] | None = None) -> ChangeSeries:
    """A change query that was true at some seconds after noon, asked every fifteen."""
    times = np.array([at(0).timestamp() + one for one in seconds])
    series = Series(labels or {}, times, np.ones(len(times)))
    return ChangeSeries(service="checkout", query="q", matrix=matrix([series]), source="prom", step=15.0)


def gathered(*told: ChangeEvent | Annotation | ChangeSeries, sources: dict[str, str] = SOURCES) -> tuple[Change, ...]:
    """The changes that sources told of."""
    events = tuple(one for one in told if isinstance(one, ChangeEvent))
    marks = tuple(one for one in told if isinstance(one, Annotation))
    queries = tuple(one for one in told if isinstance(one, ChangeSeries))
    grafana = GrafanaRecord(version="", url="", annotations=marks)
    whole = evidence(pagerduty=record(changes=events, sources=sources), grafana=grafana, changes=queries)
    return seen(changing.gather(whole), ())


def minutes(change: Change) -> tuple[float, float | None]:
    """Begin and end as minutes after noon."""
    start = (change.start - at(0)).total_seconds() / 60
    return start, None if change.end is None else (change.end - at(0)).total_seconds() / 60


@pytest.mark.parametrize(
    ("origins", "words"),
    [
        (("annotation",), "annotation"),
        (("annotation", "change event"), "annotation and change event"),
        (("change query",), "change query"),
        (("change query", "annotation"), "annotation, seen by the change query"),
        (("annotation", "change event", "change query"), "annotation and change event, seen by the change query"),
    ],
)
def test_who_told_of_a_change_in_words(origins: tuple[str, ...], words: str) -> None:
    """A query sees it; people and pipelines tell of it."""
    assert Change("c", at(0), None, "", origins, (), "").origin == words


def test_each_source_in_the_shape_of_a_change() -> None:
    """With its question, its links, and an id that stays."""
    assert gathered(event(1, links=(CI,))) == (
        Change("change:E", at(1), None, "Deploy 42", ("change event",), (CI,), "pd.changes"),
    )
    assert gathered(mark(2, end=3, links=(MARK,))) == (
        Change("annotation:7", at(2), at(3), "Deploy 42", ("annotation",), (MARK,), "gf"),
    )
    second = int(at(0).timestamp()) + 60
    assert gathered(asked(60, 75)) == (
        Change(f"query:checkout:checkout:{second}", at(1), at(1.25), "checkout", ("change query",), (), "prom"),
    )


@pytest.mark.parametrize(
    ("correlation", "sources", "source"),
    [
        ("most_recent", {"changes": "related", "changes.service": "own"}, "related"),
        ("", {"changes": "related", "changes.service": "own"}, "own"),
        ("", {"changes": "related"}, "related"),
        ("", {"incident": "pd"}, ""),
        ("most_recent", {"changes.service": "own"}, ""),
    ],
)
def test_a_change_event_names_the_question_that_told_of_it(
    correlation: str, sources: dict[str, str], source: str
) -> None:
    """The one for related changes, or the one for all of the service."""
    (found,) = gathered(event(1, correlation=correlation), sources=sources)
    assert found.source == source


@pytest.mark.parametrize(
    ("text", "tags", "counts"),
    [
        *((word, (), True) for word in ("Deployed", "release", "rolled back", "roll-out", "rolling back", "rollback")),
        *((word, (), True) for word in ("Revert it", "FLAG on", "feature x", "toggled", "scale up", "scaling down")),
        *((word, (), True) for word in ("config", "restarted", "migration", "upgrade", "changed", "failover")),
        *((word, (), True) for word in ("failed over", "fail-over")),
        *((word, (), False) for word in ("lunch", "flagship", "failed", "undeployed", "unscaled", "rolled")),
        ("", ("team", "deploy"), True),
        ("", ("de", "ploy"), False),
        ("de", ("ploy",), False),
        ("", (), False),
    ],
)
def test_an_annotation_counts_where_its_words_or_tags_speak_of_a_change(
    text: str,
    tags: tuple[str, ...],
    counts: bool,  # noqa: FBT001 - a table
) -> None:
    """An alert's change of state never does."""
    assert bool(gathered(mark(1, text, tags=tags))) is counts
    assert gathered(mark(1, text, tags=tags, alert="Burn")) == ()


@pytest.mark.parametrize(
    ("seconds", "spans"),
    [
        ((0,), [(0, None)]),
        ((0, 15), [(0, 0.25)]),
        ((0, 45), [(0, 0.75)]),
        ((0, 46), [(0, None), (46 / 60, None)]),
        ((0, 15, 600, 615, 630, 1200), [(0, 0.25), (10, 10.5), (20, None)]),
        ((), []),
    ],
)
def test_an_unbroken_run_of_a_query_is_one_change(
    seconds: tuple[float, ...], spans: list[tuple[float, float | None]]
) -> None:
    """Up to three steps without a sample do not break it."""
    assert [minutes(one) for one in gathered(asked(*seconds))] == spans


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"deployment": "web", "version": "7"}, "web"),
        ({"version": "7"}, "7"),
        ({"deployment": "", "version": ""}, "checkout"),
        ({"pod": "a"}, "checkout"),
    ],
)
def test_what_a_query_saw_is_named_by_its_labels(labels: dict[str, str], name: str) -> None:
    """The deployment, the version, else the service."""
    (found,) = gathered(asked(60, labels=labels))
    assert (found.text, found.id) == (name, f"query:checkout:{name}:{int(at(1).timestamp())}")


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (event(10), mark(11), 1),
        (event(10), mark(9), 1),
        (event(10), mark(11.02), 2),
        (event(10), mark(5, end=11), 1),
        (event(10), mark(5, end=12), 2),
        (event(10, " deploy 42 "), mark(10, "DEPLOY 42 of web"), 1),
        (event(10, "Deploy 42 of web"), mark(10, "deploy 42"), 1),
        (event(10, "web: deploy 42"), mark(10, "deploy 42"), 2),
        (event(10, "Deploy 41"), mark(10, "Deploy 42"), 2),
        (event(10, ""), mark(10, "Deploy 42"), 2),
        (event(10), asked(720), 1),
        (event(10), asked(480), 1),
        (event(10), asked(721), 2),
        (mark(5, "Deploy 42", end=10), asked(720), 1),
        (event(10), asked(60, 100, 140, 180, 220, 260, 300, 340, 380, 420, 460, 500), 1),
        (event(10), event(10, id_="F"), 2),
        (mark(10), mark(10), 2),
    ],
)
def test_which_two_are_one_change(
    one: ChangeEvent | Annotation, other: ChangeEvent | Annotation | ChangeSeries, count: int
) -> None:
    """Words that begin alike within a minute; of a query, which has none, anything within two."""
    assert len(gathered(one, other)) == count


def test_what_stays_of_two_is_the_span_that_has_both_ends() -> None:
    """With the shorter words, every link once, and who told of it first."""
    (found,) = gathered(
        event(10.5, "Deploy 42", links=(CI, RUN)),
        mark(10, "Deploy 42 of web", end=12, links=(MARK, Link(href="https://ci", text="pipeline"))),
    )
    assert found == Change(
        "annotation:7",
        at(10),
        at(12),
        "Deploy 42",
        ("annotation", "change event"),
        (Link(href="https://ci", text="pipeline"), RUN, MARK),
        "gf",
    )
    (reverse,) = gathered(event(10, "Deploy 42"), mark(10.5, "Deploy 42 of web", end=12))
    assert (reverse.id, minutes(reverse), reverse.text) == ("annotation:7", (10.5, 12), "Deploy 42")
    assert reverse.origins == ("change event", "annotation")


def test_of_two_instants_the_first_stays() -> None:
    """With the other's links before its own."""
    (found,) = gathered(event(10, links=(CI,)), mark(10.5, links=(MARK,)))
    assert (found.id, found.start, found.links) == ("change:E", at(10), (MARK, CI))
    (other,) = gathered(event(10.5, links=(CI,)), mark(10, links=(MARK,)))
    assert (other.id, other.start, other.links) == ("annotation:7", at(10), (CI, MARK))


@pytest.mark.parametrize("seconds", [(570, 585), (615, 630)])
def test_a_change_that_a_query_saw_stays_as_it_was_told(seconds: tuple[float, ...]) -> None:
    """Whichever came first: a query has neither words nor links."""
    (found,) = gathered(event(10, links=(CI,)), asked(*seconds))
    assert (found.id, found.start, found.end, found.text, found.links) == ("change:E", at(10), None, "Deploy 42", (CI,))
    assert found.origin == "change event, seen by the change query"
    (marked,) = gathered(mark(10, end=11), asked(*seconds))
    assert (marked.id, minutes(marked)) == ("annotation:7", (10, 11))


def test_three_sources_tell_of_one_change() -> None:
    """The third joins what the first two are."""
    (found,) = gathered(event(10), mark(10.5, end=11), asked(615))
    assert found.origin == "change event and annotation, seen by the change query"
    assert minutes(found) == (10.5, 11)


def test_a_change_joins_the_earliest_it_can() -> None:
    """And of several of its own source none."""
    first, second = gathered(event(10, id_="E"), event(10.2, id_="F"), mark(10.4))
    assert (first.id, first.origins) == ("change:E", ("change event", "annotation"))
    assert (second.id, second.origins) == ("change:F", ("change event",))
    both = gathered(event(10, id_="E"), event(10.2, id_="F"), mark(10.4), mark(10.6))
    assert [one.origins for one in both] == [("change event", "annotation")] * 2


def test_beyond_what_can_be_compared_changes_stand_as_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a million comparisons are a flood that nobody made by hand."""
    flood: list[ChangeEvent | Annotation] = [
        event(10, "a"),
        mark(10, "a release"),
        event(20, "b"),
        mark(20, "b release"),
        mark(30, "c release"),
    ]
    for most, count in ((0, 5), (1, 4), (2, 4), (3, 3), (1_000_000, 3)):
        monkeypatch.setattr(changing, "_MOST_COMPARED", most)
        assert len(gathered(*flood)) == count, most


def test_where_nobody_was_asked_there_are_no_changes() -> None:
    """And none is missing."""
    readings = {"incident.log": Answered(state=State.COMPLETE)}
    assert changing.gather(evidence(readings=readings)) == changing.gather(evidence()) == Complete(())


def test_candidates_are_sorted_by_how_near_they_are() -> None:
    """Not by how the sources list them."""
    every = [Change(str(one), at(one), None, "", ("annotation",), (), "") for one in (-30, -2, -50, -61, 3)]
    assert [one.id for one in changing.candidates(every, at(0))] == ["-2", "-30", "-50"]
