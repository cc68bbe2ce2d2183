"""What is written about the demo matches what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pm_autofill import config
from pm_autofill.cli.demo import command, recordings
from pm_autofill.cli.program import program

ROOT = Path(__file__).parents[2]
README = (ROOT / "fixtures" / "README.md").read_text(encoding="utf-8")


def test_help_names_every_option() -> None:
    """The demo's help lists its options and says that no account is needed."""
    shown = CliRunner().invoke(command, ["--help"], prog_name="pm-autofill demo").output
    for parameter in command.params:
        for option in parameter.opts:
            assert option in shown
    assert re.sub(r"\s+", " ", shown).count("No account, no network and no configuration is needed") == 1


def test_the_program_offers_the_demo() -> None:
    """The program's own help names the command."""
    shown = CliRunner().invoke(program, ["--help"], prog_name="pm-autofill").output
    assert re.search(r"^ +demo +\S", shown, re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"`((?:demo/|tests/|record_demo)[\w./-]*)`", README))
def test_the_readme_names_what_exists(path: str) -> None:
    """Every file and folder that the fixtures' README names is there."""
    assert (ROOT / "fixtures" / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", README))))
def test_the_readme_names_targets_of_the_makefile(target: str) -> None:
    """Every make target that the fixtures' README names can be made."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_demo_configuration_is_one_that_a_user_could_have() -> None:
    """It is read like any other, and every variable in it is the demo's own."""
    path = Path(str(recordings())) / "pm-autofill.yaml"
    settings = config.read(path).settings
    assert [service.name for service in settings.services] == ["checkout-api", "payments-api"]
    named = set(re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8")))
    systems = ("PAGERDUTY", "PROMETHEUS", "GRAFANA")
    assert named == {f"DEMO_{system}_{what}" for system in systems for what in ("URL", "TOKEN")}
