"""SLO definitions in files: a file, a folder, or a pattern, recognised by content."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pm_autofill.errors import UnreadableFile
from pm_autofill.evidence.slos import SloDefinition
from pm_autofill.files import read_bytes
from pm_autofill.slo.documents import Unreadable, objects, parse
from pm_autofill.slo.outcome import Loaded, Refused
from pm_autofill.slo.recognition import read_object
from pm_autofill.slo.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pm_autofill.slo.specification import Specified

_ENDINGS = (".yaml", ".yml", ".json")
_MOST_BYTES = 50_000_000
_MOST_FILES = 10_000
_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """What some files hold.

    Attributes:
        loaded: The SLOs, in the order of the files and within them.
        refused: What cannot be used.
    """

    loaded: tuple[Loaded, ...]
    refused: tuple[Refused, ...]


def load(names: Iterable[str], folder: Path, *, window: str = "30d") -> Found:
    """Read the SLOs of files; what one refers to may stand in another of them.

    Args:
        names: Files, folders (read with all inside), or patterns such as ``slos/*.yaml``.
        folder: Where relative names start.
        window: The budget window where a format states none.
    """
    refused: list[Refused] = []
    documents: list[tuple[str, object]] = []
    for name in dict.fromkeys(names):
        paths, problem = _files(name, folder)
        if problem:
            refused.append(Refused(file=name, object="", field="", reason=problem))
        for path in paths:
            shown = _shown(path, folder)
            try:
                documents += [(shown, one) for document in parse(_read(path)) for one in objects(document)]
            except Unreadable as error:
                field = f"line {error.line}" if error.line else ""
                refused.append(Refused(file=shown, object="", field=field, reason=error.reason))
    around = Surroundings.of(documents, window)
    loaded: list[Loaded] = []
    for file, one in documents:
        for outcome in read_object(one, file, replace(around, file=file)):
            if isinstance(outcome, Refused):
                refused.append(outcome)
            else:
                loaded.append(_loaded(*outcome, file))
    return Found(tuple(loaded), tuple(refused))


def _loaded(name: str, specified: Specified, file: str) -> Loaded:
    indicator, budget = specified.indicator, specified.budget
    definition = SloDefinition(
        name=specified.name,
        service=specified.owner,
        objective=specified.objective,
        window=budget.window,
        time_zone=budget.time_zone,
        method=budget.method,
        slice_length=budget.slice_length,
        slice_objective=budget.slice_objective,
        events=indicator.events,
        ratio=indicator.ratio,
        kind=indicator.kind,
        origin=f"{file}: {name}",
    )
    return Loaded(definition=definition, file=file, object=name, owner=specified.owner, why=indicator.why)


def _files(name: str, folder: Path) -> tuple[list[Path], str]:
    """The files a name stands for, in order; and what is wrong with it, if something is."""
    path = folder / name
    if path.is_file():
        return [path], ""
    if path.is_dir():
        found = sorted(_inside(path))
        problem = "" if found else "the folder holds no .yaml, .yml or .json file"
    elif _MAGIC & set(name):
        found = sorted(one for one in _matching(name, folder) if one.is_file())
        problem = "" if found else "no file matches"
    else:
        return [], "there is no such file or folder"
    if len(found) > _MOST_FILES:
        return [], f"stands for more than {_MOST_FILES} files"
    return found, problem


def _matching(name: str, folder: Path) -> Iterator[Path]:
    import glob

    for one in glob.iglob(name, root_dir=folder, recursive=True):  # noqa: PTH207 - Path.glob takes no absolute pattern
        yield folder / one


def _inside(folder: Path) -> Iterator[Path]:
    """The files of a folder and of the folders in it, hidden ones left out."""
    for place, inside, names in os.walk(folder):
        inside[:] = [one for one in inside if not one.startswith(".")]  # version control, and the insides of mounts
        yield from (Path(place) / name for name in names if name.endswith(_ENDINGS))


def _shown(path: Path, folder: Path) -> str:
    """A file's name as messages show it: relative, where it lies in the folder."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, _MOST_BYTES)
    except UnreadableFile as error:
        raise Unreadable(f"cannot be read: {error.reason}") from None
