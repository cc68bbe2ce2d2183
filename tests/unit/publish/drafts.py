"""Drafts as literal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.stamps import enclose, stamp
from pm_autofill.publish.directory import DraftFiles

if TYPE_CHECKING:
    from pathlib import Path


def document(title: str, graphs: str) -> bytes:
    """A document with two slots."""
    return stamp(f"# {enclose('title', title)}\n\n{enclose('graphs', graphs)}\n").encode()


OLD = DraftFiles(
    document=document("Old", "![ratio](graphs/01-ratio.png) ![gone](graphs/02-gone.png) [data](graphs/01-ratio.csv)"),
    facts=b'{"schema": "pm-autofill.facts/1", "old": true}\n',
    evidence=b'{\n"schema": "pm-autofill.evidence/1", "old": true}\n',
    graphs={"01-ratio.png": b"old picture", "01-ratio.csv": b"old data", "02-gone.png": b"gone picture"},
)
NEW = DraftFiles(
    document=document("New", "![ratio](graphs/01-ratio.png) [data](graphs/01-ratio.csv) ![more](graphs/03-more.png)"),
    facts=b'{"schema": "pm-autofill.facts/1", "new": true}\n',
    evidence=b'{\n"schema": "pm-autofill.evidence/1", "new": true}\n',
    graphs={"01-ratio.png": b"new picture", "01-ratio.csv": b"new data", "03-more.png": b"more picture"},
)


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def files_of(draft: DraftFiles) -> dict[str, bytes]:
    """What ``content`` gives for a folder that holds a draft and nothing else."""
    return {
        "postmortem.md": draft.document,
        "facts.json": draft.facts,
        "evidence.json": draft.evidence,
        **{f"graphs/{name}": data for name, data in draft.graphs.items()},
    }
