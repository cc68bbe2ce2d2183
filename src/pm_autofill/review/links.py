"""Links of the document into its own folder and those around it that lead nowhere."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.review.page import Issue, Page

_TARGET = re.compile(r"(!?)\[(?:[^\[\]\\]|\\.)*\]\(\s*<?([^()\s>]+)>?[^()]*\)")
# What git hosts put in place of an image once somebody drags it to another size.
_ELEMENT = re.compile(r"<(img)\b[^<>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|/")


def find_broken_links(page: Page, folder: Path) -> Iterator[Issue]:
    """Every relative link or image whose file is not there.

    A stranger may have written the document, so what lies outside the current folder, or the one of all drafts, is not
    looked for, nor where a symbolic link leads: looking alone can mount or tell something.
    """
    here = Path(os.path.normpath(Path.cwd() / folder))
    root = Path.cwd() if Path.cwd() in here.parents else here.parent
    for line in page.lines:
        for image, target in _TARGET.findall(line.text) + _ELEMENT.findall(line.text):
            path = unquote(target.partition("#")[0].partition("?")[0])
            if not _ELSEWHERE.match(target) and _is_missing(root, Path(os.path.normpath(here / path))):
                yield line.issue("broken_link", f"the {'image' if image else 'link'} {target} leads to no file")


def _is_missing(root: Path, path: Path) -> bool:
    """Whether nothing is at a path below a folder; unknown, so not, where the path leaves it or goes through a link."""
    if not path.is_relative_to(root):
        return False
    place = root
    for part in path.relative_to(root).parts:
        place /= part
        try:
            mode = place.lstat().st_mode
        except (OSError, ValueError):  # a name that no file can have is that of none
            return True
        if stat.S_ISLNK(mode):
            return False
    return False
