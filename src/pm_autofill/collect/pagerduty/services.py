"""Services by id or name: which ids a configuration or a command line means."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.pagerduty.fields import identifier, mapping
from pm_autofill.collect.pagerduty.pages import read_pages
from pm_autofill.collect.pagerduty.questions import ask_service, ask_services
from pm_autofill.collect.pagerduty.reading import SYSTEM
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import NotFound, SourceError
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pm_autofill.collect.pagerduty.asking import Interviewer

_ID = re.compile(r"[PQR][A-Z0-9]{6,}")


def find_services(interviewer: Interviewer, services: Sequence[str]) -> Observed[tuple[str, ...]]:
    """The ids of services.

    Args:
        interviewer: Asks.
        services: Ids or names; what looks like an id and is none is taken as a name.

    Returns:
        The ids found, each once; a name that no service or more than one has is a gap.
    """
    tasks: dict[str, Callable[[], str]] = {
        f"{SYSTEM}: service {service}": partial(_find, interviewer, service) for service in dict.fromkeys(services)
    }
    results = gather(tasks, interviewer.policy.deadline)
    found: dict[str, None] = {}
    gaps: list[Gap] = []
    for service, result in zip(dict.fromkeys(services), results.values(), strict=True):
        if isinstance(result, SourceError):
            gaps.append(Gap(source=SYSTEM, what=f"the service {service!r}", reason=result.message, hint=result.hint))
        else:
            found[result] = None
    return Observed(tuple(found), {}, tuple(gaps))


def _find(interviewer: Interviewer, service: str) -> str:
    """The id of one service.

    Raises:
        NotFound: There is none.
        SourceError: PagerDuty could not be asked.
    """
    if _ID.fullmatch(service):
        try:
            interviewer.ask(ask_service(service))
        except NotFound:
            pass
        else:
            return service
    return _find_by_name(interviewer, service)


def _find_by_name(interviewer: Interviewer, name: str) -> str:
    """The id of the one service with a name; capitals decide only between several.

    Raises:
        NotFound: None has it, or several have.
        SourceError: PagerDuty could not be asked.
    """
    pages = read_pages(interviewer, ask_services(name))
    named = {
        identifier(service.get("id")): given
        for service in map(mapping, pages.objects)
        if isinstance(given := service.get("name") or service.get("summary"), str)
        and given.strip().casefold() == name.strip().casefold()
    }
    exact = [found for found, given in named.items() if given == name]
    candidates = exact or list(named)
    if len(candidates) == 1 and candidates[0]:
        return candidates[0]
    many = f"{len(candidates)} services are" if candidates else "no service is"
    hint = "Write its name as PagerDuty shows it, or its id (such as PSVC123), under services: pagerduty."
    raise NotFound(SYSTEM, f"{many} called {name!r} in {SYSTEM}", hint)
