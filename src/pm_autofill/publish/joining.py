"""Two documents of one incident: the one here, and the one that humans may have changed on a branch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pm_autofill.compose import merge
from pm_autofill.errors import TextsApart

if TYPE_CHECKING:
    from collections.abc import Iterable


def join(here: bytes, fresh: bytes, there: bytes, earlier: Iterable[bytes]) -> bytes:
    """The document that holds what humans did on either side, with fresh values.

    Args:
        here: The document to publish.
        fresh: The document its evidence gives, which no human has touched.
        there: The document on the branch.
        earlier: What the branch's document was before, newest first; asked for only where it matters.

    Returns:
        The branch's document with fresh values where nothing was written here that the branch has not seen; the one
        here where it holds all that was done on the branch.

    Raises:
        TextsApart: Each holds something the other lacks, and neither came from the other.
    """
    theirs = merge(there, fresh)
    if here in (fresh, there, theirs) or any(here in (one, merge(one, fresh)) for one in earlier):
        return theirs
    ours = merge(here, fresh)
    if _keeps(theirs, ours, fresh):
        return theirs
    if _keeps(ours, theirs, fresh):
        return ours
    message = "the document here and the one on the branch were both changed, each in its own way"
    raise TextsApart(message, "Nothing was published. Take the branch's document, put your changes in, publish again.")


def _keeps(one: bytes, other: bytes, fresh: bytes) -> bool:
    """Whether a document holds every line that humans added to another, and none that they removed from it."""
    mine, theirs, ours = (Counter(text.splitlines()) for text in (one, other, fresh))
    return theirs - ours <= mine - ours and ours - theirs <= ours - mine
