"""From findings to the draft's texts: the document, ``facts.json``, and where a number comes from.

Importing this package is cheap; ``preload`` brings in what filling in a template needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from pm_autofill.compose.confined import Confined
    from pm_autofill.evidence import Evidence, TemplateText
    from pm_autofill.findings import Findings, Picture

__all__ = [
    "check_template",
    "compose_document",
    "dump_facts",
    "explain",
    "facts_document",
    "is_ours",
    "listed",
    "merge",
    "preload",
    "start_confined",
]


def preload() -> None:
    """Import Jinja and the views, so that ``compose_document`` need not."""
    import pm_autofill.compose.document
    import pm_autofill.compose.rendering  # noqa: F401


def check_template(template: TemplateText) -> None:
    """Whether a template can be filled in at all: see ``document.check_template``.

    Raises:
        TemplateMistake: It cannot.
    """
    from pm_autofill.compose import document

    document.check_template(template)


def compose_document(
    evidence: Evidence,
    findings: Findings,
    pictures: Sequence[Picture],
    *,
    template: TemplateText,
    confined: Confined | None = None,
) -> bytes:
    """Write the post-mortem: see ``document.compose_document``.

    Raises:
        TemplateMistake: The template cannot be filled in.
        AutofillError: It takes more time or memory than a stranger's template may.
    """
    from pm_autofill.compose import document

    return document.compose_document(evidence, findings, pictures, template=template, confined=confined)


def start_confined() -> AbstractContextManager[Confined]:
    """What fills in a template that is not the user's own: see ``confined.started``."""
    from pm_autofill.compose import confined

    return confined.started()


def is_ours(document: bytes) -> bool:
    """Whether a document is one to put values into: see ``ownership.is_ours``."""
    from pm_autofill.compose import ownership

    return ownership.is_ours(document)


def merge(earlier: bytes, fresh: bytes) -> bytes:
    """An earlier document with a fresh one's values, all human text as it was: see ``ownership.merge``."""
    from pm_autofill.compose import ownership

    return ownership.merge(earlier, fresh)


def facts_document(evidence: Evidence, findings: Findings, *, evidence_sha256: str) -> dict[str, Any]:
    """The whole of ``facts.json`` as plain data: see ``facts.facts_document``."""
    from pm_autofill.compose import facts

    return facts.facts_document(evidence, findings, evidence_sha256=evidence_sha256)


def listed(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """The graphs as ``facts.json`` names them: see ``facts.listed``."""
    from pm_autofill.compose import facts

    return facts.listed(pictures)


def dump_facts(document: Mapping[str, Any]) -> bytes:
    """The bytes of ``facts.json``: see ``facts.dump_facts``."""
    from pm_autofill.compose import facts

    return facts.dump_facts(document)


def explain(evidence: Evidence, facts_document: Mapping[str, Any], name: str) -> str:
    """Where one fact comes from: see ``explanation.explain``.

    Raises:
        UsageError: There is no such fact, or no such SLO.
        EvidenceUnreadable: The facts document is of another version.
    """
    from pm_autofill.compose import explanation

    return explanation.explain(evidence, facts_document, name)
