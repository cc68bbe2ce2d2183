"""Names of folders: whatever an incident is called, its draft lies directly in the output, and apart from others'."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.publish.directory import safe_name

ANY = st.text(st.characters(exclude_categories=()), max_size=120)


@settings(max_examples=400, derandomize=True)
@given(ANY)
def test_a_name_is_harmless(text: str) -> None:
    """Letters, digits, dashes and underscores; short enough for any file system."""
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name)
    assert (Path("out") / f"2026-11-18-{name}").parent == Path("out")


@settings(max_examples=300, derandomize=True)
@given(ANY, ANY)
def test_different_texts_have_different_names(one: str, other: str) -> None:
    """And equal ones the same."""
    assert (safe_name(one) == safe_name(other)) is (one == other)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(ANY)
def test_a_folder_of_that_name_can_be_made(text: str) -> None:
    """On this file system."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"2026-11-18-{safe_name(text)}"
        made.mkdir()
        assert [path.name for path in Path(folder).iterdir()] == [made.name]
