"""Tokens that are not there or cannot be had: never an anonymous request, never a secret in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.config import Environment
from pm_autofill.config.secrets import token_of
from pm_autofill.config.settings import PagerDutySettings
from pm_autofill.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def refusal(section: PagerDutySettings, environment: Environment) -> str:
    """The message with which looking up a token is refused."""
    with pytest.raises(UsageError) as refused:
        token_of(section, environment, where="pagerduty")
    return str(refused.value)


@pytest.mark.parametrize("content", ["", "\n", " \t\n"])
def test_an_empty_token_file_is_named(tmp_path: Path, content: str) -> None:
    """Sending no token would look as if the source refused a good one."""
    (tmp_path / "secret").write_text(content, encoding="utf-8")
    said = refusal(PagerDutySettings(token_file="secret"), Environment({}, tmp_path))
    assert said.replace(str(tmp_path), "FOLDER") == (
        "pagerduty.token_file: FOLDER/secret is empty. Put the token into that file, readable by you alone."
    )


def test_a_variable_of_blanks_counts_as_not_set(tmp_path: Path) -> None:
    """A token has none."""
    said = refusal(PagerDutySettings(token="${TOKEN}"), Environment({"TOKEN": " \n"}, tmp_path))
    assert said == (
        "pagerduty.token needs the environment variable TOKEN, which is not set. "
        "Set TOKEN, or change pagerduty.token in the configuration."
    )


@pytest.mark.parametrize("command", ["vault read '${SECRET}", "/no/such/program ${SECRET}", "false ${SECRET}"])
def test_what_a_variable_holds_is_not_repeated_when_a_command_fails(tmp_path: Path, command: str) -> None:
    """Be it no command line, no program, or a program that fails."""
    environment = Environment({"SECRET": "canary", "PATH": "/usr/bin:/bin"}, tmp_path)
    said = refusal(PagerDutySettings(token_command=command), environment)
    assert said.startswith("pagerduty.token_command ")
    assert "canary" not in said


def test_a_token_command_starts_no_shell(tmp_path: Path) -> None:
    """What follows a semicolon is one of the command's words."""
    environment = Environment({"PATH": "/usr/bin:/bin"}, tmp_path)
    assert token_of(PagerDutySettings(token_command="echo a; echo b"), environment, where="pagerduty") == "a; echo b"
