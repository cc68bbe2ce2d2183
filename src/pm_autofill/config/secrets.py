"""Secrets: named in the configuration, looked up only when their source is first contacted."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pm_autofill.config.permissions import warn_if_writable
from pm_autofill.errors import UnreadableFile, UsageError
from pm_autofill.files import read_text
from pm_autofill.redaction.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET_KEYS = frozenset({"token", "token_command", "password"})
# Headers that name who asks, or for whom; their values are words of the draft as well.
_OPEN_HEADER = re.compile(r"tenant|org|scope|accept|agent|team|region|cluster|env|forwarded|host", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"token|password|secret|auth|key|cookie|credential|session|signature", re.IGNORECASE)
_LOGIN = re.compile(r"//([^/?#\s]*)@")
# A token is what fits into a header; the longest ones in use (signed ones with many claims) have some 8,000 characters.
_MOST_BYTES = 16 * 2**10
_MOST_SECONDS = 30.0
# What was left of the run's time and went by before there was a token is time in which nothing was asked.
_SHARE = 0.5


@dataclass(frozen=True)
class Environment:
    """Where variables and relative file names are looked up.

    Attributes:
        variables: Environment variables.
        folder: The folder of the configuration file, for relative names.
        secrets: Every secret looked up here, so that it can be kept from leaving.
    """

    variables: Mapping[str, str]
    folder: Path
    secrets: Secrets = field(default_factory=Secrets, compare=False, repr=False)

    @classmethod
    def of_process(cls, folder: Path, secrets: Secrets | None = None) -> Environment:
        """The process's own variables.

        Args:
            folder: The folder of the configuration file.
            secrets: Where secrets are noted when they are looked up.
        """
        return cls(dict(os.environ), folder, secrets or Secrets())


class _HoldsToken(Protocol):
    @property
    def token(self) -> str | None: ...
    @property
    def token_file(self) -> str | None: ...
    @property
    def token_command(self) -> str | None: ...


def expand(text: str, environment: Environment, *, where: str) -> str:
    """Replace every ``${VAR}`` in a string of the configuration; what becomes a secret by that is noted.

    Args:
        text: The string as written.
        environment: Where variables are looked up.
        where: The key it stands at, such as "grafana.url", for messages.

    Returns:
        The string with values in place.

    Raises:
        UsageError: A variable is not set, or blank.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        found = environment.variables.get(name, "")
        if not found.strip():
            message = f"{where} needs the environment variable {name}, which is not set"
            raise UsageError(message, f"Set {name}, or change {where} in the configuration.")
        _note(found, environment.secrets, where)
        return found

    whole = _VARIABLE.sub(value, text)
    if whole != text:
        _note(whole, environment.secrets, where)
    return whole


def _note(value: str, secrets: Secrets, where: str) -> None:
    """Note what is secret in a value that a variable gave; a host or a path is not, what stands before one is."""
    _, is_header, header = where.partition(".headers.")
    is_open = _OPEN_HEADER.search(header) and not _SECRET_HEADER.search(header)
    if where.rpartition(".")[2] in _SECRET_KEYS or (is_header and not is_open):
        secrets.learn(value)
    for login in _LOGIN.findall(value):
        for part in (login, *login.split(":", 1)[1:]):
            secrets.learn(part)


def token_of(
    section: _HoldsToken, environment: Environment, *, where: str, remaining: float = 2 * _MOST_SECONDS
) -> str | None:
    """The token of a source, from its variable, file or command.

    Args:
        section: The source's part of the configuration.
        environment: Where variables and files are looked up.
        where: Its key, such as "pagerduty", for messages.
        remaining: Seconds left of the run; a command may take half of them, and half a minute at most.

    Returns:
        The token without surrounding blanks; None when none is configured.

    Raises:
        UsageError: The variable is unset, the file unreadable or empty, the command failed, or what came cannot be a
            token.
    """
    token = None
    if section.token is not None:
        token = _checked(expand(section.token, environment, where=f"{where}.token"), f"{where}.token")
    elif section.token_file is not None:
        token = _checked(_read_token(section.token_file, environment, where), f"{where}.token_file")
    elif section.token_command is not None:
        seconds = min(_MOST_SECONDS, _SHARE * remaining)
        printed = _run_token_command(section.token_command, environment, where, seconds)
        token = _checked(printed, f"{where}.token_command")
    if token is not None:
        environment.secrets.learn(token)
    return token


def _checked(text: str, key: str) -> str:
    """A token without surrounding blanks.

    Raises:
        UsageError: It is of several lines, or holds what cannot be printed; it is not echoed.
    """
    token = text.strip()
    if token.isprintable():
        return token
    what = "is of several lines" if "\n" in token or "\r" in token else "holds a character that cannot be printed"
    raise UsageError(f"what {key} gives {what}, which no token does", "Let it give the token alone, on one line.")


def _read_token(name: str, environment: Environment, where: str) -> str:
    path = environment.folder / Path(expand(name, environment, where=f"{where}.token_file")).expanduser()
    hint = "Put the token into that file, readable by you alone."
    try:
        token = read_text(path, _MOST_BYTES)
    except UnreadableFile as error:
        message = f"{where}.token_file: cannot read {path}: {error.reason}"
        raise UsageError(message, hint) from None
    if not token.strip():
        message = f"{where}.token_file: {path} is empty"
        raise UsageError(message, hint)
    warn_if_writable(path, f"{where}.token_file")
    return token


def _run_token_command(command: str, environment: Environment, where: str, seconds: float) -> str:
    from pm_autofill.config.token_command import CommandFailed, run_command  # most runs have none

    line = expand(command, environment, where=f"{where}.token_command")
    hint = "Run the command by hand and see what it prints, and how long it takes."
    try:
        printed = run_command(shlex.split(line), environment.variables, seconds, _MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{where}.token_command prints what is no UTF-8 text", hint) from None
    except ValueError:  # a quote that is not closed
        raise UsageError(f"{where}.token_command could not be run: it is no command line", hint) from None
    except CommandFailed as error:
        raise UsageError(f"{where}.token_command {error}", hint) from None
    if not printed.strip():
        raise UsageError(f"{where}.token_command ended with exit code 0 and no token", hint)
    return printed
