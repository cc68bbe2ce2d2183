"""A run whose sources answer with something hostile takes hardly more memory than one whose sources do not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import memory
from tests.servers import hostile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak where Linux keeps it")
MOST = 100  # MiB above a clean run: DESIGN, speed
# Their answers are refused late, are the longest ones that are taken in, or make the longest draft: what costs most.
QUICK = ("bomb", "long text", "many samples", "fitting")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> memory.Taken:
    """What a run takes whose sources answer as they were recorded."""
    with hostile.serving(None, ()) as urls:
        taken = memory.run(urls, tmp_path_factory.mktemp("clean"))
    assert taken.code == 0
    return taken


def peak_above(clean: memory.Taken, kind: str, systems: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """By how many MiB the peaks of a run with hostile answers lie above those of a clean one."""
    with hostile.serving(hostile.KINDS[kind], systems) as urls:
        taken = memory.run(urls, folder)
    assert taken.code in {0, 3}, taken.said
    assert taken.evidence <= 10
    return taken.peak - clean.peak, taken.beside - clean.beside


@pytest.mark.parametrize("kind", QUICK)
def test_all_sources_at_once_cost_less_than_100_mib(kind: str, clean: memory.Taken, tmp_path: Path) -> None:
    """A draft is written all the same."""
    assert max(peak_above(clean, kind, hostile.SYSTEMS, tmp_path)) < MOST


@pytest.mark.long
@pytest.mark.parametrize("systems", [*((system,) for system in hostile.SYSTEMS), hostile.SYSTEMS], ids="+".join)
@pytest.mark.parametrize("kind", hostile.KINDS)
def test_no_kind_of_answer_costs_100_mib(
    kind: str, systems: tuple[str, ...], clean: memory.Taken, tmp_path: Path
) -> None:
    """Whatever the answers are, of whichever source."""
    assert max(peak_above(clean, kind, systems, tmp_path)) < MOST
