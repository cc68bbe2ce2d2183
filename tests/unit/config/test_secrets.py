"""Secrets are looked up when their source is first contacted, and their values appear in no message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pm_autofill.config import Environment, expand
from pm_autofill.config.secrets import token_of
from pm_autofill.config.settings import GrafanaSettings
from pm_autofill.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Two variables, one of them empty."""
    return Environment({"HOST": "g.example", "EMPTY": "", "TOKEN": "canary"}, tmp_path)


def grafana(**parts: str) -> GrafanaSettings:
    """The part of a configuration."""
    return GrafanaSettings(url="https://g", **parts)  # type: ignore[arg-type]


def test_variables_are_replaced_inside_a_text(environment: Environment) -> None:
    """As often as they stand there; a lone dollar stays."""
    assert expand("https://${HOST}/$x/${HOST}", environment, where="grafana.url") == "https://g.example/$x/g.example"


@pytest.mark.parametrize("name", ["MISSING", "EMPTY"])
def test_a_variable_that_is_not_set_is_named_with_its_place(environment: Environment, name: str) -> None:
    """An empty one is as good as none."""
    with pytest.raises(UsageError) as refused:
        expand(f"${{{name}}}", environment, where="grafana.token")
    assert refused.value.message == f"grafana.token needs the environment variable {name}, which is not set"
    assert refused.value.hint == f"Set {name}, or change grafana.token in the configuration."


def test_a_token_comes_from_its_variable_file_or_command(environment: Environment, tmp_path: Path) -> None:
    """Blanks around it are cut; relative files start at the configuration's folder."""
    (tmp_path / "secret").write_text(" from-file\n", encoding="utf-8")
    command = f"{sys.executable} -c \"print('from-command')\""
    assert token_of(grafana(token="${TOKEN}"), environment, where="grafana") == "canary"
    assert token_of(grafana(token_file="secret"), environment, where="grafana") == "from-file"
    assert token_of(grafana(token_command=command), environment, where="grafana") == "from-command"
    assert token_of(grafana(), environment, where="grafana") is None


def test_a_token_file_that_cannot_be_read_is_named(environment: Environment, tmp_path: Path) -> None:
    """With the reason, also where it is no text."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"grafana\.token_file: cannot read .*/none: No such file"):
        token_of(grafana(token_file="none"), environment, where="grafana")
    with pytest.raises(UsageError, match=r"grafana\.token_file: cannot read .*/binary: line 1 is not UTF-8 text"):
        token_of(grafana(token_file="binary"), environment, where="grafana")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("{python} -c \"import sys; print('canary'); sys.exit(3)\"", "ended with exit code 3 and no token"),
        ('{python} -c "pass"', "ended with exit code 0 and no token"),
        ("/no/such/program", "could not be run: FileNotFoundError"),
    ],
)
def test_a_command_without_a_token_is_refused(environment: Environment, command: str, message: str) -> None:
    """What it printed is not repeated."""
    section = grafana(token_command=command.format(python=sys.executable))
    with pytest.raises(UsageError) as refused:
        token_of(section, environment, where="grafana")
    assert refused.value.message == f"grafana.token_command {message}"
    assert "canary" not in str(refused.value)


def test_a_command_that_is_no_command_line_is_refused(environment: Environment) -> None:
    """An open quote, or nothing at all."""
    for command in ("pass 'show", "  "):
        with pytest.raises(UsageError, match=r"^grafana\.token_command"):
            token_of(grafana(token_command=command), environment, where="grafana")


def test_the_process_s_environment_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is when asked for."""
    monkeypatch.setenv("PM_AUTOFILL_TEST", "yes")
    assert Environment.of_process(tmp_path).variables["PM_AUTOFILL_TEST"] == "yes"


def test_what_is_looked_up_is_noted_as_secret(tmp_path: Path) -> None:
    """Tokens of every origin, passwords, headers, and what signs in before a host; a host or a path is none."""
    (tmp_path / "secret").write_text("token-of-a-file-1\n", encoding="utf-8")
    command = f"{sys.executable} -c \"print('token-of-a-command-1')\""
    variables = {
        "TOKEN": "token-of-a-variable-1",
        "PASSWORD": "password-1",
        "HEADER": "header-1-value",
        "HOST": "host-1.example",
        "URL": "https://ann:login-1-secret@url-1.example",
    }
    environment = Environment(variables, tmp_path)
    for section in (grafana(token="${TOKEN}"), grafana(token_file="secret"), grafana(token_command=command)):
        token_of(section, environment, where="grafana")
    expand("${PASSWORD}", environment, where="prometheus.password")
    expand("Bearer ${HEADER}", environment, where="prometheus.headers.X-Key")
    expand("https://${HOST}", environment, where="grafana.url")
    expand("${URL}", environment, where="prometheus.url")
    secrets = (*variables.values(), "token-of-a-file-1", "token-of-a-command-1")
    assert environment.secrets.mask(" ".join(secrets)) == (
        "[secret] [secret] [secret] host-1.example https://[secret]@url-1.example [secret] [secret]"
    )
    assert not any(one in repr(environment.secrets) for one in secrets)


def test_text_that_is_written_in_the_configuration_is_no_secret(tmp_path: Path) -> None:
    """A header or a password without a variable stands in the file, and in the evidence."""
    environment = Environment({}, tmp_path)
    expand("team-a-1", environment, where="prometheus.headers.X-Scope-OrgID")
    assert environment.secrets.are_none


@pytest.mark.parametrize(("header", "secret"), [("X-Scope-OrgID", False), ("X-Api-Key", True), ("X-Canary", True)])
def test_a_tenant_is_no_secret(tmp_path: Path, header: str, secret: bool) -> None:  # noqa: FBT001 - a case
    """Its name is a word of the draft, whatever gives it; every other header may hold a secret."""
    environment = Environment({"NAME": "checkout-prod-1"}, tmp_path)
    expand("${NAME}", environment, where=f"prometheus.headers.{header}")
    assert environment.secrets.are_none is not secret
