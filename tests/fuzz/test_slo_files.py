"""Other tools' SLO files: any bytes are SLOs, or refused by line or field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.cli.slos import _as_json, _as_text
from pm_autofill.slo import files
from tests.fuzz.mutators import tamper_with_lines
from tests.fuzz.strategies import SIZES, drive, fixtures, samples, spoiled
from tests.property.test_slo_objects import SOUND

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = [SOUND, *SOUND.split(b"\n---\n"), *fixtures("slo_files"), *samples("slo/examples/*/*")]


@pytest.mark.parametrize("examples", SIZES)
def test_any_file_is_loaded_or_refused(tmp_path: Path, examples: int) -> None:
    """Whatever is in a file of any format, it is told; and what is told can be printed."""
    file = tmp_path / "slos.yaml"

    def read(raw: bytes) -> None:
        file.write_bytes(raw)
        found = files.load([file.name], tmp_path)
        for one in found.loaded:
            assert 0 < one.definition.objective <= 100
        _as_json(found.loaded, found.refused)
        text = _as_text(found.loaded, found.refused)
        assert all(line.isprintable() for line in text.split("\n"))

    drive(examples, spoiled(CORPUS, tamper_with_lines), read)
