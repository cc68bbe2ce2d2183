"""Where pictures are drawn: in this process, or in one beside it that has matplotlib at hand by the time it is needed.

Why two processes: ``docs/decisions/0012-drawing-apart.md``.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings, Picture
    from pm_autofill.graphs.pictures import Drawn

_CORES = 2


class Drawing(Protocol):
    """Something that draws."""

    def get_ready(self, waiting: Callable[[], bool]) -> None:
        """Load what drawing needs.

        Args:
            waiting: Whether there is something else to wait for, so that loading costs nothing.
        """

    def begin(self, evidence: Evidence, findings: Findings) -> Callable[[], tuple[Picture, ...]]:
        """Start drawing.

        Args:
            evidence: The samples, and the panels with their data.
            findings: Which SLOs moved, and the instants to mark.

        Returns:
            A function that waits for the pictures of ``graphs.draw``.
        """


class Here:
    """Drawing in this process."""

    def get_ready(self, waiting: Callable[[], bool]) -> None:
        """Load matplotlib; fonts and glyphs too while there is something else to wait for."""
        from pm_autofill.graphs import pictures

        if waiting():
            pictures.warm_up()

    def begin(self, evidence: Evidence, findings: Findings) -> Callable[[], tuple[Picture, ...]]:
        """Start drawing, which is when the pictures are fetched."""
        from pm_autofill.graphs.pictures import draw_all

        return lambda: draw_all(evidence, findings)


class Apart:
    """Drawing in a process beside this one; in this one after all, should the other not deliver."""

    def __init__(self, orders: BinaryIO, pictures: BinaryIO) -> None:
        """Take the two ends: where orders go to, and where pictures come from."""
        self._orders = orders
        self._pictures = pictures

    def get_ready(self, waiting: Callable[[], bool]) -> None:
        """Do nothing: the other process gets itself ready."""

    def begin(self, evidence: Evidence, findings: Findings) -> Callable[[], tuple[Picture, ...]]:
        """Hand everything over."""
        try:
            with self._orders:
                pickle.dump((evidence, findings), self._orders, pickle.HIGHEST_PROTOCOL)
        except BrokenPipeError:
            return Here().begin(evidence, findings)

        def wait() -> tuple[Picture, ...]:
            try:
                drawn: tuple[Picture, ...] = pickle.loads(self._pictures.read())  # noqa: S301 - our own pipe
            except (EOFError, pickle.UnpicklingError):
                # The other process failed, or was ended; what it failed at is then met, and told, here.
                return Here().begin(evidence, findings)()
            return drawn

        return wait


@contextmanager
def started() -> Iterator[Drawing]:
    """Start what draws; to be called while this process has no other thread and has loaded little.

    Yields:
        A process of its own where that is both possible and of use: on Linux with two cores; else this one.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < _CORES:
        yield Here()
        return
    orders_out, orders_in = os.pipe()
    pictures_out, pictures_in = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(orders_in)
        os.close(pictures_out)
        _serve(orders_out, pictures_in)
    os.close(orders_out)
    os.close(pictures_in)
    with os.fdopen(pictures_out, "rb") as pictures, os.fdopen(orders_in, "wb") as orders:
        try:
            yield Apart(orders, pictures)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _serve(orders: int, pictures: int) -> NoReturn:
    """Draw what is ordered, once, and end; with no order, or when anything fails, end without a picture."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the other process's to tell
        from pm_autofill.graphs.pictures import warm_up

        warm_up()
        with os.fdopen(orders, "rb") as reading:
            packed = reading.read()
        if packed:
            evidence, findings = pickle.loads(packed)  # noqa: S301 - our own pipe
            drawn = _draw_by_two(evidence, findings, pictures)
            with os.fdopen(pictures, "wb") as writing:
                writing.write(pickle.dumps(drawn, pickle.HIGHEST_PROTOCOL))
    finally:
        os._exit(0)


def _draw_by_two(evidence: Evidence, findings: Findings, answer: int) -> tuple[Picture, ...]:
    """Draw in one process more as well: while pictures are drawn, the one that collected only waits.

    Each takes the next picture from a pipe that holds their numbers, so that both end at the same time.
    """
    from pm_autofill.graphs.pictures import MOST_PICTURES, number, plan

    planned = plan(evidence, findings)[:MOST_PICTURES]
    waiting, numbers = os.pipe()
    os.write(numbers, bytes(range(len(planned))))
    os.close(numbers)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            # Nobody must wait for an end that only this process holds open.
            os.close(reading)
            os.close(answer)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(pickle.dumps(_draw_taken(planned, waiting), pickle.HIGHEST_PROTOCOL))
        finally:
            os._exit(0)
    os.close(writing)
    drawn = _draw_taken(planned, waiting)
    with os.fdopen(reading, "rb") as pipe:
        drawn |= pickle.loads(pipe.read())  # noqa: S301 - our own pipe
    os.waitpid(child, 0)
    return number(chain.from_iterable(drawn[place] for place in sorted(drawn)))


def _draw_taken(planned: Sequence[Drawn], waiting: int) -> dict[int, tuple[Picture, ...]]:
    """The pictures whose numbers this process takes from a pipe, by number."""
    from pm_autofill.graphs.pictures import draw_some

    taken: list[int] = []

    def take() -> Iterator[Drawn]:
        while found := os.read(waiting, 1):
            taken.append(found[0])
            yield planned[found[0]]

    drawn = list(draw_some(take()))
    return dict(zip(taken, drawn, strict=True))
