"""The policy under the PagerDuty client, which speaks through httpx2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
import pagerduty

from pm_autofill.collect.transport.credentials import validate_token
from pm_autofill.collect.transport.exchange import outgoing
from pm_autofill.collect.transport.translation import translating_from

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pm_autofill.collect.transport.policy import Policy

# As in the examples of PagerDuty's OAuth documentation: "pd", the region, "+_".
_OAUTH_TOKEN = re.compile(r"pd[a-z]{2}\+_")
_VENDOR = (pagerduty.Error, pagerduty.UrlError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)


class Httpx2Transport(httpx2.BaseTransport):
    """Sends what an httpx2 client prepared through the policy; the client's own timeout is ignored."""

    def __init__(self, policy: Policy) -> None:
        """Keep the policy."""
        self._policy = policy

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The policy's answer as httpx2 knows it."""
        # The client insists on https; where the configured URL is http, that is what is spoken.
        url = request.url.copy_with(scheme=self._policy.endpoint.scheme)
        reply = self._policy.send(outgoing(request.method, str(url), request.headers.raw, request.read()))
        # A body given as content counts as read before the client measures the time, which it does not survive.
        return httpx2.Response(reply.status, headers=list(reply.headers), stream=httpx2.ByteStream(reply.body))

    def close(self) -> None:
        """Close the idle connections."""
        self._policy.close()


def connect_pagerduty(policy: Policy, *, token: str | None) -> pagerduty.RestApiV2Client:
    """A client of PagerDuty's REST API whose every request goes through the policy; nothing is contacted yet.

    Args:
        policy: How the source is asked; its endpoint holds the URL, which may be http on this machine.
        token: API key, or OAuth token, which is told by its beginning.

    Returns:
        The client.

    Raises:
        UsageError: The token cannot be sent.
    """
    endpoint = policy.endpoint
    checked = validate_token(endpoint.source, token)
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    client = pagerduty.RestApiV2Client(
        checked,
        auth_type="bearer" if _OAUTH_TOKEN.match(checked) else "token",
        base_url=f"https://{host}:{endpoint.port}{endpoint.base_path}",
        transport=Httpx2Transport(policy),
        trust_env=False,
    )
    # Only the policy asks again; these would sleep for hours, but never see what they wait for.
    client.max_network_attempts = 0
    client.max_http_attempts = 0
    return client


def translating(what: str) -> AbstractContextManager[None]:
    """Around one call of the client: what it raises over an unexpected answer becomes ``SourceUnavailable``.

    Args:
        what: What is asked for, for the message; such as "the log of the incident".
    """
    return translating_from("PagerDuty", what, _VENDOR)
