"""Whatever JSON comes, reading ends in evidence or in a counted skip, and nobody's address gets out."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.collect.pagerduty.incidents import read_incident, read_incidents, read_others
from pm_autofill.collect.pagerduty.log import read_log, read_trigger_alerts
from pm_autofill.collect.pagerduty.reading import Unreadable
from pm_autofill.collect.pagerduty.shapes import read_alerts, read_analytics, read_changes, read_notes
from tests.world import pagerduty_bodies, stories

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

EMAIL = "lena.fischer@mail.example.org"
PHONE = "+1 415-555-0123"
STORY = stories.main()
OWN = read_incident(pagerduty_bodies.incident(STORY))

JSON: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [EMAIL, PHONE, f"x {EMAIL} y", "\ud800", "2026-03-14T09:13:02Z", "user_reference", "P1", "firing"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def bodies() -> list[Any]:
    """Objects of every kind in their official shapes."""
    log = pagerduty_bodies.log(STORY)
    entries = [
        pagerduty_bodies.log_entry(STORY, position, entry, zone="UTC", include=["channels"])
        for position, entry in enumerate(log)
    ]
    return [
        pagerduty_bodies.incident(STORY),
        *entries,
        *(pagerduty_bodies.alert(STORY, alert) for alert in STORY.alerts),
        *(pagerduty_bodies.note(STORY, position, note) for position, note in enumerate(STORY.notes)),
        *(pagerduty_bodies.change(change, related=True) for change in STORY.changes),
        *(pagerduty_bodies.past(one) for one in STORY.past),
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """The path of every value inside."""
    if isinstance(value, dict):
        return [path, *(place for key, inner in value.items() for place in places(inner, (*path, key)))]
    if isinstance(value, list):
        return [path, *(place for index, inner in enumerate(value) for place in places(inner, (*path, index)))]
    return [path]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401 - JSON
    """The same JSON with one value replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@st.composite
def spoiled(draw: DrawFn) -> Any:  # noqa: ANN401 - JSON
    """An object in its official shape with one or two values replaced by anything."""
    body = draw(st.sampled_from(bodies()))
    for _ in range(draw(st.integers(1, 2))):
        body = put(body, draw(st.sampled_from(places(body))), draw(JSON))
    return body


def read_all(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Everything that is made of an object by any reader, as it would be written to a file."""
    objects = [value]
    results: list[object] = [
        read_log(objects).items,
        read_trigger_alerts(objects),
        read_alerts(objects).items,
        read_notes(objects).items,
        read_changes(objects).items,
        read_others(objects, "past", OWN).items,
        read_analytics(value),
        read_incidents(objects).items,
        [gap for reading in (read_log(objects), read_notes(objects)) for gap in reading.gaps("the list")],
    ]
    with contextlib.suppress(Unreadable):
        results.append(read_incident(value))
    return msgspec.json.encode(results)


@given(JSON | spoiled())
@settings(max_examples=300)
def test_anything_can_be_read(value: Any) -> None:  # noqa: ANN401 - JSON
    """No reader raises, and what it makes can be written and holds neither the address nor the number."""
    written = read_all(value).decode()
    assert EMAIL not in written
    assert PHONE not in written


def test_no_place_of_any_object_lets_an_address_out() -> None:
    """Each value of each official shape in turn is replaced by an address and a number."""
    for body in bodies():
        for place in places(body):
            written = read_all(put(body, place, f"ask {EMAIL} or {PHONE}.")).decode()
            assert EMAIL not in written, place
            assert PHONE not in written, place
            assert EMAIL not in read_all(put(body, place, EMAIL)).decode(), place
            assert PHONE not in read_all(put(body, place, PHONE)).decode(), place


def test_the_address_of_a_notification_is_not_even_there_in_part() -> None:
    """Nothing of the contact method is kept, however it is written."""
    entry = next(one for one in bodies() if one.get("type") == "notify_log_entry")
    told = put(
        entry, ("channel",), {"type": "auto", "notification": {"type": "phone_notification", "address": "0123456"}}
    )
    assert b"0123456" not in read_all(told)
