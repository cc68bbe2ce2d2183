"""What a user may call an incident: its id, its number, or the address of its page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pm_autofill.errors import UsageError

ACCEPTED = "Give its id (such as Q1ABCDEFGHIJKL), its number (48213 or #48213) or the address of its page in PagerDuty."

_NUMBER = re.compile(r"#?0*([1-9][0-9]{0,14})")
_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{2,64}")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*pagerduty\.com", re.IGNORECASE)
_PAGE = re.compile(r"/incidents/([^/]+)(?:/.*)?")
_SHOWN = 80


def parse_reference(text: str) -> str:
    """The path segment by which the API knows an incident.

    Args:
        text: An id, a number with or without ``#``, or the URL of the incident's page, in either region.

    Returns:
        The id in capitals, or the number; letters and digits only.

    Raises:
        UsageError: It is none of them.
    """
    given = text.strip()
    key = _segment(given) if "/" in given else given
    number = _NUMBER.fullmatch(key)
    if number:
        return number[1]
    if _ID.fullmatch(key):
        return key.upper()
    readable = "".join(c if c.isprintable() else "?" for c in given[:_SHOWN])
    raise UsageError(f"{readable!r} is no incident of PagerDuty", ACCEPTED)


def _segment(address: str) -> str:
    """The incident's part of a page's address; empty when it is the address of something else."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    page = _PAGE.fullmatch(parts.path)
    is_page = parts.scheme in {"http", "https"} and _HOST.fullmatch(host) is not None
    return page[1] if is_page and page else ""
