"""Evidence that holds what a reader made of foreign bytes, so that it is known to be readable again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from pm_autofill.evidence import dump
from pm_autofill.evidence.alerts import ChangeSeries
from tests.window import EVIDENCE

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Matrix


def with_parts(matrix: Matrix | None = None, **parts: Any) -> bytes:  # noqa: ANN401 - parts of the evidence
    """The file of evidence that holds these parts."""
    if matrix is not None:
        parts["changes"] = (ChangeSeries(service="s", query="q", matrix=matrix, source="c", step=15.0),)
    return dump(replace(EVIDENCE, **parts))
