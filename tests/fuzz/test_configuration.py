"""The configuration: any bytes in its file are settings, or one sentence of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pm_autofill import config
from pm_autofill.errors import UsageError
from pm_autofill.slo import configured
from tests.fuzz.mutators import tamper_with_lines
from tests.fuzz.strategies import SIZES, drive, fixtures, spoiled, told

ROOT = Path(__file__).parents[2]
CORPUS = [
    (ROOT / "config" / "example.yaml").read_bytes(),
    (ROOT / "fixtures" / "demo" / "pm-autofill.yaml").read_bytes(),
    b"a: &a [x, x]\nb: &b [*a, *a]\nservices: &c [*b, *b]\n<<: {hold: 15m}\n",
    *fixtures("configuration"),
]


@pytest.mark.parametrize("examples", SIZES)
def test_any_file_is_read_or_refused(tmp_path: Path, examples: int) -> None:
    """Settings, with the SLOs they define, or a UsageError that names the file."""
    file = tmp_path / "pm-autofill.yaml"

    def read(raw: bytes) -> None:
        file.write_bytes(raw)
        try:
            found = config.read(file)
            configured.read(found.settings, tmp_path)
            again = config.parse(found.raw, path=None)
        except UsageError as error:
            told(error)
            return
        assert again.settings == found.settings

    drive(examples, spoiled(CORPUS, tamper_with_lines), read)
