"""One computed place of the document: the words that are known, or that they are not, beside the template's prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.wording.facts import unknown_words

if TYPE_CHECKING:
    from pm_autofill.findings import Unknown


@dataclass(frozen=True, slots=True)
class Slot:
    """What a template's variable holds.

    Attributes:
        markdown: The words, safe to stand in the document.
        known: Whether they answer the template's prompt.
    """

    markdown: str
    known: bool = True

    def __str__(self) -> str:
        """The words, for templates that print a variable without a filter."""
        return self.markdown


def unknown(fact: Unknown) -> Slot:
    """The slot of a fact that is not known."""
    return Slot(unknown_words(fact), known=False)


def prompt(value: Slot | str, original: str) -> str:
    """The filter for prompts that a computed value replaces.

    Args:
        value: The variable.
        original: The template's own prompt, such as ``X hours Y minutes``.

    Returns:
        The words alone where they answer the prompt, else the words with the prompt behind them.
    """
    words = str(value)
    return words if words and (not isinstance(value, Slot) or value.known) else f"{words} {original}".strip()


def beside(value: Slot | str, original: str) -> str:
    """The filter for prompts that stay beside the computed words, because a human has more to say."""
    return f"{value} {original}".strip()
