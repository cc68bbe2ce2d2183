"""The action, the component and the workflows: run as CI runs them, and read by the tools that know traps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.servers.git_hosts import NAME, GitHost, GitHubServer, GitLabServer, git, make_repository, write_file
from tests.world.pagerduty import TOKEN, PagerDutyServer
from tests.world.stories import MAIN_ID, main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.world.story import PagerDutyStory

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FILES = ["action.yml", "docs/ci/github-draft.yml", "docs/ci/github-check.yml"]
COMPONENT = "templates/pm-autofill.yml"
FOLDER = f"2026-11-18-{MAIN_ID}"


def load(name: str) -> Any:  # noqa: ANN401 - plain YAML
    """The last document of a file: a component's first one is about its inputs."""
    return list(yaml.safe_load_all((ROOT / name).read_text(encoding="utf-8")))[-1]


def scripts() -> Iterator[tuple[str, str]]:
    """Every piece of shell, by where it stands."""
    for step in load("action.yml")["runs"]["steps"]:
        yield f"action.yml: {step['name']}", step["run"]
    for name in FILES[1:]:
        for job in load(name)["jobs"].values():
            yield from ((f"{name}: {step['name']}", step["run"]) for step in job["steps"] if "run" in step)
    for name, job in (
        (COMPONENT, load(COMPONENT)["draft-post-mortems"]),
        ("gitlab.yml", load("docs/ci/gitlab.yml")["check-post-mortems"]),
    ):
        yield name, job["script"][0]


def bash(script: str, cwd: Path, variables: Mapping[str, str], code: int = 0) -> str:
    """Run a step as GitHub does; what it said, which holds no token."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == code, done.stderr
    assert not any(line.startswith("::") for line in (done.stdout + done.stderr).splitlines())
    assert TOKEN not in done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def serve(story: PagerDutyStory, folder: Path) -> Iterator[None]:
    """PagerDuty with one incident, and the configuration that asks it."""
    with PagerDutyServer(story) as server:
        settings = f"pagerduty: {{url: '{server.url}', token: '${{PAGERDUTY_TOKEN}}'}}\n"
        (folder / "pm-autofill.yaml").write_text(settings + "services: [{name: checkout-api, pagerduty: [PSVCCHK]}]\n")
        yield


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


def test_zizmor_finds_nothing() -> None:
    """Pinned actions, least permissions, no input in a shell, no credentials left behind; without network."""
    program = shutil.which("zizmor", path=f"{BIN}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("zizmor is not installed; `pip install zizmor` brings it")
    done = subprocess.run(
        [program, "--offline", "--no-progress", "--color=never", "--persona=regular", "--format=plain", *FILES],
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
    pip = "1 -m pip --disable-pip-version-check install --quiet"
    locked = "--require-hashes --no-build-isolation --only-binary :all: --no-binary urllib3-future"
    assert (tmp_path / "calls").read_text().splitlines()[1:] == [
        f"1 -m venv {tmp_path}/pm-autofill",
        f"{pip} {locked} -r /action/requirements/build.txt",
        f"{pip} {locked} -r /action/requirements/runtime.txt",
        f"{pip} --no-deps --no-build-isolation /action",
    ]
    assert output.read_text() == f"program={tmp_path}/pm-autofill/bin/pm-autofill\n"


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
        bash(step["run"], folder, runner | env)
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
            assert told["urls"] == ("" if run == "dry" else f"{host.url}/{NAME}/pull/1\n")
            assert len(host.requests_made) == (0 if run == "dry" else 1)
        assert "still to fill in" in (tmp_path / "first" / "summary").read_text()
        assert "    <!-- pm-autofill -->" in (tmp_path / "dry" / "summary").read_text()
        assert "| **Author** | Ann |" in git(host.repository, "show", f"{branch}:{path}")
        assert human in git(host.repository, "rev-list", branch).splitlines()
        assert "| **Author** | Ann |" in (tmp_path / "second" / path).read_text()
        assert "### Not available" in host.requests_made[0]["body"]


def test_the_component_drafts_what_was_resolved_lately(tmp_path: Path) -> None:
    """On a schedule, by GitLab's own variables; an incident that ended long ago is left out."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    now = datetime.now(UTC).replace(microsecond=0)
    story = replace(main(), created=now - timedelta(hours=3), resolved=now - timedelta(hours=1))
    job = load(COMPONENT)["draft-post-mortems"]
    with GitLabServer(tmp_path / "root") as host:
        variables = {"CI_SERVER_URL": host.url, "CI_PROJECT_PATH": NAME, "GITLAB_TOKEN": host.token}
        given = {"incident": "", "config": "pm-autofill.yaml", "output": "postmortems", "note": "false"}
        variables["PAGERDUTY_TOKEN"] = TOKEN
        for lately, expected in (("30m", 0), ("24h", 1)):
            inputs = {**given, "resolved_since": lately}
            own = {key: inputs.get(text[11:-3], text) for key, text in job["variables"].items()}
            with serve(story, tmp_path):
                bash(job["script"][0], tmp_path, variables | own)
            assert len(host.requests_made) == expected
        (request,) = host.requests_made
        assert request["title"].startswith("Draft: Post-mortem: [FIRING:1] CheckoutErrorBudgetBurn")
        assert request["source_branch"] == f"post-mortem/{story.created:%Y-%m-%d}-{MAIN_ID}"


def test_the_check_of_a_change_holds_drafts_and_others_to_different_goals(tmp_path: Path) -> None:
    """A draft passes although it is not filled in; once it is none, it does not."""
    work = tmp_path / "work"
    make_repository(tmp_path / "bare.git")
    subprocess.run(["git", "clone", "--quiet", tmp_path / "bare.git", work], check=True, timeout=60)
    base = git(work / ".git", "rev-parse", "HEAD")
    subprocess.run([BIN / "pm-autofill", "demo", "-q", "--output", work / "postmortems"], check=True, timeout=120)
    (folder,) = (work / "postmortems").iterdir()
    subprocess.run(["git", "add", "."], cwd=work, check=True, timeout=60)
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "Draft"], cwd=work, check=True, timeout=60)
    step = load("docs/ci/github-check.yml")["jobs"]["check"]["steps"][-1]
    for is_draft, code in (("true", 0), ("false", 1)):
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            cwd=work,
            env={
                "PATH": os.environ["PATH"],
                "PROGRAM": str(BIN / "pm-autofill"),
                "BASE": base,
                "IS_DRAFT": is_draft,
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stderr
        assert done.stdout.startswith(f"::warning file=postmortems/{folder.name}/postmortem.md,line=9,")
