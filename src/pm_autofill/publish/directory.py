"""A draft in a folder: named after the incident, written whole or not at all, never over a human's text."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill.compose import is_ours, merge
from pm_autofill.errors import AutofillError, DocumentNotOurs, RunInProgress, UnreadableFile
from pm_autofill.evidence.file import MOST_BYTES
from pm_autofill.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pm_autofill.evidence import Evidence

DOCUMENT = "postmortem.md"
FACTS = "facts.json"
EVIDENCE = "evidence.json"
GRAPHS = "graphs"
_LOCK_SECONDS = 10.0
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUR_GRAPH = re.compile(rb"\bgraphs/(\d\d-[A-Za-z0-9._-]+\.(?:png|csv))")
_TEMPORARY = ".pm-autofill-"
_HEAD = 200
_SCHEMAS = {"facts": FACTS, "evidence": EVIDENCE}


@dataclass(frozen=True, slots=True)
class DraftFiles:
    """A whole draft as bytes.

    Attributes:
        document: ``postmortem.md`` as composed now, to be merged with what lies there.
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
    """The folder an earlier run made for this incident, if there is one.

    Raises:
        AutofillError: The folder that holds all drafts cannot be looked through.
    """
    name = safe_name(incident_id)
    dated = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}-{re.escape(name)}")
    try:
        found = sorted(path for path in output.glob(f"*-{name}") if dated.fullmatch(path.name))
        return next((path for path in found if path.is_dir() and not path.is_symlink()), None)
    except OSError as error:
        message = f"cannot look for earlier drafts in {output}: {error.strerror or error}"
        raise AutofillError(message, "Check the folder's rights, or choose another --output.") from None


def safe_name(text: str) -> str:
    """A text as part of a file name: itself where harmless, else its harmless characters and a digest."""
    if _SAFE_NAME.fullmatch(text):
        return text
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:40]
    return f"{kept or 'x'}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:8]}"


@contextmanager
def hold(folder: Path, *, patience: float = _LOCK_SECONDS) -> Iterator[None]:
    """Keep other runs out of a draft's folder.

    Args:
        folder: The folder; need not exist.
        patience: Seconds to wait for another run.

    Raises:
        RunInProgress: Another run has held it for so long.
        AutofillError: The place for locks cannot be used.
    """
    from filelock import FileLock, Timeout

    place = Path(tempfile.gettempdir()) / f"pm-autofill-{os.getuid()}"
    try:
        key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
        place.mkdir(mode=0o700, exist_ok=True)
        about = place.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
            message = f"{place} is no folder of yours, so runs cannot be kept apart there"
            raise AutofillError(message, "Remove it, or set TMPDIR to a folder of your own.")
        lock = FileLock(place / f"{key}.lock", timeout=patience)
        lock.acquire()
    except Timeout:
        message = f"another run is writing {folder}"
        raise RunInProgress(message, "Wait for it to end, or end it.") from None
    except RuntimeError:  # pathlib's word for links that lead in a circle
        message = f"{folder} leads in a circle of symbolic links"
        raise AutofillError(message, "Choose another --output.") from None
    except OSError as error:
        message = f"cannot lock {folder} in {place}: {error.strerror or error}"
        raise AutofillError(message, "Set TMPDIR to a folder that can be written.") from None
    try:
        yield
    finally:
        lock.release()


def read_earlier(folder: Path) -> bytes | None:
    """The evidence an earlier run left in a folder; None without one.

    Raises:
        AutofillError: There is one that cannot be read.
    """
    file = folder / EVIDENCE
    try:
        return read_bytes(file, MOST_BYTES, plain=True)
    except UnreadableFile as error:
        if error.is_missing:
            return None
        message = f"cannot read {file}: {error.reason}"
        raise AutofillError(message, "Check the folder's rights, or choose another --output.") from None


def check_writable(folder: Path) -> None:
    """Make sure that writing here would harm nobody's text.

    Raises:
        DocumentNotOurs: The folder holds files that this program did not write.
        AutofillError: The place is no folder that could be written.
    """
    try:
        for place in (folder, folder / GRAPHS):
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                message = f"{place} exists and is no folder of its own"
                raise AutofillError(message, "Move it away, or choose another --output.")
        for kind, name in _SCHEMAS.items():
            _check_file(folder / name, partial(_has_schema, kind))
        _check_file(folder / DOCUMENT, partial(_is_of_a_run, folder))
    except OSError as error:
        message = f"cannot look at {error.filename or folder}: {error.strerror or error}"
        raise AutofillError(message, "Check the folder's rights, or choose another --output.") from None


def _check_file(file: Path, test: Callable[[bytes], bool]) -> None:
    """Make sure that a file is missing or one this program wrote."""
    if file.is_symlink() or (file.exists() and not file.is_file()):
        message = f"{file} is no file of its own"
        raise DocumentNotOurs(message, "Replace it by a file, or choose another --output.")
    if file.exists() and not test(read_bytes(file, MOST_BYTES, plain=True)):
        message = f"{file} holds nothing that pm-autofill wrote: nothing is written"
        raise DocumentNotOurs(message, "Move it away, or choose another --output; --dry-run shows the draft.")


def _is_of_a_run(folder: Path, document: bytes) -> bool:
    """Whether a run wrote a document: it has a slot, or had, as the facts that are written before it lie beside it."""
    return is_ours(document) or (folder / FACTS).is_file()


def _has_schema(kind: str, raw: bytes) -> bool:
    """Whether a JSON file says early on that it is of one of our schemas."""
    return f'"pm-autofill.{kind}/'.encode() in raw[:_HEAD]


def write(folder: Path, files: DraftFiles) -> Path:
    """Write a draft: graphs first, then evidence and facts, the document last; each file old or new, never torn.

    The document is merged with the one that lies there at the last moment, so that an editor's save is not lost.

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
    graphs = folder / GRAPHS
    try:
        graphs.mkdir(parents=True, exist_ok=True)
        drawn_before = _drawn(_read(folder / DOCUMENT))
        for left in (*folder.glob(f"{_TEMPORARY}*"), *graphs.glob(f"{_TEMPORARY}*")):
            left.unlink()
        for name, data in sorted(files.graphs.items()):
            replace_file(graphs / name, data)
        replace_file(folder / EVIDENCE, files.evidence)
        replace_file(folder / FACTS, files.facts)
        document = merged(folder, files.document)
        replace_file(folder / DOCUMENT, document)
        for name in sorted(drawn_before - files.graphs.keys() - _drawn(document)):
            (graphs / name).unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write {error.filename or folder}: {error.strerror or error}"
        raise AutofillError(
            message, "Check the folder's rights and the free space, or choose another --output."
        ) from None
    return folder / DOCUMENT


def merged(folder: Path, document: bytes) -> bytes:
    """A composed document as it would be written: its values in the slots of the document that lies there, if any."""
    earlier = _read(folder / DOCUMENT)
    return merge(earlier, document) if earlier and _is_of_a_run(folder, earlier) else document


def is_given_away(folder: Path) -> bool:
    """Whether a human took every marker out of a document that a run wrote: all of it is theirs now."""
    document = _read(folder / DOCUMENT)
    return bool(document) and not is_ours(document) and _is_of_a_run(folder, document)


def _read(file: Path) -> bytes:
    """A plain file's bytes; none where it is missing, or is none."""
    return read_bytes(file, MOST_BYTES, plain=True) if file.is_file() and not file.is_symlink() else b""


def _drawn(document: bytes) -> set[str]:
    """The graphs of ours that a document shows; other files in their folder are somebody else's."""
    return {name.decode() for name in _OUR_GRAPH.findall(document)}


def replace_file(path: Path, data: bytes) -> None:
    """Put bytes at a path in one step; an unchanged file is left alone.

    Raises:
        OSError: It cannot be written; what was there is still there.
    """
    if path.is_file() and not path.is_symlink() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
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
