"""The seal under a document: whether it still is, to the byte, what this program wrote."""

from __future__ import annotations

import hashlib
import re

_SEAL = re.compile(rb"<!-- pm-autofill: generated, sha256 ([0-9a-f]{64}) -->\n\Z")


def seal(text: str) -> bytes:
    """A document's bytes with the seal as its last line: a comment with the SHA-256 of all bytes before that line."""
    body = f"{text.rstrip()}\n\n".encode()
    return body + f"<!-- pm-autofill: generated, sha256 {hashlib.sha256(body).hexdigest()} -->\n".encode()


def is_ours(document: bytes) -> bool:
    """Whether a document is one that this program wrote and nobody has changed since."""
    found = _SEAL.search(document)
    return found is not None and hashlib.sha256(document[: found.start()]).hexdigest().encode() == found[1]
