"""A draft's folder that is to be published, and the folder it becomes beside what humans did elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.errors import AutofillError
from pm_autofill.evidence.file import MOST_BYTES, parse
from pm_autofill.files import read_bytes
from pm_autofill.instants import format_instant
from pm_autofill.publish.directory import DOCUMENT, EVIDENCE, FACTS, GRAPHS, replace_file, write
from pm_autofill.publish.joining import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pm_autofill.evidence import Evidence
    from pm_autofill.publish.directory import DraftFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft as it lies in its folder, and as its evidence gives it.

    Attributes:
        folder: Where it lies.
        document: The document there, with what humans did to it.
        files: The whole draft as composed from its evidence.
        facts: The facts document.
        evidence: The evidence.
    """

    folder: Path
    document: bytes
    files: DraftFiles
    facts: Mapping[str, Any]
    evidence: Evidence

    @property
    def name(self) -> str:
        """The folder's name, which is the incident's date and id."""
        return self.folder.resolve().name


def put(draft: Draft, place: Path, earlier: Iterable[bytes] = ()) -> None:
    """Put a draft into another folder: fresh values, and what humans wrote in either.

    Args:
        draft: The draft.
        place: The other folder; may hold the draft as it was published before.
        earlier: What the document there was before, newest first.

    Raises:
        TextsApart: Humans changed both documents, each in its own way.
        DocumentNotOurs: The other folder holds somebody's text.
        AutofillError: The other folder holds newer evidence, or cannot be written.
    """
    _refuse_newer(draft, place)
    document = draft.document
    path = place / DOCUMENT
    if path.is_file():
        document = join(draft.document, draft.files.document, read_bytes(path, MOST_BYTES, plain=True), earlier)
    write(place, draft.files)
    try:
        replace_file(path, document)
        for name, data in _others(draft.folder):
            if not (place / name).exists():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                replace_file(place / name, data)
    except OSError as error:
        message = f"cannot write {error.filename or place}: {error.strerror or error}"
        raise AutofillError(message, "Check the folder's rights and the free space.") from None


def content(place: Path) -> dict[str, bytes]:
    """Every plain file of a folder, by its path inside."""
    return {name: (place / name).read_bytes() for name in _names(place)}


def has_news(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
    """Whether one folder says anything that another does not, beside when the same was observed again.

    Args:
        before: A draft's files by their path inside the folder.
        after: The same draft's, later.
    """
    shown = (before.keys() | after.keys()) - {EVIDENCE, FACTS}
    return any(before.get(name) != after.get(name) for name in shown) or _said(before) != _said(after)


def _said(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What the facts document says but for when it was made, and what was asked for it."""
    try:
        facts = json.loads(files.get(FACTS, b""))
    except ValueError:  # a human's hand
        return {}
    kept = facts.items() if isinstance(facts, dict) else ()
    return {name: value for name, value in kept if name not in {"generated", "sources"}}


def _refuse_newer(draft: Draft, place: Path) -> None:
    """Make sure that no newer observations are replaced by older ones."""
    file = place / EVIDENCE
    if not file.is_file():
        return
    there = parse(read_bytes(file, MOST_BYTES, plain=True), name=f"the published {EVIDENCE}").collected_at
    if there > draft.evidence.collected_at:
        message = f"what is published was collected at {format_instant(there)}, later than this draft"
        raise AutofillError(message, "Run pm-autofill again, then publish.")


def _others(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Files that humans put into a draft's folder, such as pictures."""
    for name in _names(folder):
        if name.partition("/")[0] not in {DOCUMENT, EVIDENCE, FACTS, GRAPHS}:
            yield name, (folder / name).read_bytes()


def _names(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = (path.relative_to(folder).as_posix() for path in found)
    return sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))
