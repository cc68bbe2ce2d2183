"""A note on an incident: the one thing that is ever written to PagerDuty, and only where the user asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pm_autofill.collect.pagerduty.fields import mapping, sequence
from pm_autofill.collect.transport.httpx2_transport import translating

if TYPE_CHECKING:
    from pagerduty import RestApiV2Client


def write_note(client: RestApiV2Client, incident_id: str, text: str, email: str | None) -> bool:
    """Write a note, unless the incident has one that says the same.

    Args:
        client: Made by ``connect_pagerduty`` with a policy that may write.
        incident_id: The incident's id.
        text: The note, plain text.
        email: Of the user it is written for; an account's key needs one, a user's token says it itself.

    Returns:
        Whether it was written.

    Raises:
        SourceError: PagerDuty said no, or did not answer.
    """
    path = f"/incidents/{quote(incident_id, safe='')}/notes"  # an id out of evidence may be anything
    with translating("the incident's notes"):
        notes = sequence(mapping(client.jget(path)).get("notes"))
    if any(mapping(note).get("content") == text for note in notes):
        return False
    headers = {"From": email} if email else {}
    with translating("the new note"):
        client.jpost(path, json={"note": {"content": text}}, headers=headers)
    return True
