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

_ADVICE = "take it out, and make it invalid, for the file's history keeps it"
_OTHERWISE = "take it out, unless all who can read this may have it"


def find_secrets(page: Page, shapes: Shapes) -> Iterator[Issue]:
    """Everything that looks like a secret, comments included, wherever a human wrote it.

    Args:
        page: The document.
        shapes: What looks like one.
    """
    for span in shapes.find(page.human):
        advice = _ADVICE if span.kind == SECRET else _OTHERWISE
        yield page.line_at(span.start).issue(SECRET, f"this looks like {span.what}; {advice}")


def without_secrets(issue: Issue, shapes: Shapes) -> Issue:
    """An issue that quotes no secret of the document, neither in its words nor in the headings above its line."""
    text, section = (mask(one, shapes).text for one in (issue.text, issue.section))
    return replace(issue, text=text, section=section)
