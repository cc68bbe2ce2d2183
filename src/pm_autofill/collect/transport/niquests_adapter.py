"""The policy under grafana-client, which speaks through niquests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import niquests
from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException, HeaderAuth
from niquests.adapters import BaseAdapter
from niquests.structures import CaseInsensitiveDict

from pm_autofill.collect.transport.credentials import authorization
from pm_autofill.collect.transport.exchange import outgoing
from pm_autofill.collect.transport.translation import translating_from

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pm_autofill.collect.transport.policy import Policy

_VENDOR = (niquests.RequestException, GrafanaException)


class _Unparsed(niquests.Response):
    """An answer whose JSON the client hands on as it came: it is parsed where it is read, and let go of there."""

    def json(self, **_: object) -> Any:  # noqa: ANN401 - as the client's type says
        """The bytes."""
        return self.content or b""


class NiquestsAdapter(BaseAdapter):
    """Sends what a session prepared through the policy; the session's own timeout, TLS and proxy are ignored."""

    def __init__(self, policy: Policy) -> None:
        """Keep the policy."""
        super().__init__()
        self._policy = policy

    def send(self, request: niquests.PreparedRequest, *_args: object, **_settings: object) -> niquests.Response:
        """The policy's answer as niquests knows it, already read."""
        headers: Any = request.headers or {}
        nothing: Any = io.BytesIO()
        reply = self._policy.send(outgoing(request.method, request.url, headers.items(), request.body))
        response = _Unparsed()
        response.status_code = reply.status
        response.reason = reply.reason
        response.headers = CaseInsensitiveDict(reply.headers)
        response.encoding = "utf-8"  # JSON is; without it the whole body is searched for hints
        response.url = request.url
        response.request = request
        response.raw = nothing  # the session looks for cookies in it
        response._content = reply.body  # noqa: SLF001 - as if read
        return response

    def close(self) -> None:
        """Close the idle connections."""
        self._policy.close()


def connect_grafana(
    policy: Policy,
    *,
    token: str | None = None,
    basic: tuple[str, str] | None = None,
    organization_id: int | None = None,
) -> GrafanaApi:
    """A client of the Grafana API whose every request goes through the policy; nothing is contacted yet.

    A request of our own, such as ``/render``, goes over ``api.client.s`` with ``auth=api.client.auth``.

    Args:
        policy: How the source is asked; its endpoint holds the URL, sub-path and IPv6 brackets included.
        token: Token of a service account.
        basic: User name and password, where there is no token.
        organization_id: Grafana's organisation, where it has several.

    Returns:
        The client.

    Raises:
        UsageError: The token or the user name cannot be sent.
    """
    endpoint = policy.endpoint
    signed = authorization(endpoint.source, token=token, basic=basic)
    path = endpoint.base_path.lstrip("/")
    api = GrafanaApi(
        auth=HeaderAuth("Authorization", signed["Authorization"]) if signed else None,
        host=f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host,
        port=endpoint.port,
        url_path_prefix=f"{path}/" if path else "",
        protocol=endpoint.scheme,
        organization_id=organization_id,
    )
    session = api.client.s
    session.trust_env = False  # no netrc in place of our token, no proxy, no certificates named by variables
    for adapter in session.adapters.values():
        adapter.close()
    session.adapters.clear()
    bounded = NiquestsAdapter(policy)
    session.mount("https://", bounded)
    session.mount("http://", bounded)
    return api


def translating(what: str) -> AbstractContextManager[None]:
    """Around one call of the client: what it raises over an unexpected answer becomes ``SourceUnavailable``.

    Args:
        what: What is asked for, for the message; such as "panel 2 of checkout-slo".
    """
    return translating_from("Grafana", what, _VENDOR)
