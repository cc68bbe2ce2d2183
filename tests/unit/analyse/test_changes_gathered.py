"""Changes as each source tells them, which of them are one, and what stays of both."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.changes import gathering
from pm_autofill.analyse.changes.change import Change, Kind
from pm_autofill.config.settings import ChangeTags
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.incident import ChangeEvent, Link
from pm_autofill.evidence.panels import Annotation, GrafanaRecord
from pm_autofill.evidence.readings import Answered, Complete, State, seen
from pm_autofill.evidence.series import Series, matrix
from tests.unit.analyse.cases import SETTINGS, SOURCES, at, evidence, record

CI, RUN, MARK = Link(href="https://ci", text="build"), Link(href="https://run", text="run"), Link(href="g", text="mark")


def event(minutes: float, summary: str = "Deploy 42", id_: str = "E", **parts: object) -> ChangeEvent:
    """A change event."""
    return ChangeEvent(id=id_, at=at(minutes), summary=summary, **parts)  # type: ignore[arg-type]


def mark(minutes: float, text: str = "Deploy 42", end: float | None = None, **parts: object) -> Annotation:
    """An annotation of a change, as its tags say."""
    last, tags = None if end is None else at(end), ("deploy",)
    return Annotation(id=7, start=at(minutes), end=last, text=text, source="gf", **{"tags": tags, **parts})  # type: ignore[arg-type]


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
    return seen(gathering.gather(whole, SETTINGS), ())


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
    service = frozenset({"checkout"})
    assert gathered(event(1, links=(CI,))) == (
        Change("change:E", at(1), None, "Deploy 42", ("change event",), (CI,), "pd.changes", services=service),
    )
    told = Change("annotation:7", at(2), at(3), "Deploy 42", ("annotation",), (MARK,), "gf", kind=Kind.DEPLOY)
    assert gathered(mark(2, end=3, links=(MARK,))) == (told,)
    second = int(at(0).timestamp()) + 60
    assert gathered(asked(60, 75, 90)) == (
        Change(
            f"query:checkout:checkout:{second}",
            at(1),
            at(1.5),
            "checkout",
            ("change query",),
            (),
            "prom",
            services=service,
            unseen_at=at(0.75),
        ),
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
    ("text", "tags", "kind"),
    [
        ("", ("team", "deploy"), Kind.DEPLOY),
        ("", ("Deploy",), Kind.DEPLOY),
        ("", ("deploy", "rollback"), Kind.ROLLBACK),
        ("", ("type:deployment",), Kind.DEPLOY),
        ("", ("event=scale",), Kind.SCALE),
        ("", ("feature-flag",), Kind.FLAG),
        ("", ("config",), Kind.CONFIG),
        ("Quarterly survey: change of office coffee supplier", (), None),
        ("Quarterly survey: change of office coffee supplier", ("survey", "change"), None),
        ("Deployed checkout", ("checkout",), None),
        ("", ("owner:deploy",), None),
        ("", ("de", "ploy"), None),
        ("", (), None),
    ],
)
def test_an_annotation_is_a_change_where_a_tag_says_so(text: str, tags: tuple[str, ...], kind: Kind | None) -> None:
    """To the letter but for case; never a word in its text, and never an alert's change of state."""
    assert [one.kind for one in gathered(mark(1, text, tags=tags))] == ([kind] if kind else [])
    assert gathered(mark(1, text, tags=tags, alert="Burn")) == ()


def test_a_team_has_words_of_its_own_for_kinds() -> None:
    """Each list replaces the one that is built in."""
    settings = swap(SETTINGS, change_tags=ChangeTags(deploy=("Shipped",)))
    marks = (mark(1, tags=("shipped",)), mark(2, tags=("deploy",)), mark(3, tags=("rollback",)))
    whole = evidence(grafana=GrafanaRecord(version="", url="", annotations=marks))
    found = seen(gathering.gather(whole, settings), ())
    assert [(one.start, one.kind) for one in found] == [(at(1), Kind.DEPLOY), (at(3), Kind.ROLLBACK)]


@pytest.mark.parametrize(
    ("tags", "kind", "version", "environment"),
    [
        (("type:rollback", "version:1.41", "env:prod"), Kind.ROLLBACK, "1.41", "prod"),
        (("state:passed",), Kind.CHANGE, "", ""),
        (("flag", "staging"), Kind.FLAG, "", "staging"),
        (("release:2026.11.3",), Kind.CHANGE, "2026.11.3", ""),
    ],
)
def test_a_change_event_says_its_kind_by_its_details(
    tags: tuple[str, ...], kind: Kind, version: str, environment: str
) -> None:
    """One that says none is still a change."""
    (found,) = gathered(event(1, tags=tags))
    assert (found.kind, found.version, found.environment) == (kind, version, environment)


@pytest.mark.parametrize(
    ("seconds", "spans"),
    [
        ((0,), [(0, None)]),
        ((0, 15), [(0, None)]),
        ((0, 30), [(0, 0.5)]),
        ((0, 45), [(0, 0.75)]),
        ((0, 46), [(0, None), (46 / 60, None)]),
        ((0, 15, 600, 615, 630, 1200), [(0, None), (10, 10.5), (20, None)]),
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
        (event(10, ""), mark(10, "Deploy 42"), 1),
        (event(10, ""), mark(12, "Deploy 42"), 2),
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
        kind=Kind.DEPLOY,
        services=frozenset({"checkout"}),
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
        monkeypatch.setattr(gathering, "_MOST_COMPARED", most)
        assert len(gathered(*flood)) == count, most


def test_where_nobody_was_asked_there_are_no_changes() -> None:
    """And none is missing."""
    readings = {"incident.log": Answered(state=State.COMPLETE)}
    assert (
        gathering.gather(evidence(readings=readings), SETTINGS)
        == gathering.gather(evidence(), SETTINGS)
        == Complete(())
    )


def test_candidates_are_sorted_by_how_near_they_are() -> None:
    """Not by how the sources list them."""
    every = [Change(str(one), at(one), None, "", ("annotation",), (), "") for one in (-30, -2, -50, -61, 3)]
    assert [one.id for one in gathering.shortly_before(every, at(0))] == ["-2", "-30", "-50"]


@pytest.mark.parametrize(
    ("query", "seconds", "span"),
    [
        ("changes(x[1m]) > 0", (0, 15, 30, 45), (0, None)),
        ("changes(x[1m]) > 0", (0, 15, 30, 45, 60, 75, 90, 105, 120), (0, 1.25)),
        ('changes(x{a="[9h]"}[1m:15s]) > 0', (0, 15, 30, 45), (0, None)),
        ("max(changes(x[30s])) + changes(x[5m]) > 0", tuple(range(0, 601, 15)), (0, 5.25)),
        ("x > 0", (0, 15, 30, 45), (0, 0.75)),
        ("changes(x[nonsense]) > 0", (0, 15, 30, 45), (0, 0.75)),
    ],
)
def test_a_query_that_looks_back_was_true_longer_than_the_change_took(
    query: str, seconds: tuple[float, ...], span: tuple[float, float | None]
) -> None:
    """By the range it looks back over; the change lies between the last evaluation without it and the first with it."""
    (found,) = gathered(swap(asked(*seconds), query=query))
    assert minutes(found) == span
    assert (found.earliest, found.unseen_at) == (at(-0.25), at(-0.25))


@pytest.mark.parametrize(
    ("versions", "undo"),
    [
        (("1.41", "1.42", "1.41"), (False, False, True)),
        (("1.42", "1.41"), (False, True)),
        (("2026.11.3", "2026.11.2"), (False, True)),
        (("1.9", "1.10"), (False, False)),
        (("v2", "v1.9"), (False, True)),
        (("abc", "def"), (False, False)),
        (("abc", "def", "abc"), (False, False, True)),
        (("1.42", "1.42"), (False, False)),
        (("1.42", "", "1.41"), (False, False, True)),
    ],
)
def test_what_brings_back_an_earlier_version_undoes(versions: tuple[str, ...], undo: tuple[bool, ...]) -> None:
    """One that was there before, or one that counts less than the one it replaces; of the same service."""
    told = [event(10 * n, str(n), f"E{n}", tags=(f"version:{one}",)) for n, one in enumerate(versions)]
    assert tuple(one.undoes for one in gathered(*told)) == undo
    apart = [swap(one, services={f"P{n}": ""}) for n, one in enumerate(told)]
    assert not any(one.undoes for one in gathered(*apart))


def test_what_is_tagged_a_rollback_undoes() -> None:
    """Whatever its version."""
    (found,) = gathered(mark(1, tags=("rollback", "version:9")))
    assert found.undoes


def test_changes_of_two_services_are_two() -> None:
    """However alike their words and times are."""
    here, there = event(10, services={"A": "checkout"}), event(10, id_="F", services={"B": "payments"})
    assert len(gathered(here, mark(10, tags=("deploy", "service:payments")))) == 2
    assert len(gathered(there, mark(10, tags=("deploy", "service:payments")))) == 1
    assert len(gathered(there, asked(600))) == 2


@pytest.mark.parametrize(
    ("ours", "theirs", "count"),
    [
        (("type:rollback", "version:7"), ("deploy", "version:7"), 1),
        (("type:rollback", "version:7"), ("rollback", "version:6"), 2),
        (("type:rollback",), ("rollback", "service:checkout"), 1),
        (("type:rollback",), ("rollback",), 2),
        (("type:rollback",), ("deploy", "service:checkout"), 2),
    ],
)
def test_two_sources_may_have_other_words_for_one_change(
    ours: tuple[str, ...], theirs: tuple[str, ...], count: int
) -> None:
    """At one time the same version, or the same kind on the same service."""
    assert len(gathered(event(10, "Back to 7", tags=ours), mark(10.5, "checkout rolled back", tags=theirs))) == count
