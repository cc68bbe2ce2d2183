"""The sdist, and the wheel built from it, hold what the program needs as real files."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The folder at the top, and its name inside the package.
LINKED = [("templates", "templates"), ("config", "examples"), ("fixtures", "fixtures")]


def _kept(folder: str) -> list[str]:
    """The files of a linked folder that users get: not the scripts that made them, the contact sheet's, GitLab's."""
    return sorted(
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".yml"} and path.parent.name != "panels"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist of this tree, and the wheel made from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return out


@pytest.mark.parametrize(("folder", "inside"), LINKED)
def test_the_wheel_holds_the_linked_folders(built: Path, folder: str, inside: str) -> None:
    """Each linked folder is in the wheel, with the bytes of the tree."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    expected = {f"pm_autofill/{inside}/{name}": (ROOT / folder / name).read_bytes() for name in _kept(folder)}
    assert expected
    assert {name: content for name, content in held.items() if name.startswith(f"pm_autofill/{inside}/")} == expected


def test_the_wheel_is_a_whole_package(built: Path) -> None:
    """Types, licence and the command are in the wheel; tests are not."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
        commands = archive.read(entry_points).decode()
    assert "pm_autofill/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert "pm-autofill = pm_autofill.__main__:main" in commands
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pm_autofill"}


def test_the_sdist_can_be_tested(built: Path) -> None:
    """The sdist holds the tests, the locks and the Makefile."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "Makefile",
        "LICENSE",
        ".ci/run",
        "requirements/dev.txt",
        "tests/conftest.py",
        "src/pm_autofill/errors.py",
    }
    assert wanted <= names


@pytest.mark.parametrize("inside", [inside for _, inside in LINKED])
def test_the_installed_package_finds_them(inside: str) -> None:
    """However the package under test was installed, its folders are where the code looks."""
    assert any(entry.is_file() for entry in _walk(inside))


def _walk(inside: str) -> list[Path]:
    """All entries of a folder of the installed package."""
    return list(Path(str(files("pm_autofill").joinpath(inside))).rglob("*"))
