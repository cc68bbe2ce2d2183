"""Files of a draft's folder, which a stranger may have made: a link there leads to a file of the reader's own."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_plain(file: Path) -> bytes:
    """A file's bytes, if it is a file of its own.

    Args:
        file: The file; folders on the way to it may be links.

    Raises:
        OSError: It is missing, a symbolic link, a pipe or the like, or cannot be read.
    """
    try:
        # Without waiting: a pipe that nobody writes to would keep us here for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if not file.is_symlink():
            raise
        raise OSError(error.errno, "it is a symbolic link", str(file)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file", str(file))
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read()
