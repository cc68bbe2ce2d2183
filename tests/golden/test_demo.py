"""The demo, from the recorded answers to the last byte of its draft.

The expected ``postmortem.md`` and ``facts.json`` lie in ``demo/`` beside this file. After a change that is meant, write
them anew with ``PM_AUTOFILL_REGENERATE=1`` and read the difference.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from pm_autofill import compose, pipeline
from pm_autofill.cli import demo
from pm_autofill.cli.recording import load
from pm_autofill.evidence import load as load_evidence
from pm_autofill.instants import parse_instant
from tests.world import plan
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GOLDEN = Path(__file__).parent / "demo"
ROOT = Path(__file__).parents[2]
CHECKER = ROOT.parent / "shared" / "tools" / "check_folder.py"
FOLDER = "2026-11-18-Q1CHKOUT7X4M2A"
PROGRAM = Path(sys.executable).with_name("pm-autofill")
DURATIONS = ("impact.duration", "time_to_detect", "time_to_respond", "time_to_mitigate", "time_to_resolve")
# Takes the network away from a Python process before anything else runs in it.
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise RuntimeError(f"{event} in a run that must not need it")

sys.addaudithook(refuse)
"""


@dataclass(frozen=True)
class Place:
    """Where and how a process runs.

    Attributes:
        folder: Its working directory.
        variables: Its environment, beside what every process needs.
    """

    folder: Path
    variables: Mapping[str, str]

    def run(self, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run the installed command to its end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "COVERAGE", "COV_"))}
        command = [*prefix, str(PROGRAM), *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**kept, "HOME": str(home), **self.variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An ordinary place."""
    return Place(tmp_path_factory.mktemp("here"), {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"})


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Another time zone, locale, hash seed and directory; settings that lead nowhere, and dead proxies."""
    return Place(
        tmp_path_factory.mktemp("else where"),
        {
            "LC_ALL": "C",
            "TZ": "Pacific/Chatham",
            "PYTHONHASHSEED": "4711",
            "PM_AUTOFILL_CONFIG": "nowhere.yaml",
            "DEMO_PAGERDUTY_URL": "http://127.0.0.1:1",
            "HTTP_PROXY": "http://127.0.0.1:1",
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "ALL_PROXY": "http://127.0.0.1:1",
        },
    )


@pytest.fixture(scope="module")
def draft(here: Place) -> Path:
    """The demo's folder, drafted by the installed command."""
    done = here.run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"pm-autofill-demo/{FOLDER}/postmortem.md\n"
    return here.folder / "pm-autofill-demo" / FOLDER


@pytest.fixture(scope="module")
def facts(draft: Path) -> dict[str, Any]:
    """The draft's facts document."""
    document: dict[str, Any] = json.loads((draft / "facts.json").read_bytes())
    return document


@pytest.fixture(scope="module")
def world() -> Incident:
    """What really happened."""
    return generate(plan.checkout())


def _files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _differing(one: Path, two: Path) -> list[str]:
    """Files that are not in both folders with the same bytes."""
    ours, theirs = _files(one), _files(two)
    assert ours
    return sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))


@pytest.mark.parametrize("name", ["postmortem.md", "facts.json"])
def test_the_draft_is_the_expected_one(draft: Path, name: str) -> None:
    """Document and facts equal the golden copies byte for byte."""
    if os.environ.get("PM_AUTOFILL_REGENERATE") == "1":
        GOLDEN.mkdir(exist_ok=True)
        shutil.copyfile(draft / name, GOLDEN / name)
        pytest.skip(f"{GOLDEN / name} was written anew; read the difference")
    assert (draft / name).read_text(encoding="utf-8") == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_draft_is_the_same_anywhere(draft: Path, elsewhere: Place) -> None:
    """Another time zone, locale, hash seed and directory change no byte of any file, pictures and evidence included."""
    done = elsewhere.run("demo", "--output", "drafts", "--strict")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"drafts/{FOLDER}/postmortem.md\n")
    assert _differing(draft, elsewhere.folder / "drafts" / FOLDER) == []


def test_a_second_demo_changes_nothing(draft: Path, here: Place, tmp_path: Path) -> None:
    """Run again into the same folder, it leaves every byte as it was."""
    before = tmp_path / "before"
    shutil.copytree(draft, before)
    assert here.run("demo").returncode == 0
    assert _differing(before, draft) == []


def test_what_somebody_wrote_in_the_document_stays(draft: Path, tmp_path: Path) -> None:
    """After a human's word in the document the second demo still leaves every byte as it was."""
    mine = tmp_path / "pm-autofill-demo" / FOLDER
    shutil.copytree(draft, mine)
    document = mine / "postmortem.md"
    document.write_text(document.read_text(encoding="utf-8").replace("[Your Name]", "Ingrid"), encoding="utf-8")
    before = _files(mine)
    done = Place(tmp_path, {}).run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert _files(mine) == before


def test_facts_are_true(facts: dict[str, Any], world: Incident) -> None:
    """Start and recovery are within 15 s of what happened, failures and budget within 1 %."""
    truth = world.truth
    counts = truth.in_impact()
    known = {name: fact["value"] for name, fact in facts["facts"].items() if fact["status"] == "known"}
    for name, instant in (("impact.start", truth.start), ("impact.end", truth.end)):
        assert abs((parse_instant(known[name]) - instant).total_seconds()) < 15, name
    assert known["requests.failed"] == pytest.approx(counts.failed, rel=0.01)
    assert known["requests.total"] == pytest.approx(counts.total, rel=0.01)
    assert known["requests.failed_ratio"] == pytest.approx(counts.failed_ratio, rel=0.01)
    assert known["error_budget.consumed_ratio"] == pytest.approx(truth.consumed_ratio(), rel=0.01)
    assert known["error_budget.remaining_before_ratio"] == pytest.approx(truth.remaining_before_ratio(), rel=0.01)
    assert known["error_budget.remaining_after_ratio"] == pytest.approx(truth.remaining_after_ratio(), rel=0.01)
    alert = truth.alerts[0]
    assert (parse_instant(known["alert.pending"]), parse_instant(known["alert.fired"])) == (alert.pending, alert.fired)


def test_intervals_hold_the_truth(facts: dict[str, Any], world: Incident) -> None:
    """The stated bounds of start, recovery and the headline's counts contain what really happened."""
    truth = world.truth
    counts = truth.in_impact()
    expected = {
        "impact.start": truth.start.timestamp(),
        "impact.end": truth.end.timestamp(),
        "requests.total": counts.total,
        "requests.failed": counts.failed,
        "requests.failed_ratio": counts.failed_ratio,
        "error_budget.consumed_ratio": truth.consumed_ratio(),
        "error_budget.remaining_before_ratio": truth.remaining_before_ratio(),
        "error_budget.remaining_after_ratio": truth.remaining_after_ratio(),
    }
    (slo,) = [one for one in facts["slos"] if one["name"] == facts["headline_slo"]]
    outside = {
        name: (slo["facts"][name]["low"], true, slo["facts"][name]["high"])
        for name, true in expected.items()
        if not _number(slo["facts"][name]["low"]) <= true <= _number(slo["facts"][name]["high"])
    }
    assert outside == {}


def _number(value: object) -> float:
    """A bound as a number; instants in epoch seconds."""
    return parse_instant(value).timestamp() if isinstance(value, str) else float(str(value))


def test_the_response_is_the_one_that_was_told(facts: dict[str, Any]) -> None:
    """What PagerDuty and the change events tell stands in the facts as told, and the four steps add up to the whole."""
    known = {name: fact["value"] for name, fact in facts["facts"].items() if fact["status"] == "known"}
    assert {name: known[name] for name in ("page.sent", "response.acknowledged", "mitigation.applied")} == {
        "page.sent": "2026-11-18T13:46:52Z",
        "response.acknowledged": "2026-11-18T13:50:31Z",
        "mitigation.applied": "2026-11-18T14:20:05Z",
    }
    assert (known["severity"], known["detection.method"], known["services_affected"]) == (
        "SEV-1",
        "Alert",
        "checkout-api",
    )
    whole, *steps = (known[name] for name in DURATIONS)
    assert sum(steps) == pytest.approx(whole, abs=0.01)
    assert facts["gaps"] == []


def test_links_lead_to_believable_places(draft: Path) -> None:
    """No address of a loopback server is in any file; the systems have the names a company would give them."""
    texts = {name: content.decode() for name, content in _files(draft).items() if not name.endswith(".png")}
    assert [name for name, text in texts.items() if "127.0.0.1" in text or "localhost" in text] == []
    for address in (
        "https://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A",
        "https://prometheus.example/graph?",
        "https://grafana.example/d/checkout-slo/",
    ):
        assert address in texts["postmortem.md"]


def test_pictures_are_pictures(draft: Path) -> None:
    """Every PNG decodes, is of a readable size, shows something, and has its data beside it."""
    pictures = sorted((draft / "graphs").glob("*.png"))
    assert len(pictures) == 10
    for path in pictures:
        with Image.open(BytesIO(path.read_bytes())) as picture:
            picture.load()
            assert picture.width >= 900, path.name
            assert picture.height >= 300, path.name
            colours = picture.convert("L").getcolors()
            assert colours is not None
            assert len(colours) > 8, path.name
        rows = path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) > 10, path.name


def test_the_folder_keeps_the_public_interface(draft: Path) -> None:
    """The folder passes the checker of the public interface."""
    if not CHECKER.is_file():
        pytest.skip("the checker of the public interface is not here: ../shared/tools/check_folder.py")
    command = [sys.executable, str(CHECKER), str(draft)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all 10 kinds hold\n")


def test_every_known_fact_is_explained(draft: Path, facts: dict[str, Any]) -> None:
    """Each known fact names a source, and its explanation shows the value, the method and what was asked."""
    evidence = load_evidence(draft / "evidence.json")
    named = list(facts["facts"].items())
    named += [(f"{slo['name']}/{name}", fact) for slo in facts["slos"] for name, fact in slo["facts"].items()]
    known = {name: fact for name, fact in named if fact["status"] == "known"}
    assert len(known) > 40
    for name, fact in known.items():
        text = compose.explain(evidence, facts, name)
        assert fact["method"] in text, name
        assert fact["sources"], name
        for source in fact["sources"]:
            assert facts["sources"][source]["query"].splitlines()[0] in text, name


def test_explain_takes_folder_and_document(draft: Path, here: Place) -> None:
    """The command says the same for the folder and for the document in it."""
    by_folder = here.run("explain", str(draft), "requests.failed")
    by_document = here.run("explain", str(draft / "postmortem.md"), "requests.failed")
    assert (by_folder.returncode, by_folder.stderr) == (0, "")
    assert "bad(V) - bad(S)" in by_folder.stdout
    assert by_document.stdout == by_folder.stdout


@pytest.fixture(scope="module")
def cut_off(elsewhere: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The other place, without a network: every use of a socket ends the process."""
    hook = tmp_path_factory.mktemp("hook")
    (hook / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    place = Place(elsewhere.folder / "cut off", {**elsewhere.variables, "PYTHONPATH": str(hook)})
    assert place.run("demo").returncode != 0
    return place


def test_rebuilding_needs_no_network_and_changes_nothing(draft: Path, cut_off: Place) -> None:
    """From the evidence alone, with sockets blocked and twice, every file comes out the same."""
    for output in ("first", "second"):
        done = cut_off.run("--from-evidence", str(draft / "evidence.json"), "--output", output)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{output}/{FOLDER}/postmortem.md\n")
        assert _differing(draft, cut_off.folder / output / FOLDER) == []


def test_rebuilding_works_in_a_namespace_without_network(draft: Path, here: Place) -> None:
    """The same in a network namespace of its own, where the system offers one."""
    prefix = ("unshare", "--map-root-user", "--net")
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no network namespaces to its users")
    done = here.run("--from-evidence", str(draft / "evidence.json"), "--output", "alone", prefix=prefix)
    assert (done.returncode, done.stderr) == (0, "")
    assert _differing(draft, here.folder / "alone" / FOLDER) == []


def test_every_recording_is_asked_for_and_every_request_recorded(tmp_path: Path) -> None:
    """The run leaves no request without an answer, and asks for each recorded answer."""
    folder = demo.recordings()
    index = load(folder)
    servers = demo.replay(index, folder)
    with servers["pagerduty"] as pagerduty, servers["prometheus"] as prometheus, servers["grafana"] as grafana:
        running = {"pagerduty": pagerduty, "prometheus": prometheus, "grafana": grafana}
        reached = {system: (server.url, "token") for system, server in running.items()}
        outcome = pipeline.run(demo.prepare_order(index, folder, reached, tmp_path), report=lambda _text: None)
    assert outcome.evidence.gaps == ()
    assert [asked for server in running.values() for asked in server.unmatched] == []
    recorded = {one.body for one in (*index.pagerduty, *index.prometheus, *index.grafana)}
    assert recorded - pagerduty.used - prometheus.used - grafana.used == set()


def test_the_demo_speaks_to_those_who_watch(here: Place, draft: Path) -> None:
    """Asked to, it says what it replays and what to do next; stdout still holds the path alone."""
    done = here.run("demo", "--verbose")
    assert done.stdout == f"pm-autofill-demo/{FOLDER}/postmortem.md\n"
    assert "no account is needed" in done.stderr
    assert f"pm-autofill explain pm-autofill-demo/{FOLDER} requests.failed" in done.stderr
    assert (draft / "postmortem.md").is_file()


def test_json_carries_the_facts(here: Place, facts: dict[str, Any]) -> None:
    """With --json stdout is one object: path, exit code and the whole facts document."""
    done = here.run("demo", "--json", "--quiet")
    said = json.loads(done.stdout)
    assert (said["path"], said["exit"], done.stderr) == (f"pm-autofill-demo/{FOLDER}/postmortem.md", 0, "")
    assert said["facts"] == facts
