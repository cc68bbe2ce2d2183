"""Links of the document into its own folder that lead nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pm_autofill.review.page import Issue, Page

_TARGET = re.compile(r"(!?)\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
# What git hosts put in place of an image once somebody drags it to another size.
_ELEMENT = re.compile(r"<(img)\b[^>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|/")


def find_broken_links(page: Page, folder: Path) -> Iterator[Issue]:
    """Every relative link or image whose file is not in the folder."""
    for line in page.lines:
        for image, target in _TARGET.findall(line.text) + _ELEMENT.findall(line.text):
            path = unquote(target.partition("#")[0].partition("?")[0])
            if not _ELSEWHERE.match(target) and not (folder / path).exists():
                yield line.issue("broken_link", f"the {'image' if image else 'link'} {target} leads to no file")
