"""What is still to be filled in: the template's prompts and hints that stand in the document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.compose.markers import canonical
from pm_autofill.review.page import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.review.page import Issue, Page

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ARGUMENT = re.compile(r"""\|\s*(?:prompt|beside)\(\s*(?:"([^"]*)"|'([^']*)')""")
# In brackets, but no link, footnote or box to tick.
_BRACKETS = re.compile(r"\[(?!\^)[^\[\]\n]{2,}\](?![(\[:])")
_PATTERNS = ("YYYY-MM-DD", "HH:MM")
_HINT = re.compile(r"[*_](?![*_\s]).+(?<![*_\s])[*_]")


def prompts(template: str) -> frozenset[str]:
    """The words of a template that a human or a run has to replace.

    Args:
        template: The template, with its Jinja.

    Returns:
        Its bracketed words, what its filters take, and ``YYYY-MM-DD`` and ``HH:MM`` where it has them.
    """
    given = {found[1] or found[2] for found in _ARGUMENT.finditer(template)}
    plain = _JINJA.sub("", template)
    patterns = {one for one in _PATTERNS if re.search(rf"\b{one}\b", plain + " ".join(given))}
    return frozenset(_BRACKETS.findall(plain + "\n" + "\n".join(given))) | (given - {""}) | patterns


def find_blanks(page: Page, template: str) -> Iterator[Issue]:
    """Every prompt and hint of the template that is still there, by line."""
    wanted = sorted(prompts(template), key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(one) for one in wanted) or r"(?!)")
    hints = {canonical(line) for line in _JINJA.sub("", template).splitlines() if _HINT.fullmatch(line.strip())}
    for line in page.lines:
        left = list(dict.fromkeys(pattern.findall(line.text)))
        if left:
            yield line.issue("blank", f"still to fill in: {', '.join(left)}")
        elif canonical(line.text) in hints:
            yield line.issue("hint", f"the template's hint is still there: {quoted(line.text.strip().strip('*_'))}")
