"""The action, the component and the workflows: run as CI runs them, and read by the tools that know traps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pm_autofill import __version__
from tests.ci_steps import BIN, ROOT, bash, component, load, scripts, serve
from tests.servers.git_hosts import NAME, GitHost, GitHubServer, GitLabServer, git, make_repository, write_file
from tests.world.pagerduty import TOKEN
from tests.world.stories import MAIN_ID, main

FOLDER = f"2026-11-18-{MAIN_ID}"


@pytest.mark.engine
@pytest.mark.parametrize(("where", "script"), list(scripts()))
def test_the_shell_passes_shellcheck(where: str, script: str) -> None:
    """With its default checks and no exception; nothing of an input stands in it."""
    assert "${{" not in script, where
    assert "$[[" not in script, where
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed; `apt-get install shellcheck` brings it")
    done = subprocess.run(
        [program, "--shell=bash", "-"], input=script, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "", where


@pytest.mark.engine
def test_zizmor_finds_nothing() -> None:
    """Pinned actions, least permissions, no input in a shell, no credentials left behind; without network."""
    program = shutil.which("zizmor", path=f"{BIN}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("zizmor is not installed; `pip install zizmor` brings it")
    files = ["action.yml", "docs/ci/github-draft.yml", "docs/ci/github-check.yml"]
    done = subprocess.run(
        [program, "--offline", "--no-progress", "--color=never", "--persona=regular", "--format=plain", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "No findings to report. Good job!")


def test_the_action_installs_what_is_locked(tmp_path: Path) -> None:
    """With hashes and the one build from source; told by a Python that only writes down what it is asked."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python3"
    python.write_text('#!/bin/sh\necho "$URLLIB3_NO_OVERRIDE $*" >>"$CALLS"\n')
    python.chmod(0o755)
    (tmp_path / "pm-autofill" / "bin").mkdir(parents=True)
    shutil.copy(python, tmp_path / "pm-autofill" / "bin" / "python")
    step = load("action.yml")["runs"]["steps"][0]
    variables = {"ACTION": "/action", "URLLIB3_NO_OVERRIDE": step["env"]["URLLIB3_NO_OVERRIDE"]}
    output = tmp_path / "output"
    variables |= {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output), "CALLS": str(tmp_path / "calls")}
    script = f"export PATH='{tmp_path / 'bin'}':$PATH\n{step['run']}"
    bash(script, tmp_path, variables)
    pip = "1 -I -m pip --disable-pip-version-check install --quiet"
    locked = "--require-hashes --no-build-isolation --only-binary :all: --no-binary urllib3-future"
    assert (tmp_path / "calls").read_text().splitlines()[1:] == [
        f"1 -I -m venv {tmp_path}/pm-autofill",
        f"{pip} {locked} -r /action/requirements/build.txt",
        f"{pip} {locked} -r /action/requirements/runtime.txt",
        f"{pip} --no-deps --no-build-isolation /action",
    ]
    assert output.read_text() == f"program={tmp_path}/pm-autofill/bin/pm-autofill\n"


@pytest.mark.engine
@pytest.mark.long
@pytest.mark.timeout(1800)  # on a slow line
def test_the_action_installs_the_program(tmp_path: Path) -> None:
    """As a runner does, from this tree and the locks: it starts, and urllib3 is not overwritten."""
    step = load("action.yml")["runs"]["steps"][0]
    output = tmp_path / "output"
    variables = {"ACTION": str(ROOT), "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output)}
    variables |= {name: text for name, text in os.environ.items() if name.startswith("PIP_") or name == "HOME"}
    variables["URLLIB3_NO_OVERRIDE"] = step["env"]["URLLIB3_NO_OVERRIDE"]
    try:
        bash(step["run"], tmp_path, variables, patience=1500)
    except AssertionError as error:
        if "NewConnectionError" in str(error) or "No matching distribution" in str(error):
            pytest.skip("the package index cannot be reached")
        raise
    program = Path(output.read_text().strip().removeprefix("program="))
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == f"{__version__}\n"
    look = "import urllib3, importlib.metadata as m; print(urllib3.__version__ == m.version('urllib3'))"
    said = subprocess.run(
        [program.with_name("python"), "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == "True\n"
    subprocess.run([program, "demo", "-q", "--output", tmp_path / "drafts"], check=True, timeout=240)
    assert len(list((tmp_path / "drafts").glob("*/postmortem.md"))) == 1


def run_action(host: GitHost, folder: Path, **inputs: str) -> dict[str, str]:
    """The action's other steps with what GitHub would put in place; its outputs."""
    action = load("action.yml")
    given = {name: about["default"] for name, about in action["inputs"].items()} | {"token": host.token} | inputs
    values = {f"inputs.{name}": text for name, text in given.items()}
    values["steps.install.outputs.program"] = str(BIN / "pm-autofill")
    output, summary = folder / "output", folder / "summary"
    output.write_text("")
    runner = {"GITHUB_SERVER_URL": host.url, "GITHUB_REPOSITORY": NAME, "PAGERDUTY_TOKEN": TOKEN}
    runner |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    for step in action["runs"]["steps"][1:]:
        env = {key: re.sub(r"\$\{\{ (\S+) \}\}", lambda m: values[m[1]], text) for key, text in step["env"].items()}
        done = bash(step["run"], folder, runner | env)
        assert not any(line.startswith("::") for line in (done.stdout + done.stderr).splitlines())
    text = output.read_text()
    many = re.findall(r"^(\w+)<<(\S+)\n(.*?)^\2$", text, re.MULTILINE | re.DOTALL)
    return {key: value for key, _, value in many} | {"status": text.splitlines()[-1].removeprefix("status=")}


def test_the_action_drafts_and_goes_on_from_what_humans_made_of_it(tmp_path: Path) -> None:
    """Dry it only shows; then a draft pull request; on a fresh runner the next run keeps a human's commit."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    path, branch, human = f"postmortems/{FOLDER}/postmortem.md", f"post-mortem/{FOLDER}", ""
    with GitHubServer(tmp_path / "root") as host:
        for run in ("dry", "first", "second"):
            (tmp_path / run).mkdir()
            if run == "second":
                text = git(host.repository, "show", f"{branch}:{path}") + "\n"
                human = write_file(host.repository, branch, path, text.replace("[Your Name]", "Ann"))
            with serve(main(), tmp_path / run):
                inputs = {"dry-run": "true"} if run == "dry" else {}
                told = run_action(host, tmp_path / run, incident=MAIN_ID, **inputs)
            assert (told["paths"], told["status"]) == (f"{path}\n", "3")
            assert told["folders"] == f"postmortems/{FOLDER}\n"
            assert told["urls"] == ("" if run == "dry" else f"{host.url}/{NAME}/pull/1\n")
            assert len(host.requests_made) == (0 if run == "dry" else 1)
        assert "still to fill in" in (tmp_path / "first" / "summary").read_text()
        assert "    <!-- pm-autofill -->" in (tmp_path / "dry" / "summary").read_text()
        assert "| **Author** | Ann |" in git(host.repository, "show", f"{branch}:{path}")
        assert host.tip(branch) == human  # the second run saw what the first had seen: nothing to commit
        assert "| **Author** | Ann |" in (tmp_path / "second" / path).read_text()
        assert "### Not available" in host.requests_made[0]["body"]


BIG = """#!/bin/sh
case "$1" in
  check) head -c 300000 /dev/zero | tr '\\0' x | fold -w 100 ;;
  publish) echo "https://host.example/pull/1" ;;
  *) for one in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "postmortems/$one/postmortem.md"; done ;;
esac
"""


def test_a_long_summary_is_cut_within_github_s_limit(tmp_path: Path) -> None:
    """GitHub drops one beyond 1 MiB as a whole; the addresses come before what is left to do."""
    program = tmp_path / "pm-autofill"
    program.write_text(BIG)
    program.chmod(0o755)
    step = load("action.yml")["runs"]["steps"][2]
    variables = {"INCIDENT": "", "RESOLVED_SINCE": "24h", "CONFIG": "c", "OUTPUT": "o", "NOTE": "", "DRY_RUN": ""}
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    bash(step["run"], tmp_path, {**variables, **files, "PROGRAM": str(program)})
    summary = (tmp_path / "summary").read_bytes()
    assert 900_000 < len(summary) <= 1_000_000
    assert summary.startswith(b"\nhttps://host.example/pull/1\n\n    xxx")


@pytest.mark.parametrize("incident", ["", "Q1CHKOUT7X4M2A", "0123", "1e5", "$INCIDENT"])
def test_the_component_s_inputs_are_texts(incident: str) -> None:
    """GitLab refuses variables without a value, and a number would not be what was typed."""
    job = component(image="x", incident=incident, note=True)
    assert job["variables"] == {
        "GIT_DEPTH": "1",
        "PM_INCIDENT": incident,
        "PM_RESOLVED_SINCE": "24h",
        "PM_CONFIG": "pm-autofill.yaml",
        "PM_OUTPUT": "postmortems",
        "PM_NOTE": "true",
    }
    assert (job["stage"], job["image"]) == ("build", "x")


def test_the_component_drafts_what_was_resolved_lately(tmp_path: Path) -> None:
    """On a schedule, by GitLab's own variables; an incident that ended long ago is left out, also of the artifact."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    now = datetime.now(UTC).replace(microsecond=0)
    story = replace(main(), created=now - timedelta(hours=3), resolved=now - timedelta(hours=1))
    name = f"{story.created:%Y-%m-%d}-{MAIN_ID}"
    with GitLabServer(tmp_path / "root") as host:
        variables = {"CI_SERVER_URL": host.url, "CI_PROJECT_PATH": NAME, "GITLAB_TOKEN": host.token}
        variables["PAGERDUTY_TOKEN"] = TOKEN
        for lately, expected in (("30m", []), ("24h", [name])):
            job = component(image="x", resolved_since=lately)
            with serve(story, tmp_path):
                bash(job["script"][0], tmp_path, variables | job["variables"])
            assert len(host.requests_made) == len(expected)
            (drafted,) = job["artifacts"]["paths"]
            assert [path.name for path in (tmp_path / drafted).iterdir()] == expected
        (request,) = host.requests_made
        assert request["title"].startswith("Draft: Post-mortem: [FIRING:1] CheckoutErrorBudgetBurn")
        assert request["source_branch"] == f"post-mortem/{name}"
