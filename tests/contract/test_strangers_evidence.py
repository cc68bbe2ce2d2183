"""A stranger's evidence through every command that reads it: nothing runs, is read, or is contacted."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
import yaml

from pm_autofill.cli import demo
from tests.servers.git_hosts import GITHUB_TOKEN, NAME, GitHubServer, git, make_repository
from tests.strangers.evidence import SECRET, Traps, hostile_configuration, with_traps
from tests.strangers.watching import Watched, watch
from tests.world.loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

IGNORED = (
    "the evidence is not believed about hosts, files, commands and the like; ignored: allow_insecure, github, gitlab, "
    "grafana, output, pagerduty, prometheus, services[].slos[].file, template, others\n"
)
FILLED_IN = ["-I", "-S", "-B", "-c"]


class Trap(LoopbackServer):
    """A server that nobody may contact."""

    def answer(self, request: Request) -> Reply:
        """Nothing: that it was asked is what counts."""
        del request
        return as_json({}, 404)


@pytest.fixture(scope="module")
def trap() -> Iterator[LoopbackServer]:
    """The server behind every address in the evidence."""
    with Trap() as server:
        yield server


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's draft, whose evidence holds something of every kind."""
    return demo.run(tmp_path_factory.mktemp("demo"), lambda _: None).path.parent


@pytest.fixture
def traps(trap: LoopbackServer, tmp_path: Path) -> Traps:
    """Nothing was touched, and nobody asked, before."""
    (tmp_path / "traps").mkdir()
    trap.exchanges.clear()
    found = Traps(trap.url, tmp_path / "traps")
    found.lay()
    return found


@pytest.fixture
def draft(recorded: Path, traps: Traps, tmp_path: Path) -> Path:
    """The draft with a stranger's evidence."""
    folder = tmp_path / "work" / recorded.name
    shutil.copytree(recorded, folder)
    evidence = with_traps(json.loads((folder / "evidence.json").read_bytes()), traps.url)
    evidence["configuration"] = hostile_configuration(traps, evidence["configuration"])
    (folder / "evidence.json").write_text(json.dumps(evidence), encoding="utf-8")
    return folder


def _run(traps: Traps, folder: Path, *arguments: str, **variables: str) -> Watched:
    """Run a command beside the draft, and see that it did nothing it must not."""
    scratch = traps.folder.parent
    done = watch(folder.parent, scratch, *arguments, variables={"CANARY": SECRET, **variables})
    assert "Traceback" not in done.stderr
    assert not traps.touched.exists()
    assert not [name for name in done.opened if str(traps.folder) in name or "must-not-be-read" in name]
    assert list(traps.folder.iterdir()) == [traps.file]
    assert SECRET not in done.stdout + done.stderr
    written = [path for path in (scratch / "work").rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    return done


def _started(done: Watched) -> list[list[str]]:
    """The words of every program that was started; this interpreter by one name, whichever of its links it is."""
    started = [eval(arguments[1]) for arguments in done.of("subprocess.Popen")]  # noqa: S307 - a list, as repr wrote it
    here = Path(sys.executable)
    return [
        [sys.executable if Path(first).parent == here.parent and here.samefile(first) else first, *rest]
        for first, *rest in started
    ]


COMMANDS = {
    "rebuild": ("--from-evidence", "{draft}/evidence.json"),
    "rebuild elsewhere": ("--from-evidence", "{draft}", "--output", "elsewhere"),
    "dry run": ("--from-evidence", "{draft}", "--dry-run"),
    "check": ("check", "{draft}"),
    "check from evidence": ("check", "--from-evidence", "{draft}/evidence.json", "{draft}"),
    "explain": ("explain", "{draft}", "requests.failed"),
    "to a directory": ("publish", "{draft}", "--to", "directory", "--into", "elsewhere"),
    "to a directory, dry": ("publish", "{draft}", "--to", "directory", "--into", "elsewhere", "--dry-run"),
}


@pytest.mark.parametrize("command", list(COMMANDS))
def test_nothing_runs_is_read_or_contacted(command: str, draft: Path, traps: Traps, trap: LoopbackServer) -> None:
    """Not one connection, and no process but the one that fills the template in; one warning says what is ignored."""
    done = _run(traps, draft, *(word.format(draft=draft.name) for word in COMMANDS[command]))

    assert done.code in ({0, 1} if command.startswith("check") else {0, 3}), done.stderr
    assert "pm-autofill:" not in done.stderr
    assert done.of("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind") == []
    assert trap.exchanges == []
    apart = [words[:5] for words in _started(done)]
    assert apart == ([] if command == "explain" else [[sys.executable, *FILLED_IN]])
    assert done.of("os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn") == []
    assert done.stderr.count(IGNORED) == (0 if command == "explain" else 1)


def test_only_files_of_the_program_and_the_draft_are_opened(draft: Path, traps: Traps) -> None:
    """Those of the interpreter and its packages, fonts and time zones, locks, and the draft's folder."""
    done = _run(traps, draft, "check", draft.name)

    ours = (sys.prefix, sys.base_prefix, Path(__file__).parents[2], draft.parent, traps.folder.parent / "home")
    systems = ("/proc", "/sys", "/dev", "/usr", mpl.get_cachedir(), f"{tempfile.gettempdir()}/pm-autofill-")
    named = {os.path.normpath(draft.parent / name) for name in done.opened}
    assert {name for name in named if not name.startswith((*map(str, ours), *systems))} == set()


def test_publishing_asks_the_users_own_host(draft: Path, traps: Traps, trap: LoopbackServer, tmp_path: Path) -> None:
    """Address, repository and token are those of the user's variables, though the evidence names others.

    Nor does git act on the settings, hooks and filters of a repository that the stranger made of the draft's folder.
    """
    (draft / ".git").mkdir()
    git(draft / ".git", "init", "--quiet", "--bare", str(draft / ".git"))
    for key in ("core.fsmonitor", "core.sshCommand", "filter.x.clean", "filter.x.smudge", "credential.helper"):
        git(draft / ".git", "config", key, f"touch {traps.touched}")
    git(draft / ".git", "config", f"url.{trap.url}.insteadOf", "http://127.0.0.1")
    (draft / ".git" / "hooks" / "pre-push").write_text(f"#!/bin/sh\ntouch {traps.touched}\n")
    (draft / ".git" / "hooks" / "pre-push").chmod(0o755)
    (draft / ".gitattributes").write_text("* filter=x\n")
    make_repository(tmp_path / "root" / f"{NAME}.git")
    with GitHubServer(tmp_path / "root") as host:
        told = {"GITHUB_SERVER_URL": host.url, "GITHUB_REPOSITORY": NAME, "GITHUB_TOKEN": GITHUB_TOKEN}
        planned = _run(traps, draft, "publish", draft.name, "--to", "github", "--dry-run", **told)
        done = _run(traps, draft, "publish", draft.name, "--to", "github", **told)

        assert (planned.code, done.code, done.stdout) == (0, 0, f"{host.url}/{NAME}/pull/1\n"), done.stderr
        ports = {eval(arguments[1])[1] for arguments in done.of("socket.connect")}  # noqa: S307 - an address
        assert ports == {int(host.url.rpartition(":")[2])}
    assert trap.exchanges == []
    assert {words[0] for words in _started(done)} == {sys.executable, "git"}


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_without_a_configuration_publishing_says_where_to_write_one(
    host: str, draft: Path, traps: Traps, trap: LoopbackServer
) -> None:
    """The evidence's is none, though it names a repository and a command that prints a token."""
    done = _run(traps, draft, "publish", draft.name, "--to", host)

    assert done.code == 2
    assert done.stderr.endswith(
        f"No configuration was found: write {host}: into pm-autofill.yaml, or name one with --config.\n"
    )
    assert done.of("socket.connect", "socket.getaddrinfo") == []
    assert trap.exchanges == []


def test_checking_takes_words_alone_from_a_configuration(
    draft: Path, traps: Traps, trap: LoopbackServer, tmp_path: Path
) -> None:
    """A pull request's configuration named with --config runs, reads and asks nothing; one lying about is not read."""
    configuration = hostile_configuration(traps, {"services": []})
    del configuration["slack"]
    configuration["github"] |= {"token": "${CANARY}"}
    for place in (tmp_path / "theirs.yaml", draft.parent / "pm-autofill.yaml"):
        place.write_text(yaml.safe_dump(configuration), encoding="utf-8")

    done = _run(traps, draft, "check", draft.name, "--config", str(tmp_path / "theirs.yaml"))

    assert done.code in {0, 1}
    assert "pm-autofill:" not in done.stderr
    assert not [name for name in done.opened if name.endswith("pm-autofill.yaml")]
    assert done.of("socket.connect", "socket.getaddrinfo") == []
    assert trap.exchanges == []
    assert [words[:5] for words in _started(done)] == [[sys.executable, *FILLED_IN]]


def test_what_is_written_holds_names_and_words_alone(draft: Path, traps: Traps) -> None:
    """A rebuild leaves out what evidence must not hold, and is the same from then on, without a warning."""
    _run(traps, draft, "--from-evidence", draft.name)
    first = {path: path.read_bytes() for path in draft.rglob("*") if path.is_file()}
    again = _run(traps, draft, "--from-evidence", draft.name)

    assert set(json.loads(first[draft / "evidence.json"])["configuration"]) <= {
        "services",
        "severity",
        "targets",
        "hold",
    }
    assert b"must-not-be-read" not in first[draft / "evidence.json"]
    assert {path: path.read_bytes() for path in draft.rglob("*") if path.is_file()} == first
    assert "ignored" not in again.stderr


@pytest.mark.parametrize("command", ["rebuild", "check", "to a directory"])
def test_a_hostile_template_is_told(command: str, draft: Path, traps: Traps) -> None:
    """One that takes all memory ends with what to do, and with the document as it was."""
    evidence = json.loads((draft / "evidence.json").read_bytes())
    evidence["template"]["text"] = "{{ 'a' * 10**9 }}"
    (draft / "evidence.json").write_text(json.dumps(evidence), encoding="utf-8")
    before = (draft / "postmortem.md").read_bytes()

    done = _run(traps, draft, *(word.format(draft=draft.name) for word in COMMANDS[command]))

    assert (done.code, done.stdout) == (1, "")
    assert (
        "pm-autofill: the template in the evidence needs more than 512 MiB of memory to fill in. Name a " in done.stderr
    )
    assert (draft / "postmortem.md").read_bytes() == before


def test_a_hostile_document_does_not_hang_a_check(draft: Path, traps: Traps) -> None:
    """It is checked in time proportional to it, or ends by its deadline; never later."""
    (draft / "postmortem.md").write_text("[" * 2_000_000, encoding="utf-8")

    done = _run(traps, draft, "check", draft.name, "--deadline", "60")

    late = "pm-autofill: checking the draft takes longer than 60 seconds. "
    assert done.code == 1
    assert done.stderr.startswith(late) or done.stdout.startswith(f"{draft.name}/postmortem.md:1: ")


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"services": 1}, "the evidence's configuration: services: expected a list, got a whole number"),
        ({"hold": "9" * 5000}, "the evidence's configuration: hold: "),
        ({"services": [{"name": {"a": [{}] * 9}}]}, "the evidence's configuration: services[0].name: expected a text"),
    ],
)
def test_a_configuration_that_cannot_be_is_told(
    configuration: dict[str, object], message: str, draft: Path, traps: Traps
) -> None:
    """On one line, whichever value is none."""
    evidence = json.loads((draft / "evidence.json").read_bytes())
    (draft / "evidence.json").write_text(json.dumps(evidence | {"configuration": configuration}), encoding="utf-8")

    done = _run(traps, draft, "check", draft.name)

    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pm-autofill: {message}")
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 500


LINKED = {
    "check": ("postmortem.md", ("check", "{draft}"), "cannot read {draft}/postmortem.md: it is a symbolic link. "),
    "facts": ("facts.json", ("check", "{draft}"), "cannot read {draft}/facts.json: it is a symbolic link. "),
    "explain": ("facts.json", ("explain", "{draft}", "severity"), "facts.json: it is a symbolic link. "),
    "evidence": ("evidence.json", ("check", "{draft}"), "cannot read evidence from {draft}/evidence.json: it is a "),
    "publish": ("postmortem.md", ("publish", "{draft}", "--to", "directory", "--into", "x"), "it is a symbolic link. "),
    "rebuild": ("postmortem.md", ("--from-evidence", "{draft}"), "{draft}/postmortem.md is no file of its own. "),
    "dry run": ("postmortem.md", ("--from-evidence", "{draft}", "--dry-run"), ""),
}


@pytest.mark.parametrize("case", list(LINKED))
def test_links_in_a_strangers_folder_are_not_followed(case: str, draft: Path, traps: Traps, tmp_path: Path) -> None:
    """A file of the reader's own that one leads to is neither shown, nor published, nor opened."""
    name, words, message = LINKED[case]
    secret = tmp_path / "private"
    secret.write_text(f"{SECRET}\n")
    (draft / name).unlink()
    (draft / name).symlink_to(secret)

    done = _run(traps, draft, *(word.format(draft=draft.name) for word in words))

    assert str(secret) not in done.opened
    assert message.format(draft=draft.name) in done.stderr
    assert done.code == (0 if case == "dry run" else 1)
    assert secret.read_text() == f"{SECRET}\n"


def test_facts_of_older_evidence_are_not_called_stale(recorded: Path, tmp_path: Path, traps: Traps) -> None:
    """A draft that an earlier version committed checks as before, though its evidence holds hosts."""
    from pm_autofill.evidence import digest

    folder = tmp_path / "work" / recorded.name
    shutil.copytree(recorded, folder)
    raw = (folder / "evidence.json").read_text(encoding="utf-8")
    older = raw.replace('"configuration": {', '"configuration": {"pagerduty":{"token":"${PAGERDUTY_TOKEN}"},')
    assert older != raw
    (folder / "evidence.json").write_text(older, encoding="utf-8")
    facts = (folder / "facts.json").read_text(encoding="utf-8")
    (folder / "facts.json").write_text(facts.replace(digest(raw.encode()), digest(older.encode())), encoding="utf-8")

    done = _run(traps, folder, "check", folder.name)

    assert "facts.json" not in done.stdout
    assert "ignored: pagerduty\n" in done.stderr
