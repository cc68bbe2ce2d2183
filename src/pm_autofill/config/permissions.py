"""Files that decide what is run and who is trusted, and that anybody on the machine can rewrite."""

from __future__ import annotations

import stat
import warnings
from typing import TYPE_CHECKING

from pm_autofill.errors import WritableByAll

if TYPE_CHECKING:
    from pathlib import Path


def warn_if_writable(path: Path, what: str) -> None:
    """Warn, once, where every user of the machine can write a file.

    Args:
        path: The file; nothing is said of what is no plain file, or cannot be looked at.
        what: What it is, such as "the configuration".
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if stat.S_ISREG(mode) and mode & stat.S_IWOTH:
        message = f"every user of this machine can write {what} {path}. Take that right away: chmod o-w"
        warnings.warn(message, WritableByAll, stacklevel=2)
