"""Secrets kept in: out of the evidence as it is made, and once more out of what is about to be written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.config import believe
from pm_autofill.redaction.shapes import Shapes

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.publish.directory import DraftFiles
    from pm_autofill.redaction.secrets import Secrets


def clean(evidence: Evidence, known: Secrets | None = None) -> Evidence:
    """Evidence without secrets; evidence that was cleaned already stays as it is.

    Args:
        evidence: As collected, or as read from a file, which may have been written before secrets were masked.
        known: The secrets of this run; none for a rebuild.

    Raises:
        EvidenceUnreadable: The configuration in it is wrong.
    """
    from pm_autofill.evidence.masking import masked

    words = believe(evidence.configuration).redaction
    return masked(evidence, Shapes.of(words.more, words.keep), known)


def guard(files: DraftFiles, known: Secrets | None) -> tuple[DraftFiles, str]:
    """A draft's files without any secret of this run: the last look before they are written.

    Everything in them derives from evidence without secrets, so nothing is found here unless that failed.

    Args:
        files: As composed, before human text is merged in.
        known: The secrets of this run; None for a rebuild, which has none.

    Returns:
        The files, and what the user should know; empty where nothing was found.
    """
    if known is None or known.are_none:
        return files, ""
    parts = {"the document": files.document, "facts.json": files.facts}
    if known.are_plainly_in(files.evidence):  # it was gone through text by text, and is long
        parts["evidence.json"] = files.evidence
    parts |= {name: data for name, data in files.graphs.items() if name.endswith(".csv")}
    found = {name: clear for name, data in parts.items() if (clear := known.mask(data.decode()).encode()) != data}
    if not found:
        return files, ""
    cleared = replace(
        files,
        document=found.get("the document", files.document),
        facts=found.get("facts.json", files.facts),
        evidence=found.get("evidence.json", files.evidence),
        graphs={name: found.get(name, data) for name, data in files.graphs.items()},
    )
    return cleared, f"a secret of this run was masked in {', '.join(found)} as it was written: please report this"
