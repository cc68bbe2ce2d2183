"""The document: filled in from evidence, findings and graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.case import Case
from pm_autofill.compose.view import VIEWS, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.compose.confined import Confined
    from pm_autofill.evidence import Evidence, TemplateText
    from pm_autofill.findings import Findings, Picture


def compose_document(
    evidence: Evidence,
    findings: Findings,
    pictures: Sequence[Picture],
    *,
    template: TemplateText,
    confined: Confined | None = None,
) -> bytes:
    """Write the post-mortem.

    Args:
        evidence: What was observed.
        findings: What follows.
        pictures: The graphs to show, in their order.
        template: The template to fill in.
        confined: What fills in a template that is not the user's own; None to do it here.

    Returns:
        The document in UTF-8, each generated span with its marker.

    Raises:
        TemplateMistake: The template cannot be filled in.
        AutofillError: It takes more time or memory than a stranger's template may.
    """
    given = variables(Case(evidence, findings, tuple(pictures)))
    if confined is not None:
        return confined.fill_in(template, given, findings.timeline)
    from pm_autofill.compose.rendering import fill_in

    return fill_in(template, given, findings.timeline)


def check_template(template: TemplateText) -> None:
    """Find out, before anything is collected, whether a template can be filled in at all.

    Args:
        template: The template.

    Raises:
        TemplateMistake: It is no valid Jinja, or names something that does not exist.
    """
    from pm_autofill.compose.rendering import check

    check(template, VIEWS)
