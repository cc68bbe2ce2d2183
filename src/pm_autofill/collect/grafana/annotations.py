"""Annotations: people's marks and alerts' changes of state, their HTML taken off."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from pm_autofill.collect.grafana.loose import items, mapping, mappings, scalar, text, whole
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.panels import Annotation
from pm_autofill.instants import from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_LONGEST_TEXT = 4000
_MOST_LINKS = 10
_MOST_TAGS = 30
_MOST_TAGS_READ = 100  # the parser begins anew at each one that is not closed
_LATEST_MS = 4_000_000_000_000
_BARE_URL = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,1000}")
_TAG = re.compile(r"<[^<>]*>?")
_BREAKING = frozenset({"br", "div", "li", "p", "tr"})
_SILENT = frozenset({"script", "style"})


def read_annotations(body: object, source: str) -> tuple[Annotation, ...]:
    """Read the answer of ``/api/annotations``.

    Args:
        body: The parsed answer.
        source: Id of the question.

    Returns:
        The annotations that have a usable time, by time.

    Raises:
        SourceUnavailable: The answer is no list.
    """
    if not isinstance(body, list):
        message = "Grafana's answer about annotations is no list"
        raise SourceUnavailable("Grafana", message, "Check that grafana.url leads to Grafana itself, and its version.")
    read = (_read(one, source) for one in mappings(body))
    return in_order(one for one in read if one is not None)


def in_order(annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """The annotations by time, each once: answers for neighbouring windows repeat those that touch both."""
    unique = {_identity(one): one for one in annotations}
    return tuple(unique[key] for key in sorted(unique))


def annotations_as_of(annotations: Iterable[Annotation], as_of: datetime) -> tuple[Annotation, ...]:
    """What could be seen at an instant: later annotations are left out, later ends are open."""
    return tuple(
        msgspec.structs.replace(one, end=None) if one.end is not None and one.end > as_of else one
        for one in annotations
        if one.start <= as_of
    )


def plain_text(markup: str) -> tuple[str, tuple[Link, ...]]:
    """Text without HTML, and the links in it.

    Args:
        markup: What somebody wrote; at most its first 4,000 characters count.

    Returns:
        The text on its lines, and addresses of http and https, at most ten, those of ``<a>`` with their label.
    """
    cut = markup[:_LONGEST_TEXT]
    reader = _Reader()
    try:
        reader.feed(cut if cut.count("<") <= _MOST_TAGS_READ else _TAG.sub(" ", cut))
        reader.close()
    except AssertionError:  # how the parser ends on a marked section that it does not know
        return _TAG.sub(" ", cut).strip(), ()
    lines = (" ".join(line.split()) for line in "".join(reader.words).splitlines())
    plain = "\n".join(line for line in lines if line)
    bare = (Link(href=found.rstrip(".,;:!?)"), text="") for found in _BARE_URL.findall(plain))
    links: dict[str, Link] = {}
    for link in (*reader.links(), *bare):
        if _is_web(link.href):
            links.setdefault(link.href, link if link.text else Link(href=link.href, text=link.href))
    return plain, tuple(links.values())[:_MOST_LINKS]


def _identity(one: Annotation) -> tuple[datetime, int, str, str, str, str, str]:
    """What tells annotations apart, time first."""
    ends = "" if one.end is None else one.end.isoformat()
    return one.start, one.id, ends, one.alert, one.state, one.dashboard_uid, one.text


def _read(annotation: Mapping[str, Any], source: str) -> Annotation | None:
    """One annotation; None without a usable time."""
    start, end = read_instant(annotation.get("time")), read_instant(annotation.get("timeEnd"))
    if start is None:
        return None
    plain, links = plain_text(text(annotation.get("text")))
    alert = text(annotation.get("alertName"))
    state = text(annotation.get("newState"))
    is_alert = bool(alert or state)
    id_ = whole(annotation.get("id"))
    return Annotation(
        id=id_ if id_ is not None and id_ > 0 else number_of(annotation),
        start=start,
        end=end if end is not None and end > start else None,
        text=plain,
        tags=tuple(tag for one in items(annotation.get("tags")) if (tag := text(one)))[:_MOST_TAGS],
        alert=alert or (plain.split("{")[0].strip() if is_alert else ""),
        state=state,
        author="" if is_alert else text(annotation.get("login")),
        dashboard_uid=text(annotation.get("dashboardUID")) or text(mapping(annotation.get("dashboard")).get("uid")),
        links=links,
        source=source,
    )


def number_of(annotation: Mapping[str, Any]) -> int:
    """A number that tells an annotation from others, the same whenever it is read.

    Args:
        annotation: Its time, alert, state, dashboard, panel and text.
    """
    parts = [
        scalar(annotation.get(key)) for key in ("time", "alertName", "newState", "dashboardUID", "panelId", "text")
    ]
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:6], "big")


def read_instant(value: object) -> datetime | None:
    """Epoch milliseconds as an instant; None for 0, which means none, and for times beyond all use."""
    read = whole(value)
    return from_epoch(read / 1000) if read is not None and 0 < read < _LATEST_MS else None


def _is_web(href: str) -> bool:
    """Whether an address is one of the web, with a host and without credentials."""
    try:
        parts = urlsplit(href)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


class _Reader(HTMLParser):
    """Collects words and links, drops tags, scripts and comments."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._links: list[tuple[str, list[str]]] = []
        self._open: list[str] | None = None
        self._silent = 0

    def links(self) -> tuple[Link, ...]:
        """The links with their labels."""
        return tuple(Link(href=href, text=" ".join("".join(words).split())) for href, words in self._links)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link; begin a line."""
        if tag in _SILENT:
            self._silent += 1
        if tag in _BREAKING:
            self.words.append("\n")
        if tag.startswith(("http:", "https:")):  # an address in angle brackets, as Markdown writes it
            self.words.append((self.get_starttag_text() or "").strip("<>"))
        href = next((value for name, value in attrs if name == "href" and value), None)
        if tag == "a" and href:
            self._open = []
            self._links.append((href.strip(), self._open))

    def handle_endtag(self, tag: str) -> None:
        """End a link or a script."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if self._silent:
            return
        self.words.append(data)
        if self._open is not None:
            self._open.append(data)
