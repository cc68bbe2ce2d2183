"""Every incident that was resolved within some time, drafted one after the other: for runs by the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pm_autofill.cli import drafting
from pm_autofill.cli.ordering import now, prepare_sources, read_configuration
from pm_autofill.errors import AutofillError, CredentialsRefused, SourceUnavailable, UsageError
from pm_autofill.instants import parse_duration

if TYPE_CHECKING:
    from pm_autofill.cli.choices import Choices
    from pm_autofill.evidence.incident import Incident

_LONGEST = timedelta(days=366)


def run(choices: Choices) -> int:
    """Draft each of them; one that fails does not keep the others from being drafted.

    Args:
        choices: The command line.

    Returns:
        0 when all drafts are complete, or there is nothing to draft; 3 when some have gaps; 1 when there is no draft
        of some.

    Raises:
        AutofillError: The incidents could not be listed, or PagerDuty refused the credentials.
    """
    choices.check()
    codes = {0}
    for incident in _list(choices):
        try:
            codes.add(drafting.run(replace(choices, resolved_since=None, incident=incident.id)))
        except CredentialsRefused:
            raise
        except AutofillError as error:
            click.echo(drafting.printable(f"pm-autofill: {incident.id}: {error}"), err=True)
            codes.add(1)
    return 1 if 1 in codes else max(codes)


def _list(choices: Choices) -> tuple[Incident, ...]:
    """The incidents to draft.

    Raises:
        UsageError: The time is none, or no service is configured.
        SourceUnavailable: Not all of them could be listed: what is missed now would never be drafted.
    """
    try:
        length = parse_duration(choices.resolved_since or "")
    except UsageError as error:
        raise UsageError(f"--resolved-since: {error.message}", error.hint) from None
    configuration = read_configuration(choices.config)
    services = [name for one in configuration.settings.services for name in one.pagerduty or (one.name,)]
    if not services:
        raise UsageError("--resolved-since needs services", "Name yours under `services:` in the configuration.")
    if length > _LONGEST:
        message = f"--resolved-since: {choices.resolved_since} is longer than a year"
        raise UsageError(message, "Name the time since the last run, such as 24h.")
    at = now()
    found = prepare_sources(configuration, choices.deadline).pagerduty().resolved(services, at - length, at)
    for gap in found.gaps:
        raise SourceUnavailable(gap.source, f"{gap.what}: {gap.reason}", gap.hint)
    return found.value
