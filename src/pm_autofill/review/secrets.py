"""Secrets in what humans wrote: told with their line, never quoted, never taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import SECRET
from pm_autofill.redaction.shapes import mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.shapes import Shapes
    from pm_autofill.review.page import Issue, Page

_ADVICE = {
    SECRET: "take it out, and have it made invalid: it stays in the history of this file",
}
_OTHERWISE = "take it out, unless whoever reads this may have it"


def find_secrets(page: Page, shapes: Shapes) -> Iterator[Issue]:
    """Everything that looks like a secret, comments included, wherever a human wrote it.

    Args:
        page: The document.
        shapes: What looks like one.
    """
    for span in shapes.find(page.human):
        yield page.line_at(span.start).issue(SECRET, f"{span.what}: {_ADVICE.get(span.kind, _OTHERWISE)}")


def without_secrets(issue: Issue, shapes: Shapes) -> Issue:
    """An issue that quotes no secret of the document, neither in its words nor in the headings above its line."""
    text, section = (mask(one, shapes).text for one in (issue.text, issue.section))
    return replace(issue, text=text, section=section)
