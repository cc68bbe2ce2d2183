"""What a draft's folder is called, whatever an incident's id or a service's name may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pm_autofill.errors import AutofillError
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.incident import Incident, IncidentRecord
from pm_autofill.publish.directory import existing_folder, folder_for, rebuilt_folder, safe_name

if TYPE_CHECKING:
    from pathlib import Path

NIGHT = datetime(2026, 11, 18, 23, 59, 59, tzinfo=UTC)


def of_incident(incident_id: str) -> Evidence:
    """Evidence of an incident with that id."""
    incident = Incident(
        id=incident_id,
        number=1,
        title="t",
        url="https://example.pagerduty.com/incidents/1",
        status="triggered",
        created_at=NIGHT,
        resolved_at=None,
        service_id="P1",
        service="checkout",
    )
    return _evidence(Request(as_of=NIGHT, incident=incident_id), IncidentRecord(incident=incident))


def of_window(service: str | None, since: datetime | None) -> Evidence:
    """Evidence of a service's window without an incident."""
    return _evidence(Request(as_of=NIGHT, service=service, since=since), None)


def _evidence(request: Request, record: IncidentRecord | None) -> Evidence:
    return Evidence(
        collected_at=NIGHT,
        version="1",
        request=request,
        configuration={},
        template=TemplateText(name="t", text=""),
        pagerduty=record,
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Q1CHKOUT7X4M2A", "Q1CHKOUT7X4M2A"),
        ("a_b-C9", "a_b-C9"),
        ("", "x-e3b0c442"),
        ("..", "x-5ec1f7e7"),
        ("../../etc/passwd", "etc-passwd-3754d6cb"),
        ("a b", "a-b-c8687a08"),
        ("a/b", "a-b-c14cddc0"),
        ("Q1\n", "Q1-ca3d2a24"),
        ("café", "caf-850f7dc4"),
        ("\ud800", "x-91a681b9"),
        ("*", "x-684888c0"),
        ("a\0b", "a-b-59b271ae"),
        ("A" * 64, "A" * 64),
        ("A" * 65, "A" * 40 + "-83620394"),
    ],
)
def test_a_name_keeps_what_is_harmless(text: str, name: str) -> None:
    """Ordinary ids stand as they are; others lose what means something to a file system, and gain a digest."""
    assert safe_name(text) == name


def test_an_incident_gives_date_and_id(tmp_path: Path) -> None:
    """The UTC date of its creation, then its id."""
    assert folder_for(of_incident("Q1ABC"), tmp_path) == tmp_path / "2026-11-18-Q1ABC"


def test_a_hostile_id_stays_in_the_output_folder(tmp_path: Path) -> None:
    """An id with dots and slashes names a folder directly below the output."""
    found = folder_for(of_incident("../../etc/passwd"), tmp_path)
    assert found == tmp_path / "2026-11-18-etc-passwd-3754d6cb"


def test_a_window_gives_date_service_and_time(tmp_path: Path) -> None:
    """Without an incident the start of the window and the service stand in the name."""
    since = datetime(2026, 11, 17, 9, 5, tzinfo=UTC)
    assert folder_for(of_window("checkout-api", since), tmp_path) == tmp_path / "2026-11-17-checkout-api-0905"
    assert folder_for(of_window("a/b", since), tmp_path) == tmp_path / "2026-11-17-a-b-c14cddc0-0905"
    assert folder_for(of_window(None, None), tmp_path) == tmp_path / "2026-11-18-window-2359"


def test_an_earlier_folder_of_the_incident_is_used_again(tmp_path: Path) -> None:
    """Whatever its date, since a merge may change when the incident began."""
    (tmp_path / "2026-11-17-Q1ABC").mkdir()
    assert folder_for(of_incident("Q1ABC"), tmp_path) == tmp_path / "2026-11-17-Q1ABC"


@pytest.mark.parametrize(
    "name", ["2026-11-17-XQ1ABC", "2026-11-17-x-Q1ABC", "notes-Q1ABC", "2026-11-17-Q1ABCD", "12026-11-17-Q1ABC"]
)
def test_another_folder_is_not_taken_for_it(tmp_path: Path, name: str) -> None:
    """Only a date and exactly this id make a folder this incident's."""
    (tmp_path / name).mkdir()
    assert existing_folder("Q1ABC", tmp_path) is None


def test_a_link_or_a_file_is_no_earlier_folder(tmp_path: Path) -> None:
    """A symbolic link could lead anywhere, and a file holds no draft."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "2026-11-16-Q1ABC").symlink_to(elsewhere)
    (tmp_path / "2026-11-17-Q1ABC").write_text("a file")
    assert existing_folder("Q1ABC", tmp_path) is None


def test_a_pattern_as_id_finds_nothing(tmp_path: Path) -> None:
    """An id made of wildcards matches no folder of others."""
    (tmp_path / "2026-11-17-Q1ABC").mkdir()
    assert existing_folder("*", tmp_path) is None
    assert existing_folder("Q1AB?", tmp_path) is None


def test_no_output_folder_holds_no_draft(tmp_path: Path) -> None:
    """A first run finds nothing, and makes nothing by looking."""
    assert existing_folder("Q1ABC", tmp_path / "none") is None
    assert list(tmp_path.iterdir()) == []


def test_an_impossible_output_folder_is_refused_in_words(tmp_path: Path) -> None:
    """A name longer than any file system takes gives a message, not a traceback."""
    with pytest.raises(AutofillError, match=r"cannot look for earlier drafts in .*: File name too long"):
        existing_folder("Q1ABC", tmp_path / ("a" * 300))


def test_a_rebuilt_draft_stays_where_its_evidence_lies(tmp_path: Path) -> None:
    """The folder, or the folder of the file; under --output as a collected draft would be."""
    file = tmp_path / "evidence.json"
    file.write_text("{}")
    evidence = of_incident("Q1ABC")
    assert rebuilt_folder(evidence, file, None) == tmp_path
    assert rebuilt_folder(evidence, tmp_path, None) == tmp_path
    assert rebuilt_folder(evidence, file, tmp_path / "out") == tmp_path / "out" / "2026-11-18-Q1ABC"
