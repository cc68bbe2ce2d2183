"""What in the folder is not what its evidence gives now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.markers import canonical
from pm_autofill.compose.ownership import find_span
from pm_autofill.compose.rows import merge_rows
from pm_autofill.review.page import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.review.page import Issue, Page

_REFRESH = "run pm-autofill again, or with --from-evidence"


def find_drift(page: Page, fresh: Page) -> Iterator[Issue]:
    """Slots and rows that are ours, and not what the evidence gives."""
    for name, marker in page.slots.items():
        source = fresh.slots.get(name)
        line = page.line_at(marker.start)
        if source is None:
            continue
        span, value = find_span(page.text, marker), find_span(fresh.text, source)
        if span and value:
            words, now = page.text[span.start : span.stop], fresh.text[value.start : value.stop]
            if canonical(words) != canonical(now):
                yield line.issue("drift", f"says {quoted(words)}, the evidence gives {quoted(now)}: {_REFRESH}")
        elif marker.entries is not None:
            for start, end, words in merge_rows(page.text, marker, fresh.text, source, "\n"):
                new = set(words.splitlines()) - set(page.text[start:end].splitlines())
                if not words.startswith("<!--"):
                    told = f"such as {quoted(min(new))}" if new else "some less"
                    yield line.issue("drift", f"the evidence gives other rows, {told}: {_REFRESH}")


def find_stale_facts(page: Page, written: bytes | None, computed: bytes) -> Iterator[Issue]:
    """A facts document that is missing or of other evidence."""
    if written != computed:
        what = "facts.json is missing" if written is None else "facts.json is not what evidence.json gives"
        yield page.lines[0].issue("drift", f"{what}: {_REFRESH}")
