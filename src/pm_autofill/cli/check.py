"""``pm-autofill check PATH``: what humans still owe, and what contradicts itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pm_autofill.cli.bounds import in_time
from pm_autofill.cli.drafting import Seconds, printable
from pm_autofill.errors import AutofillError, UnreadableFile, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.review.checking import Folder

_STATUSES = ("draft", "reviewed", "complete")


@click.command(short_help="what humans still owe, what contradicts itself")
@click.argument("path", metavar="PATH")
@click.option("--for", "goal", type=click.Choice(_STATUSES), help="Only what stands in the way of this status.")
@click.option("--from-evidence", metavar="FILE", help="Hold it against this evidence in place of the folder's own.")
@click.option("--config", metavar="FILE", help="Take the word lists from here, not from the evidence.")
@click.option("--deadline", type=Seconds(min=1), default=120.0, show_default=True, metavar="SECONDS")
@click.option("--json", "as_json", is_flag=True, help="Print path, status, exit code and all issues as JSON.")
@click.option("--annotations", type=click.Choice(("github", "gitlab")), help="Print what this host shows beside lines.")
@click.option("-q", "--quiet", is_flag=True, help="Do not sum up.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def command(ctx: click.Context, /, path: str, **chosen: str | float | bool | None) -> None:
    """Check the draft at PATH: a draft's folder or its document.

    Told are blanks and hints of the template, action items without owner, date or an end that can be verified,
    statements that contradict the evidence, sources that contradict one another, values that are newer there, blaming
    words, what looks like a secret, and broken links; each with its line. Exit code: 0 nothing, 1 something.

    With --for draft only what is not true counts; with --for reviewed also what is not filled in; with --for complete
    also action items that cannot be followed up, and the document's own status. Sources that contradict one another
    stand in the way of none.
    """
    if chosen["as_json"] and chosen["annotations"]:
        message = "--json and --annotations exclude each other"
        raise UsageError(message, "Give one of them.")
    # In CI, document and evidence are those of whoever proposes the change.
    with in_time(float(chosen["deadline"] or 0), "checking the draft"):
        ctx.exit(_check(Path(path), chosen))


def _check(path: Path, chosen: Mapping[str, str | float | bool | None]) -> int:
    """Check and tell; 1 where something was found, else 0."""
    from pm_autofill import config, pipeline
    from pm_autofill.redaction.shapes import Shapes
    from pm_autofill.review import checking, report
    from pm_autofill.review.page import Page

    folder = _read(path, _text(chosen["from_evidence"]))
    configured, raw = _text(chosen["config"]), folder.evidence.configuration
    settings = config.read(Path(configured)).settings if configured else config.believe(raw)
    shapes = Shapes.of(settings.redaction.more, settings.redaction.keep)
    issues = checking.check(folder, settings.check, _text(chosen["goal"]), shapes)
    shown = printable(_shown(folder.path / "postmortem.md"))
    if chosen["as_json"]:
        click.echo(report.as_json(issues, shown, checking.status_of(Page(folder.document))))
    elif chosen["annotations"] == "github":
        click.echo(report.as_github(issues, shown), nl=False)
    elif chosen["annotations"] == "gitlab":
        click.echo(report.as_gitlab(issues, shown))
    else:
        click.echo(report.as_lines(issues, shown), nl=False)
    if not chosen["quiet"]:
        for remark in pipeline.remark_on(folder.evidence):
            click.echo(remark, err=True)
        click.echo(report.as_summary(issues), err=True)
    return 1 if issues else 0


def _read(path: Path, other: str | None) -> Folder:
    """A draft's folder with what its evidence gives.

    Raises:
        AutofillError: Document or evidence are missing or damaged.
    """
    from pm_autofill import compose, pipeline
    from pm_autofill.evidence import digest, dump, load
    from pm_autofill.publish import directory
    from pm_autofill.review.checking import Folder

    # A mistyped folder must not check the draft beside it.
    place = path.parent if path.is_file() else path
    document, written = read_bytes(place / directory.DOCUMENT), place / directory.FACTS
    evidence = load(Path(other) if other else place)
    files, facts = pipeline.make_draft(evidence)
    # The evidence as it lies there: what a rebuild would leave out of it does not make the facts stale.
    facts["generated"]["evidence_sha256"] = digest(dump(evidence))
    return Folder(
        path=place,
        document=document.decode(errors="surrogateescape"),
        facts=read_bytes(written) if os.path.lexists(written) else None,
        evidence=evidence,
        fresh_document=files.document.decode(),
        fresh_facts=facts,
        fresh_facts_bytes=compose.dump_facts(facts),
    )


def read_bytes(file: Path) -> bytes:
    """A plain file of a draft.

    Raises:
        AutofillError: It cannot be read.
    """
    from pm_autofill import files
    from pm_autofill.evidence.file import MOST_BYTES

    try:
        return files.read_bytes(file, MOST_BYTES, plain=True)
    except UnreadableFile as error:
        message = f"cannot read {file}: {error.reason}"
        raise AutofillError(message, "Name the folder of a draft, or its postmortem.md.") from None


def _shown(file: Path) -> str:
    """A path as a git host knows it: from the current folder, where it lies below that."""
    relative = os.path.relpath(file)
    return str(file) if relative.startswith("..") else relative


def _text(value: str | float | bool | None) -> str | None:  # noqa: FBT001 - one of click's parameters
    return value if isinstance(value, str) else None
