"""Recorded series, and the exact account of the events behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Series:
    """One time series.

    Attributes:
        labels: Label names and values, ``__name__`` first.
        times: When each sample was taken, in milliseconds since 1970, ascending.
        values: The samples, as many as there are times.
    """

    labels: tuple[tuple[str, str], ...]
    times: Integers
    values: NDArray[np.float64]

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.label("__name__")

    def label(self, name: str) -> str:
        """The value of a label; empty where the series has none of that name."""
        return dict(self.labels).get(name, "")


@dataclass(frozen=True, slots=True)
class Counts:
    """Events of a service in a window.

    Attributes:
        total: Requests answered.
        failed: Those answered with 5xx.
        slow: Those slower than the latency threshold.
    """

    total: int
    failed: int
    slow: int

    def __add__(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(self.total + other.total, self.failed + other.failed, self.slow + other.slow)

    @property
    def failed_ratio(self) -> float:
        """Failed by total, 0..1."""
        return self.failed / self.total

    @property
    def slow_ratio(self) -> float:
        """Slow by total, 0..1."""
        return self.slow / self.total


@dataclass(frozen=True, eq=False)
class Ledger:
    """What one process answered, bin by bin: one second where it matters, a scrape interval elsewhere.

    Attributes:
        edges: Where the bins begin, and where the last one ends, in seconds since 1970.
        total: Requests per bin.
        failed: Failed requests per bin.
        slow: Slow requests per bin.
    """

    edges: Integers
    total: Integers
    failed: Integers
    slow: Integers

    def count(self, start: int, end: int) -> Counts:
        """Count the events in [start, end).

        Args:
            start: Seconds since 1970.
            end: Seconds since 1970.

        Returns:
            The counts; nothing where the process did not live.

        Raises:
            ValueError: A bound lies inside a bin, where the truth is not known.
        """
        bounds = np.clip([start, end], self.edges[0], self.edges[-1])
        first, last = np.searchsorted(self.edges, bounds)
        if list(self.edges[[first, last]]) != list(bounds):
            message = f"the truth is not recorded to the second around {start} and {end}"
            raise ValueError(message)
        bins = slice(first, last)
        return Counts(int(self.total[bins].sum()), int(self.failed[bins].sum()), int(self.slow[bins].sum()))
