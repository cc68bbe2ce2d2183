"""Ids of the questions put to Prometheus; facts and rows of the draft refer to them."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_OTHER = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST = 100


def source_id(*parts: str) -> str:
    """The id of a question, such as ``prometheus.checkout-availability.total``.

    Args:
        parts: What it is made of; names from outside among them are reduced to plain characters, and kept apart by a
            digest where that changed them.
    """
    return ".".join(("prometheus", *(_plain(part) for part in parts)))


def compact(at: datetime) -> str:
    """An instant in an id: ``20261118T142140000Z``, to the millisecond."""
    at = at.astimezone(UTC)
    return f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03d}Z"


def _plain(part: str) -> str:
    """A name of plain characters only."""
    plain = _OTHER.sub("_", part)[:_LONGEST]
    if plain == part:
        return part
    return f"{plain}-{hashlib.sha256(part.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
