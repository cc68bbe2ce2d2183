"""Whatever fails, nothing that signs in and no secret of people's is in anything written: files, messages, requests."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.cli import demo
from pm_autofill.cli.recording import load
from tests.servers.canaries import FAULTS, NEEDLES, SYSTEMS, LeakingServer, files_of, hits
from tests.servers.git_hosts import NAME, GitHubServer, git, make_repository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.cli.recording import Index

PROGRAM = Path(sys.executable).with_name("pm-autofill")
FOLDER = "2026-11-18-Q1CHKOUT7X4M2A"
# One for each source, of the characters that each takes; none is part of another word.
TOKENS = {
    "pagerduty": "u+Canary-pd_7Qp2Zx9w",
    "prometheus": "canary.prom/7Qp2+Zx9~w=",
    "grafana": "glsa_Canary7Qp2Zx9wLmNoPqRsTuVwXyZ0_1a2b3c4d",
}
HEADER = "canary-header: 7Qp2%Zx9&w"
PASSWORD = "cänary pass:word \\7Qp2"
SETTINGS = """\
services:
  - name: checkout-api
    pagerduty: [PSVCCHK]
    slos:
      - name: checkout-availability
        objective: 99.9
        window: 30d
        events:
          total: 'http_requests_total{service="checkout"}'
          bad: 'http_requests_total{service="checkout",code=~"5.."}'
    dashboards:
      - uid: checkout-slo
        panels: [2, 3, 4]
severity: {P1: SEV-1}
output: drafts
"""


@cache
def recorded() -> Index:
    """What was recorded of the demo's incident."""
    return load(demo.recordings())


@dataclass
class Place:
    """A folder in which everything is written, and what was said there.

    Attributes:
        folder: The working directory.
        said: All that went to stdout and stderr.
    """

    folder: Path
    said: list[bytes] = field(default_factory=list)

    def run(self, variables: Mapping[str, str], *arguments: str) -> int:
        """Run the installed command, its home and scratch space in here; the variables are in no file."""
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "COVERAGE", "COV_"))}
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            cwd=self.folder,
            env={**kept, "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp"), **variables},
            capture_output=True,
            check=False,
            timeout=240,
        )
        self.said += [done.stdout, done.stderr]
        return done.returncode

    def found(self, secrets: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, list[str]]:
        """Where any secret is: file or stream, with the secrets in it."""
        parts = {name: data for name, data in files_of(self.folder).items() if not name.startswith("given/")}
        parts |= {f"output {number}": data for number, data in enumerate(self.said)}
        assert parts
        return {name: some for name, data in parts.items() if (some := hits(data, (*secrets, *others)))}


def configure(place: Path, urls: Mapping[str, str], how: str) -> dict[str, str]:
    """Write a configuration that gives the tokens in one of the ways there are.

    Args:
        place: The working directory.
        urls: The sources' addresses.
        how: "variables", "files", "commands" or "headers".

    Returns:
        The variables it needs.
    """
    given = place / "given"
    given.mkdir()
    lines, variables = [], {}
    for system, url in urls.items():
        variables[f"{system.upper()}_SECRET"] = TOKENS[system]
        (given / system).write_text(f"{TOKENS[system]}\n")
        told = {
            "files": f"token_file: given/{system}",
            "commands": f"token_command: 'printenv {system.upper()}_SECRET'",
        }.get(how, f"token: '${{{system.upper()}_SECRET}}'")
        if how == "headers" and system == "prometheus":
            told = "username: ann, password: '${CANARY_PASSWORD}', headers: {X-Canary: '${CANARY_HEADER}'}"
            variables |= {"CANARY_PASSWORD": PASSWORD, "CANARY_HEADER": HEADER}
        public = "" if system == "pagerduty" else f", public_url: 'https://{system}.example'"
        lines.append(f"{system}: {{url: '{url}'{public}, {told}}}\n")
    (place / "pm-autofill.yaml").write_text("".join(lines) + SETTINGS)
    return variables


def draft(place: Place, fault: str, system: str, how: str, *options: str) -> tuple[int, int]:
    """Draft with one source at fault.

    Returns:
        The exit code, and how many requests the source at fault received.
    """
    spared = r"/incidents/[A-Z0-9]+" if system == "pagerduty" and "--spare" in options else ""
    options = tuple(one for one in options if one != "--spare")
    with ExitStack() as running:
        servers = {
            name: running.enter_context(
                LeakingServer(
                    name, recorded(), demo.recordings(), FAULTS[fault] if name == system else None, spared=spared
                )
            )
            for name in SYSTEMS
        }
        variables = configure(place.folder, {name: server.url for name, server in servers.items()}, how)
        as_of = recorded().as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
        code = place.run(
            variables,
            "--incident",
            recorded().incident,
            "--as-of",
            as_of,
            "--deadline",
            "20",
            "-v",
            "--debug",
            *options,
        )
        received = servers[system].received if system else sum(one.received for one in servers.values())
    return code, received


SECRETS = (*TOKENS.values(), HEADER, PASSWORD)
EVERY = [
    (fault, system, how)
    for number, fault in enumerate(FAULTS)
    for position, system in enumerate(SYSTEMS)
    for how in [("variables", "files", "commands", "headers")[(number + position) % 4]]
]
SOME = [
    ("401", "prometheus", "headers"),
    ("500", "grafana", "files"),
    ("broken JSON", "pagerduty", "commands"),
    ("location", "prometheus", "variables"),
]


def check(place: Place, fault: str, system: str, how: str) -> None:
    """Draft, and look through everything."""
    code, received = draft(place, fault, system, how, "--spare")
    assert code in {1, 3, 4}, place.said[-1]
    assert received
    assert place.found(SECRETS, NEEDLES) == {}


@pytest.mark.parametrize(("fault", "system", "how"), SOME)
def test_no_fault_lets_a_secret_out(tmp_path: Path, fault: str, system: str, how: str) -> None:
    """Refusals that echo every form of what signed in, while notes and titles are full of people's secrets."""
    check(Place(tmp_path), fault, system, how)


@pytest.mark.long
@pytest.mark.parametrize(("fault", "system", "how"), EVERY)
def test_no_fault_of_any_source_lets_a_secret_out(tmp_path: Path, fault: str, system: str, how: str) -> None:
    """Each fault of each source, with the tokens given in each way in turn."""
    check(Place(tmp_path), fault, system, how)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_source_that_fails_at_once_says_no_token(tmp_path: Path, system: str) -> None:
    """Where PagerDuty refuses the incident itself there is no draft, and the message names no token."""
    place = Place(tmp_path)
    code, _ = draft(place, "401", system, "variables")
    assert code == (4 if system == "pagerduty" else 3)
    assert place.found(SECRETS, NEEDLES) == {}


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A draft of sources that work, whose every text holds people's secrets and what signed in."""
    place = Place(tmp_path_factory.mktemp("canaries"))
    code, received = draft(place, "401", "", "headers", "--timeline", "full")
    assert code in {0, 3}, place.said[-1]
    assert received > 40
    return place


def test_no_text_of_a_source_lets_a_secret_out(drafted: Place) -> None:
    """Document, facts, evidence, pictures and CSV; and the draft says that something was masked."""
    assert drafted.found(SECRETS, NEEDLES) == {}
    document = (drafted.folder / "drafts" / FOLDER / "postmortem.md").read_text()
    assert document.count(" were masked, here and in the evidence") == 1
    assert "\\[secret\\]" in document
    assert "\\[phone\\]" in document


def test_no_command_lets_one_out_afterwards(drafted: Place) -> None:
    """Rebuilt, checked and explained: the same bytes, and nothing that was masked."""
    folder = f"drafts/{FOLDER}"
    before = files_of(drafted.folder / folder)
    assert drafted.run({}, "--from-evidence", folder, "--debug") in {0, 3}
    assert files_of(drafted.folder / folder) == before
    assert drafted.run({}, "check", folder) == 1
    assert drafted.run({}, "explain", folder, "requests.failed") == 0
    assert drafted.run({}, "--from-evidence", folder, "--json") in {0, 3}
    assert drafted.found(SECRETS, NEEDLES) == {}


def test_no_change_request_holds_one(drafted: Place, tmp_path: Path) -> None:
    """What is pushed, said in commits and written into the request; the host's own token is among the secrets."""
    make_repository(tmp_path / f"{NAME}.git")
    with GitHubServer(tmp_path) as host:
        variables = {"GITHUB_SERVER_URL": host.url, "GITHUB_REPOSITORY": NAME, "GITHUB_TOKEN": host.token}
        code = drafted.run(variables, "publish", f"drafts/{FOLDER}", "--to", "github", "--config", "none.yaml")
        assert code == 2
        (drafted.folder / "pm-autofill.yaml").rename(drafted.folder / "given" / "pm-autofill.yaml")
        assert drafted.run(variables, "publish", f"drafts/{FOLDER}", "--to", "github", "--debug") == 0
        written = repr(host.writes).encode()
        pushed = git(host.repository, "log", "--all", "-p", "--no-textconv").encode()
    secrets = (*SECRETS, host.token)
    assert hits(written + pushed, (*secrets, *NEEDLES)) == []
    assert b"postmortem.md" in pushed
    assert drafted.found(secrets, NEEDLES) == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://ann:{}@prom.example",
        "https://ann:{}@prom.example:99999",
        "ann:{}@prom.example",
        "https://{}@prom.example/x",
        "https://prom.example\\ann:{}@x",
    ],
)
def test_a_password_in_an_address_is_refused_unseen(tmp_path: Path, url: str) -> None:
    """However malformed the address is that a variable gives, its password is in no message and no traceback."""
    secret = "canary7Qp2Zx9w"
    place = Place(tmp_path)
    (tmp_path / "pm-autofill.yaml").write_text("prometheus: {url: '${PROM}'}\n" + SETTINGS)
    code = place.run({"PROM": url.format(secret)}, "doctor", "--debug")
    assert code in {2, 3, 4}
    assert place.found((secret,)) == {}
