"""The shell in the action, the component and the workflows, run as the hosts run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.world.pagerduty import TOKEN, PagerDutyServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.world.story import PagerDutyStory

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
COMPONENT = "templates/pm-autofill.yml"


def load(name: str) -> Any:  # noqa: ANN401 - plain YAML
    """The last YAML document of a file: a component's first one is about its inputs."""
    return list(yaml.safe_load_all((ROOT / name).read_text(encoding="utf-8")))[-1]


def component(**inputs: str | bool) -> dict[str, Any]:
    """The component's job as GitLab has it: inputs are put in as text, and only then it is read as YAML.

    Source: GitLab's TextTemplate: texts as they are, anything else as JSON.
    """
    head, _, body = (ROOT / COMPONENT).read_text(encoding="utf-8").partition("\n---\n")
    declared = yaml.safe_load(head)["spec"]["inputs"]
    given = {name: about.get("default") for name, about in declared.items()} | inputs
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    job = yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: words[found[1]], body))
    return dict(job["draft-post-mortems"])


def scripts() -> Iterator[tuple[str, str]]:
    """Every piece of shell, by where it stands."""
    for step in load("action.yml")["runs"]["steps"]:
        yield f"action.yml: {step['name']}", step["run"]
    for name in ("docs/ci/github-draft.yml", "docs/ci/github-check.yml"):
        for job in load(name)["jobs"].values():
            yield from ((f"{name}: {step['name']}", step["run"]) for step in job["steps"] if "run" in step)
    yield COMPONENT, load(COMPONENT)["draft-post-mortems"]["script"][0]
    yield "docs/ci/gitlab.yml", load("docs/ci/gitlab.yml")["check-post-mortems"]["script"][0]


def bash(
    script: str, cwd: Path, variables: Mapping[str, str], code: int = 0, *, patience: float = 200
) -> subprocess.CompletedProcess[str]:
    """Run a step as the hosts do; no token is in what it says."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=patience,
    )
    assert done.returncode == code, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done


@contextmanager
def serve(story: PagerDutyStory, folder: Path) -> Iterator[None]:
    """PagerDuty with one incident, and the configuration that asks it."""
    with PagerDutyServer(story) as server:
        settings = f"pagerduty: {{url: '{server.url}', token: '${{PAGERDUTY_TOKEN}}'}}\n"
        (folder / "pm-autofill.yaml").write_text(settings + "services: [{name: checkout-api, pagerduty: [PSVCCHK]}]\n")
        yield
