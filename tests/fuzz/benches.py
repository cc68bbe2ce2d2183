"""Where mutations are tried out: a sound draft, or sound recordings; changed by a number, read by every command."""

from __future__ import annotations

import copy
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tests.fuzz.drafts import DOCUMENT, EVIDENCE, FACTS, NoDrawing, sound
from tests.fuzz.mutators import JSON, chance_of, learn, mutate
from tests.fuzz.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random

    from tests.fuzz.workers import Work

NAMES = (
    *("impact.start", "impact.duration", "requests.failed", "error_budget.consumed_ratio", "severity"),
    *("mitigation.applied", "detection.could_be_sooner", "requests.excess_failed", "services_affected", "page.sent"),
)
"""Facts that are asked for."""
_DRAWN_EVERY, _COLLECTED_EVERY = 25, 100


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutation that was tried out.

    Attributes:
        words: What was changed.
        files: The changed files, by name.
        work: What the worker did.
        excess: MiB it had beyond what the sound files take; None where that compares with nothing.
        remarks: What must not be, beside what is wrong with commands by themselves.
    """

    words: str
    files: Mapping[str, bytes]
    work: Work
    excess: float | None
    remarks: tuple[str, ...] = ()


class Bench(Protocol):
    """Something that makes a mutation by its number, and tries it out."""

    def try_out(self, number: int) -> Trial:
        """Make the mutation of this number, and let commands read it."""


def load_everything() -> None:
    """Load what any run loads, and let runs share results, before anything is forked."""
    from pm_autofill.cli import check, demo, drafting, explain, publish  # noqa: F401
    from pm_autofill.collect.grafana import client as grafana  # noqa: F401
    from pm_autofill.collect.prometheus import client as prometheus  # noqa: F401
    from pm_autofill.compose import preload
    from pm_autofill.graphs import pictures
    from pm_autofill.publish import publishing  # noqa: F401

    preload()
    pictures.warm_up()
    _share_results()


class DraftBench:
    """A draft's three files changed; then rebuilt, checked, explained, published, and now and then collected anew."""

    def __init__(self, folder: Path) -> None:
        """Make the sound draft.

        Args:
            folder: An empty one to work in.
        """
        load_everything()
        draft = sound()
        self.name, self.files = draft.name, draft.written
        for name in (EVIDENCE, FACTS):
            learn(self.files[name])
        self._scratch = folder / "scratch"
        self._clean = {
            drawn: self._work(self.files, self._commands(chance_of(0)), drawn=drawn) for drawn in (False, True)
        }

    def try_out(self, number: int) -> Trial:
        """Make the mutation of this number, and let every command read it."""
        chance = chance_of(number)
        files, words = mutate(chance, self.files)
        drawn, collected = number % _DRAWN_EVERY == 0, number % _COLLECTED_EVERY == 0
        commands = [*self._commands(chance), *([("demo", "--output", "all")] if collected else [])]
        work = self._work(files, commands, drawn=drawn)
        # A run that collects loads more than one that reads.
        return Trial(words, files, work, None if collected else work.peak - self._clean[drawn].peak)

    def _commands(self, chance: Random) -> list[tuple[str, ...]]:
        draft = f"all/{self.name}"
        facts = chance.sample(NAMES, 3)
        how = chance.choice(((), ("--json",), ("--for", "complete", "--annotations", "github")))
        stated = chance.choice(((), (), (), ("--set", "severity=SEV-1", "--set", "impact.end=2026-11-18T14:00:00Z")))
        return [
            ("--from-evidence", draft, "--dry-run"),
            ("--from-evidence", f"{draft}/{EVIDENCE}", "--output", "elsewhere", "--json"),
            ("check", draft, *how),
            *(("explain", draft, fact) for fact in facts),
            ("explain", draft, f"checkout-availability/{chance.choice(NAMES[:4])}"),
            ("publish", draft, "--to", "directory", "--into", "published", "--dry-run"),
            ("publish", draft, "--to", "directory", "--into", "published"),
            ("--from-evidence", draft, "--timeline", "full", *stated),
        ]

    def _work(self, files: Mapping[str, bytes], commands: Sequence[tuple[str, ...]], *, drawn: bool) -> Work:
        shutil.rmtree(self._scratch, ignore_errors=True)
        place = self._scratch / "all" / self.name
        place.mkdir(parents=True)
        for name in (EVIDENCE, FACTS, DOCUMENT):
            (place / name).write_bytes(files[name])
        return Workers(lambda: _draw(drawn=drawn)).run(self._scratch, commands)


class RecordingBench:
    """The recorded answers of the three systems changed; then collected through the clients, and rebuilt."""

    def __init__(self, folder: Path) -> None:
        """Copy the recordings.

        Args:
            folder: An empty one to work in.
        """
        from pm_autofill.cli import demo

        load_everything()
        self._scratch, self._recorded = folder / "scratch", folder / "recorded"
        shutil.copytree(str(demo.recordings()), self._recorded)
        self._bodies = sorted(
            path.relative_to(self._recorded).as_posix() for path in self._recorded.glob("*/*") if path.is_file()
        )
        self._clean = self._work({})

    def try_out(self, number: int) -> Trial:
        """Make the mutation of this number, collect, and rebuild what was written."""
        chance = chance_of(number)
        files, done = {}, []
        for name in chance.sample(self._bodies, chance.choice((1, 1, 2, 5))):
            change = chance.choice(JSON)
            files[name] = change(chance, (self._recorded / name).read_bytes())
            done.append(f"{name}: {change.__name__}")
        work = self._work(files)
        # What is rebuilt from what was written is what was written.
        changed = [one.out.decode() for one in work.ran[1:] if one.code in (0, 3) and one.out]
        return Trial("; ".join(done), files, work, work.peak - self._clean.peak, tuple(changed))

    def _work(self, files: Mapping[str, bytes]) -> Work:
        from pm_autofill.cli import demo

        shutil.rmtree(self._scratch, ignore_errors=True)
        recorded = self._scratch / "recorded"
        shutil.copytree(self._recorded, recorded)
        for name, data in files.items():
            (recorded / name).write_bytes(data)

        def prepare() -> None:
            _draw(drawn=False)
            vars(demo).update(recordings=lambda: recorded)

        # The folder is called as the incident, whose id may have been changed.
        commands = [("demo", "--output", "all", "--json"), ("--from-evidence", "all/*", "--dry-run")]
        return Workers(prepare).run(self._scratch, commands)


def _draw(*, drawn: bool) -> None:
    """Draw in this process, or nothing; never in one beside it."""
    from pm_autofill.graphs import process
    from pm_autofill.pipeline import running

    here = process.Here if drawn else NoDrawing

    @contextmanager
    def started() -> Iterator[Any]:
        yield here()

    vars(process).update(started=started)
    vars(running).update(Here=here)
    os.environ["HOME"] = os.getcwd()  # noqa: PTH109 - nobody's own configuration is to be found


@dataclass
class _Shared:
    """A pure function that is computed once for equal input; what was computed before a fork is there in all workers.

    Attributes:
        compute: The function.
        key: What its result depends on, of its arguments.
        known: Inputs with their results.
    """

    compute: Callable[..., Any]
    key: Callable[..., tuple[Any, ...]]
    known: list[tuple[tuple[Any, ...], Any]] = field(default_factory=list)

    def __call__(self, *given: Any) -> Any:  # noqa: ANN401 - passed on
        """Its result."""
        key = self.key(*given)
        for one, result in self.known:
            if one == key:
                return result
        result = self.compute(*given)
        self.known.append((key, result))
        return result


def _share_results() -> None:
    """Let commands that read the same evidence share what follows from it: it is the same by construction."""
    from pm_autofill import pipeline
    from pm_autofill.analyse import draft
    from pm_autofill.pipeline import running

    impacts = _Shared(
        draft.find_impacts,
        lambda evidence, settings: (evidence.slos, evidence.stated, draft.circumstances(evidence, settings)),
    )
    vars(draft).update(find_impacts=impacts)
    made = running.make_draft
    shared = _Shared(
        lambda evidence, impacts, drawing, own_template: made(evidence, impacts, drawing, own_template=own_template),
        lambda evidence, impacts, drawing, own_template: (evidence, own_template),  # noqa: ARG005 - as it is called
    )

    def make_draft(evidence: Any, impacts: Any = (), drawing: Any = None, *, own_template: bool = False) -> Any:  # noqa: ANN401 - passed on
        files, facts = shared(evidence, impacts, drawing, own_template)
        return files, copy.deepcopy(facts)

    for module in (pipeline, running):
        vars(module).update(make_draft=make_draft)
