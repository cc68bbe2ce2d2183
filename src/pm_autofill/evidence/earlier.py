"""What earlier drafts in the output folder tell, so that the next one can point to them."""

from __future__ import annotations

from datetime import datetime

import msgspec


class EarlierDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier draft.

    Attributes:
        folder: Name of its folder, beside this draft's.
        title: Its incident's title; the folder's name without one.
        number: Its incident's number, where told.
        at: When its impact began, or else its incident was triggered.
        services: The services it names.
        slos: The SLOs that moved in it.
        alerts: The alerts that fired in it.
        figures: Its known key numbers by fact name: seconds, events, ratios.
    """

    folder: str
    title: str
    at: datetime
    number: int | None = None
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    figures: dict[str, float] = {}
