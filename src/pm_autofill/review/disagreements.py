"""Where the sources contradict one another: nobody's fault in the document, but somebody has to know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.compose.ownership import find_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.review.page import Issue, Page

_SLOT = "remarks"
_CODES = frozenset(
    {
        "acknowledged_by_machine_only",
        "alert_before_impact",
        "alert_never_fired",
        "clocks_apart",
        "detected_before_impact",
        "negative_interval",
        "resolved_before_recovery",
        "same_incident",
        "sli_without_data",
        "start_after_first_row",
    }
)
_ESCAPED = re.compile(r"\\(.)")


def find_disagreements(page: Page, fresh: Page, findings: Sequence[Mapping[str, str]]) -> Iterator[Issue]:
    """Each contradiction among the sources, until a human has taken the remarks in hand: then they know of it.

    Args:
        page: The document.
        fresh: The document composed from the evidence now; a template without remarks has them told at the top.
        findings: The facts document's findings, each with ``code`` and ``text``.
    """
    marker = page.slots.get(_SLOT)
    span = find_span(page.text, marker) if marker else None
    if span is None and _SLOT in fresh.slots:
        return
    first = page.text.count("\n", 0, span.start) if span else 0
    ours = page.lines[first : page.text.count("\n", 0, span.stop) + 1] if span else []
    for one in findings:
        if one["code"] in _CODES:
            told = (line for line in ours if _ESCAPED.sub(r"\1", line.text) == f"- {one['text']}")
            settle = " (settled? edit the remark)" if span else ""
            yield next(told, page.lines[first]).issue("inconsistent", one["text"] + settle)
