"""Where a number comes from: value, bounds, method, formula with its numbers, and each source with its samples."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pm_autofill.compose.derivation import Derivation, words
from pm_autofill.compose.facts import SCHEMA
from pm_autofill.compose.samples import sample_lines, telling_instants
from pm_autofill.compose.written import is_as_written
from pm_autofill.errors import EvidenceUnreadable, UsageError
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, UNITS, Unit
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.evidence import Evidence

_ANEW = "Make the draft anew: pm-autofill --from-evidence PATH."
_UNITS = {Unit.SECONDS: " s", Unit.EVENTS: " events"}


def explain(evidence: Evidence, facts_document: Mapping[str, Any], name: str) -> str:
    """Explain one fact.

    Args:
        evidence: What was observed.
        facts_document: What ``facts_document`` made of it.
        name: The fact's name, or ``SLO/NAME`` for an SLO's own.

    Returns:
        Lines of plain text, safe for a terminal, with a newline at the end.

    Raises:
        UsageError: There is no such fact, or no such SLO.
        EvidenceUnreadable: The facts document is of another version, or damaged.
    """
    schema = facts_document.get("schema")
    if schema != SCHEMA:
        message = f"the facts have schema {plain(str(schema))!r}, this program reads {SCHEMA!r}"
        raise EvidenceUnreadable(message, _ANEW)
    if not is_as_written(facts_document):
        raise EvidenceUnreadable("the facts are not as they were written: something was changed in them", _ANEW)
    found = _find(evidence, facts_document, name)
    if found.fact["status"] == "unknown":
        reason, ask = plain(found.fact["reason"]), plain(found.fact["ask"])
        return f"{found.title}: unknown\n  because  {reason}\n  ask      {ask}\n"
    lines = [*_value_lines(found), *_formula_lines(found), *_source_lines(evidence, facts_document, found)]
    return "\n".join(lines) + "\n"


def _find(evidence: Evidence, document: Mapping[str, Any], name: str) -> Derivation:
    slo, slash, fact = name.rpartition("/")
    top, slos = document["facts"], {one["name"]: one["facts"] for one in document["slos"]}
    observed = {one.definition.name: one for one in evidence.slos}
    if slash and slo not in slos:
        raise _no_such("SLO", slo, tuple(slos))
    if slash and fact not in SLO_FACT_NAMES:
        raise _no_such("fact of an SLO", fact, SLO_FACT_NAMES)
    if slash:
        return Derivation(fact, slo, {**top, **slos[slo]}, observed.get(slo))
    if fact not in top:
        raise _no_such("fact", fact, (*FACT_NAMES, *(f"{one}/{own}" for one in slos for own in SLO_FACT_NAMES)))
    # The counts at the top are the headline SLO's, and so are the instants they were counted between.
    counted = fact in SLO_FACT_NAMES and not fact.startswith("impact.")
    headline = document["headline_slo"] or "" if counted else ""
    return Derivation(fact, "", {**top, **slos.get(headline, {})}, observed.get(headline))


def _no_such(what: str, name: str, known: tuple[str, ...]) -> UsageError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
    return UsageError(f"no {what} is called {plain(name)!r}", plain(hint, limit=2000))


def _value_lines(found: Derivation) -> Iterator[str]:
    fact, unit = found.fact, UNITS[found.name]
    yield f"{found.title}: {words(found.name, fact['value'])}"
    if unit is not Unit.TEXT:
        yield f"  exactly  {plain(str(fact['value']))}{_UNITS.get(unit, '')}"
    if "low" in fact and "high" in fact:
        yield f"  between  {words(found.name, fact['low'])} and {words(found.name, fact['high'])} (95 %)"
    yield f"  basis    {plain(str(fact['basis']))}"
    yield f"  how      {plain(fact['method'])}"


def _formula_lines(found: Derivation) -> Iterator[str]:
    formula = found.fact.get("formula", "")
    if not formula:
        return
    yield f"  formula  {plain(formula)}"
    filled = found.filled()
    if filled != formula:
        yield f"           = {plain(filled)}"
    mentioned = found.mentioned()
    if mentioned:
        yield "  from"
    for name, fact in mentioned.items():
        yield f"    {name if name == fact else f'{name} = {fact}'}: {found.words(fact)}"


def _source_lines(evidence: Evidence, document: Mapping[str, Any], found: Derivation) -> Iterator[str]:
    instants = telling_instants(evidence, found.name) or found.instants()
    for id_ in found.fact["sources"]:
        source = document["sources"].get(id_)
        if source is None:
            continue
        yield f"source {plain(id_)}: {plain(source['system'])}"
        yield f"  query    {plain(source['query'], limit=2000)}"
        if source["start"] or source["end"]:
            step = f", every {source['step']:g} s" if source["step"] else ""
            yield f"  window   {' to '.join(one for one in (source['start'], source['end']) if one)}{step}"
        yield f"  read     {source['retrieved_at']}, sha256 {source['sha256']}"
        if source["url"]:
            yield f"  link     {plain(source['url'], limit=4000)}"
        yield from (f"  {line}" for line in sample_lines(evidence, id_, instants))
