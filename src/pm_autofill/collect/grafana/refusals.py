"""What could not be had of Grafana, as gaps that say what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.errors import CredentialsRefused, NotFound, SourceError, SourceRejected
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Mapping

_RIGHTS = {
    "settings": "Give the token's service account the Viewer role.",
    "dashboard": "Give the token's service account the permission dashboards:read on the dashboard's folder.",
    "panel": "Give the token's service account the permission datasources:query on the panel's data source.",
    "snapshot": "Give the token's service account the Editor role and snapshots:create, or leave --snapshot out.",
    "annotations": "Give the token's service account the permission annotations:read.",
}
_ABSENT: Mapping[str, str] = {
    "dashboard": "Check its uid under dashboards in the configuration: it follows /d/ in the dashboard's address.",
    "panel": "Check that the panel's data source still exists.",
}


def gap_of(error: SourceError, what: str, kind: str) -> Gap:
    """A refused or failed question as a gap.

    Args:
        error: How it ended.
        what: What is missing because of it.
        kind: "settings", "dashboard", "panel" or "annotations".

    Returns:
        The gap, with a hint that fits what was asked.
    """
    return Gap(source=error.source, what=what, reason=error.message, hint=hint_of(error, kind))


def hint_of(error: SourceError, kind: str) -> str:
    """What to do about a failed question of this kind."""
    if isinstance(error, NotFound):
        return _ABSENT.get(kind, error.hint)
    if isinstance(error, SourceRejected) and not isinstance(error, CredentialsRefused):
        return _RIGHTS.get(kind, error.hint) if error.status == HTTPStatus.FORBIDDEN else error.hint
    return error.hint
