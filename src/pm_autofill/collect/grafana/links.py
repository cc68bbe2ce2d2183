"""Addresses for people: a dashboard or one of its panels, with absolute times and the values of its variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pm_autofill.collect.transport.endpoint import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.collect.grafana.interpolation import Value
    from pm_autofill.instants import Window


@dataclass(frozen=True, slots=True)
class Address:
    """Where a dashboard stands, for people.

    Attributes:
        base: Grafana's public URL, with sub-path, without trailing slash.
        uid: The dashboard's uid.
        slug: The readable end.
        variables: What its variables stand for.
        organization_id: Its organisation, where Grafana has several.
    """

    base: str
    uid: str
    slug: str
    variables: Mapping[str, Value]
    organization_id: int | None = None

    def link(self, window: Window, panel: int | None = None) -> str:
        """The link.

        Args:
            window: The range to show.
            panel: Number of the panel to show alone; None for the whole dashboard.

        Returns:
            An absolute URL; times are epoch milliseconds, which every version of Grafana understands.
        """
        pairs: list[tuple[str, str]] = []
        if self.organization_id is not None:
            pairs.append(("orgId", str(self.organization_id)))
        pairs += [("from", epoch_ms(window.start)), ("to", epoch_ms(window.end)), ("timezone", "utc")]
        if panel is not None:
            pairs.append(("viewPanel", str(panel)))
        pairs += [(f"var-{name}", one) for name, value in self.variables.items() for one in value.in_url]
        path = f"/d/{quote(self.uid, safe='')}/{quote(self.slug or '_', safe='')}"
        return f"{self.base}{path}?{urlencode(pairs, quote_via=quote)}"


def with_times(link: str, window: Window) -> str:
    """The same link over another range."""
    parts = urlsplit(link)
    times = {"from": epoch_ms(window.start), "to": epoch_ms(window.end)}
    pairs = [(name, times.get(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(pairs, quote_via=quote)))


def public_url(app_url: str, configured: str | None, contacted: str) -> str:
    """The address people use.

    Args:
        app_url: What Grafana says its address is; may be empty.
        configured: ``public_url`` of the configuration.
        contacted: The address this program uses.

    Returns:
        The configured one, else Grafana's own, else the one contacted; without trailing slash.
    """
    for candidate in (configured or "", app_url):
        try:
            parts = urlsplit(candidate.strip())
        except ValueError:
            continue
        usable = parts.scheme in {"http", "https"} and parts.hostname and not (parts.username or parts.password)
        # Grafana says localhost until somebody tells it its address.
        unset = candidate == app_url and is_loopback(parts.hostname or "") and not is_loopback(_host(contacted))
        if usable and not unset:
            return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return contacted.rstrip("/")


def _host(url: str) -> str:
    """The host of a URL that is known to be one."""
    return urlsplit(url).hostname or ""


def epoch_ms(instant: datetime) -> str:
    """An instant as Grafana's API takes it."""
    return str(round(instant.timestamp() * 1000))
