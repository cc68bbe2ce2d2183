"""Text from outside, made fit to stand in a message."""

from __future__ import annotations


def printable(text: str, limit: int = 200) -> str:
    """A text on one line: blanks run together, nothing invisible, cut at a limit with an ellipsis."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
