"""What a failed request means, in words that say what to do next; answers and failures in, errors out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pm_autofill.collect.transport.body import is_markup
from pm_autofill.collect.transport.credentials import are_credentials_among, redact
from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.collect.transport.failure import Cause
from pm_autofill.errors import CredentialsRefused, NotFound, SourceError, SourceRejected, SourceUnavailable
from pm_autofill.json_shape import measure

if TYPE_CHECKING:
    from pm_autofill.collect.transport.endpoint import Endpoint
    from pm_autofill.collect.transport.exchange import Reply, Request
    from pm_autofill.collect.transport.failure import WireFailure
    from pm_autofill.collect.transport.limits import Limits
    from pm_autofill.json_shape import Shape

_SHOWN = 200
_GIT_HOSTS = frozenset({"GitHub", "GitLab"})
_LONGEST_EXPLANATION = 64 * 2**10
_WAIT = "Run it again later; what was read meanwhile stands in the draft."
_SLOW = "Run it again later, or give it more time with --deadline."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with all that its refusal is worded and judged by.

    Attributes:
        endpoint: Whom it went to.
        request: What was sent.
        limits: What its answer may cost.
    """

    endpoint: Endpoint
    request: Request
    limits: Limits

    @property
    def key(self) -> str:
        """The source's section in the configuration."""
        return self.endpoint.source.lower()

    @property
    def has_credentials(self) -> bool:
        """Whether anything was sent to sign in with."""
        return are_credentials_among(self.request.headers)

    @property
    def shown(self) -> str:
        """Method and path, for messages."""
        return printable(f"{self.request.method} {urlsplit(self.request.url).path}", 100)


def refusal(asked: Asked, reply: Reply, shape: Shape, note: str = "") -> SourceError | None:
    """The error an answer amounts to.

    Args:
        asked: The request.
        reply: Its answer.
        shape: The answer's, were it JSON.
        note: Why it was not tried again; may be empty.

    Returns:
        What to raise; None when the answer can be used.
    """
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return _rejected(asked, reply, note)
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES or reply.status < HTTPStatus.OK:
        return _redirected(asked, reply)
    return _unreadable(asked, reply, shape)


def unreached(asked: Asked, failure: WireFailure, note: str = "") -> SourceUnavailable:
    """The error of a request that no complete answer came to.

    Args:
        asked: The request.
        failure: Why there is no answer.
        note: Why it was not tried again; may be empty.
    """
    endpoint = asked.endpoint
    address = f"{endpoint.source} at {endpoint.netloc}"
    said = ": ".join(filter(None, (failure.cause.value, printable(failure.detail))))
    why = f"{address} could not be read: {said}" + (f" ({note})" if note else "")
    hints = {
        Cause.UNKNOWN_HOST: f"Check the host name in {asked.key}.url.",
        Cause.RESOLVER: "Check the network and its name servers.",
        Cause.REFUSED: f"Check that it runs, and the port in {asked.key}.url.",
        Cause.UNREACHABLE: "Check the network, a VPN or a firewall between.",
        Cause.CONNECT_TIMEOUT: "Check the network, a VPN or a firewall between.",
        Cause.CERTIFICATE: f"If your own authority signed it, name its PEM file in {asked.key}.ca_file.",
        Cause.TLS: f"Check https:// and the port in {asked.key}.url.",
        Cause.SILENT: _SLOW,
        Cause.DEADLINE: _SLOW,
        Cause.TOO_LATE: _SLOW,
        Cause.BROKEN: _WAIT,
        Cause.USED_UP: _less(endpoint),
        Cause.UNUSABLE: f"Check that {asked.key}.url leads to {endpoint.source} itself; ask for less if it does.",
    }
    return SourceUnavailable(endpoint.source, why, hints[failure.cause])


def used_up(endpoint: Endpoint, failure: WireFailure) -> SourceUnavailable:
    """The error of an answer that came, and for which nothing is left of what a run takes in of its source.

    Args:
        endpoint: Whom it came from.
        failure: How much that is.
    """
    message = f"{endpoint.source} at {endpoint.netloc}: {failure.cause.value}: {failure.detail}"
    return SourceUnavailable(endpoint.source, message, _less(endpoint))


def _less(endpoint: Endpoint) -> str:
    """What to do about a source that sends too much."""
    what = {
        "Prometheus": "narrow the selectors of the SLOs",
        "Grafana": "name the panels that are wanted under dashboards",
    }
    less = what.get(endpoint.source, "see there what takes so much room")
    return f"Check that {endpoint.source.lower()}.url leads to {endpoint.source} itself; if it does, {less}."


def _rejected(asked: Asked, reply: Reply, note: str) -> SourceError:
    """It answered with an error status."""
    source, status = asked.endpoint.source, reply.status
    words = ", ".join(filter(None, (f"HTTP {status}", note)))
    reason = _said(asked, reply)
    tail = f" ({words})" + (f": {reason}" if reason else "")
    if status == HTTPStatus.UNAUTHORIZED:
        what = "refused the credentials" if asked.has_credentials else "asks for credentials, and none were given"
        return CredentialsRefused(source, f"{source} {what}{tail}", _credentials_hint(asked), status=status)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        hint = f"Check the id or name, and the path in {asked.key}.url."
        if source in _GIT_HOSTS:
            hint = f"Check name and url under {asked.key}, and that the token may see the repository."
        return NotFound(source, f"{source} has nothing at {asked.shown}{tail}", hint, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SourceUnavailable(source, f"{source} limits how often it may be asked{tail}", _WAIT)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SourceUnavailable(source, f"{source} failed on {asked.shown}{tail}", _WAIT)
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED}:
        return SourceRejected(
            source, f"{source} does not allow {asked.shown}{tail}", _rights_hint(asked), status=status
        )
    what = "selectors and queries of the SLOs" if source == "Prometheus" else "ids and names"
    hint = f"Check the {what} in the configuration."
    if source in _GIT_HOSTS:
        hint = f"Check repository, base and token under {asked.key}."
    return SourceRejected(source, f"{source} rejected {asked.shown}{tail}", hint, status=status)


def _redirected(asked: Asked, reply: Reply) -> SourceError:
    """It pointed elsewhere, where the token must not follow."""
    source = asked.endpoint.source
    try:
        target = urlsplit(reply.header("Location")).hostname or asked.endpoint.host
    except ValueError:
        target = "an address that is none"
    message = f"{source} redirects {asked.shown} to {printable(target, 80)} (HTTP {reply.status})"
    hint = f"No redirect is followed. Is it a login page, or is {asked.key}.url wrong (http for https, a missing path)?"
    return SourceUnavailable(source, message, hint)


def _unreadable(asked: Asked, reply: Reply, shape: Shape) -> SourceError | None:
    """A success that holds no data; None when it does."""
    source = asked.endpoint.source
    kind = reply.header("Content-Type").lower()
    wants_image = any(n.lower() == "accept" and v.startswith("image/") for n, v in asked.request.headers)
    if asked.request.method == "HEAD" or reply.status == HTTPStatus.NO_CONTENT:
        return None
    if is_markup(reply.body, kind):
        message = f"{source} answered {asked.shown} with a web page instead of data"
        hint = f"Is it a login page or a proxy? Check {asked.key}.url."
        return SourceUnavailable(source, message, hint)
    if wants_image or kind.startswith("image/"):
        return None
    if not reply.body.strip():
        return SourceUnavailable(source, f"{source} answered {asked.shown} with nothing", _WAIT)
    if shape.depth > asked.limits.max_depth:
        excess = f"data nested deeper than {asked.limits.max_depth} levels"
    elif shape.memory > asked.limits.max_memory:
        excess = f"data that takes more than {asked.limits.max_memory} bytes of memory"
    else:
        return None
    return SourceUnavailable(source, f"{source} answered {asked.shown} with {excess}", _less(asked.endpoint))


def _credentials_hint(asked: Asked) -> str:
    """What to look at after a 401."""
    if asked.endpoint.source == "PagerDuty":
        region = "https://api.pagerduty.com" if ".eu." in asked.endpoint.host else "https://api.eu.pagerduty.com"
        return f"Check the token, and the region: accounts of the other one need pagerduty.url: {region}."
    if asked.endpoint.source == "Prometheus":
        return "Check token, or username and password, under prometheus."
    if asked.endpoint.source in _GIT_HOSTS:
        return f"Check the token under {asked.key}, or the variable it comes from; it may have expired."
    return "Check the token under grafana; a service account's token may have expired."


def _rights_hint(asked: Asked) -> str:
    """What to grant after a 402 or 403."""
    if asked.endpoint.source == "PagerDuty":
        return "Use a read-only account key, or an app token with incidents.read; some data needs a larger plan."
    if asked.endpoint.source == "Prometheus":
        return "Check the token's rights, and the tenant (X-Scope-OrgID) in prometheus.headers."
    if asked.endpoint.source in _GIT_HOSTS:
        return "The token needs the right to write contents and pull requests (GitHub), or the scope api (GitLab)."
    return "Give the service account the Viewer role, and leave to query the panel's data source."


def _said(asked: Asked, reply: Reply) -> str:
    """A server's own explanation, made fit to print; empty when it gave none."""
    body = reply.body[:_LONGEST_EXPLANATION]
    if is_markup(body, reply.header("Content-Type")):
        return ""
    text = body.decode("utf-8", "replace")
    if body.lstrip()[:1] in {b"{", b"["}:
        text = _explanation(text) if measure(body).depth <= asked.limits.max_depth else ""
    return printable(redact(text[: 4 * _SHOWN], asked.request.headers))


def _explanation(text: str) -> str:
    """The sentence inside an error body of any source or git host."""
    try:
        body: Any = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if isinstance(error, dict):  # PagerDuty: {"error": {"message", "code", "errors": [...]}}
        errors = error.get("errors")
        details = errors if isinstance(errors, list) else []
        parts = [error.get("message"), *details]
    else:  # Prometheus: {"errorType", "error"}; Grafana: {"message"} or {"results": {"A": {"error"}}}; git hosts
        results = body.get("results")
        answers = results.values() if isinstance(results, dict) else ()
        errors = [one.get("error") for one in answers if isinstance(one, dict)]
        parts = [body.get("errorType"), error, body.get("message"), *errors, *_host_details(body)]
    return ": ".join(part for part in parts if isinstance(part, str) and part)


def _host_details(body: dict[str, Any]) -> list[Any]:
    """What GitHub ({"errors": [{"message"}]}) and GitLab ({"message": [...]}) add to an error."""
    errors, message = body.get("errors"), body.get("message")
    told = [one.get("message") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return told + (message if isinstance(message, list) else [])
