"""What a hostile answer costs: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import STACKS

# Asks once with the usual limits after everything is imported, and prints by how many MiB the peak grew. (What
# getrusage calls the peak survives exec, so it would be that of the process that runs the tests.)
SCRIPT = """
import re, sys
from pathlib import Path
from tests.servers.stacks import STACKS
from pm_autofill.collect.transport.policy import Deadline, Endpoint, Policy, usual_limits
from pm_autofill.errors import SourceUnavailable

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

stack = STACKS[sys.argv[1]]
policy = Policy(Endpoint(stack.source, sys.argv[2]), usual_limits(stack.source), Deadline(60))
before, said = peak(), ""
try:
    stack.ask(policy, "token")
except SourceUnavailable as error:
    said = error.message
print((peak() - before) // 1024, said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak where Linux keeps it")
@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("behaviour", [faulty.gzip_bomb(2048), faulty.huge(128)], ids=["bomb", "huge"])
def test_a_hostile_answer_costs_less_than_100_mib(name: str, behaviour: faulty.Behaviour) -> None:
    """Two GiB in a gzip of two MiB, or an endless body, is refused at the cap."""
    with FaultyServer(behaviour) as server:
        command = [sys.executable, "-c", SCRIPT, name, server.url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    grown, _, message = done.stdout.partition(" ")
    assert "the answer is longer than" in message
    assert int(grown) < 100
