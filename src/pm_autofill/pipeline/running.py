"""The stages in order: collect, analyse, draw, compose, publish. Everything behind the evidence is pure."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import replace as dataclass_replace
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from pm_autofill.config import believe, share, withheld
from pm_autofill.evidence import digest, dump, load
from pm_autofill.graphs.process import Here
from pm_autofill.pipeline.cleaning import clean, guard
from pm_autofill.pipeline.collecting import collect_in_background
from pm_autofill.pipeline.holding import hold
from pm_autofill.pipeline.order import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence
    from pm_autofill.graphs.process import Drawing
    from pm_autofill.pipeline.order import Collected, Order
    from pm_autofill.publish.directory import DraftFiles


def run(order: Order, report: Callable[[str], None], drawing: Drawing | None = None) -> Outcome:
    """Collect or load the evidence, make the draft, and write it.

    Args:
        order: What to do.
        report: Told what is being done.
        drawing: What draws; None for this process.

    Returns:
        What was made.

    Raises:
        AutofillError: There is no draft; nothing was written.
    """
    drawing = drawing or Here()
    snapshots: list[str] = []
    with ExitStack() as stack:
        if order.from_evidence is not None:
            _, folder, _ = _rebuild(order, order.from_evidence)
            hold(folder, order, stack)
            # Read again: the run that was waited for may have kept what a human stated.
            evidence, folder, impacts = _rebuild(order, order.from_evidence)
        else:
            evidence, folder, impacts = collect_in_background(order, stack, report, drawing, snapshots)
        report("analysing and drawing")
        files, facts = make_draft(evidence, impacts, drawing, own_template=order.template is not None)
        files, alarm = guard(files, order.sources.secrets if order.sources else None)
        outcome = _publish(folder, files, facts, evidence, order, report)
        remarks = (*remark_on(evidence), *outcome.remarks, *filter(None, (alarm,)))
        return dataclass_replace(outcome, remarks=remarks, snapshots=tuple(snapshots))


def make_draft(
    evidence: Evidence,
    impacts: Sequence[Impact] = (),
    drawing: Drawing | None = None,
    *,
    own_template: bool = False,
) -> tuple[DraftFiles, dict[str, Any]]:
    """The whole draft from evidence alone.

    Args:
        evidence: The evidence; it holds the template, and what it may of the configuration. A stranger may have written
            it: of a configuration nothing else is believed or written again.
        impacts: Impacts found during collection, where there was one.
        drawing: What draws; None for this process.
        own_template: Whether the template came from the user's own file; any other is filled in by a process that is
            bounded in time and memory.

    Returns:
        The files' bytes, the same for the same evidence; and the facts document.

    Raises:
        AutofillError: The evidence's configuration or template cannot be used.
    """
    from pm_autofill import compose
    from pm_autofill.analyse import draft
    from pm_autofill.publish.directory import DraftFiles

    settings = believe(evidence.configuration)
    evidence = clean(replace(evidence, configuration=share(evidence.configuration)))
    with nullcontext() if own_template else compose.start_confined() as confined:
        findings = draft.analyse(evidence, settings, impacts)
        drawn = (drawing or Here()).begin(evidence, findings)
        raw = dump(evidence)
        facts = compose.facts_document(evidence, findings, evidence_sha256=digest(raw))
        pictures = drawn()
        facts["graphs"] = compose.listed(pictures)
        document = compose.compose_document(evidence, findings, pictures, template=evidence.template, confined=confined)
    graphs = {f"{one.name}.png": one.png for one in pictures} | {f"{one.name}.csv": one.csv for one in pictures}
    return DraftFiles(document, compose.dump_facts(facts), raw, graphs), facts


def remark_on(evidence: Evidence) -> tuple[str, ...]:
    """What the user should know of evidence that was read: which parts of the configuration in it are ignored."""
    ignored = withheld(evidence.configuration)
    if not ignored:
        return ()
    return (f"the evidence is not believed about hosts, files, commands and the like; ignored: {', '.join(ignored)}",)


def _publish(
    folder: Path,
    files: DraftFiles,
    facts: dict[str, Any],
    evidence: Evidence,
    order: Order,
    report: Callable[[str], None],
) -> Outcome:
    from pm_autofill.publish import difference, directory

    path = folder / directory.DOCUMENT
    given_away = directory.is_given_away(folder)
    remarks = (f"{path} has no markers left: it is yours, and stays as it is",) if given_away else ()
    if order.dry_run:
        diff = difference.compare(folder, files.document)
        return Outcome(path=path, evidence=evidence, facts=facts, difference=diff, remarks=remarks)
    report(f"writing {folder}")
    return Outcome(path=directory.write(folder, files), evidence=evidence, facts=facts, remarks=remarks)


def _rebuild(order: Order, path: Path) -> Collected:
    """Evidence from its file, with what the command line overrides."""
    from pm_autofill.analyse import stated
    from pm_autofill.publish import directory

    evidence = load(path)
    if order.configuration is not None:
        evidence = replace(evidence, configuration=share(order.configuration.raw))
    if order.template is not None:
        evidence = replace(evidence, template=order.template)
    if order.timeline is not None:
        evidence = replace(evidence, request=replace(evidence.request, timeline=order.timeline))
    evidence = clean(evidence)
    if order.statements:
        evidence = stated.apply(evidence, stated.merge(evidence.stated, order.statements))
    return evidence, directory.rebuilt_folder(evidence, path, order.output), ()
