"""The threat model names tests and code that exist, covers every promise, and leaves no fuzz target out."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
PROMISES = re.split(r"^### (?=S\d)", PAGE.partition("\n## Promises\n")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]


def test_every_promise_is_there() -> None:
    """S1 to S16, in order."""
    assert [one.split(" ", 1)[0] for one in PROMISES] == [f"S{number}" for number in range(1, 17)]


def test_every_promise_is_held_by_a_test_or_said_not_to_be() -> None:
    """A promise without a test is none."""
    for one in PROMISES:
        assert "::test_" in one or "Not held: " in one, one


def test_every_test_named_exists() -> None:
    """Its file, and a function of that name in it."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 40
    for file, name in named:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", source, re.MULTILINE), (file, name)


def test_every_fuzz_target_stands_at_its_boundary() -> None:
    """No target is left out, and none is made up."""
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    targets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "fuzz").glob("test_*.py")}
    assert targets <= named
    assert all((ROOT / file).is_file() for file in named)


def test_every_reader_named_exists() -> None:
    """The second column of the boundaries are modules and rooms of the package."""
    rows = re.findall(r"^\| [^|]+ \| ((?:`[\w/.]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    readers = [reader for row in rows for reader in re.findall(r"`([\w/.]+)`", row)]
    assert len(readers) > 20
    package = ROOT / "src" / "pm_autofill"
    assert [reader for reader in readers if not (package / reader).exists()] == []
