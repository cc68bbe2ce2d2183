"""How targets are driven: hypothesis as the engine, sound bytes as the start, few examples in CI and many by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pm_autofill.collect.transport.limits import Limits
from pm_autofill.json_shape import measure
from tests.fuzz.mutators import BYTES, JSON, TEXTS, chance_of, learn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.fuzz.mutators import Mutator

T = TypeVar("T")

SIZES = (
    pytest.param(40, id="some"),
    pytest.param(4000, id="many", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
)
"""How many examples a target is driven with."""
DATA = Path(os.environ.get("PM_AUTOFILL_DATA") or Path(__file__).parents[3] / "shared" / "data")
"""More samples of foreign bytes, where there are any."""
FIXTURES = Path(__file__).parent / "fixtures"
"""What was found once, a folder for each target."""


class Spoiled(bytes):
    """Bytes that are shown by what they were made of, as they may be many."""

    made = "?"

    def made_of(self, *numbers: int) -> Self:
        """The same, made of a place in the corpus, a seed, and how many changes."""
        self.made = f"spoiled{numbers}"
        return self

    def __repr__(self) -> str:
        """What they were made of."""
        return self.made


def drive(examples: int, strategy: st.SearchStrategy[T], target: Callable[[T], object]) -> None:
    """Drive a target with so many examples; the same ones where they are few, so that CI says the same twice."""
    few = examples < 1000

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=few,
        database=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def driven(given_: T) -> None:
        target(given_)

    driven()


def spoiled(corpus: Sequence[bytes], *own: Mutator) -> st.SearchStrategy[bytes]:
    """Sound bytes after up to three changes, mostly of the kinds that fit them.

    Args:
        corpus: The sound bytes; JSON among them is learned.
        own: Changes that fit; any bytes can be changed bytewise.
    """
    changes = (*own, *own, *BYTES)
    if own == JSON:
        for one in corpus:
            learn(one)

    def spoil(number: int, seed: int, times: int) -> bytes:
        """One of the corpus, changed; hypothesis prints these numbers, not the bytes."""
        chance, found = chance_of(seed), corpus[number]
        for _ in range(times):
            found = chance.choice(changes)(chance, found)
        return Spoiled(found).made_of(number, seed, times)

    which = st.integers(0, len(corpus) - 1)
    return st.builds(spoil, which, st.integers(0, 2**32), st.integers(1, 3)) | st.binary(max_size=200)


def told(error: Exception, beginning: str = "") -> None:
    """Make sure that an error says something, on one line fit for a terminal, which begins like this."""
    words = str(error)
    assert words
    assert words.isprintable() or not beginning
    assert words.startswith(beginning)


def arrives(body: bytes) -> bool:
    """Whether the transport would hand a body on to a reader: what is nested deeper it refuses itself."""
    return measure(body).depth <= Limits().max_depth


def samples(pattern: str) -> list[bytes]:
    """More sound bytes, where there are any: files of at most 100 kB that a pattern finds."""
    found = sorted(DATA.glob(pattern)) if DATA.is_dir() else []
    return [file.read_bytes() for file in found if file.is_file() and file.stat().st_size <= 100_000]


def fixtures(target: str) -> list[bytes]:
    """What was found once to go wrong in a target."""
    return [file.read_bytes() for file in sorted((FIXTURES / target).glob("*"))]


ODD_TEXTS = st.text(max_size=40) | st.sampled_from(TEXTS)
"""Texts as somebody may type them, and those that mean something to one reader or another."""
