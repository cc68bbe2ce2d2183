"""Questions asked all at once, on threads that never delay the end of the program."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

from pm_autofill.errors import SourceError, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pm_autofill.collect.transport.limits import Deadline

T = TypeVar("T")


def gather(
    tasks: Mapping[str, Callable[[], T]],
    deadline: Deadline,
    optional: Collection[str] = (),
    patience: Deadline | None = None,
    then: Callable[[str, T | SourceError], Mapping[str, Callable[[], T]]] | None = None,
) -> dict[str, T | SourceError]:
    """Run all tasks at once and wait for them until the deadline.

    Args:
        tasks: What to run, by name. A name begins with its source, as in "Prometheus: budget of checkout".
        deadline: When the waiting ends; unfinished tasks are left to themselves.
        optional: Names of tasks that nothing rests on.
        patience: When the waiting for those alone ends; they are waited for as long as the others anyway.
        then: Given a result, tasks that it raises; they are started at once, whatever the others still wait for.

    Returns:
        By name, in the order given and then raised: each task's result, or the ``SourceError`` it ended with;
        ``SourceUnavailable`` for one that did not finish in time.

    Raises:
        Exception: Whatever else a task raised, as soon as it does: that is no property of a source.
    """
    finished: queue.SimpleQueue[tuple[str, T | BaseException]] = queue.SimpleQueue()

    def run(name: str, task: Callable[[], T]) -> None:
        try:
            finished.put((name, task()))
        except SourceError as error:
            finished.put((name, _alone(error)))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            finished.put((name, error))

    results: dict[str, T | SourceError] = {}
    running: set[str] = set()

    def start(some: Mapping[str, Callable[[], T]]) -> None:
        for name, task in some.items():
            threading.Thread(target=run, args=(name, task), daemon=True, name=name).start()
            results[name] = _unfinished(name)
            running.add(name)

    start(tasks)
    while running:
        waits = deadline if patience is None or running - set(optional) else patience
        try:
            name, result = finished.get(timeout=waits.remaining())
        except queue.Empty:
            break
        running.discard(name)
        if isinstance(result, BaseException) and not isinstance(result, SourceError):
            raise result
        results[name] = result
        start({} if then is None else then(name, result))
    return results


def _alone(error: SourceError) -> SourceError:
    """An error without where it was raised, and over what: those frames hold the body of an answer."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def _unfinished(name: str) -> SourceUnavailable:
    """The error of a task that did not end in time."""
    source = name.split(maxsplit=1)[0].rstrip(":") if name.strip() else name
    hint = "Run it again later, or give it more time with --deadline."
    return SourceUnavailable(source, f"{source} did not finish its answer before the deadline", hint)
