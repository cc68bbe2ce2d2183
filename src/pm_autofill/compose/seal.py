"""The seal under documents of the time before markers: whether one still is, to the byte, what was written."""

from __future__ import annotations

import hashlib
import re

_SEAL = re.compile(rb"<!-- pm-autofill: generated, sha256 ([0-9a-f]{64}) -->\n\Z")


def is_sealed(document: bytes) -> bool:
    """Whether a document ends in the SHA-256 of all bytes before that line, so that nobody has changed it."""
    found = _SEAL.search(document)
    return found is not None and hashlib.sha256(document[: found.start()]).hexdigest().encode() == found[1]
