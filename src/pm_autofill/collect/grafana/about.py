"""What Grafana says of itself: version, address, data sources."""

from __future__ import annotations

from dataclasses import dataclass, field

from pm_autofill.collect.grafana.datasources import Datasources, read_datasources
from pm_autofill.collect.grafana.links import public_url
from pm_autofill.collect.grafana.loose import mapping, text
from pm_autofill.errors import SourceUnavailable


@dataclass(frozen=True, slots=True)
class About:
    """Grafana's own settings, as far as they matter here.

    Attributes:
        version: Its version; empty when hidden or not had.
        url: The address people use, with sub-path, without trailing slash.
        datasources: The data sources the token may see.
        namespace: How its newer API calls the organisation; empty before Grafana 12.
        has_renderer: Whether it says that it can render panels to PNG.
        source: Id of the question; empty when it was not answered.
    """

    version: str
    url: str
    datasources: Datasources = field(default_factory=Datasources)
    namespace: str = ""
    has_renderer: bool = False
    source: str = ""


def read_about(body: object, *, configured: str | None, contacted: str, source: str) -> About:
    """Read the answer of ``/api/frontend/settings``.

    Args:
        body: The parsed answer.
        configured: ``public_url`` of the configuration.
        contacted: The address this program uses.
        source: Id of the question.

    Returns:
        What matters of it.

    Raises:
        SourceUnavailable: The answer is no object.
    """
    if not isinstance(body, dict):
        message = "Grafana's answer about its settings is no object"
        raise SourceUnavailable("Grafana", message, "Check that grafana.url leads to Grafana itself.")
    return About(
        version=text(mapping(body.get("buildInfo")).get("version"))[:40],
        url=public_url(text(body.get("appUrl")), configured, contacted),
        datasources=read_datasources(body),
        namespace=text(body.get("namespace"))[:128],
        has_renderer=body.get("rendererAvailable") is True,
        source=source,
    )
