"""Panels as Grafana's image renderer shows them, where it has one and its answer is what it claims to be.

An absent renderer, one that is too busy and one that cannot sign in each answer with HTTP 200 and a valid PNG of
something else; so every picture is held against what was asked, against the others, and against one of no panel.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pm_autofill.collect.grafana.gateway import Gateway
    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.evidence.panels import Panel

WIDE, HIGH = 1000, 500
_LARGEST = 600_000  # bytes of one picture that evidence keeps
_SHARE, _LONGEST = 0.5, 15.0  # of the time left, and seconds at most: a draft is whole without the renderer's pictures
_NO_PANEL = "999999937"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = 33  # bytes of signature and IHDR
_ALIKE = "the same picture as for a panel that does not exist: a placeholder, or a login page"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the renderer made of one panel.

    Attributes:
        png: The picture; empty where it cannot be used.
        reason: Why it cannot.
    """

    png: bytes = b""
    reason: str = ""


def render_panels(gateway: Gateway, panels: Sequence[Panel]) -> tuple[Rendered, ...]:
    """Ask for pictures of panels: first for one of none, which tells lies apart, and only then for all.

    Args:
        gateway: Grafana, which says that it has a renderer.
        panels: The panels; their links hold what to render.

    Returns:
        One answer per panel, in the same order.
    """
    if not panels:
        return ()
    deadline = gateway.policy.deadline.within(min(_LONGEST, _SHARE * gateway.policy.deadline.remaining()))
    first = _at_once(
        {"first": partial(_ask, gateway, panels[0]), "none": partial(_ask, gateway, None, panels[0])}, deadline
    )
    if first["first"].reason:
        return (first["first"],) * len(panels)
    rest = {str(place): partial(_ask, gateway, panel) for place, panel in enumerate(panels) if place}
    answers = {"0": first["first"], **_at_once(rest, deadline)}
    return _told_apart([answers[str(place)] for place in range(len(panels))], first["none"].png)


def check_picture(body: bytes, content_type: str, size: tuple[int, int] = (WIDE, HIGH)) -> str:
    """Why a picture cannot be what was asked for; empty when it can.

    Args:
        body: The answer.
        content_type: What it claims to be.
        size: Width and height that were asked for.
    """
    if content_type.partition(";")[0].strip().lower() != "image/png":
        return f"an answer of type {content_type[:40] or 'none'} in place of a PNG"
    if not body:
        return "an empty answer"
    if not body.startswith(_SIGNATURE) or len(body) < _HEADER:
        return "an answer that is no PNG"
    wide, high = struct.unpack(">II", body[16:24])
    if (wide, high) != size:
        return f"a picture of {wide} by {high} pixels where {size[0]} by {size[1]} were asked for"
    if not _is_whole(body):
        return "a damaged or cut off PNG"
    return f"a picture of {len(body)} bytes, more than is kept" if len(body) > _LARGEST else ""


def _is_whole(body: bytes) -> bool:
    """Whether all chunks of a PNG are there and undamaged, up to its end."""
    place = len(_SIGNATURE)
    while place + 12 <= len(body):
        (length,) = struct.unpack(">I", body[place : place + 4])
        kind, end = body[place + 4 : place + 8], place + 8 + length
        if end + 4 > len(body) or struct.unpack(">I", body[end : end + 4])[0] != zlib.crc32(body[place + 4 : end]):
            return False
        if kind == b"IEND":
            return True
        place = end + 4
    return False


def _told_apart(found: Sequence[Rendered], of_none: bytes) -> tuple[Rendered, ...]:
    """The pictures that differ from one another and from that of no panel."""
    digests = [hashlib.sha256(one.png).digest() for one in found]
    nothing = hashlib.sha256(of_none).digest() if of_none else b""
    checked = []
    for one, digest in zip(found, digests, strict=True):
        if one.png and digest == nothing:
            checked.append(Rendered(reason=_ALIKE))
        elif one.png and digests.count(digest) > 1:
            checked.append(Rendered(reason="the same picture as for another panel"))
        else:
            checked.append(one)
    return tuple(checked)


def _ask(gateway: Gateway, panel: Panel | None, like: Panel | None = None) -> Rendered:
    """Ask for one picture; for one of no panel on the dashboard of another where there is none."""
    shown = panel or like
    if shown is None:
        return Rendered()
    parts = urlsplit(shown.link)
    given = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "viewPanel"]
    asked: dict[str, object] = {}
    for name, value in given:
        asked.setdefault(name, [])
        known = asked[name]
        if isinstance(known, list):
            known.append(value)
    number = _NO_PANEL if panel is None else str(panel.id)
    asked |= {"panelId": number, "width": WIDE, "height": HIGH, "theme": "light", "tz": "UTC"}
    path = "/render/d-solo/" + parts.path.rpartition("/d/")[2]
    try:
        body, kind = gateway.picture(path, f"the picture of panel {number}", asked)
    except SourceError as error:
        return Rendered(reason=error.message)
    reason = check_picture(body, kind)
    return Rendered(reason=f"it answered with {reason}") if reason else Rendered(body)


def _at_once(tasks: Mapping[str, Callable[[], Rendered]], deadline: Deadline) -> dict[str, Rendered]:
    """All answers; one that does not come in time is none."""
    named = {f"Grafana: picture {name}": task for name, task in tasks.items()}
    found = gather(named, deadline)
    return {
        name.removeprefix("Grafana: picture "): Rendered(reason="it took too long")
        if isinstance(one, SourceError)
        else one
        for name, one in found.items()
    }
