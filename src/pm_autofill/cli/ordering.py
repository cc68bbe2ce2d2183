"""From the command line to an order: files read, instants parsed, sources prepared; nothing is contacted."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill import config
from pm_autofill.cli.gate import known_secrets
from pm_autofill.collect.connections import Connections
from pm_autofill.collect.sources import Sources
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.errors import UnreadableFile, UsageError
from pm_autofill.evidence.record import Request, TemplateText
from pm_autofill.files import read_text
from pm_autofill.instants import parse_instant
from pm_autofill.pipeline import Order

if TYPE_CHECKING:
    from pm_autofill.cli.choices import Choices

_LONGEST_TEMPLATE = 2**20  # the built-in one has 10 KiB
_BUILT_IN = "postmortem.md.j2"


def read_order(choices: Choices) -> Order:
    """What a command line asks for.

    Args:
        choices: The command line.

    Returns:
        The order.

    Raises:
        UsageError: A file cannot be read or an instant not be parsed.
    """
    output = Path(choices.output) if choices.output else None
    if choices.from_evidence:
        configuration = config.read(Path(choices.config)) if choices.config else None
        return Order(
            request=None,
            configuration=configuration,
            template=_named_template(choices.template),
            output=output,
            from_evidence=Path(choices.from_evidence),
            statements=choices.stated,
            timeline=choices.timeline,
            dry_run=choices.dry_run,
            clock=now,
        )
    configuration = read_configuration(choices.config)
    return Order(
        request=_request(choices),
        configuration=configuration,
        template=_named_template(choices.template) or configured_template(configuration),
        output=output,
        statements=choices.stated,
        sources=prepare_sources(configuration, choices.deadline, snapshot=choices.snapshot),
        snapshot=choices.snapshot,
        dry_run=choices.dry_run,
        clock=now,
    )


def now() -> datetime:
    """The wall clock, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def read_configuration(named: str | None) -> config.Configuration:
    """The configuration in force.

    Raises:
        UsageError: There is none, or it is wrong.
    """
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config.read(config.find(named, os.environ, Path.cwd(), home))


def prepare_sources(configuration: config.Configuration, seconds: float, *, snapshot: bool = False) -> Sources:
    """The collectors of a run that has so many seconds."""
    environment = config.Environment.of_process(configuration.folder, known_secrets())
    return Sources(Connections(configuration.settings, environment, Deadline(seconds), now, snapshot))


def _request(choices: Choices) -> Request:
    as_of = _instant("--as-of", choices.as_of) or now()
    since, until = _instant("--since", choices.since), _instant("--until", choices.until)
    if since and until and until <= since:
        message = "--until is not after --since"
        raise UsageError(message, "Give a window with its start before its end.")
    if since and since >= as_of:
        message = "--since lies in the future"
        raise UsageError(message, "Give a window that has begun.")
    return Request(
        as_of=as_of,
        rewound=choices.as_of is not None,
        incident=choices.incident,
        service=choices.service,
        since=since,
        until=until,
        timeline=choices.timeline or "brief",
    )


def _instant(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except UsageError as error:
        message = f"{option}: {error.message}"
        raise UsageError(message, error.hint) from None


def _named_template(name: str | None) -> TemplateText | None:
    return _read_template(Path(name)) if name else None


def configured_template(configuration: config.Configuration) -> TemplateText:
    """The configured template, beside the configuration or in the current folder; else the built-in one.

    Raises:
        UsageError: It does not exist or cannot be read.
    """
    name = configuration.settings.template
    if name is not None:
        for place in (configuration.folder / name, Path(name)):
            if place.is_file():
                return _read_template(place)
        if name != _BUILT_IN:
            message = f"the template {name} does not exist"
            raise UsageError(message, f"Looked in {configuration.folder} and the current folder; correct `template:`.")
    text = (resources.files("pm_autofill") / "templates" / _BUILT_IN).read_text(encoding="utf-8")
    return TemplateText(name=_BUILT_IN, text=text)


def _read_template(path: Path) -> TemplateText:
    try:
        return TemplateText(name=path.name, text=read_text(path, _LONGEST_TEMPLATE, from_pipe=True))
    except UnreadableFile as error:
        message = f"cannot read the template {path}: {error.reason}"
        raise UsageError(message, "Name an existing template with --template.") from None
