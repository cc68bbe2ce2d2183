"""One change, whoever told of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.evidence.incident import Link

QUERY = "change query"
QUERY_ONLY = (QUERY,)


class Kind(StrEnum):
    """What a change is, as its tags say; without any it is just a change."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    FLAG = "flag"
    SCALE = "scale"
    CONFIG = "config"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed.

    Attributes:
        id: Stable over runs.
        start: When it began; of one that only a query saw, the first evaluation with it.
        end: When it was done; None for an instant.
        text: What was changed, as its source says.
        origins: Who reported it: "change event", "annotation", "change query".
        links: Links to it.
        source: Id of the question.
        kind: What it is.
        services: The services it is of, as they are configured; None where its source does not say.
        environment: Where it took place; empty where its source does not say.
        version: What was brought; empty where its source does not say.
        undoes: Whether it takes back what an earlier one brought.
        unseen_at: The last evaluation without it, of one that only a query saw; None where it was told.
    """

    id: str
    start: datetime
    end: datetime | None
    text: str
    origins: tuple[str, ...]
    links: tuple[Link, ...]
    source: str
    kind: Kind = Kind.CHANGE
    services: frozenset[str] | None = None
    environment: str = ""
    version: str = ""
    undoes: bool = False
    unseen_at: datetime | None = None

    @property
    def origin(self) -> str:
        """Who reported it, as words: "annotation and change event, seen by the change query"."""
        told = [one for one in self.origins if one != QUERY]
        if not told:
            return QUERY
        return " and ".join(told) + (f", seen by the {QUERY}" if QUERY in self.origins else "")

    @property
    def earliest(self) -> datetime:
        """Before this it had not begun."""
        return self.unseen_at or self.start

    @property
    def done(self) -> datetime:
        """When it had taken place."""
        return self.end or self.start
