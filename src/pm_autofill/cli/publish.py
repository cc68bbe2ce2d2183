"""``pm-autofill publish PATH --to github|gitlab|directory``: a draft, where people finish it."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pm_autofill.cli.drafting import Seconds, printable
from pm_autofill.cli.gate import known_secrets
from pm_autofill.errors import AutofillError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.config import Configuration, Environment
    from pm_autofill.publish.change_request import Host
    from pm_autofill.publish.description import Summary
    from pm_autofill.publish.draft import Draft
    from pm_autofill.publish.publishing import Place, Published
    from pm_autofill.publish.repository import Repository

_ACTIONS = {
    "opened": "opened {where}",
    "updated": "updated {where}",
    "unchanged": "{where} is up to date",
    "closed": "left {where} alone",
}


@click.command(short_help="to a git host, as a draft pull or merge request, or to a folder")
@click.argument("path", metavar="PATH")
@click.option("--to", type=click.Choice(("github", "gitlab", "directory")), required=True, help="Where.")
@click.option("--into", metavar="DIR", help="With --to directory: the folder that holds all drafts there.")
@click.option("--restore", is_flag=True, help="The other way: bring drafts from their branches into the folder PATH.")
@click.option("--note", is_flag=True, help="Write a note with the link to the PagerDuty incident.")
@click.option("--config", metavar="FILE", help="Configuration file [default: as for drafting, else none].")
@click.option("--deadline", type=Seconds(min=1), default=120.0, show_default=True, metavar="SECONDS")
@click.option("--dry-run", is_flag=True, help="Change nothing; print the description and the document's diff.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of it as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def command(path: str, **chosen: str | float | bool | None) -> None:
    """Publish the draft at PATH: a draft's folder or its document.

    On a git host the folder is committed on a branch of its own, and a draft pull or merge request is opened or brought
    up to date; its address is printed. What humans committed or wrote there stays. Nothing is ever forced.

    With --restore PATH is the folder that holds all drafts: those that lie on branches and not yet there are brought
    there, so that the next run goes on from them. CI does that first.
    """
    from pm_autofill.config import Environment

    to, into, dry_run = str(chosen["to"]), chosen["into"], bool(chosen["dry_run"])
    if (to == "directory") != isinstance(into, str):
        message = "--to directory needs --into DIR" if to == "directory" else "--into goes with --to directory only"
        raise UsageError(message, "See pm-autofill publish --help.")
    if chosen["restore"]:
        _restore(Path(path), to, chosen)
        return
    draft = _draft(Path(path), quiet=bool(chosen["quiet"]))
    configuration = _configuration(chosen["config"] if isinstance(chosen["config"], str) else None, draft)
    environment = Environment.of_process(configuration.folder, known_secrets())
    if isinstance(into, str):
        from pm_autofill.publish.publishing import publish_to_directory

        done = publish_to_directory(draft, Path(into), dry_run=dry_run)
    else:
        done = _publish(draft, to, configuration, environment, chosen)
    _tell(done, to, draft, chosen)
    if chosen["note"] and not dry_run and done.action != "closed":
        _note(done, draft, configuration, environment, chosen)


def _draft(path: Path, *, quiet: bool) -> Draft:
    """A draft with what its evidence gives; what in that is ignored is told.

    Raises:
        AutofillError: Document or evidence are missing or damaged.
    """
    from pm_autofill import pipeline
    from pm_autofill.cli.check import read_bytes
    from pm_autofill.evidence import load
    from pm_autofill.publish import directory
    from pm_autofill.publish.draft import Draft

    place = path.parent if path.is_file() else path
    document, evidence = read_bytes(place / directory.DOCUMENT), load(place)
    files, facts = pipeline.make_draft(evidence)
    for remark in () if quiet else pipeline.remark_on(evidence):
        click.echo(remark, err=True)
    return Draft(folder=place, document=document, files=files, facts=facts, evidence=evidence)


def _configuration(named: str | None, draft: Draft) -> Configuration:
    """The user's own configuration; where there is none, the evidence's, which holds words, but no host or secret."""
    import os

    from pm_autofill import config

    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    try:
        file = config.find(named, os.environ, Path.cwd(), home)
    except UsageError:
        raw = draft.evidence.configuration
        return config.Configuration(config.believe(raw), config.share(raw), None)
    return config.read(file)


def _publish(
    draft: Draft,
    to: str,
    configuration: Configuration,
    environment: Environment,
    chosen: Mapping[str, str | float | bool | None],
) -> Published:
    """Publish to a git host."""
    from pm_autofill.publish.publishing import Publisher

    host, place, repository = _connect(to, configuration, environment, chosen)
    return Publisher(
        host=host,
        repository=repository,
        place=place,
        summarise=partial(_summarise, draft, configuration),
        known=environment.secrets,
        dry_run=bool(chosen["dry_run"]),
    ).publish(draft)


def _restore(output: Path, to: str, chosen: Mapping[str, str | float | bool | None]) -> None:
    """Bring drafts from their branches here.

    Raises:
        UsageError: It makes no sense together with other options.
    """
    from pm_autofill.cli.ordering import read_configuration
    from pm_autofill.config import Environment
    from pm_autofill.publish.publishing import restore

    if to == "directory" or chosen["note"] or chosen["dry_run"]:
        raise UsageError("--restore reads from a git host and writes here only", "Leave the other options out.")
    configuration = read_configuration(chosen["config"] if isinstance(chosen["config"], str) else None)
    environment = Environment.of_process(configuration.folder, known_secrets())
    _, place, repository = _connect(to, configuration, environment, {**chosen, "dry_run": True})
    with tempfile.TemporaryDirectory(prefix="pm-autofill-") as scratch:
        for folder in restore(repository(Path(scratch)), place, output):
            click.echo(printable(str(folder)))


def _connect(
    to: str, configuration: Configuration, environment: Environment, chosen: Mapping[str, str | float | bool | None]
) -> tuple[Host, Place, Callable[[Path], Repository]]:
    """A git host, where in it drafts lie, and what makes its repository.

    Raises:
        UsageError: Repository or token are told neither by the user's configuration nor by variables.
    """
    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.publish import hosts
    from pm_autofill.publish.repository import Repository

    deadline = Deadline(float(chosen["deadline"] or 0))
    try:
        host, place = (hosts.connect_github if to == "github" else hosts.connect_gitlab)(
            configuration.settings, environment, deadline, writes=not chosen["dry_run"]
        )
    except UsageError as error:
        if configuration.path is not None:
            raise
        hint = f"No configuration was found: write {to}: into pm-autofill.yaml, or name one with --config."
        raise UsageError(error.message, hint) from None
    return host, place, lambda folder: Repository(folder, host.remote, deadline, environment.variables)


def _summarise(
    draft: Draft, configuration: Configuration, place: Path, graphs: Mapping[str, str], page: str
) -> Summary:
    """What the description tells of a folder as it will be."""
    from pm_autofill import compose
    from pm_autofill.cli.check import read_bytes
    from pm_autofill.publish.description import Summary
    from pm_autofill.publish.directory import DOCUMENT, FACTS
    from pm_autofill.redaction.shapes import Shapes
    from pm_autofill.review import checking

    folder = checking.Folder(
        path=place,
        document=read_bytes(place / DOCUMENT).decode(errors="surrogateescape"),
        facts=read_bytes(place / FACTS),
        evidence=draft.evidence,
        fresh_document=draft.files.document.decode(),
        fresh_facts=draft.facts,
        fresh_facts_bytes=compose.dump_facts(dict(draft.facts)),
    )
    words = configuration.settings.redaction
    issues = checking.check(folder, configuration.settings.check, shapes=Shapes.of(words.more, words.keep))
    owed = [f"line {one.line}{f', {one.section}' if one.section else ''}: {one.text}" for one in issues]
    return Summary(draft.facts, graphs, page, owed)


def _tell(done: Published, to: str, draft: Draft, chosen: Mapping[str, object]) -> None:
    """Print the address, or the plan of a dry run, on stdout, and what happened on stderr."""
    dry_run = chosen["dry_run"]
    if chosen["as_json"]:
        import json

        told = {name: getattr(done, name) for name in ("action", "url", "page", "branch", "remark")}
        click.echo(json.dumps({"path": str(draft.folder), "to": to, "dry_run": dry_run, **told}))
    elif dry_run:
        click.echo(f"{done.body}\n{done.difference}" if done.body else done.difference, nl=False)
    else:
        click.echo(printable(done.url or done.page))
    if not chosen["quiet"]:
        words = _ACTIONS[done.action].format(where=done.url or done.page)
        prefix = "dry run, not done: " if dry_run else ""
        click.echo(printable(f"{prefix}{words}{f'; {done.remark}' if done.remark else ''}"), err=True)


def _note(
    done: Published,
    draft: Draft,
    configuration: Configuration,
    environment: Environment,
    chosen: Mapping[str, str | float | bool | None],
) -> None:
    """Write the link to the incident.

    Raises:
        AutofillError: There is no incident, or PagerDuty refused it; the draft is published nevertheless.
    """
    from pm_autofill.cli.ordering import now
    from pm_autofill.collect.connections import Connections
    from pm_autofill.collect.transport.limits import Deadline

    if draft.evidence.pagerduty is None:
        message = "the draft is published, but no note was written: it is of a window without an incident"
        raise AutofillError(message, "Leave --note out.")
    deadline = Deadline(float(chosen["deadline"] or 0))
    connections = Connections(configuration.settings, environment, deadline, now, writes_notes=True)
    incident, link = draft.evidence.pagerduty.incident, done.url or done.page
    written = connections.write_note(incident.id, f"Post-mortem draft: {link}")
    if not chosen["quiet"]:
        click.echo("wrote a note to the incident" if written else "the incident has the note already", err=True)
