"""The import contracts exist, cover every room, and notice what they are to notice."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
ROOMS = [
    "__main__", "cli", "pipeline", "publish | review", "compose | graphs | analyse | collect", "slo", "wording",
    "config", "findings", "replayed", "evidence", "promql | expression_browser | redaction",
    "files | instants | json_shape", "errors",
]  # fmt: skip
OUTSIDERS = ["httpx2", "niquests", "requests"]


def test_the_layers_are_those_of_the_architecture() -> None:
    """The order in the contract is the one on the page, and no room is left out."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    order = page.partition("sideways between rooms on one line:\n")[2].partition("\n\n`pagerduty`")[0]
    assert CONTRACTS["layers"]["layers"] == ROOMS
    assert CONTRACTS["layers"]["exhaustive"] is True
    assert [part.strip() for part in " ".join(order.split()).split(">")] == ROOMS


@pytest.mark.parametrize(
    ("contract", "modules", "room"),
    [
        (
            "clients",
            ["grafana_client", "httpx2", "niquests", "pagerduty", "prometheus_api_client", "requests"],
            "collect",
        ),
        ("drawing", ["matplotlib"], "graphs"),
        ("templating", ["jinja2"], "compose"),
    ],
)
def test_a_library_belongs_to_one_room(contract: str, modules: list[str], room: str) -> None:
    """Clients are imported in collect only, matplotlib in graphs only, Jinja in compose only."""
    assert sorted(CONTRACTS[contract]["protected_modules"]) == modules
    assert CONTRACTS[contract]["allowed_importers"] == [f"pm_autofill.{room}"]


def _build_skeleton(root: Path) -> None:
    """A package with every room in it, empty but for the imports that are allowed."""
    package = root / "src/pm_autofill"
    package.mkdir(parents=True)
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for room in [part.strip() for layer in ROOMS for part in layer.split("|")]:
        (package / f"{room}.py").write_text("", encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "graphs.py").write_text("import matplotlib\n", encoding="utf-8")
    (package / "compose.py").write_text("import jinja2\n", encoding="utf-8")
    (package / "collect.py").unlink()
    (package / "collect").mkdir()
    for name, imports in {
        "__init__": "",
        "transport": f"import {', '.join(OUTSIDERS)}\n",
        "pagerduty": "import pagerduty\n",
        "grafana": "import grafana_client\n",
        "prometheus": "import prometheus_api_client\n",
    }.items():
        (package / f"collect/{name}.py").write_text(imports, encoding="utf-8")


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the import check over a package."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    environment = {"PYTHONPATH": str(root / "src"), "PATH": "", "COLUMNS": "120"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_the_rooms_alone_keep_every_contract(tmp_path: Path) -> None:
    """A package of the planned shape passes."""
    _build_skeleton(tmp_path)
    result = _lint(tmp_path)
    assert "6 kept, 0 broken" in result.stdout, result.stdout
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("findings", "import pm_autofill.pipeline", "Imports run down this list"),
        ("analyse", "import pm_autofill.graphs", "Imports run down this list"),
        ("misc", "import json", "Imports run down this list"),
        ("analyse", "import requests", "The vendors' clients"),
        ("cli", "def draw():\n    import matplotlib.figure", "Matplotlib"),
        ("wording", "import jinja2", "Jinja"),
        ("collect/grafana", "import pm_autofill.collect.pagerduty", "Collectors know nothing"),
    ],
)
def test_a_forbidden_import_is_noticed(tmp_path: Path, module: str, line: str, broken: str) -> None:
    """Each rule fails when it is broken, in functions too."""
    _build_skeleton(tmp_path)
    with (tmp_path / f"src/pm_autofill/{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    result = _lint(tmp_path)
    assert result.returncode != 0
    assert any(text.startswith(broken) and text.endswith("BROKEN") for text in result.stdout.splitlines()), (
        result.stdout
    )
