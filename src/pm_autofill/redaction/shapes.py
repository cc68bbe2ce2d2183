"""All that is masked by its looks, and what a team wants masked or kept beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pm_autofill.redaction import globs
from pm_autofill.redaction.marks import SECRET, Span, has_more_than_marks, merge, replace
from pm_autofill.redaction.views import readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.redaction.globs import Glob
    from pm_autofill.redaction.secrets import Secrets
    from pm_autofill.redaction.views import View

    Finder = Callable[[View], Iterator[Span]]

# A text is masked again until nothing is found, so that masking what is masked changes nothing.
_MOST_ROUNDS = 8
_CONFIGURED = "what `redaction.more` names"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets.

    Attributes:
        text: What is left.
        counts: How many things were masked, by kind.
    """

    text: str
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is masked by its looks.

    Attributes:
        more: Further things to mask.
        keep: What stays although it looks like a secret.
    """

    more: tuple[Glob, ...] = ()
    keep: tuple[Glob, ...] = ()

    @classmethod
    def of(cls, more: tuple[str, ...], keep: tuple[str, ...]) -> Shapes:
        """From patterns as they are configured.

        Raises:
            UsageError: One is no pattern.
        """
        return cls(
            tuple(globs.read(text, f"redaction.more[{place}]") for place, text in enumerate(more)),
            tuple(globs.read(text, f"redaction.keep[{place}]") for place, text in enumerate(keep)),
        )

    def find(self, text: str) -> list[Span]:
        """Where secrets are in a text, in order, none overlapping another."""
        found: list[Span] = []
        for view in readings(text):
            for finder in _finders():
                found += (_placed(view, span) for span in finder(view))
            for glob in self.more:
                found += (_placed(view, Span(*span, SECRET, _CONFIGURED)) for span in glob.find(view))
        if found and self.keep:
            kept = [view.place(*span) for view in readings(text) for glob in self.keep for span in glob.find(view)]
            found = [one for one in found if not any(start <= one.start and one.end <= end for start, end in kept)]
        return merge(found)


def mask(text: str, shapes: Shapes, known: Secrets | None = None, context: str = "") -> Masked:
    """A text without secrets: those that are known, and those that look like one.

    Args:
        text: What somebody wrote.
        shapes: What is masked by its looks.
        known: The secrets of this run.
        context: What stands before the text where it is read, such as "password: "; it is not masked.
    """
    counts: Counter[str] = Counter()
    for _ in range(_MOST_ROUNDS):
        found = [*(known.find(text) if known else ()), *_behind(context, text, shapes)]
        spans = merge(one for one in found if has_more_than_marks(text[one.start : one.end]))
        if not spans:
            break
        counts.update(one.kind for one in spans)
        text = replace(text, spans)
    return Masked(text, counts)


def _behind(context: str, text: str, shapes: Shapes) -> Iterator[Span]:
    """Where secrets are in a text that is read behind some context."""
    skipped = len(context)
    for one in shapes.find(context + text):
        if one.end > skipped:
            yield Span(max(0, one.start - skipped), one.end - skipped, one.kind, one.what)


def _placed(view: View, span: Span) -> Span:
    start, end = view.place(span.start, span.end)
    return Span(start, end, span.kind, span.what)


@cache
def _finders() -> tuple[Finder, ...]:
    """What looks for each kind; imported when first needed, for its expressions take their time to compile."""
    from pm_autofill.redaction import commands, conferences, credentials, links, private_keys, telephones, tokens

    return tuple(room.find for room in (tokens, private_keys, links, commands, credentials, telephones, conferences))
