"""The configuration reference names every key there is, and no other; the example is one that loads."""

from __future__ import annotations

import re
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin, get_type_hints

import msgspec

from pm_autofill import config
from pm_autofill.config import shared
from pm_autofill.config.settings import Settings
from pm_autofill.slo import configured

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def _keys(kind: object, path: str = "") -> Iterator[str]:
    for part in get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            for name, inside in get_type_hints(part).items():
                yield f"{path}{name}"
                yield from _keys(inside, f"{path}{name}.")
        elif get_origin(part) is tuple:
            yield from _keys(get_args(part)[0], f"{path.rstrip('.')}[].")


def _documented() -> set[str]:
    table = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_key_is_documented() -> None:
    """Each key of the settings stands in the reference, and each key of the reference exists."""
    every = set(_keys(Settings))
    leaves_and_lists = {key for key in every if not any(other.startswith(f"{key}.") for other in every)}

    assert leaves_and_lists <= _documented()
    assert _documented() <= every


def test_what_evidence_holds_is_documented() -> None:
    """The list names each key that evidence is believed about, and no other."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    listed = re.findall(r"^[-] .*(?:\n  .*)*", page.partition("## What evidence holds")[2], re.MULTILINE)

    assert sorted(re.findall(r"`([^`]+)`", "\n".join(listed))) == sorted(shared.SHARED)


def test_the_example_loads() -> None:
    """config/example.yaml is accepted as it stands, and its SLOs are understood."""
    example = config.read(ROOT / "config" / "example.yaml")
    definitions, gaps = configured.load(example.settings, example.folder)

    assert [(one.name, str(one.objective), one.kind) for one in definitions] == [
        ("checkout-availability", "99.9", "availability"),
        ("checkout-latency", "99", "latency"),
    ]
    assert gaps == ()
