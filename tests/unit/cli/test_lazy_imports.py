"""What asking for help costs: the interpreter, click, and no library that only a draft needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "PIL",
    "filelock",
    "grafana_client",
    "httpx2",
    "jinja2",
    "matplotlib",
    "msgspec",
    "niquests",
    "numpy",
    "pagerduty",
    "pandas",
    "prometheus_api_client",
    "promql_parser",
    "requests",
    "urllib3",
    "urllib3_future",
    "yaml",
}
LIGHT = {
    "__main__",
    "analyse",
    "analyse.base_facts",
    "cli",
    "cli.drafting",
    "cli.gate",
    "cli.program",
    "errors",
    "redaction",
    "redaction.secrets",
}
# The program leaves through os._exit, so that is where it can be seen what it had imported by then.
SCRIPT = """
import os, sys
leave = os._exit
def tell_and_leave(code):
    print(*sys.modules, file=sys.stderr, flush=True)
    leave(code)
os._exit = tell_and_leave
from pm_autofill.__main__ import main
main()
"""


def _imported(*arguments: str) -> set[str]:
    """Every module the program has imported when it ends."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("--no-such-option",)])
def test_help_brings_in_no_library_of_a_draft(arguments: tuple[str, ...]) -> None:
    """Help, version and the refusal of an option import click and the command line alone."""
    modules = _imported(*arguments)
    assert {"click", "pm_autofill.cli.program"} <= modules
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    inside = {name.removeprefix("pm_autofill.") for name in modules if name.startswith("pm_autofill.")}
    assert inside <= LIGHT


@pytest.mark.parametrize("command", ["demo", "doctor", "explain", "slos"])
def test_help_of_a_command_brings_in_no_client(command: str) -> None:
    """A command's own help waits for no client, no drawing and no numbers."""
    modules = _imported(command, "--help")
    assert f"pm_autofill.cli.{command}" in modules
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()


def test_the_probe_sees_what_is_imported() -> None:
    """Reading an evidence file brings in what help does not; else the tests above would see nothing."""
    modules = _imported("--from-evidence", "no-such-file.json")
    assert {"msgspec", "pm_autofill.pipeline"} <= modules
