"""The policy under prometheus-api-client, which speaks through requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import MetricValueConversionError, PrometheusApiClientException
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from pm_autofill.collect.transport.credentials import authorization, validate_headers
from pm_autofill.collect.transport.exchange import outgoing
from pm_autofill.collect.transport.translation import translating_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from pm_autofill.collect.transport.policy import Policy

_VENDOR = (requests.RequestException, PrometheusApiClientException, MetricValueConversionError)


class RequestsAdapter(BaseAdapter):
    """Sends what a session prepared through the policy; the session's own timeout, TLS and proxy are ignored."""

    def __init__(self, policy: Policy) -> None:
        """Keep the policy."""
        super().__init__()
        self._policy = policy

    def send(self, request: requests.PreparedRequest, *_args: object, **_settings: object) -> requests.Response:
        """The policy's answer as requests knows it, already read."""
        reply = self._policy.send(outgoing(request.method, request.url, request.headers.items(), request.body))
        response = requests.Response()
        response.status_code = reply.status
        response.reason = reply.reason
        response.headers = CaseInsensitiveDict(reply.headers)
        response.encoding = "utf-8"  # JSON is; without it the whole body is searched for hints
        response.url = request.url or ""
        response.request = request
        response._content = reply.body  # noqa: SLF001 - as if read; its raw stream would copy the body in 10 KiB pieces
        return response

    def close(self) -> None:
        """Close the idle connections."""
        self._policy.close()


def connect_prometheus(
    policy: Policy,
    *,
    token: str | None = None,
    basic: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> PrometheusConnect:
    """A client of the Prometheus API whose every request goes through the policy; nothing is contacted yet.

    Headers and credentials are the session's, so a request of our own on ``client._session`` carries them too.

    Args:
        policy: How the source is asked; its endpoint holds the URL.
        token: Bearer token.
        basic: User name and password, where there is no token.
        headers: Further headers, such as X-Scope-OrgID.

    Returns:
        The client.

    Raises:
        UsageError: The token or a header cannot be sent.
    """
    source = policy.endpoint.source
    signed = {**validate_headers(source, headers or {}), **authorization(source, token=token, basic=basic)}
    session = requests.Session()
    session.trust_env = False  # no netrc in place of our token, no proxy, no certificates named by variables
    session.headers.update(signed)
    client = PrometheusConnect(url=policy.endpoint.url, session=session)
    # Its constructor has mounted an adapter of its own over any other.
    session.adapters.clear()
    adapter = RequestsAdapter(policy)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return client


def translating(what: str) -> AbstractContextManager[None]:
    """Around one call of the client: what it raises over an unexpected answer becomes ``SourceUnavailable``.

    Args:
        what: What is asked for, for the message; such as "the failed requests of checkout".
    """
    return translating_from("Prometheus", what, _VENDOR)
