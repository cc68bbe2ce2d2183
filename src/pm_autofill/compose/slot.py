"""One computed place of the document: the words that are known, or that they are not, beside the template's prompt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pm_autofill.compose.stamps import enclose
from pm_autofill.wording.facts import unknown_words

if TYPE_CHECKING:
    from pm_autofill.findings import Unknown


@dataclass(frozen=True, slots=True)
class Slot:
    """What a template's variable holds.

    Attributes:
        markdown: The words, safe to stand in the document.
        known: Whether they answer the template's prompt.
        name: The slot's id in the document's markers.
    """

    markdown: str
    known: bool = True
    name: str = ""

    def __str__(self) -> str:
        """The words alone, for filters."""
        return self.markdown


class Block(str):
    """Whole lines of Markdown, empty where there is nothing to say; a plain text to every filter."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, name: str, markdown: str) -> Block:
        """A block under the name its marker carries."""
        block = cls(markdown)
        block.name = name
        return block


def unknown(fact: Unknown) -> Slot:
    """The slot of a fact that is not known."""
    return Slot(unknown_words(fact), known=False)


def print_value(value: object) -> object:
    """What a template prints for a variable: a slot or block within its limits, so that it can be marked."""
    if isinstance(value, Slot | Block) and value.name:
        return enclose(value.name, str(value))
    return value


def prompt(value: Slot | str, original: str) -> Slot | str:
    """The filter for prompts that a computed value replaces.

    Args:
        value: The variable.
        original: The template's own prompt, such as ``X hours Y minutes``.

    Returns:
        The words alone where they answer the prompt, else the words with the prompt behind them.
    """
    words = str(value)
    if words and (not isinstance(value, Slot) or value.known):
        return value
    both = f"{words} {original}".strip()
    return replace(value, markdown=both) if isinstance(value, Slot) else _renamed(value, both)


def beside(value: Slot | str, original: str) -> str:
    """The filter for prompts that stay behind the computed words, outside their slot: a human has more to say."""
    return f"{print_value(value)} {original}".strip()


def _renamed(value: str, words: str) -> str:
    return Block.of(value.name, words) if isinstance(value, Block) else words
