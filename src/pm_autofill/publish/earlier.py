"""Earlier drafts beside this one, read from their ``facts.json``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from pm_autofill.errors import AutofillError
from pm_autofill.evidence.record import EarlierDraft
from pm_autofill.files import read_bytes
from pm_autofill.instants import parse_instant
from pm_autofill.publish.directory import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}-[A-Za-z0-9_-]{1,80}")
_MOST_DRAFTS = 50
_MOST_BYTES = 4 * 2**20
_MOST_CHARACTERS = 200
_MOST_NAMES = 50
_LARGEST = 1e15
_FIGURES = ("impact.duration", "requests.failed", "error_budget.consumed_ratio")
_BEGINNINGS = ("impact.start", "incident.triggered")


class _Fact(msgspec.Struct):
    status: str
    value: float | str = ""


class _Incident(msgspec.Struct):
    title: str
    number: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None = None


class _Slo(msgspec.Struct):
    name: str
    facts: dict[str, _Fact] = {}


class _Row(msgspec.Struct):
    id: str


class _Facts(msgspec.Struct):
    facts: dict[str, _Fact]
    incident: _Incident | None = None
    slos: tuple[_Slo, ...] = ()
    timeline: tuple[_Row, ...] = ()


def read_drafts(output: Path, own: Path, before: datetime) -> tuple[EarlierDraft, ...]:
    """The drafts of earlier incidents in a folder.

    Args:
        output: The folder that holds all drafts.
        own: The folder of the draft being made, which is not its own predecessor.
        before: Only what began before this instant is earlier.

    Returns:
        The latest fifty, latest first. What cannot be read is passed over: it is nothing that was asked for.
    """
    try:
        folders = sorted((path for path in output.iterdir() if _FOLDER.fullmatch(path.name)), reverse=True)
    except OSError:
        return ()
    near = [folder for folder in folders if folder.name != own.name and folder.name[:10] <= f"{before:%Y-%m-%d}"]
    found = (draft for folder in near[:_MOST_DRAFTS] for draft in _read(folder))
    return tuple(sorted((draft for draft in found if draft.at < before), key=lambda one: one.at, reverse=True))


def _read(folder: Path) -> Iterator[EarlierDraft]:
    """One draft; none where it cannot be read."""
    file = folder / FACTS
    try:
        told = msgspec.json.decode(read_bytes(file, _MOST_BYTES, plain=True), type=_Facts)
        at = next((parse_instant(text) for name in _BEGINNINGS if (text := _text(told.facts, name))), None)
    except (OSError, msgspec.DecodeError, AutofillError, UnicodeDecodeError, RecursionError):
        return
    if at is None:
        return
    services = _text(told.facts, "services_affected")
    yield EarlierDraft(
        folder=folder.name,
        title=(told.incident.title if told.incident else folder.name)[:_MOST_CHARACTERS],
        number=told.incident.number if told.incident else None,
        at=at,
        services=_short(services.split(", ") if services else ()),
        slos=_short(one.name for one in told.slos if _text(one.facts, "impact.start")),
        alerts=_short(_alert(row.id) for row in told.timeline if row.id.startswith("alert.firing:")),
        figures={name: value for name in _FIGURES if (value := _figure(told.facts, name)) is not None},
    )


def _short(names: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, none too long and not too many."""
    return tuple(dict.fromkeys(name[:_MOST_CHARACTERS] for name in names))[:_MOST_NAMES]


def _alert(row: str) -> str:
    """The alert's name in the id of the row that tells when it fired."""
    return row.removeprefix("alert.firing:").rpartition(":")[0]


def _text(facts: dict[str, _Fact], name: str) -> str:
    value: Any = facts[name].value if name in facts and facts[name].status == "known" else ""
    return value if isinstance(value, str) else ""


def _figure(facts: dict[str, _Fact], name: str) -> float | None:
    fact = facts.get(name)
    value = fact.value if fact is not None and fact.status == "known" else ""
    return value if isinstance(value, float) and abs(value) < _LARGEST else None
