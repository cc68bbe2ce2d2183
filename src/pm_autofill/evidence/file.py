"""The evidence file: reading, writing and its digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from pm_autofill.errors import EvidenceUnreadable, UnreadableFile
from pm_autofill.evidence import series, validity
from pm_autofill.evidence.record import SCHEMA, Evidence
from pm_autofill.files import read_bytes
from pm_autofill.json_shape import measure

if TYPE_CHECKING:
    from pathlib import Path

# Three times what collection keeps; read, each byte takes some ten of memory.
MOST_BYTES = 32 * 2**20
_MOST_MEMORY = 384 * 2**20
_DEEPEST = 100
_NAME_IT = "Name the evidence.json of a draft's folder."
_OTHER_VERSION = "Use the version of pm-autofill that wrote it."


def dump(evidence: Evidence) -> bytes:
    """The file's bytes: JSON, the same for the same evidence, one line per top-level part."""
    order = ("schema", "version", "collected_at", "request", "stated", "gaps", "sources")
    more = (key for key in evidence.__struct_fields__ if key not in order and (key != "masked" or evidence.masked))
    keys = [*order, *more]
    writer = encoder()
    lines = (writer.encode(key) + b": " + writer.encode(getattr(evidence, key)) for key in keys)
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


def encoder() -> msgspec.json.Encoder:
    """What writes parts of evidence as JSON."""
    return msgspec.json.Encoder(enc_hook=_encode)


def load(path: Path) -> Evidence:
    """Read an evidence file.

    Args:
        path: The file, or the draft's folder that holds it; found in a folder it must be a plain file.

    Returns:
        The evidence; its matrices offer ``frame()`` for analysis with pandas.

    Raises:
        EvidenceUnreadable: The file is missing, damaged or of another version.
    """
    inside = path.is_dir()
    file = path / "evidence.json" if inside else path
    try:
        raw = read_bytes(file, MOST_BYTES, plain=inside, from_pipe=not inside)
    except UnreadableFile as error:
        message = f"cannot read evidence from {file}: {error.reason}"
        raise EvidenceUnreadable(message, _NAME_IT) from None
    return parse(raw, name=str(file))


def parse(raw: bytes, *, name: str) -> Evidence:
    """Read evidence from bytes; ``name`` says in messages where they came from.

    Raises:
        EvidenceUnreadable: The bytes are damaged, of another version, or hold what no collector writes.
    """
    if len(raw) > MOST_BYTES:
        message = f"{name} is no evidence file: it is larger than {MOST_BYTES // 2**20} MiB"
        raise EvidenceUnreadable(message, _NAME_IT)
    shape = measure(raw)
    if shape.depth > _DEEPEST or shape.memory > _MOST_MEMORY:
        message = f"{name} is not an evidence file: it is nested more deeply, or holds more, than evidence does"
        raise EvidenceUnreadable(message, _NAME_IT)
    try:
        schema = msgspec.json.decode(raw, type=_Envelope).schema
        if schema != SCHEMA:
            message = f"{name} has schema {schema!r}, this program reads {SCHEMA!r}"
            other = schema.partition("/")[0] != SCHEMA.partition("/")[0]
            hint = _NAME_IT if other else _OTHER_VERSION
            raise EvidenceUnreadable(message, hint)
        evidence = msgspec.json.decode(raw, type=Evidence, dec_hook=_decode)
        validity.check(evidence)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        message = f"{name} is not an evidence file: {error}"
        raise EvidenceUnreadable(message, f"{_NAME_IT} If it is one, collect again.") from None
    return evidence


def digest(raw: bytes) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


class _Envelope(msgspec.Struct):
    schema: str


def _encode(value: object) -> Any:  # noqa: ANN401 - what msgspec's hook gives back is plain data
    if isinstance(value, series.Matrix):
        return series.pack(value)
    message = f"cannot write {type(value).__name__}"
    raise NotImplementedError(message)


def _decode(kind: type, value: Any) -> Any:  # noqa: ANN401 - msgspec's hook turns plain data into our types
    if kind is series.Matrix:
        return series.unpack(value)
    message = f"cannot read {kind.__name__}"
    raise NotImplementedError(message)
