"""What a run would change, as a unified diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pm_autofill.evidence.file import MOST_BYTES
from pm_autofill.files import read_bytes
from pm_autofill.publish.directory import DOCUMENT, merged

if TYPE_CHECKING:
    from pathlib import Path


def compare(folder: Path, document: bytes) -> str:
    """The document in a folder against what a run would write there.

    Args:
        folder: The draft's folder; need not exist.
        document: The document as composed now.

    Returns:
        A unified diff; empty when nothing changes.
    """
    path = folder / DOCUMENT
    earlier = b"" if path.is_symlink() or not path.is_file() else read_bytes(path, MOST_BYTES, plain=True)
    lines = difflib.unified_diff(
        earlier.decode(errors="replace").splitlines(keepends=True),
        merged(folder, document).decode(errors="replace").splitlines(keepends=True),
        fromfile=str(path) if earlier else "/dev/null",
        tofile=str(path),
    )
    return "".join(lines)
