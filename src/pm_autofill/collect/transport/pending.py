"""One task on a thread of its own, whose result is fetched later."""

from __future__ import annotations

import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

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
        self._finished: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
        self._task = task
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            value = self._task()
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            self._finished.put(partial(_raise, error))
        else:
            self._finished.put(lambda: value)

    @property
    def finished(self) -> bool:
        """Whether ``result`` would not wait."""
        return not self._finished.empty()

    def result(self) -> T:
        """Wait for the task; what it raised is raised here."""
        return self._finished.get()()


def _raise(error: BaseException) -> NoReturn:
    raise error
