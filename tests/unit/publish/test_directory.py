"""A draft in a folder: named after the incident, written whole, never over somebody's text."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pm_autofill.errors import AutofillError, DocumentNotOurs
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.incident import Incident, IncidentRecord
from pm_autofill.publish import difference, directory
from pm_autofill.publish.directory import DraftFiles

if TYPE_CHECKING:
    from pathlib import Path

CREATED = datetime(2026, 11, 18, 23, 59, 30, tzinfo=UTC)
FACTS = b'{\n  "schema": "pm-autofill.facts/1"}\n'
EVIDENCE = b'{\n"schema": "pm-autofill.evidence/1"}\n'


def sealed(text: str) -> bytes:
    """A document as this program writes it."""
    body = f"{text}\n\n".encode()
    return body + f"<!-- pm-autofill: generated, sha256 {hashlib.sha256(body).hexdigest()} -->\n".encode()


def draft(text: str = "first", *, graphs: tuple[str, ...] = ("01-sli",), facts: bytes = FACTS) -> DraftFiles:
    """A draft that shows these graphs."""
    shown = "\n".join(f"![](graphs/{name}.png) [Data](graphs/{name}.csv)" for name in graphs)
    drawn = {f"{name}.{kind}": f"{name} {kind}".encode() for name in graphs for kind in ("png", "csv")}
    return DraftFiles(sealed(f"{text}\n{shown}"), facts, EVIDENCE, drawn)


def evidence(id_: str | None = "PD1", **request: object) -> Evidence:
    """Evidence of an incident, or of a bare window."""
    record = None
    if id_ is not None:
        incident = Incident(
            id=id_, number=1, title="t", url="u", status="resolved", created_at=CREATED, resolved_at=None,
            service_id="S", service="s",
        )  # fmt: skip
        record = IncidentRecord(incident=incident)
    return Evidence(
        collected_at=CREATED,
        version="1",
        request=Request(as_of=CREATED, **request),  # type: ignore[arg-type]
        configuration={},
        template=TemplateText(name="t", text=""),
        pagerduty=record,
    )


def names(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_named_by_the_utc_date_and_the_incident(tmp_path: Path) -> None:
    """The date of its creation."""
    assert directory.folder_for(evidence(), tmp_path) == tmp_path / "2026-11-18-PD1"


def test_an_earlier_folder_of_the_incident_is_used_again(tmp_path: Path) -> None:
    """Whatever its date; not a link, not a file, not another incident's that ends alike."""
    (tmp_path / "2026-01-01-XPD1").mkdir()
    (tmp_path / "2026-01-01-checkout-PD1").mkdir()
    (tmp_path / "notes-PD1").mkdir()
    (tmp_path / "2026-01-02-PD1").touch()
    (tmp_path / "2026-01-03-PD1").symlink_to(tmp_path / "notes-PD1")
    assert directory.folder_for(evidence(), tmp_path) == tmp_path / "2026-11-18-PD1"
    (tmp_path / "2026-11-17-PD1").mkdir()
    assert directory.folder_for(evidence(), tmp_path) == tmp_path / "2026-11-17-PD1"


def test_a_window_is_named_by_its_start_and_service(tmp_path: Path) -> None:
    """Date, service, time."""
    since = datetime(2026, 11, 18, 13, 5, tzinfo=UTC)
    assert directory.folder_for(evidence(None, service="checkout-api", since=since), tmp_path) == (
        tmp_path / "2026-11-18-checkout-api-1305"
    )
    assert directory.folder_for(evidence(None), tmp_path).name == "2026-11-18-window-2359"


@pytest.mark.parametrize(
    "id_", ["../../etc/passwd", "a/b", "..", "", "a\x00b", "\ud800", "x" * 500, "*", "con:nul", "a\nb", "ünï"]
)
def test_a_hostile_id_stays_inside_the_output(tmp_path: Path, id_: str) -> None:
    """Its harmless characters and a digest; different ids give different folders."""
    folder = directory.folder_for(evidence(id_), tmp_path)
    assert folder.parent == tmp_path
    assert folder.resolve().parent == tmp_path.resolve()
    assert len(folder.name) <= 80
    assert folder != directory.folder_for(evidence(f"{id_}x"), tmp_path)
    folder.mkdir()


def test_a_rebuilt_draft_goes_where_its_evidence_lies(tmp_path: Path) -> None:
    """Unless an output is named."""
    file = tmp_path / "evidence.json"
    file.touch()
    assert directory.rebuilt_folder(evidence(), file, None) == tmp_path
    assert directory.rebuilt_folder(evidence(), tmp_path, None) == tmp_path
    assert directory.rebuilt_folder(evidence(), file, tmp_path / "out") == tmp_path / "out" / "2026-11-18-PD1"


def test_a_draft_is_written_whole(tmp_path: Path) -> None:
    """Document, facts, evidence, graphs with their data; readable by others; nothing left over."""
    folder = tmp_path / "drafts" / "2026-11-18-PD1"
    assert directory.write(folder, draft()) == folder / "postmortem.md"
    assert names(folder) == ["evidence.json", "facts.json", "graphs/01-sli.csv", "graphs/01-sli.png", "postmortem.md"]
    assert (folder / "postmortem.md").read_bytes() == draft().document
    assert (folder / "graphs" / "01-sli.png").read_bytes() == b"01-sli png"
    assert (folder / "facts.json").stat().st_mode & 0o777 == 0o644


def test_a_second_draft_replaces_the_first_and_its_graphs(tmp_path: Path) -> None:
    """A graph that is shown no more goes; what somebody else put beside it stays."""
    directory.write(tmp_path, draft(graphs=("01-sli", "02-panel")))
    (tmp_path / "graphs" / "07-screenshot.png").write_bytes(b"a human's")
    (tmp_path / "notes.md").write_bytes(b"a human's")
    directory.write(tmp_path, draft("second"))
    assert names(tmp_path) == [
        "evidence.json", "facts.json", "graphs/01-sli.csv", "graphs/01-sli.png", "graphs/07-screenshot.png", "notes.md",
        "postmortem.md",
    ]  # fmt: skip
    assert (tmp_path / "postmortem.md").read_bytes() == draft("second").document


def test_unchanged_files_are_left_alone(tmp_path: Path) -> None:
    """Their times do not move, so that a build system sees what changed."""
    directory.write(tmp_path, draft())
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    directory.write(tmp_path, draft(facts=FACTS + b" "))
    times = {path.name: int(path.stat().st_mtime) for path in tmp_path.rglob("*") if path.is_file()}
    assert [name for name, at in times.items() if at != 1] == ["facts.json"]


@pytest.mark.parametrize(
    "text", [b"", b"# Ours\n", sealed("x") + b"\n", sealed("x").replace(b"x", b"y", 1), b"\xff" + sealed("x")]
)
def test_an_edited_document_is_never_replaced(tmp_path: Path, text: bytes) -> None:
    """Nothing at all is written, and the message says how to go on."""
    directory.write(tmp_path, draft())
    (tmp_path / "postmortem.md").write_bytes(text)
    with pytest.raises(DocumentNotOurs, match=r"postmortem\.md was edited, or not written by pm-autofill") as refused:
        directory.write(tmp_path, draft("second", graphs=("05-new",)))
    assert refused.value.exit_code == 1
    assert (tmp_path / "postmortem.md").read_bytes() == text
    assert "graphs/05-new.png" not in names(tmp_path)


@pytest.mark.parametrize("name", ["facts.json", "evidence.json"])
def test_somebody_s_data_is_never_replaced(tmp_path: Path, name: str) -> None:
    """A file that happens to have one of our names."""
    (tmp_path / name).write_bytes(b'{"mine": true}')
    with pytest.raises(DocumentNotOurs, match=name):
        directory.write(tmp_path, draft())
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["postmortem.md", "facts.json", "evidence.json"])
def test_links_and_folders_in_place_of_files_are_refused(tmp_path: Path, name: str) -> None:
    """What a link leads to is not touched."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(draft().document)
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(DocumentNotOurs, match="is no file of its own"):
        directory.write(folder, draft("second"))
    assert elsewhere.read_bytes() == draft().document
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(DocumentNotOurs, match="is no file of its own"):
        directory.write(folder, draft("second"))


def test_links_in_place_of_folders_are_refused(tmp_path: Path) -> None:
    """For the draft's folder and for that of its graphs."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    with pytest.raises(AutofillError, match="link exists and is no folder of its own"):
        directory.write(link, draft())
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "graphs").symlink_to(elsewhere)
    with pytest.raises(AutofillError, match="graphs exists and is no folder of its own"):
        directory.write(folder, draft())
    assert names(elsewhere) == []


def test_a_linked_graph_is_replaced_not_followed(tmp_path: Path) -> None:
    """What it leads to keeps its bytes."""
    target = tmp_path / "target"
    target.write_bytes(b"a human's")
    folder = tmp_path / "draft"
    (folder / "graphs").mkdir(parents=True)
    (folder / "graphs" / "01-sli.png").symlink_to(target)
    directory.write(folder, draft())
    assert target.read_bytes() == b"a human's"
    assert (folder / "graphs" / "01-sli.png").read_bytes() == b"01-sli png"


def test_a_place_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "draft").touch()
    with pytest.raises(AutofillError, match=r"draft exists and is no folder of its own\. Move it away"):
        directory.write(tmp_path / "draft", draft())


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """A file where a parent folder should be."""
    (tmp_path / "file").touch()
    with pytest.raises(
        AutofillError, match=r"cannot write .*file/draft.*: Not a directory\. Check the folder's rights"
    ):
        directory.write(tmp_path / "file" / "draft", draft())


def test_what_a_killed_run_left_is_cleaned_away(tmp_path: Path) -> None:
    """Its temporary files, and nothing else that is hidden."""
    (tmp_path / "graphs").mkdir()
    (tmp_path / ".pm-autofill-abc").touch()
    (tmp_path / "graphs" / ".pm-autofill-def").touch()
    (tmp_path / ".hidden").touch()
    directory.write(tmp_path, draft())
    assert [name for name in names(tmp_path) if "/." in f"/{name}"] == [".hidden"]


def test_earlier_evidence_is_read_where_there_is_some(tmp_path: Path) -> None:
    """None is no error; a folder in its place is."""
    assert directory.read_earlier(tmp_path / "none") is None
    assert directory.read_earlier(tmp_path) is None
    (tmp_path / "evidence.json").write_bytes(EVIDENCE)
    assert directory.read_earlier(tmp_path) == EVIDENCE
    (tmp_path / "evidence.json").unlink()
    (tmp_path / "evidence.json").mkdir()
    with pytest.raises(AutofillError, match=r"cannot read .*evidence\.json: Is a directory"):
        directory.read_earlier(tmp_path)


def test_a_dry_run_shows_what_would_change(tmp_path: Path) -> None:
    """As a unified diff against the document there is; nothing when nothing changes."""
    new = difference.compare(tmp_path, b"a\nb\n")
    assert new.splitlines() == ["--- /dev/null", f"+++ {tmp_path}/postmortem.md", "@@ -0,0 +1,2 @@", "+a", "+b"]
    (tmp_path / "postmortem.md").write_bytes(b"a\nb\n\xff\n")
    changed = difference.compare(tmp_path, b"a\nc\n")
    assert changed.splitlines()[2:] == ["@@ -1,3 +1,2 @@", " a", "-b", "-\ufffd", "+c"]
    (tmp_path / "postmortem.md").write_bytes(b"a\n")
    assert difference.compare(tmp_path, b"a\n") == ""
