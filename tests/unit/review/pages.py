"""Documents as people leave them."""

from __future__ import annotations

from pm_autofill.compose.stamps import enclose, enclose_rows, stamp
from pm_autofill.review.page import Issue, Page

ROWS = (
    ("| 13:42 | Errors rise to 12% (13:42:17) |", ("start",)),
    ("| 13:50 | Ann acknowledged |", ("acknowledged",)),
)


def drafted(duration: str = "39 minutes", rows: tuple[tuple[str, tuple[str, ...]], ...] = ROWS) -> str:
    """A short draft."""
    return stamp(
        f"# Report\n\n## Metadata\n| Field | Value |\n|---|---|\n| **Duration** | {enclose('duration', duration)} |\n"
        f"| **Status** | {enclose('status', 'Draft')} |\n\n## Timeline\n\n| Time | Event |\n|---|---|\n"
        f"{enclose_rows('timeline', rows)}\n## Notes\n\n"
    )


def told(issues: list[Issue]) -> list[tuple[str, int, str]]:
    """What issues say, without their sections."""
    return [(one.code, one.line, one.text) for one in issues]


def page(text: str) -> Page:
    """A page of that text."""
    return Page(text)
