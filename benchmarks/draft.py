"""How long a draft takes, beside the least it could take and beside the obvious way to write it.

    python benchmarks/draft.py [--rounds N] [--delays MS ...] [--json FILE]

In one run, and in turn, so that whatever else the machine does meets all of them: the parts of the floor (see
``floor.py``), the installed command, and the sequential version (``naive.py``); each a fresh process that talks to the
same loopback services, which take the given time for every answer. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the project is not on the path

from benchmarks import services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
COMMAND = Path(sys.executable).with_name("pm-autofill")
LONGEST = 300.0
DRAFTED = (0, 3)
HELP_TURNS = 3  # bare and --help are short: measured so many times in each round
STATISTICS = ("min", "median", "processor")
MEASURED = ("imports", "network", "drawing", "floor", "ours", "naive")
GOALS = {"ours/floor": "  (goal 1.25)", "naive/floor": "", "naive/ours": ""}
GOAL_HELP = "  (goal 5)"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took.

    Attributes:
        wall: Seconds until it ended.
        processor: Seconds of processor time: without waiting, and hardly touched by other programs.
    """

    wall: float
    processor: float


@dataclass(slots=True)
class Samples:
    """What each of several things took.

    Attributes:
        taken: By name, in the order measured.
    """

    taken: dict[str, list[Taken]] = field(default_factory=dict)

    def measure(self, runs: Mapping[str, Callable[[], Taken]]) -> None:
        """Do each once, in order."""
        for name, run in runs.items():
            self.taken.setdefault(name, []).append(run())

    def seconds(self, statistic: str) -> dict[str, float]:
        """One number for each.

        Args:
            statistic: ``min`` or ``median`` of the seconds until it ended, or ``processor``: the least processor time.

        Returns:
            Seconds by name.
        """
        if statistic == "processor":
            return {name: min(one.processor for one in several) for name, several in self.taken.items()}
        choose = min if statistic == "min" else median
        return {name: choose([one.wall for one in several]) for name, several in self.taken.items()}


class Bench:
    """Everything that is measured, each a process of its own."""

    def __init__(self, running: services.Services, folder: Path) -> None:
        """Take the services, and a folder for what is written."""
        self._services = running
        self._folder = folder
        self._configuration = running.write_configuration(folder / "pm-autofill.yaml")
        # As after an installation: what was compiled once is not compiled again.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._environment = {**kept, **running.environment()}
        self._count = 0
        self._graphs = folder
        self._requests: dict[str, int] = {}

    def warm_up(self) -> None:
        """Have every question answered once, so that from now on only the delay counts; and keep our figures.

        Raises:
            SystemExit: The two versions do not draw the same number of figures.
        """
        drawn = {}
        for name, command in (("ours", self._drafting), ("naive", self._drafting_naively)):
            before = self._services.requests()
            kept = self._folder / name
            self._run(command(kept), expected=DRAFTED)
            self._requests[name] = self._services.requests() - before
            drawn[name] = len(list(kept.rglob("*.png")))
        if drawn["ours"] != drawn["naive"]:
            raise SystemExit(f"{drawn['ours']} figures are compared with {drawn['naive']} of the sequential version")
        self._graphs = next((self._folder / "ours").glob("*/graphs"))
        for run in (self.imports, self.network, self.drawing):
            run()

    def compare(self, delay: float, rounds: int) -> dict[str, object]:
        """Measure all in turn while each service takes ``delay`` seconds for an answer.

        Returns:
            Seconds and ratios by statistic and name, and what was done.

        Raises:
            SystemExit: A service had to work instead of remembering.
        """
        self._services.slow_down(delay)
        before = self._services.answered_anew()
        samples = Samples()
        names = ("imports", "network", "drawing", "ours", "naive")
        for _ in range(rounds):
            samples.measure({name: getattr(self, name) for name in names})
        self._services.slow_down(0.0)
        if self._services.answered_anew() != before:
            raise SystemExit("a question was put that the warming up had not: the engine's own time was measured too")
        seconds = {statistic: with_floor(samples.seconds(statistic)) for statistic in STATISTICS}
        return {
            "delay": delay,
            "requests": self._requests,
            "figures": len(list(self._graphs.glob("*.png"))),
            "seconds": seconds,
            "ratios": {statistic: _ratios(one) for statistic, one in seconds.items()},
        }

    def bare(self) -> Taken:
        """The interpreter alone."""
        return self._time([sys.executable, "-c", "pass"])

    def help(self) -> Taken:
        """``pm-autofill --help``."""
        return self._time([str(COMMAND), "--help"])

    def imports(self) -> Taken:
        """The floor's imports."""
        return self._time([sys.executable, str(HERE / "floor.py"), "imports"])

    def network(self) -> Taken:
        """The floor's round trips."""
        slowest = self._services.pagerduty
        arguments = ["network", slowest.url, slowest.token, services.INCIDENT]
        return self._time([sys.executable, str(HERE / "floor.py"), *arguments])

    def drawing(self) -> Taken:
        """The floor's drawing, as it tells it."""
        command = [sys.executable, str(HERE / "floor.py"), "drawing", str(self._graphs)]
        wall, processor = self._run(command).stdout.split()
        return Taken(float(wall), float(processor))

    def ours(self) -> Taken:
        """The installed command."""
        folder = self._next()
        taken = self._time(self._drafting(folder), expected=DRAFTED)
        shutil.rmtree(folder)
        return taken

    def naive(self) -> Taken:
        """The sequential version."""
        folder = self._next()
        taken = self._time(self._drafting_naively(folder))
        shutil.rmtree(folder)
        return taken

    def _drafting(self, output: Path) -> list[str]:
        arguments = ["--incident", services.INCIDENT, "--config", str(self._configuration), "--output", str(output)]
        return [str(COMMAND), *arguments, "--as-of", services.AS_OF.isoformat()]

    def _drafting_naively(self, output: Path) -> list[str]:
        arguments = [str(self._configuration), str(output), services.INCIDENT, services.AS_OF.isoformat()]
        return [sys.executable, str(HERE / "naive.py"), *arguments]

    def _next(self) -> Path:
        self._count += 1
        return self._folder / f"draft-{self._count}"

    def _time(self, command: Sequence[str], expected: Sequence[int] = (0,)) -> Taken:
        used, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        self._run(command, expected)
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return Taken(wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime)

    def _run(self, command: Sequence[str], expected: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        if done.returncode not in expected:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return done


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the numbers where asked."""
    choices = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pm-autofill-benchmark-") as folder:
        result = measure(Path(folder), [delay / 1000 for delay in choices.delays], choices.rounds)
    print("\n".join(report(result)))
    if choices.json is not None:
        choices.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def measure(folder: Path, delays: Iterable[float], rounds: int) -> dict[str, object]:
    """Measure everything.

    Args:
        folder: For data and drafts.
        delays: Seconds each service takes for an answer.
        rounds: How often each is measured.

    Returns:
        Machine, versions, seconds and ratios as plain data.
    """
    starts = Samples()
    with services.running_services(folder / "prometheus") as running:
        bench = Bench(running, folder)
        bench.warm_up()
        for _ in range(rounds * HELP_TURNS):
            starts.measure({"bare": bench.bare, "help": bench.help})
        drafts = [bench.compare(delay, rounds) for delay in delays]
    return {
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()},
        "rounds": rounds,
        "help": {statistic: _started(starts.seconds(statistic)) for statistic in STATISTICS},
        "drafts": drafts,
    }


def report(result: dict[str, object]) -> list[str]:
    """The result as lines of text."""
    machine, start, drafts = result["machine"], result["help"], result["drafts"]
    assert isinstance(machine, dict)
    assert isinstance(start, dict)
    assert isinstance(drafts, list)
    lines = [
        f"Python {machine['python']}, {machine['cores']} cores, load {machine['load']:.1f}, {result['rounds']} rounds.",
        "The shortest run of each; in brackets the median, and the processor time.",
        "",
        *(f"  {name:14} {_all(start, name, 3)} s" for name in ("bare", "help")),
        f"  {'help/bare':14} {_all(start, 'help/bare', 2)}{GOAL_HELP}",
    ]
    for one in drafts:
        requests, seconds, ratios = one["requests"], one["seconds"], one["ratios"]
        asked = f"{requests['ours']} requests, {requests['naive']} by the sequential version"
        lines += [
            "",
            f"{one['delay'] * 1000:.0f} ms per answer; {one['figures']} figures; {asked}",
            *(f"  {name:14} {_all(seconds, name, 3)} s" for name in MEASURED),
            *(f"  {name:14} {_all(ratios, name, 2)}{goal}" for name, goal in GOALS.items()),
        ]
    return lines


def _started(seconds: Mapping[str, float]) -> dict[str, float]:
    return {**seconds, "help/bare": seconds["help"] / seconds["bare"]}


def with_floor(seconds: Mapping[str, float]) -> dict[str, float]:
    """Each thing's seconds, and the floor that its parts make.

    Formula: max(imports, network) + drawing: imports and round trips can overlap, drawing needs what both bring
    """
    return {**seconds, "floor": max(seconds["imports"], seconds["network"]) + seconds["drawing"]}


def _ratios(seconds: Mapping[str, float]) -> dict[str, float]:
    return {name: seconds[name.partition("/")[0]] / seconds[name.partition("/")[2]] for name in GOALS}


def _all(values: Mapping[str, Mapping[str, float]], name: str, digits: int) -> str:
    least, middle, processor = (f"{values[statistic][name]:.{digits}f}" for statistic in STATISTICS)
    return f"{least} ({middle}; {processor})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Time a draft beside its floor and beside a sequential version.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each is measured [5]")
    parser.add_argument(
        "--delays", type=float, nargs="+", default=[20.0, 200.0], metavar="MS", help="per answer [20 200]"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here too")
    return parser


if __name__ == "__main__":
    main()
