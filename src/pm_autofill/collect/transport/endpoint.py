"""Where a source lives, and what may be asked of it there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.errors import AutofillError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_READING_METHODS = frozenset({"GET", "HEAD"})
_QUERIES_BY_POST = {
    "Prometheus": re.compile(r"/api/v1/(query|query_range|query_exemplars|series|labels)"),
    "Grafana": re.compile(r"/api/ds/query|/api/datasources/proxy/uid/[^/]+/api/v1/(query|query_range|series|labels)"),
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_SEPARATOR = re.compile(r"[/\\]")
_OWN_HOSTS = "Requests go to the configured hosts only."
_DEFAULT_PORTS = {"http": 80, "https": 443}


class RequestRefused(AutofillError):
    """Our own transport would not send this: it leaves the configured host, or it could change something."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One source's address and the terms on which it is contacted.

    Attributes:
        source: "PagerDuty", "Prometheus" or "Grafana".
        url: Base URL as configured; kept normalised: with a scheme, without a trailing slash.
        ca_file: PEM file of the only authorities trusted there; None for the system's.
        allow_insecure: Whether ``http://`` may leave this machine.
        allow_writes: Whether methods that change something may be sent.
    """

    source: str
    url: str
    ca_file: Path | None = None
    allow_insecure: bool = False
    allow_writes: bool = False

    def __post_init__(self) -> None:
        """Normalise the URL and refuse one that cannot be used safely.

        Raises:
            UsageError: The URL is malformed, carries credentials, or is plain http to another machine.
        """
        parts = _split(self.source, self.url)
        object.__setattr__(self, "url", f"{parts.scheme}://{_netloc(parts)}{parts.path.rstrip('/')}")
        if parts.scheme == "http" and not (self.allow_insecure or is_loopback(parts.hostname or "")):
            message = f"{self.source}'s url {self.url} is http://, which sends the token readable by anyone on the way"
            hint = "Write https://, or set allow_insecure: true beside the url if that network is trusted."
            raise UsageError(message, hint)

    @property
    def scheme(self) -> str:
        """Either "http" or "https"."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """Host name or address, without the brackets of IPv6."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """TCP port, the scheme's own where none is written."""
        parts = urlsplit(self.url)
        return parts.port or _DEFAULT_PORTS[parts.scheme]

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a URL."""
        return urlsplit(self.url).netloc

    @property
    def base_path(self) -> str:
        """The path every request lies under: empty, or with a leading and no trailing slash."""
        return urlsplit(self.url).path

    @property
    def is_loopback(self) -> bool:
        """Whether the source runs on this machine."""
        return is_loopback(self.host)

    def is_read(self, method: str, url: str) -> bool:
        """Whether a request only reads, and so may be sent twice."""
        if method in _READING_METHODS:
            return True
        queries = _QUERIES_BY_POST.get(self.source)
        path = urlsplit(url).path.removeprefix(self.base_path)
        return method == "POST" and queries is not None and queries.fullmatch(path) is not None

    def check(self, method: str, url: str) -> None:
        """Refuse a request that leaves the configured base or could change something.

        Raises:
            RequestRefused: It does; nothing was sent.
        """
        try:
            parts = urlsplit(url)
            target = (parts.scheme, parts.hostname, _port(parts))
        except ValueError:
            raise RequestRefused(f"refused to send {method} to an address that is none", _OWN_HOSTS) from None
        shown = printable(f"{method} {parts.path}", 100)
        if target != (self.scheme, self.host, self.port) or "@" in parts.netloc:
            elsewhere = printable(parts.hostname or "no host", 100)
            message = f"refused to send {shown} to {elsewhere}: {self.source} is configured as {self.netloc}"
            raise RequestRefused(message, _OWN_HOSTS)
        inside = parts.path == self.base_path or parts.path.startswith(f"{self.base_path}/")
        climbs = {".", ".."} & set(_SEPARATOR.split(unquote(parts.path)))
        if not inside or climbs or _UNPRINTABLE.search(url):
            message = f"refused to send {shown}: it lies outside {self.url}"
            raise RequestRefused(message, "Check the ids in the request.")
        if not self.allow_writes and not self.is_read(method, url):
            message = f"refused to send {shown} to {self.source}: it could change something there"
            raise RequestRefused(message, "This program only reads.")


def is_loopback(host: str) -> bool:
    """Whether a host name or address always means this machine."""
    if host == "localhost":  # names below it are a convention that not every resolver keeps
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(source: str, url: str) -> SplitResult:
    """Read a base URL, adding the scheme people leave out."""
    text = url.strip()
    hint = "Write it as https://host, https://host:port or https://host/path."
    try:
        if not _SCHEME.match(text):
            text = f"{'http' if is_loopback(urlsplit(f'//{text}').hostname or '') else 'https'}://{text}"
        parts = urlsplit(text)
        host, port = parts.hostname, _port(parts)
    except ValueError:
        raise UsageError(f"{source}'s url {text[:120]!r} is not an http or https URL", hint) from None
    if parts.username is not None or parts.password is not None:
        message = f"{source}'s url holds a user name or password"
        raise UsageError(message, "Put them under username and password, or use a token, as ${VARIABLE}.")
    if parts.scheme not in _DEFAULT_PORTS or not host or port is None:
        message = f"{source}'s url {text[:120]!r} is not an http or https URL"
        raise UsageError(message, hint)
    if parts.query or parts.fragment or _UNPRINTABLE.search(text) or "\\" in text:
        message = f"{source}'s url {re.split(r'[?#]', text)[0][:120]!r} holds more than a host and a path"
        raise UsageError(message, hint)
    return parts


def _port(parts: SplitResult) -> int | None:
    """The port, the scheme's own where none is written; a ValueError where it is no port."""
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _netloc(parts: SplitResult) -> str:
    """Host in lower case, brackets kept, port only where it is not the scheme's own."""
    host = (parts.hostname or "").lower()
    bracketed = f"[{host}]" if ":" in host else host
    port = _port(parts)
    return bracketed if port == _DEFAULT_PORTS[parts.scheme] else f"{bracketed}:{port}"
