"""What humans state against what was computed: in slots they took over, in rows, and in their own sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from pm_autofill.compose.markers import find_markers
from pm_autofill.compose.ownership import find_span
from pm_autofill.compose.rows import find_table
from pm_autofill.findings import UNITS, Unit
from pm_autofill.instants import parse_instant
from pm_autofill.review.page import quoted
from pm_autofill.review.quantities import find_quantities, unsupported
from pm_autofill.wording.facts import value_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.compose.markers import Marker
    from pm_autofill.review.page import Issue, Line, Page
    from pm_autofill.review.quantities import Quantity

_KEEP = "remove the marker to keep yours for good"
_ALIKE = 0.5
# A timeline has hundreds of rows, not thousands.
_MOST_ROWS = 1000
# What is said of a figure stands beside it.
_BESIDE = 120
_VAGUELY = r"(?:about|around|roughly|approximately|nearly|almost|~)?\s*"


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a human's sentence can say that facts know.

    Attributes:
        words: A pattern of what stands before the figure, or right behind it.
        kind: What the figure is.
        facts: The facts of which one has to be that figure.
        behind: Whether the words follow the figure.
    """

    words: str
    kind: str
    facts: tuple[str, ...]
    behind: bool = False

    def is_made_with(self, one: Quantity, text: str) -> bool:
        """Whether a figure of a text makes this claim."""
        if one.kind != self.kind:
            return False
        end = one.start + len(one.words)
        if self.behind:
            return re.match(self.words, text[end : end + _BESIDE], re.IGNORECASE) is not None
        before = text[max(0, one.start - _BESIDE) : one.start]
        return re.search(rf"{self.words}{_VAGUELY}\Z", before, re.IGNORECASE) is not None


_BUDGET = tuple(f"error_budget.{name}_ratio" for name in ("consumed", "remaining_before", "remaining_after"))
_CLAIMS = (
    _Claim(r"(?:lasted|lasting|outage of)\s", "s", ("impact.duration",)),
    _Claim(r"(?:down|unavailable|degraded|failing|failed|affected|broken) for\s", "s", ("impact.duration",)),
    _Claim(r"duration(?: of (?:the )?\w+)?(?: was| is|:)\s", "s", ("impact.duration",)),
    _Claim(r"(?:detected|noticed|alerted)(?: it)? after\s", "s", ("time_to_detect",)),
    _Claim(r"(?:acknowledged|responded)(?: it)? after\s", "s", ("time_to_respond",)),
    _Claim(r"(?:impact|outage|incident) (?:began|started) (?:at|around)\s", "clock", ("impact.start",)),
    _Claim(
        r"(?:impact|outage|incident) (?:ended|was over|was resolved) (?:at|around)\s",
        "clock",
        ("impact.end", "incident.resolved"),
    ),
    _Claim(r"\s*of (?:the|our|its|this)?\s*(?:[\w-]+ ){0,3}budget", "share", _BUDGET, behind=True),
    _Claim(
        r"\s*of (?:all |the |our |its )?(?:[\w-]+ )?requests",
        "share",
        ("requests.failed_ratio", "requests.failed_ratio_peak"),
        behind=True,
    ),
    _Claim(
        r"\s*(?:requests (?:had )?failed|failed requests|failures|errors)\b",
        "count",
        ("requests.failed", "requests.excess_failed"),
        behind=True,
    ),
)


def find_slot_issues(page: Page, fresh: Page) -> Iterator[Issue]:
    """Slots that humans have taken over: figures in them that are not the computed ones, and newer values.

    Those whose marker is broken, or there twice, are a human's as well.
    """
    for marker in find_markers(page.text):
        source = fresh.slots.get(marker.name)
        span = find_span(fresh.text, source) if source else None
        is_untouched = marker.name in page.slots and find_span(page.text, marker) is not None
        if source is None or span is None or is_untouched:
            continue
        ours = fresh.text[span.start : span.stop]
        line, theirs = page.line_at(marker.start), _theirs(page, marker, whole="\n" in ours)
        wrong = unsupported(theirs, [ours]) if "\n" not in ours else []
        if wrong:
            said = ", ".join(quoted(one.words) for one in wrong)
            yield line.issue("contradiction", f"says {said}; the evidence gives {quoted(ours, 120)}")
        elif (marker.count, marker.digest) != (source.count, source.digest) and not _told(ours, theirs):
            yield line.issue("new_value", f"this is yours; the evidence now gives {quoted(ours, 160)} ({_KEEP})")


def find_row_issues(page: Page, fresh: Page) -> Iterator[Issue]:
    """Rows of a timeline that humans have changed: at another time than the event's, or newer in the evidence."""
    for name, marker in page.slots.items():
        source = fresh.slots.get(name)
        table = find_table(page.text, marker) if marker.entries is not None else None
        new = find_table(fresh.text, source) if source and source.entries is not None else None
        if table is None or new is None or marker.entries is None:
            continue
        there = {entry for _, entry in table.rows if entry}
        last = {key: entry.digest for entry in marker.entries if entry not in there for key in entry.keys}
        first = page.text[: table.start].count("\n")
        for row, entry in new.rows:
            if entry is None or last.keys().isdisjoint(entry.keys):
                continue
            line = _edited(page, first, len(table.rows), row)
            if line and any(last.get(key, entry.digest) != entry.digest for key in entry.keys):
                if not _told(row, line.human):
                    yield line.issue("new_value", f"this row is yours; the evidence now gives {quoted(row, 160)}")
            elif line and unsupported(_time(line.human), [_time(row)]):
                yield line.issue("contradiction", f"says {quoted(_time(line.human))}; the evidence gives {quoted(row)}")


def find_claims(page: Page, facts: Mapping[str, Any]) -> Iterator[Issue]:
    """Sentences of humans with a duration, share, count or time that is not the computed one.

    Args:
        page: The document.
        facts: The facts document; an SLO's own facts are as good as the incident's.
    """
    taken = {page.line_at(marker.start).number for marker in page.slots.values()}
    known_by = {claim: list(_known(facts, claim)) for claim in _CLAIMS}
    for line in page.lines:
        figures = find_quantities(line.human) if line.number not in taken else []
        for claim, known in known_by.items():
            for one in figures if known else ():
                if claim.is_made_with(one, line.human) and not any(one.fits(*bounds) for bounds in known):
                    said, found = quoted(one.words), _words(facts, claim.facts)
                    yield line.issue("contradiction", f"says {said}; the evidence gives {found}")


def _theirs(page: Page, marker: Marker, *, whole: bool) -> str:
    """A human's words where a slot was: on the marker's line, or all above it up to the marker before."""
    start = marker.floor if whole else max(marker.floor, page.text.rfind("\n", 0, marker.start) + 1)
    return page.text[start : marker.start]


def _told(ours: str, theirs: str) -> bool:
    """Whether a human's words hold every figure of ours, or just our words."""
    if " ".join(ours.split()) in " ".join(theirs.split()):
        return True
    figures = find_quantities(ours)
    said = find_quantities(theirs)
    return bool(figures) and all(any(one.kind == two.kind and two.fits(one.value) for two in said) for one in figures)


def _edited(page: Page, first: int, count: int, row: str) -> Line | None:
    """The human's row that most likely was ours; None where it was removed."""
    wanted, found, best = row.strip("| \r\n"), None, _ALIKE
    for line in page.lines[first : first + min(count, _MOST_ROWS)]:
        if line.human.strip().startswith("|"):
            alike = SequenceMatcher(None, wanted, line.human.strip("| \r\n"))
            if alike.real_quick_ratio() > best and alike.quick_ratio() > best and alike.ratio() > best:
                found, best = line, alike.ratio()
    return found


def _time(row: str) -> str:
    """A row's first cell."""
    return row.strip("| \r\n").partition("|")[0].strip()


def _known(facts: Mapping[str, Any], claim: _Claim) -> Iterator[tuple[float, float, float]]:
    """The values a claim may name, with their bounds, in the unit of its figures: the incident's and each SLO's."""
    for every in (facts["facts"], *(slo["facts"] for slo in facts["slos"])):
        for fact in (every[name] for name in claim.facts if name in every):
            if fact["status"] == "known":
                value, low, high = (
                    _number(fact.get(key, fact["value"]), claim.kind) for key in ("value", "low", "high")
                )
                yield value, low, high


def _number(value: float | str, kind: str) -> float:
    if isinstance(value, str):  # an instant, of which sentences name the time of day
        hours, minutes, seconds = value[11:19].split(":")
        return int(hours) * 3600.0 + int(minutes) * 60 + int(seconds)
    return value * 100 if kind == "share" else value


def _words(facts: Mapping[str, Any], names: tuple[str, ...]) -> str:
    said = []
    for name in names:
        fact = facts["facts"][name]
        if fact["status"] == "known":
            value = parse_instant(fact["value"]) if UNITS[name] is Unit.INSTANT else fact["value"]
            said.append(f"{name} {value_words(value, UNITS[name])}")
    return ", ".join(said) or "another for each SLO"
