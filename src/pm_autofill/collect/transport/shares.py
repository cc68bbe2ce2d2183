"""What a run takes in of what its sources send: a share for each, so that none takes another's or the machine's."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pm_autofill.collect.transport.failure import Cause, WireFailure, used_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.collect.transport.limits import Deadline

# Where these come from: docs/decisions/0023-bounds-of-a-run.md; benchmarks/memory.py measures what they come to.
_MIB = 2**20
# Answers up to this size, as text or parsed, are read side by side: fifty of them take less than one long one.
_SHORT = _MIB // 4
# From an answer of this size on, and from so much kept, what is freed goes back to the machine.
_LONG = _MIB
_MUCH = 4 * _MIB
_M_MMAP_THRESHOLD = -3  # malloc.h
_MAPPED_FROM = _MIB // 4


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of a source a run takes in, in bytes of memory.

    Attributes:
        under_way: Text of all answers that are being read at one time; one of them may be longer, up to its own limit.
        kept: What is kept of all answers of the run.
        kept_per_slo: How much more for each configured SLO.
    """

    under_way: int = 4 * _MIB
    kept: int = 16 * _MIB
    kept_per_slo: int = 0


_PORTIONS = {
    # Pages are kept packed until they are put together: some 40,000 log entries, were they all as long as usual.
    "PagerDuty": Portion(kept=12 * _MIB),
    # Dashboards as stored; the data of panels is let go of as soon as it is read.
    "Grafana": Portion(kept=24 * _MIB),
    # Two million samples of 16 bytes, and the labels of some thousand series; then, for each SLO, those of 500 series.
    "Prometheus": Portion(kept=48 * _MIB, kept_per_slo=3 * _MIB),
}


class Shares:
    """The shares of one run's sources. Safe to share between threads."""

    def __init__(self) -> None:
        """Nothing is taken yet."""
        self._lock = threading.Lock()
        self._one_at_a_time = threading.RLock()
        self._shares: dict[str, Share] = {}

    def of(self, source: str) -> Share:
        """The share of a source; the same one whenever it is asked for."""
        with self._lock:
            if source not in self._shares:
                self._shares[source] = Share(_PORTIONS.get(source, Portion()), self._one_at_a_time)
            return self._shares[source]

    @property
    def kept(self) -> int:
        """Bytes of memory that all together keep."""
        with self._lock:
            return sum(share.kept for share in self._shares.values())

    def allow_for(self, slo_count: int) -> None:
        """Make room for SLOs; only those that the user's own configuration names, for any other could be a lie."""
        for source in _PORTIONS:
            self.of(source).allow_for(slo_count)


class Share:
    """What one source may send in one run. Safe to share between threads."""

    def __init__(self, portion: Portion | None = None, one_at_a_time: threading.RLock | None = None) -> None:
        """Nothing is taken yet.

        Args:
            portion: How much it is.
            one_at_a_time: Held while a long answer is parsed; the same one for all sources of a run.
        """
        self._portion = portion or Portion()
        self._most_kept = self._portion.kept
        self._kept = 0
        self._under_way = 0
        self._first: Reading | None = None
        self._changed = threading.Condition()
        self._one_at_a_time = one_at_a_time or threading.RLock()

    @property
    def kept(self) -> int:
        """Bytes of memory that are taken for good."""
        return self._kept

    def allow_for(self, slo_count: int) -> None:
        """Make room for so many SLOs in all."""
        self._most_kept = self._portion.kept + slo_count * self._portion.kept_per_slo

    def keep(self, size: int) -> None:
        """Take so many bytes for good.

        Args:
            size: Bytes of memory; negative to give some back.

        Raises:
            WireFailure: So much is not left; nothing was taken.
        """
        with self._changed:
            if size > 0 and self._kept + size > self._most_kept:
                raise used_up(self._most_kept)
            self._kept += size
        if size > 0 and self._kept > _MUCH >= self._kept - size:
            return_what_is_freed()

    @contextmanager
    def parsing(self, memory: int) -> Iterator[None]:
        """Around the parsing of an answer, until it is let go of: long ones take turns, whichever source they are of.

        Nothing that waits for a server may be done inside.

        Args:
            memory: What it takes parsed, in bytes.
        """
        if memory <= _SHORT:
            yield
            return
        with self._one_at_a_time:
            yield

    def enter(self, reading: Reading, size: int, deadline: Deadline) -> None:
        """Let an answer grow; beyond what may be under way, one answer after the other.

        Args:
            reading: The answer.
            size: By how many bytes.
            deadline: When waiting ends.

        Raises:
            WireFailure: The deadline came first.
        """
        with self._changed:
            while self._first is not reading and self._under_way + size > self._portion.under_way:
                if self._first is None:
                    self._first = reading
                elif not self._changed.wait(deadline.remaining()):
                    raise WireFailure(Cause.DEADLINE)
            self._under_way += size
        if reading.text <= _LONG < reading.text + size:
            return_what_is_freed()

    def leave(self, reading: Reading, size: int) -> None:
        """Let go of the text of an answer."""
        with self._changed:
            self._under_way -= size
            if self._first is reading:
                self._first = None
            self._changed.notify_all()


class Sieve(Protocol):
    """Takes out of a text, as it comes, what is better kept otherwise."""

    def feed(self, piece: bytes) -> bytes:
        """Take a piece in, and hand back what of the text so far is to be kept as text."""

    def finish(self) -> bytes:
        """The rest of the text to be kept."""

    @property
    def size(self) -> int:
        """Bytes of memory that what was taken out needs."""


class Reading:
    """One answer on its way in: what it takes of its source's share until it is let go of.

    Attributes:
        sieve: Takes out of its text what is better kept otherwise; None for nothing.
        memory: What it takes parsed, in bytes, once that is known.
        text: Bytes of text that are under way.
    """

    def __init__(self, share: Share, deadline: Deadline, make_sieve: Callable[[], Sieve] | None = None) -> None:
        """Nothing has come yet.

        Args:
            share: Its source's.
            deadline: Of the run.
            make_sieve: Makes a sieve; each attempt at the answer has its own.
        """
        self.sieve: Sieve | None = None
        self.memory = 0
        self._share = share
        self._deadline = deadline
        self._make_sieve = make_sieve
        self.text = 0
        self._kept = 0

    def begin(self) -> None:
        """Begin anew: what came of an earlier attempt is of no use."""
        self.undo()
        self.sieve = self._make_sieve() if self._make_sieve else None

    def grow(self, text: int, kept: int = 0) -> None:
        """Take more.

        Args:
            text: Bytes of text.
            kept: Bytes that stay when the text is let go of.

        Raises:
            WireFailure: It may not grow so far, or not in time.
        """
        if kept:
            self._share.keep(kept)
            self._kept += kept
        self._share.enter(self, text, self._deadline)
        self.text += text

    def close(self) -> None:
        """Let go of the text."""
        self._share.leave(self, self.text)
        self.text = 0

    def undo(self) -> None:
        """Let go of everything: the answer is of no use."""
        self.close()
        self._share.keep(-self._kept)
        self._kept = 0
        self.sieve = None


def return_what_is_freed() -> None:
    """Have the C library give back large blocks when they are freed.

    Left to itself glibc, once it has seen large blocks, keeps up to 64 MiB of them for each thread that had some. This
    costs some page faults for every large block, so only a run that meets a long answer does it. Other C libraries do
    not keep them.
    """
    import ctypes  # not before there is a long answer

    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _MAPPED_FROM)
