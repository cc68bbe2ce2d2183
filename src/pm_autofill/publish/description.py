"""The description of a change request: key numbers, graphs, gaps, and what humans owe; their own words stay theirs."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.findings import Basis, Unit
from pm_autofill.instants import parse_instant
from pm_autofill.wording.facts import basis_words, value_words
from pm_autofill.wording.markdown import escape, link, plain
from pm_autofill.wording.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.redaction.secrets import Secrets

_OPENING = "<!-- pm-autofill -->"
_BLOCK = re.compile(rf"{_OPENING}(.*)<!-- /pm-autofill ([0-9a-f]{{12}}) -->", re.DOTALL)
_ROWS = (
    ("Severity", "severity"),
    ("Services", "services_affected"),
    ("Impact began (UTC)", "impact.start"),
    ("Recovered (UTC)", "impact.end"),
    ("Duration", "impact.duration"),
    ("Bad requests", "requests.failed"),
    ("Share of requests", "requests.failed_ratio"),
    ("Error budget consumed", "error_budget.consumed_ratio"),
    ("Time to detect", "time_to_detect"),
    ("Time to respond", "time_to_respond"),
    ("Time to mitigate", "time_to_mitigate"),
    ("Time to resolve", "time_to_resolve"),
)
_MOST_GRAPHS = 12
_MOST_ITEMS = 40
_CELL = 300
_SHORTEST = "A draft for you to finish."
_MARKS = 100
_ADVICE = """\
Write into the document on this branch: what you write stays, values nobody has touched are refreshed by later runs.
So is this text; words above or below it are yours."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a description is made of.

    Attributes:
        facts: The facts document.
        graphs: Where each graph can be seen, by what it shows.
        page: Where the document is shown.
        owed: What humans have to see to, a line each.
    """

    facts: Mapping[str, Any]
    graphs: Mapping[str, str]
    page: str
    owed: Sequence[str]


def compose_title(facts: Mapping[str, Any], name: str) -> str:
    """The title of a change request: the incident's, else the folder's name; one plain line.

    A git host reads no Markdown in a title, but finds mentions and numbers of requests in it.
    """
    incident = facts.get("incident")
    title = plain(str(incident["title"]), limit=150) if incident else plain(name, limit=150)
    return "Post-mortem: " + re.sub(r"[@#!](?=\w)", lambda found: f"{found[0]}\N{WORD JOINER}", title)


def compose_body(summary: Summary, longest: int, known: Secrets | None = None) -> str:
    """The description of a change request, in a block that later runs find again.

    Args:
        summary: What to tell.
        longest: Characters it may have; items, then graphs are left out of a longer one.
        known: The secrets of this run, none of which is in it.
    """
    sizes = ((_MOST_ITEMS, _MOST_GRAPHS), (10, _MOST_GRAPHS), (10, 0), (0, 0))
    texts = ("\n\n".join(filter(None, _sections(summary, *most))) for most in sizes)
    plain = (known.mask(text) if known else text for text in texts)
    text = next((text for text in plain if len(text) < longest - _MARKS), _SHORTEST)
    return f"<!-- pm-autofill -->\n{text}\n<!-- /pm-autofill {_digest(text)} -->"


def merge_body(earlier: str, fresh: str) -> str:
    """A description with fresh words in our block; one whose block a human changed or removed stays as it is."""
    found = _block(earlier)
    if not found or _digest(found[1]) != found[2]:
        return earlier
    mine = _block(fresh)
    if mine and mine[2] == found[2]:
        return earlier
    return earlier[: found.start()] + fresh + earlier[found.end() :]


def is_ours(body: str) -> bool:
    """Whether a description holds our block, as we wrote it."""
    found = _block(body)
    return found is not None and _digest(found[1]) == found[2]


def _block(body: str) -> re.Match[str] | None:
    """Our block in a description; where it does not end behind its first beginning, it ends behind no other one."""
    start = body.find(_OPENING)
    return _BLOCK.match(body, start) if start >= 0 else None


def _sections(summary: Summary, most_items: int, most_graphs: int) -> list[str]:
    facts = summary.facts
    incident = facts.get("incident")
    about = [link("The document", summary.page)]
    if incident:
        about.append(f"incident {link(str(incident['number'] or incident['id']), str(incident['url'] or ''))}")
    rows = [f"| {label} | {_words(facts, name)} |" for label, name in _ROWS]
    gaps = [f"{one['source']}: {one['what']}: {one['reason']}. {one['hint']}" for one in facts["gaps"]]
    shown = list(summary.graphs.items())[:most_graphs]
    return [
        f"A draft for you to finish: {', '.join(about)}.",
        "\n".join(["| | |", "|---|---|", *rows]),
        *(f"![{escape(name)}]({url})" for name, url in shown),
        _listed("Not available", gaps, most_items),
        _listed("Left for you", summary.owed, most_items),
        _ADVICE,
    ]


def _listed(heading: str, items: Sequence[str], most: int) -> str:
    if not items:
        return ""
    more = [f"- and {plural(len(items) - most, 'more thing')}"] if len(items) > most else []
    return "\n".join([f"### {heading}", "", *(f"- {escape(one)}" for one in items[:most]), *more])


def _words(facts: Mapping[str, Any], name: str) -> str:
    """A fact as the document would tell it."""
    fact = facts["facts"][name]
    if fact["status"] != "known":
        return f"unknown: {escape(fact['reason'], limit=_CELL)}"
    unit, value = Unit(fact["unit"]), fact["value"]
    words = value_words(parse_instant(value) if unit is Unit.INSTANT else value, unit)
    if name.startswith("error_budget.") and facts["headline_slo"]:
        words = f"{'at least ' if _has_lost(facts) else ''}{words} of {escape(facts['headline_slo'], limit=_CELL)}"
    known = basis_words(Basis(fact["basis"]))
    return f"{words} ({known})" if known else words


def _has_lost(facts: Mapping[str, Any]) -> bool:
    """Whether requests never arrived: they take no budget, so its share is a lower bound."""
    lost = facts["facts"]["requests.lost"]
    return bool(lost["status"] == "known" and lost["value"] > 0)


def _digest(text: str) -> str:
    """Of the words alone: hosts change line breaks and blanks at the ends."""
    return hashlib.sha256(" ".join(text.split()).encode(errors="surrogatepass")).hexdigest()[:12]
