"""Dashboards of Grafana 12 and later as they are stored: the older API rewrites newer ones, and loses some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.collect.grafana.gateway import SYSTEM, Answer, Gateway, is_id
from pm_autofill.collect.grafana.loose import mapping, text
from pm_autofill.errors import SourceError
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from pm_autofill.collect.grafana.about import About

_FIRST = 12  # the first version of Grafana that serves it
_GROUP = "/apis/dashboard.grafana.app"
_ASKED = "v1beta1"
_KNOWN = frozenset({"v2alpha1", "v2beta1", "v2"})


@dataclass(frozen=True, slots=True)
class Stored:
    """What the newer API said.

    Attributes:
        answer: The dashboard as it is stored; None where the older API's answer does.
        gap: Why the newer form could not be had though there is one; None otherwise.
    """

    answer: Answer[object] | None = None
    gap: Gap | None = None


def is_served(about: About) -> bool:
    """Whether a Grafana serves dashboards at their stored version."""
    major = about.version.partition(".")[0]
    return bool(about.namespace) and (int(major) >= _FIRST if major.isascii() and major.isdigit() else not major)


def fetch_stored(gateway: Gateway, about: About, uid: str, older: Answer[object] | SourceError) -> Stored:
    """Ask for a dashboard at the version it is stored in.

    Args:
        gateway: Grafana.
        about: What it says of itself; names the namespace.
        uid: The dashboard's uid.
        older: What the older API answered.

    Returns:
        The dashboard, where the older API's answer does not do.
    """
    if not (is_id(uid) and is_id(about.namespace)):
        return Stored()
    try:
        found = _fetch(gateway, about, uid, _ASKED)
    except SourceError:
        return Stored()
    conversion = mapping(mapping(mapping(found.body).get("status")).get("conversion"))
    version = text(conversion.get("storedVersion"))
    if version not in _KNOWN:
        return Stored(found if isinstance(older, SourceError) else None)
    try:
        return Stored(_fetch(gateway, about, uid, version))
    except SourceError as error:
        gap = Gap(
            source=SYSTEM,
            what=f"dashboard {uid} as it is stored ({version})",
            reason=f"{error.message}; it was read as Grafana rewrites it for older programs, which loses some of it",
            hint=error.hint,
        )
        return Stored(found if isinstance(older, SourceError) else None, gap)


def _fetch(gateway: Gateway, about: About, uid: str, version: str) -> Answer[object]:
    path = f"{_GROUP}/{version}/namespaces/{about.namespace}/dashboards/{uid}"
    return gateway.get_native(path, f"dashboard {uid} in version {version}")
