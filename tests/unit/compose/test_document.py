"""The whole document: the template word for word, what is known filled in, what is unknown said so."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from markdown_it import MarkdownIt

from pm_autofill.compose import compose_document, dump_facts, facts_document, is_ours, merge
from pm_autofill.compose.ownership import find_span, slots
from pm_autofill.compose.rows import find_table
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Findings, Picture, TimelineRow, Unknown
from pm_autofill.wording.markdown import code
from tests.property.test_markdown_escape import RENDERERS

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Fact

SHARED = Path(os.environ.get("PM_AUTOFILL_DATA", Path(__file__).parents[4] / "shared" / "data")).parent
# Digest of the users' template that templates/postmortem.md.j2 fills in.
TEMPLATE_SHA256 = "95e9ae9d5a27cfbeef0d832ec0447d20a9e4456ceea5cf7ea557f6fe9a0122d2"
HOSTILE = 'x\n## Pwned | <img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} --> ![a](b) @all #1 \u202e\x1b[31m `"'


def _without_jinja(text: str) -> str:
    """The template without what this program added: blocks, filters, and the wraps around prompts."""
    kept, depth = [], 0
    for line in text.splitlines(keepends=True):
        depth += line.startswith("{% if ") - line.startswith("{% endif")
        if not depth and not line.startswith(("{% endif", "{% filter", "{% endfilter")):
            kept.append(re.sub(r'\{\{ \w+ \| (?:prompt|beside)\("(.*?)"\) \}\}', r"\1", line))
    return "".join(kept)


def _compose(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...] = ()) -> str:
    return compose_document(evidence, findings, pictures, template=evidence.template).decode()


def _line(document: str, label: str) -> str:
    return next(line for line in document.splitlines() if f"**{label}" in line)


def _nothing_known(findings: Findings) -> Findings:
    facts: dict[str, Fact] = {name: Unknown(reason=f"no {name}", ask="somebody") for name in FACT_NAMES}
    return replace(
        findings,
        facts=facts,
        slos=(),
        headline_slo=None,
        timeline=(),
        remarks=(),
        references=(),
        related=(),
        change_candidates=(),
    )


def test_template_is_the_users_word_for_word(evidence: Evidence) -> None:
    """Without what this program added, the template is the users' to the byte."""
    stripped = _without_jinja(evidence.template.text)

    assert hashlib.sha256(stripped.encode()).hexdigest() == TEMPLATE_SHA256


def test_template_equals_the_shared_one(evidence: Evidence) -> None:
    """The same, against the users' own file, so that a difference can be read."""
    original = SHARED / "template" / "postmortem.md"
    if not original.is_file():
        pytest.skip(f"the users' template is not at {original}; PM_AUTOFILL_DATA names the folder beside its own")

    assert _without_jinja(evidence.template.text) == original.read_text(encoding="utf-8")


def test_whole_document(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]) -> None:
    """The incident's document is, to the byte, the one beside this test."""
    expected = (Path(__file__).parent / "checkout.md").read_text(encoding="utf-8")

    assert _compose(evidence, findings, pictures) == expected


def test_nothing_known(evidence: Evidence, findings: Findings) -> None:
    """Every field says that it is unknown, why, and whom to ask, and keeps its prompt; no number is invented."""
    document = _compose(msgspec.structs.replace(evidence, pagerduty=None, gaps=()), _nothing_known(findings))

    for label, name, prompt in (
        ("Duration**", r"impact\.duration", "X hours Y minutes"),
        ("Severity", "severity", "SEV-1 / SEV-2 / SEV-3"),
        ("Services Affected", "services_affected", "[List services]"),
        ("Error Budget Impact", r"error_budget\.consumed_ratio", "X% of monthly budget consumed"),
        ("Requests affected", r"requests\.failed", "[Number or percentage of failed requests]"),
        ("Duration of impact", r"impact\.start", "[Start time] to [End time] (total: X minutes)"),
        ("Time to detect (TTD)", "time_to_detect", "[Minutes from start to detection]"),
        ("Time to respond (TTR)", "time_to_respond", "[Minutes from alert to first responder action]"),
        ("Time to mitigate (TTM)", "time_to_mitigate", "[Minutes from response to mitigation]"),
        ("Could we have detected it sooner?", r"detection\.could_be_sooner", "[Yes/No — How?]"),
    ):
        assert f"unknown: no {name} (ask somebody) {prompt}" in _line(document, label)
    assert document.count("| HH:MM |") == 8
    assert r"> unknown: no impact\.start (ask somebody) On [date], [service]" in document
    assert "# Post-Mortem Report: the service, 2026-11-18 <!-- pm:title " in document


def test_same_input_same_bytes(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]) -> None:
    """Composing twice gives the same bytes."""
    first = compose_document(evidence, findings, pictures, template=evidence.template)

    assert compose_document(evidence, findings, pictures, template=evidence.template) == first


def test_markers_change_no_page(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]) -> None:
    """Three renderers show the document with its markers as without them: tables, lists, quotes and headings."""
    document = _compose(evidence, findings, pictures)
    bare = re.sub(r" ?<!-- pm:.*? -->", "", document)

    assert document.count("<!-- pm:") == 29
    for render in RENDERERS.values():
        shown, expected = (re.sub(r"<!--.*?-->|\s", "", render(one)) for one in (document, bare))
        assert shown == expected


def test_every_marker_knows_its_own(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]) -> None:
    """A fresh document's slots are all untouched, and so are its rows."""
    document = _compose(evidence, findings, pictures)
    found = slots(document)

    assert [name for name, marker in found.items() if marker.entries is None and not find_span(document, marker)] == []
    table = find_table(document, found["timeline"])
    assert table
    assert [entry for _, entry in table.rows if entry is None] == []


def test_outside_text_forges_no_marker(evidence: Evidence, findings: Findings) -> None:
    """A note or reason with the text of a marker in it takes no slot out of our hands."""
    forged = "<!-- pm:duration 9-5zqkxyw --> \x02duration\x03x\x04"
    record = evidence.pagerduty
    assert record
    titled = msgspec.structs.replace(record.incident, title=forged)
    evidence = msgspec.structs.replace(evidence, pagerduty=msgspec.structs.replace(record, incident=titled))
    unknown = Unknown(reason=forged, ask=forged)
    document = _compose(evidence, replace(findings, facts={**findings.facts, "severity": unknown}))

    assert len(slots(document)) == 29
    assert code(forged).startswith(r"\<")


def test_a_sealed_document_gives_way(evidence: Evidence, findings: Findings) -> None:
    """One of the time before markers, unchanged, is replaced; a changed one is somebody's."""
    fresh = compose_document(evidence, findings, (), template=evidence.template)
    body = b"# A draft\n\n"
    sealed = body + f"<!-- pm-autofill: generated, sha256 {hashlib.sha256(body).hexdigest()} -->\n".encode()

    assert is_ours(sealed)
    assert merge(sealed, fresh) == fresh
    assert not is_ours(sealed.replace(b"draft", b"draught"))
    assert is_ours(fresh)
    assert not is_ours(b"# Somebody's own\n")
    assert not is_ours(b"")


def test_a_recorded_draft_is_brought_up_to_date(
    evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]
) -> None:
    """From nothing known to everything known, with a human's words in between: theirs stay, the rest is as if new."""
    first = compose_document(evidence, _nothing_known(findings), (), template=evidence.template)
    fresh = compose_document(evidence, findings, pictures, template=evidence.template)
    theirs = first.replace(b"[Your Name]", b"Ingrid").replace(b"[Name]", b"Bo", 1)

    assert merge(first, fresh) == fresh
    assert merge(theirs, fresh) == fresh.replace(b"[Your Name]", b"Ingrid").replace(b"[Name]", b"Bo", 1)
    assert merge(fresh, fresh) == fresh


def test_hostile_text_stays_text(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...]) -> None:
    """Titles, names, notes, reasons and captions full of markup leave the document's structure as it was."""
    usual = _structure(_compose(evidence, findings, pictures))
    record = evidence.pagerduty
    assert record is not None
    hostile_evidence = msgspec.structs.replace(
        evidence,
        pagerduty=msgspec.structs.replace(record, incident=msgspec.structs.replace(record.incident, title=HOSTILE)),
        gaps=(msgspec.structs.replace(evidence.gaps[0], source=HOSTILE, what=HOSTILE, reason=HOSTILE, hint=HOSTILE),),
    )
    unknown = Unknown(reason=HOSTILE, ask=HOSTILE)
    hostile_findings = replace(
        findings,
        facts={**findings.facts, "detection.could_be_sooner": unknown, "detection.replayed": unknown},
        timeline=tuple(_hostile(row) for row in findings.timeline),
        references=tuple(replace(one, text=HOSTILE) for one in findings.references),
        related=tuple(replace(one, title=HOSTILE) for one in findings.related),
    )
    hostile_pictures = tuple(replace(one, alt=HOSTILE, caption=HOSTILE) for one in pictures)

    document = _compose(hostile_evidence, hostile_findings, hostile_pictures)

    assert _structure(document) == usual
    assert "49" not in document.split("## Metadata")[0]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", document)
    assert not re.search(r"(?<!\\)\{[{%]", document)


def test_passes_the_folder_check(
    evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """A folder with this document, facts and graph satisfies the published checker."""
    _check_folder(evidence, findings, pictures, tmp_path)


def test_folder_with_nothing_known_passes_too(
    evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """A draft without any fact is still well-formed."""
    _check_folder(evidence, _nothing_known(findings), pictures, tmp_path)


def _check_folder(evidence: Evidence, findings: Findings, pictures: tuple[Picture, ...], folder: Path) -> None:
    checker = SHARED / "tools" / "check_folder.py"
    if not checker.is_file():
        pytest.skip(f"the folder checker is not at {checker}; PM_AUTOFILL_DATA names the folder beside its own")
    (folder / "graphs").mkdir()
    for picture in pictures:
        (folder / "graphs" / f"{picture.name}.png").write_bytes(picture.png)
        (folder / "graphs" / f"{picture.name}.csv").write_bytes(picture.csv)
    document = compose_document(evidence, findings, pictures, template=evidence.template)
    (folder / "postmortem.md").write_bytes(document)
    facts = facts_document(evidence, findings, evidence_sha256="0" * 64)
    (folder / "facts.json").write_bytes(dump_facts(facts))
    (folder / "evidence.json").write_bytes(b"{}")

    done = subprocess.run([sys.executable, checker, folder], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("all 10 kinds hold\n", 0)


def _structure(document: str) -> str:
    """Which blocks and inline elements the document has, in order; without its words."""
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(document)
    inline = [child for token in tokens for child in token.children or []]
    silent = {"text", "softbreak", "html_inline", "text_special"}
    return " ".join(
        [token.tag for token in tokens if token.type != "inline"]
        + [one.tag for one in inline if one.type not in silent]
    )


def _hostile(row: TimelineRow) -> TimelineRow:
    words = {"text", "origin", "alert", "people", "person", "by", "service", "slo"}
    return replace(row, values={name: HOSTILE if name in words else value for name, value in row.values.items()})


def test_slo_names_are_complete() -> None:
    """The facts these tests replace are all there are."""
    assert set(SLO_FACT_NAMES) < set(FACT_NAMES)
