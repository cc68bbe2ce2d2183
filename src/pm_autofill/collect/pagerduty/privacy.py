"""Keeps e-mail addresses and phone numbers out of the evidence.

What takes more than a look to tell from other numbers, and secrets, are masked where the evidence is made:
``evidence.masking``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from pm_autofill.evidence.incident import AgentKind
from pm_autofill.redaction.marks import ADDRESS, MARKS, PHONE

EMAIL_MARK = MARKS[ADDRESS]
PHONE_MARK = MARKS[PHONE]

# Every repetition is bounded, so that a hostile text costs time in proportion to its length.
_EMAIL = re.compile(r"(?P<local>[\w.+'-]{1,64})(?:@|%40)(?P<domain>(?:[\w-]{1,63}\.){1,8}(?P<top>[^\W\d_]{2,24}))")
# systemd names instances as address@unit; alerts on hosts are full of them, and none of these ends a domain.
_SYSTEMD = frozenset(
    ["automount", "device", "mount", "path", "scope", "service", "slice", "socket", "swap", "target", "timer"]
)
# Seven digits or more in a row, whatever stands between them.
_DIGITS = re.compile(r"\+?\(?\d(?:[ .()/\-]{0,2}\d){6,17}")

_NAMELESS = {AgentKind.PERSON: "a responder", AgentKind.AUTOMATION: "a service", AgentKind.UNKNOWN: "someone"}


def scrub(text: str) -> str:
    """A text with every e-mail address and every unmistakable phone number replaced by a mark."""
    from pm_autofill.redaction.telephones import mask_unmistakable  # not before the first question is on its way

    return mask_unmistakable(_scrub_emails(text))


def scrub_strictly(text: str) -> str:
    """A text with every e-mail address and every run of seven or more digits replaced by a mark, and every secret.

    The secrets go first: with their digits they would lose what they are known by.
    """
    from pm_autofill.redaction.shapes import Shapes, mask

    return _DIGITS.sub(PHONE_MARK, scrub(mask(text, Shapes()).text if text else text))


def is_private(text: str) -> bool:
    """Whether a text holds an e-mail address or an unmistakable phone number."""
    return scrub(text) != text


def is_private_url(address: str) -> bool:
    """Whether a URL holds an e-mail address, encoded or not."""
    plain = unquote(address)
    return _scrub_emails(address) != address or _scrub_emails(plain) != plain


def name_of(shown: str, kind: AgentKind) -> str:
    """The name of a person or a machine, as far as it may leave.

    Args:
        shown: The name as PagerDuty shows it; accounts without a name show their address.
        kind: Whose name it is.

    Returns:
        The name, or what they are where the name is an address or a number.
    """
    clean = scrub_strictly(shown) if kind is AgentKind.PERSON else scrub(shown)
    return shown if clean == shown else _NAMELESS[kind]


def _scrub_emails(text: str) -> str:
    """A text with every e-mail address replaced by a mark; a password before a host is none, and goes first."""
    if "@" not in text and "%40" not in text:
        return text
    from pm_autofill.redaction.links import mask_logins

    return _EMAIL.sub(_replace_email, mask_logins(text))


def _replace_email(found: re.Match[str]) -> str:
    """The mark, unless it is a unit of systemd or the user git of a repository's address."""
    is_machine = found["top"].lower() in _SYSTEMD or found["local"] == "git"
    return found[0] if is_machine else EMAIL_MARK
