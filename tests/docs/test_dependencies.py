"""What is declared, documented, locked, imported and installed is the same set of packages."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import site
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["build", "dev", "runtime"]
# Where a package is imported by another name than it is installed by.
IMPORT_NAMES = {"PyYAML": "yaml", "pillow": "PIL"}


def _name(requirement: str) -> str:
    """The package a requirement asks for, without extras and bounds."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _normalise(name: str) -> str:
    """A package's name as an index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(group: str) -> list[str]:
    """The names of the packages that a group asks for itself."""
    groups = {"runtime": PROJECT["project"]["dependencies"], **PROJECT["dependency-groups"]}
    return [_name(requirement) for requirement in groups[group] if isinstance(requirement, str)]


def _documented() -> dict[str, list[str]]:
    """The packages in the tables of the page, by heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
            found[heading] = []
        elif match := re.match(r"\| ([\w.-]+) \| \S", line):
            found[heading].append(match[1])
    return {heading: [name for name in names if name != "package"] for heading, names in found.items()}


def _locked(lock: str) -> dict[str, list[str]]:
    """The hashes of each package in a lock, by ``name==version``."""
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "--no-binary "))]
    return {line.split()[0]: re.findall(r"--hash=sha256:([0-9a-f]{64})", line) for line in lines}


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a node, without what stands there for the type checker only."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _executed(child)


def _imported() -> set[str]:
    """The top-level names that the package imports and that are neither its own nor Python's."""
    names: set[str] = set()
    for path in sorted((ROOT / "src/pm_autofill").rglob("*.py")):
        for node in _executed(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"pm_autofill"}


@pytest.mark.parametrize(
    ("heading", "group"), [("At run time", "runtime"), ("To build", "build"), ("To develop", "dev")]
)
def test_every_declared_dependency_has_its_line(heading: str, group: str) -> None:
    """The page names exactly the packages that the project asks for."""
    assert sorted(_documented()[heading]) == sorted(_declared(group))


def test_the_packages_the_job_names_are_there() -> None:
    """The clients and libraries the program is made for are among its dependencies."""
    named = {
        "prometheus-api-client",
        "grafana-client",
        "pandas",
        "matplotlib",
        "jinja2",
        "pagerduty",
        "click",
        "PyYAML",
    }
    assert named | {"filelock"} <= set(_declared("runtime"))


def test_every_import_is_declared() -> None:
    """The package imports nothing that only another package brings along."""
    declared = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in _declared("runtime")}
    assert _imported() - declared == set()


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_every_runtime_dependency_has_both_bounds(requirement: str) -> None:
    """A version nobody tried is not installed by accident."""
    assert re.fullmatch(r"[\w.-]+>=[\d.]+,<[\d.]+", requirement)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_by_version_and_hash(lock: str) -> None:
    """Every line of a lock is one version and at least one hash."""
    locked = _locked(lock)
    assert locked
    for pin, hashes in locked.items():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", pin), pin
        assert hashes, pin


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    """Where the packages come from is the installing machine's business."""
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    options = {line.strip() for line in text.splitlines() if line.lstrip().startswith("-") and "--hash" not in line}
    assert "://" not in text
    assert options <= {"--no-binary urllib3-future"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_declared(lock: str) -> None:
    """What the project asks for itself is in its lock."""
    pinned = {pin.partition("==")[0] for pin in _locked(lock)}
    assert {_normalise(name) for name in _declared(lock)} <= pinned


def test_the_locks_agree() -> None:
    """A package has one version, whichever lock it is installed from."""
    assert _locked("runtime").items() <= _locked("dev").items()
    assert _locked("build").items() <= _locked("dev").items()


def test_urllib3_is_the_one_it_says() -> None:
    """urllib3-future was built without its override (docs/decisions/0005)."""
    hooks = [path for folder in site.getsitepackages() for path in Path(folder).glob("urllib3_future*.pth")]
    assert hooks == []
    assert vars(urllib3)["__version__"] == importlib.metadata.version("urllib3")
    assert "--no-binary urllib3-future" in (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
