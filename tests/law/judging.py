"""A draft beside the one without a fault: what of it is wrong."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pm_autofill.instants import parse_instant
from tests.law.kinds import CHANGES, EFFECT, Need, kind_of
from tests.law.sentences import admits, claims, clauses, is_weaker, numbers, said, sentences, skeleton
from tests.law.serving import NEVER_RECORDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.law.faults import Fault
    from tests.law.kinds import Kind
    from tests.law.recorded import Question
    from tests.law.running import Draft

_COMPLETE, _NO_DRAFT, _GAPS, _REFUSED = 0, 1, 3, 4
_CLOSE = 1e-9
_SAME_EVENT = 120.0


RULES = ("fact", "sentence", "gap", "effect", "exit")


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One way in which a draft breaks the law.

    Attributes:
        rule: One of ``RULES``.
        what: What is wrong, on one line.
    """

    rule: str
    what: str


@dataclass(frozen=True)
class Clean:
    """An incident's draft without a fault.

    Attributes:
        draft: As a run gives it.
        full: With every timeline row told.
        template: The template's text.
        ids: The ids of everything PagerDuty and Grafana recorded.
    """

    draft: Draft
    full: Draft
    template: str
    ids: frozenset[str] = frozenset()

    @cached_property
    def said(self) -> set[str]:
        """Every sentence of both, and the template's own."""
        own = {one for line in self.template.splitlines() for one in sentences(line)}
        return said(self.draft) | said(self.full) | own

    @cached_property
    def clauses(self) -> set[str]:
        """Every part of every sentence, and the template's prompts, which stand beside what is unknown."""
        prompts = re.findall(r"\[[^\]]+\]", self.template)
        return {part for sentence in (*self.said, *prompts) for part in clauses(sentence)}

    @cached_property
    def skeletons(self) -> set[str]:
        """Every sentence without its numbers."""
        return {skeleton(sentence) for sentence in self.said}

    @cached_property
    def numbers(self) -> set[str]:
        """Every number that stands in them."""
        return {number for sentence in self.said for number in numbers(sentence)}

    @cached_property
    def rows(self) -> list[tuple[str, str, float]]:
        """Every timeline row: id, what it says first, epoch seconds."""
        return [(row["id"], _lead(row["text"]), _seconds(row["time"])) for row in _rows(self.draft, self.full)]


@dataclass(frozen=True)
class Verdict:
    """What became of one case.

    Attributes:
        violations: What is wrong.
        unjudged: New sentences that claim nothing needing a complete reading; to look at.
    """

    violations: list[Violation] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)


def judge(question: Question, fault: Fault, clean: Clean, draft: Draft) -> Verdict:
    """Everything wrong with the draft that one bad answer gave."""
    kind = kind_of(question)
    if draft.facts is None:
        wanted = _REFUSED if fault.name == "403" else _NO_DRAFT
        expected = kind.need is Need.INCIDENT and draft.exit_code == wanted
        lost = [] if expected else [Violation("exit", f"no draft, exit {draft.exit_code}: {draft.error}")]
        return Verdict(lost)
    claimed = judge_claims(clean, draft, empty=fault.name == "empty")
    violations = [
        *claimed.violations,
        *_wrong_mitigation(kind, fault, draft.facts),
        *(Violation("gap", one) for one in _wrong_gaps(kind, fault, draft)),
        *_missing_effect(kind, fault, draft),
        *_wrong_exit(draft),
    ]
    return Verdict(violations, claimed.unjudged)


def judge_claims(clean: Clean, draft: Draft, *, empty: bool = False) -> Verdict:
    """What a draft claims, whatever was bad: its facts, sentences and timeline.

    Args:
        clean: The drafts without a fault.
        draft: A draft of the same incident.
        empty: Whether the answer was complete and empty, so that this may be said.
    """
    before, now = clean.draft.facts or {}, draft.facts or {}
    new = sorted(said(draft) - clean.said - _gap_words(draft))
    judged = [one for one in new if not admits(one, empty=empty) and not is_weaker(one, clean.clauses)]
    # A known sentence with other numbers claims what it did before; its numbers are the facts', and held to them.
    wrong = [one for one in judged if claims(one, clean.clauses) and skeleton(one) not in clean.skeletons]
    # When a row stands is judged as a row.
    known = clean.numbers | {row["time"][11:16] for row in _rows(draft)} | _of_other_evaluations(draft)
    same = _same_values(before, now)
    other = [one for one in judged if same and skeleton(one) in clean.skeletons and not numbers(one) <= known]
    violations = [
        *(Violation("fact", one) for one in _wrong_facts(before, now)),
        *(Violation("sentence", one) for one in wrong),
        *([Violation("sentence", f"{len(other)} other numbers, as in: {' / '.join(other[:3])}")] if other else []),
        *(Violation("sentence", f"new row: {one}") for one in _new_rows(clean, draft)),
    ]
    return Verdict(violations, [one for one in new if one not in wrong])


def _of_other_evaluations(draft: Draft) -> set[str]:
    """The numbers of replayed rules, where the draft says that how often rules are evaluated is unknown."""
    lines = [line for page in draft.pages.values() for line in page.splitlines()]
    if not any("How often rules are evaluated here is unknown" in line for line in lines):
        return set()
    return {number for line in lines if ", burn rate " in line for number in numbers(line)}


# ---------------------------------------------------------------- facts


def _wrong_facts(clean: dict[str, Any], draft: dict[str, Any]) -> Iterator[str]:
    """Facts that are known, and neither equal to the clean ones nor bounds that hold them."""
    if draft["headline_slo"] not in {clean["headline_slo"], None}:
        yield f"headline_slo: {clean['headline_slo']} → {draft['headline_slo']}"
    yield from _wrong_in("", clean["facts"], draft["facts"])
    slos = {slo["name"]: slo["facts"] for slo in clean["slos"]}
    for slo in draft["slos"]:
        if slo["name"] in slos:
            yield from _wrong_in(f"{slo['name']}/", slos[slo["name"]], slo["facts"])
        else:
            yield f"{slo['name']}: an SLO that the clean draft does not have"


def _wrong_in(prefix: str, clean: dict[str, Any], draft: dict[str, Any]) -> Iterator[str]:
    for name, fact in draft.items():
        if fact["status"] != "known":
            continue
        before = clean[name]
        if before["status"] != "known":
            yield f"{prefix}{name}: unknown → {_shown(fact)}"
        elif not _agrees(before, fact):
            yield f"{prefix}{name}: {before['value']} → {_shown(fact)}"


def _shown(fact: dict[str, Any]) -> str:
    between = f" [{fact.get('low')} … {fact.get('high')}]" if "low" in fact or "high" in fact else ""
    return f"{fact['value']}{between} {fact['basis']}"


def _agrees(clean: dict[str, Any], fact: dict[str, Any]) -> bool:
    """Whether a known fact equals the clean one, or its bounds hold it."""
    if clean["unit"] != fact["unit"]:
        return False
    if clean["unit"] == "text":
        return clean["value"] == fact["value"] or is_weaker(str(fact["value"]), clauses(str(clean["value"])))
    true, value = _number(clean["value"]), _number(fact["value"])
    if math.isclose(true, value, rel_tol=_CLOSE, abs_tol=_CLOSE):
        return True
    if fact.get("low") is None and fact.get("high") is None:
        return False
    low = -math.inf if fact.get("low") is None else _number(fact["low"])
    high = math.inf if fact.get("high") is None else _number(fact["high"])
    return low <= true <= high


def _number(value: object) -> float:
    return _seconds(value) if isinstance(value, str) else float(str(value))


def _seconds(instant: object) -> float:
    return parse_instant(str(instant)).timestamp()


def _same_values(clean: dict[str, Any], draft: dict[str, Any]) -> bool:
    """Whether every known fact has its clean value, so that no number of the document may be another one either."""
    return all(
        fact["status"] != "known" or fact["value"] == before.get("value")
        for facts, known in _paired(clean, draft)
        for name, fact in facts.items()
        for before in (known.get(name, {}),)
    )


def _paired(clean: dict[str, Any], draft: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The draft's facts beside the clean ones: at the top, and of each SLO."""
    yield draft["facts"], clean["facts"]
    known = {slo["name"]: slo["facts"] for slo in clean["slos"]}
    yield from ((slo["facts"], known.get(slo["name"], {})) for slo in draft["slos"])


def _wrong_mitigation(kind: Kind, fault: Fault, facts: dict[str, Any]) -> Iterator[Violation]:
    """Changes that were not read make the mitigation unknown, whatever others tell."""
    mitigation = facts["facts"]["mitigation.applied"]
    if kind.name in CHANGES and fault.told and mitigation["status"] == "known":
        yield Violation("fact", f"mitigation.applied: {mitigation['value']}, although changes were not read")


# ---------------------------------------------------------------- the timeline


def _rows(*drafts: Draft) -> Iterator[dict[str, Any]]:
    for draft in drafts:
        yield from (draft.facts or {}).get("timeline", ())


def _lead(text: str) -> str:
    """What a row says before it says how it is known."""
    return text.partition(" (")[0]


def _new_rows(clean: Clean, draft: Draft) -> Iterator[str]:
    """Rows of events that the clean draft does not tell, not in other words nor from another source either."""
    ids = {id_ for id_, _, _ in clean.rows}
    for row in _rows(draft):
        lead, seconds = _lead(row["text"]), _seconds(row["time"])
        near = [other for _, other, when in clean.rows if abs(seconds - when) <= _SAME_EVENT]
        # A change query tells of a change that something else names.
        told = lead in near or (row["id"].startswith("query:") and bool(near))
        # Another source may tell what was told before: then it is an event that stands in an answer.
        recorded = row["id"].partition(":")[2].removesuffix(":end") in clean.ids
        if row["id"] not in ids and not told and not recorded:
            yield f"{row['time']} {row['id']}: {row['text']}"


# ---------------------------------------------------------------- gaps and the exit code


def gaps_of(draft: Draft) -> list[dict[str, str]]:
    """The gaps that the bad answer made, without those of questions that only a recording cannot answer."""
    gaps = (draft.facts or {}).get("gaps", ())
    return [gap for gap in gaps if NEVER_RECORDED not in gap["reason"]]


def _gap_words(draft: Draft) -> set[str]:
    """What the gaps say, wherever it stands."""
    words = {one for gap in (draft.facts or {}).get("gaps", ()) for text in gap.values() for one in sentences(text)}
    lines = [line for page in draft.pages.values() for line in page.splitlines()]
    for gap in (draft.facts or {}).get("gaps", ()):
        start = re.compile(rf"^- (\*\*)?{re.escape(gap['source'])}\b.*{re.escape(gap['what'][:20])}")
        words |= {one for line in lines if start.search(line.replace("\\", "")) for one in sentences(line)}
    return words


def _wrong_gaps(kind: Kind, fault: Fault, draft: Draft) -> Iterator[str]:
    """Gaps that are missing, too many, or about something else."""
    gaps = gaps_of(draft)
    shown = "; ".join(f"{gap['source']}: {gap['what']}: {gap['reason']}" for gap in gaps)
    shown = re.sub(r"127\.0\.0\.1:\d+", "loopback", shown)
    named = [gap for gap in gaps if kind.named and re.search(kind.named, gap["what"])]
    if kind.need is Need.OPTIONAL and gaps:
        yield f"an optional answer made a gap: {shown}"
    if kind.need is Need.REQUIRED and fault.told:
        if not gaps and kind.replaceable and draft.handed_on:
            return
        if not named:
            yield f"no gap names the {kind.name}: {shown or 'none at all'}"
        elif len(gaps) > 1:
            yield f"{len(gaps)} gaps for one answer: {shown}"
    if kind.need is Need.BESIDE and (len(gaps) > 1 or len(named) != len(gaps)):
        yield f"gaps that do not name the {kind.name}: {shown}"


def _missing_effect(kind: Kind, fault: Fault, draft: Draft) -> Iterator[Violation]:
    """Gaps that say what is missing, but not what that does to the draft."""
    if kind.need is not Need.REQUIRED or not fault.told:
        return
    for gap in gaps_of(draft):
        words = " ".join(value for key, value in gap.items() if key != "source")
        if not EFFECT.search(words):
            yield Violation("effect", f"{gap['source']}: {gap['what']}: does not say what that does to the draft")


def _wrong_exit(draft: Draft) -> Iterator[Violation]:
    expected = _GAPS if (draft.facts or {}).get("gaps") else _COMPLETE
    if draft.exit_code != expected:
        yield Violation("exit", f"exit {draft.exit_code} instead of {expected}")
