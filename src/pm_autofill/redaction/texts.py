"""The texts of one piece of evidence, each looked at once, and how many marks they hold afterwards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pm_autofill.redaction import links
from pm_autofill.redaction.marks import count_marks
from pm_autofill.redaction.shapes import mask

if TYPE_CHECKING:
    from pm_autofill.redaction.secrets import Secrets
    from pm_autofill.redaction.shapes import Shapes


class Texts:
    """Masks texts, and remembers those it has masked."""

    def __init__(self, shapes: Shapes, known: Secrets) -> None:
        """Nothing is masked yet.

        Args:
            shapes: What is masked by its looks.
            known: The secrets of this run.
        """
        self._shapes = shapes
        self._known = known
        self._read: dict[tuple[str, str], str] = {}
        self._alike: dict[tuple[str, str], list[str]] = {}
        self._told: set[str] = set()

    def counts(self) -> dict[str, int]:
        """Marks by kind in all that was masked so far; a text that stands in several places counts once."""
        total: Counter[str] = Counter()
        for text in self._told:
            total += count_marks(text)
        return dict(sorted(total.items()))

    def text(self, text: str, name: str = "", *, counted: bool = True) -> str:
        """What somebody wrote, without secrets.

        Args:
            text: The text.
            name: What it is called, where it has a name that may tell what it is: "password".
            counted: Whether its marks count.
        """
        return self._masked(f"{name}: " if name else "", text, counted=counted)

    def label(self, text: str, name: str) -> str:
        """The value of a label, without secrets; two values that differ differ afterwards as well."""
        plain = self._masked(f'{{{name}="', text, counted=False)
        if not count_marks(plain):
            return plain
        values = self._alike.setdefault((name, plain), [])
        if text not in values:
            values.append(text)
        number = values.index(text) + 1
        plain = plain if number == 1 else f"{plain} ({number})"
        self._told.add(plain)
        return plain

    def key(self, name: Any) -> Any:  # noqa: ANN401 - YAML has numbers for names, too
        """The name of something in a mapping, without known secrets."""
        return self.code(name) if isinstance(name, str) else name

    def code(self, text: str, *, counted: bool = True) -> str:
        """A query, an id or an address of ours, without known secrets and without passwords before a host."""
        plain = self._read.get(("code", text))
        if plain is None:
            plain = self._read["code", text] = links.mask_logins(self._known.mask(text))
        if counted:
            self._told.add(plain)
        return plain

    def data(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 - plain data
        """Plain data with every text in it masked.

        Args:
            value: Mappings, lists, texts and numbers.
            name: What it is called where it came from.
        """
        if isinstance(value, str):
            return self.text(value, name)
        if isinstance(value, list):
            return [self.data(one, name) for one in value]
        if isinstance(value, dict):
            return {self.key(key): self.data(one, str(key)) for key, one in value.items()}
        return value

    def _masked(self, context: str, text: str, *, counted: bool) -> str:
        plain = self._read.get((context, text))
        if plain is None:
            plain = self._read[context, text] = mask(text, self._shapes, self._known, context).text
        if counted:
            self._told.add(plain)
        return plain
