"""How much memory a run takes whose sources answer with something hostile, beside one whose sources do not.

    python benchmarks/memory.py [--kinds KIND ...] [--systems SYSTEM ...] [--json FILE]

The demo incident is served over loopback by this process; each run is the installed command in a fresh process, and what
is printed is by how many MiB its peak lies above that of a clean run (``VmHWM``, Linux), and how it ended.
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
EXTRA = Path(os.environ["X"]).read_text() if "X" in os.environ else ""
# What getrusage calls the peak survives exec; so each process tells its own at its end.
RUN = (
    EXTRA
    + """
import os, re, resource, sys
from pathlib import Path
from pm_autofill.cli.program import main
leave, here = os._exit, os.getpid()
def tell(code):
    if os.getpid() != here:  # one that draws
        leave(code)
    own = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
    used = resource.getrusage(resource.RUSAGE_SELF)
    beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("PEAK", own, beside, int(1000 * (used.ru_utime + used.ru_stime)), file=sys.stderr, flush=True)
    leave(code)
os._exit = tell
try:
    main()
except SystemExit as end:
    tell(end.code if isinstance(end.code, int) else 1)
"""
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took.

    Attributes:
        peak: Of the command's own process, in MiB.
        beside: Of the largest process that it started to draw, in MiB.
        processor: Seconds of processor time of the command's own process.
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


def run(urls: dict[str, str], folder: Path, deadline: float = 60.0) -> Taken:
    """Draft the demo incident from these addresses.

    Args:
        urls: The base URL of each system.
        folder: For what is written.
        deadline: Of the run, in seconds.
    """
    index = recording.load(demo.recordings())
    configuration = folder / "pm-autofill.yaml"
    configuration.write_text((demo.recordings() / "pm-autofill.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    variables = {f"DEMO_{system.upper()}_URL": url for system, url in urls.items()}
    variables |= {f"DEMO_{system.upper()}_TOKEN": "no-token-is-needed" for system in urls}
    as_of = index.as_of.isoformat().replace("+00:00", "Z")
    command = [sys.executable, "-c", RUN, "--incident", index.incident, "--config", str(configuration)]
    command += ["--as-of", as_of, "--output", str(folder / "drafts"), "--deadline", str(deadline)]
    errors = folder / "errors.txt"
    with errors.open("wb") as told:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told, env={**os.environ, **variables})
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            process.kill()
    lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
    own, beside, used = next((map(int, line.split()[1:]) for line in lines if line.startswith("PEAK ")), (0, 0, 0))
    said = next((line for line in reversed(lines) if not line.startswith("PEAK ")), "")
    written = sum(file.stat().st_size for file in folder.rglob("evidence.json"))
    return Taken(own / 1024, beside / 1024, used / 1000, code, written / 2**20, said)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", default=list(hostile.KINDS), choices=list(hostile.KINDS))
    parser.add_argument("--systems", nargs="*", default=[*hostile.SYSTEMS, "all"], choices=[*hostile.SYSTEMS, "all"])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows: dict[str, dict[str, object]] = {}
    with hostile.serving(None, ()) as urls, tempfile.TemporaryDirectory() as name:
        clean = run(urls, Path(name))
    print(f"clean: {clean.peak:.0f} and {clean.beside:.0f} MiB, exit {clean.code}, {clean.said[:200]}", flush=True)
    rows["clean"] = asdict(clean)
    for kind in chosen.kinds:
        for system in chosen.systems:
            systems = hostile.SYSTEMS if system == "all" else (system,)
            with hostile.serving(hostile.KINDS[kind], systems) as urls, tempfile.TemporaryDirectory() as name:
                taken = run(urls, Path(name))
            rows[f"{kind}, {system}"] = asdict(taken)
            print(
                f"{kind:12} {system:10} {taken.peak - clean.peak:+7.0f} {taken.beside - clean.beside:+6.0f} MiB  evidence {taken.evidence:4.1f}"
                f"  {taken.processor:5.1f} s  exit {taken.code}  {taken.said[:130]}",
                flush=True,
            )
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
