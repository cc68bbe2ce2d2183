"""Series and findings in, pictures out: PNG with the drawn data as CSV; the one place that knows matplotlib.

Importing this package is cheap; ``preload`` brings in what drawing needs, and can run while the network is waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, Picture


def draw(evidence: Evidence, findings: Findings) -> tuple[Picture, ...]:
    """Draw the pictures of a draft; the same evidence and findings give the same bytes.

    Args:
        evidence: The samples, and the panels with their data.
        findings: Which SLOs moved, and the instants to mark.

    Returns:
        Per SLO that moved, worst first, its failed ratio, traffic and error budget (if none moved, every SLO's ratio);
        then each Grafana panel that has data. Names are ``NN-name``, numbered in this order.
    """
    from pm_autofill.graphs.pictures import draw_all

    return draw_all(evidence, findings)


def preload() -> None:
    """Import matplotlib and pandas, so that ``draw`` need not."""
    import pm_autofill.graphs.panel_time
    import pm_autofill.graphs.pictures  # noqa: F401


def warm_up() -> None:
    """Load fonts and glyphs, which is worth while only as long as there is something else to wait for."""
    from pm_autofill.graphs import pictures

    pictures.warm_up()
