"""How much memory a run takes whose sources answer with something hostile, beside one whose sources do not.

    python benchmarks/memory.py [--kinds KIND ...] [--systems SYSTEM ...] [--json FILE]

The demo incident is served over loopback by this process; each run is the installed program in a fresh process. Printed
are by how many MiB its peak lies above that of a clean run, and how it ended. Needs Linux. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the project is not on the path

from pm_autofill.cli import demo, recording
from tests.servers import hostile

LONGEST = 240.0
ALL = "all"
# What getrusage calls the peak survives exec; so the process tells its own when it ends, those that draw do not.
RUN = """
import os, re, resource, sys
from pathlib import Path
from pm_autofill.cli.program import main

leave, here = os._exit, os.getpid()

def tell(code):
    if os.getpid() == here:
        peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
        used = resource.getrusage(resource.RUSAGE_SELF)
        beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print("TAKEN", peak, beside, int(1000 * (used.ru_utime + used.ru_stime)), file=sys.stderr, flush=True)
    leave(code)

os._exit = tell
try:
    main()
except SystemExit as end:
    tell(end.code if isinstance(end.code, int) else 1)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took.

    Attributes:
        peak: Of the program's own process, in MiB.
        beside: Of the largest process that it started to draw, in MiB.
        processor: Seconds of processor time of the program's own process.
        code: Its exit code; None where it was ended because it took too long.
        evidence: The length of its evidence file, in MiB; 0 where there is none.
        said: The last line of its messages.
    """

    peak: float
    beside: float
    processor: float
    code: int | None
    evidence: float
    said: str


def run(urls: dict[str, str], folder: Path) -> Taken:
    """Draft the demo incident from these addresses.

    Args:
        urls: The base URL of each system.
        folder: For what is written.
    """
    recorded = demo.recordings()
    index = recording.load(recorded)
    configuration = folder / "pm-autofill.yaml"
    configuration.write_text((recorded / configuration.name).read_text(encoding="utf-8"), encoding="utf-8")
    variables = {f"DEMO_{system.upper()}_URL": url for system, url in urls.items()}
    variables |= {f"DEMO_{system.upper()}_TOKEN": "no-token-is-needed" for system in urls}
    as_of = index.as_of.isoformat().replace("+00:00", "Z")
    command = [sys.executable, "-c", RUN, "--incident", index.incident, "--config", str(configuration)]
    command += ["--as-of", as_of, "--output", str(folder / "drafts")]
    errors = folder / "errors.txt"
    with errors.open("wb") as told:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told, env={**os.environ, **variables})
        try:
            code: int | None = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            process.kill()
            process.wait()
    lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
    peak, beside, used = next((map(int, line.split()[1:]) for line in lines if line.startswith("TAKEN ")), (0, 0, 0))
    said = next((line for line in reversed(lines) if not line.startswith("TAKEN ")), "")
    written = sum(file.stat().st_size for file in folder.rglob("evidence.json"))
    return Taken(peak / 1024, beside / 1024, used / 1000, code, written / 2**20, said)


def measure(kind: str | None, systems: tuple[str, ...]) -> Taken:
    """What a run takes that some systems answer with a kind of hostile answers; None for the recorded ones."""
    with (
        hostile.serving(hostile.KINDS[kind] if kind else None, systems) as urls,
        tempfile.TemporaryDirectory() as folder,
    ):
        return run(urls, Path(folder))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", default=list(hostile.KINDS), choices=list(hostile.KINDS))
    parser.add_argument("--systems", nargs="*", default=[*hostile.SYSTEMS, ALL], choices=[*hostile.SYSTEMS, ALL])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    clean = measure(None, ())
    print(f"clean: {clean.peak:.0f} MiB, to draw {clean.beside:.0f} MiB, {clean.processor:.1f} s of processor time")
    print(f"{'answers':14}{'of':12}{'peak':>6}{'to draw':>10}{'evidence':>12}{'processor':>11}  exit")
    rows = {"clean": asdict(clean)}
    for kind in chosen.kinds:
        for system in chosen.systems:
            one = measure(kind, hostile.SYSTEMS if system == ALL else (system,))
            rows[f"{kind}, {system}"] = asdict(one)
            above = f"{one.peak - clean.peak:+6.0f}{one.beside - clean.beside:+10.0f}"
            print(f"{kind:14}{system:12}{above}{one.evidence:8.1f} MiB{one.processor:9.1f} s  {one.code}", flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
