"""A draft in a folder: named after the incident, written whole or not at all, never over a human's text."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill.compose import is_ours
from pm_autofill.errors import AutofillError, DocumentNotOurs, RunInProgress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.evidence import Evidence

DOCUMENT = "postmortem.md"
FACTS = "facts.json"
EVIDENCE = "evidence.json"
_LOCK_SECONDS = 10.0
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUR_GRAPH = re.compile(r"\d\d-[A-Za-z0-9._-]+\.(png|csv)")


@dataclass(frozen=True, slots=True)
class DraftFiles:
    """A whole draft as bytes.

    Attributes:
        document: ``postmortem.md``.
        facts: ``facts.json``.
        evidence: ``evidence.json``.
        graphs: PNG and CSV files by name, inside ``graphs/``.
    """

    document: bytes
    facts: bytes
    evidence: bytes
    graphs: Mapping[str, bytes]


def folder_for(evidence: Evidence, output: Path) -> Path:
    """The folder of an incident's draft.

    Args:
        evidence: What was collected.
        output: The folder that holds all drafts.

    Returns:
        An existing ``*-<id>``, else ``<UTC date of creation>-<id>``; without an incident
        ``<date of --since>-<service>-<HHMM>``.
    """
    if evidence.pagerduty is not None:
        incident = evidence.pagerduty.incident
        name = safe_name(incident.id)
        return existing_folder(incident.id, output) or output / f"{incident.created_at:%Y-%m-%d}-{name}"
    since = evidence.request.since or evidence.request.as_of
    return output / f"{since:%Y-%m-%d}-{safe_name(evidence.request.service or 'window')}-{since:%H%M}"


def rebuilt_folder(evidence: Evidence, file: Path, output: Path | None) -> Path:
    """Where a draft rebuilt from an evidence file goes.

    Args:
        evidence: What the file holds.
        file: The file, or the folder it lies in.
        output: The folder that holds all drafts, where one was named.

    Returns:
        Under ``output`` as a collected draft would be; without it the folder the evidence lies in.
    """
    if output is not None:
        return folder_for(evidence, output)
    return file if file.is_dir() else file.parent


def existing_folder(incident_id: str, output: Path) -> Path | None:
    """The folder an earlier run made for this incident, if there is one."""
    name = safe_name(incident_id)
    found = sorted(path for path in output.glob(f"*-{name}") if path.is_dir() and not path.is_symlink())
    return found[0] if found else None


def safe_name(text: str) -> str:
    """A text as part of a file name: itself where harmless, else its harmless characters and a digest."""
    if _SAFE_NAME.fullmatch(text):
        return text
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:40]
    return f"{kept or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other runs out of a draft's folder.

    Raises:
        RunInProgress: Another run has held it for ten seconds.
    """
    from filelock import FileLock, Timeout

    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"pm-autofill-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(place / f"{key}.lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        message = f"another run is writing {folder}"
        raise RunInProgress(message, "Wait for it to end, or end it.") from None
    try:
        yield
    finally:
        lock.release()


def read_earlier(folder: Path) -> bytes | None:
    """The evidence an earlier run left in a folder; None without one."""
    try:
        return (folder / EVIDENCE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def check_writable(folder: Path) -> None:
    """Make sure that writing here would harm nobody's text.

    Raises:
        DocumentNotOurs: The folder holds a document that this program did not write, or one edited since.
        AutofillError: The place is no folder that could be written.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        message = f"{folder} exists and is no folder of its own"
        raise AutofillError(message, "Move it away, or choose another --output.")
    document = folder / DOCUMENT
    if document.is_symlink():
        message = f"{document} is a link"
        raise DocumentNotOurs(message, "Replace it by a file, or choose another --output.")
    if not document.exists():
        return
    if not is_ours(document.read_bytes()):
        message = f"{document} was edited, or not written by pm-autofill: nothing is written"
        raise DocumentNotOurs(message, "Use --dry-run to see what would change, or choose another --output.")


def write(folder: Path, files: DraftFiles) -> Path:
    """Write a draft: graphs first, then evidence and facts, the document last; each file old or new, never torn.

    Args:
        folder: Its folder; made when missing.
        files: The draft.

    Returns:
        The path of the document.

    Raises:
        DocumentNotOurs: The folder holds somebody's text.
        AutofillError: The place cannot be written.
    """
    check_writable(folder)
    try:
        graphs = folder / "graphs"
        graphs.mkdir(parents=True, exist_ok=True)
        for name, data in sorted(files.graphs.items()):
            _replace(graphs / name, data)
        _replace(folder / EVIDENCE, files.evidence)
        _replace(folder / FACTS, files.facts)
        _replace(folder / DOCUMENT, files.document)
        for path in sorted(graphs.iterdir()):
            if _OUR_GRAPH.fullmatch(path.name) and path.name not in files.graphs:
                path.unlink()
    except OSError as error:
        message = f"cannot write {error.filename or folder}: {error.strerror or error}"
        raise AutofillError(
            message, "Check the folder's rights and the free space, or choose another --output."
        ) from None
    return folder / DOCUMENT


def _replace(path: Path, data: bytes) -> None:
    """Put bytes at a path in one step; an unchanged file is left alone."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(prefix=".pm-autofill-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
