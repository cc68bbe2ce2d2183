"""What a client makes of an answer it did not expect, as this program's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pm_autofill.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

# How clients stumble over answers that are not shaped as they expect.
_STUMBLES: tuple[type[Exception], ...] = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


@contextmanager
def translating_from(source: str, what: str, vendor: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn whatever a client raises over an answer into ``SourceUnavailable``.

    Everything that happened on the wire is an error of ours already and passes through. The client's own text is
    left out: it may quote the answer at any length, and its exception may hold the request with its token.

    Args:
        source: The system, for the message.
        what: What was asked for, for the message; such as "the incident's notes".
        vendor: Exceptions of the client and of its HTTP library.

    Raises:
        SourceUnavailable: The client could not make sense of the answer.
    """
    try:
        yield
    except (*vendor, *_STUMBLES) as error:
        links = list(_chain(error))
        message = f"{source} answered the question for {what} unusably: {_reason(links)}"
        hint = f"Check that {source.lower()}.url leads to {source} itself, and its version."
        for link in links:
            _forget(link)
        raise SourceUnavailable(source, message, hint) from None


def _reason(links: list[BaseException]) -> str:
    """What was wrong, without quoting the answer."""
    error = links[0]
    if any(isinstance(link, RecursionError) for link in links):
        return "it is nested too deeply"
    if any("JSON" in type(link).__name__ for link in links):
        return "it is not valid JSON"
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str) and error.args[0].isidentifier():
        return f"it holds no {error.args[0][:40]!r}"
    return f"it is not shaped as expected ({type(error).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it came from."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _forget(error: BaseException) -> None:
    """Empty an exception: it may quote the answer, and hold the request with its token."""
    error.args = ()
    vars(error).clear()
