"""One task on a thread of its own, whose result is fetched later."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Pending(Generic[T]):
    """A task that runs while the caller does something else; a daemon, so that it never delays the exit."""

    def __init__(self, task: Callable[[], T], name: str) -> None:
        """Start it.

        Args:
            task: What to run.
            name: The thread's name.
        """
        self._finished: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        self._task = task
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._finished.put((self._task(), None))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            self._finished.put((None, error))

    def result(self) -> T:
        """Wait for the task; what it raised is raised here."""
        value, error = self._finished.get()
        if error is not None:
            raise error
        return value  # type: ignore[return-value] - without an error the task returned it
