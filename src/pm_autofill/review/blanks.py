"""What is still to be filled in: the template's prompts and hints that stand in the document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.compose.markers import canonical
from pm_autofill.review.page import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.review.page import Issue, Page

_TAG = re.compile(r"\{[{%#]")
_TAG_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
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
    plain = _without_tags(template)
    patterns = {one for one in _PATTERNS if re.search(rf"\b{one}\b", plain + " ".join(given))}
    return frozenset(_BRACKETS.findall(plain + "\n" + "\n".join(given))) | (given - {""}) | patterns


def find_blanks(page: Page, template: str) -> Iterator[Issue]:
    """Every prompt and hint of the template that is still there, by line."""
    wanted = sorted(prompts(template), key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(one) for one in wanted) or r"(?!)")
    hints = {canonical(line) for line in _without_tags(template).splitlines() if _HINT.fullmatch(line.strip())}
    for line in page.lines:
        left = list(dict.fromkeys(pattern.findall(line.text)))
        if left:
            yield line.issue("blank", f"still to fill in: {', '.join(left)}")
        elif canonical(line.text) in hints:
            yield line.issue("hint", f"the template's hint is still there: {quoted(line.text.strip().strip('*_'))}")


def _without_tags(template: str) -> str:
    """A template without its Jinja; in one pass, whatever a stranger put into it."""
    kept, position, unended = [], 0, set[str]()
    while found := _TAG.search(template, position):
        end = -1 if found[0] in unended else template.find(_TAG_ENDS[found[0]], found.end())
        if end < 0:
            unended.add(found[0])
            kept.append(template[position : found.start() + 1])
            position = found.start() + 1
        else:
            kept.append(template[position : found.start()])
            position = end + 2
    return "".join(kept) + template[position:]
