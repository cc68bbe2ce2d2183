"""Finds, reads and checks the configuration file."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from pm_autofill.config.permissions import warn_if_writable
from pm_autofill.config.settings import Settings
from pm_autofill.errors import UnreadableFile, UsageError
from pm_autofill.files import read_bytes
from pm_autofill.instants import parse_duration
from pm_autofill.redaction.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_BYTES = 1_000_000
_LONGEST = timedelta(days=366)
_MERGE = "tag:yaml.org,2002:merge"
_ONLY_VARIABLES = re.compile(r"(?:(?:Bearer|Basic|Token) )?\$\{\w+\}")
_JSON_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
_SECRET_KEY = re.compile(r"token|password|secret|authorization|api[-_]?key|cookie", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"token|password|secret|auth|key|cookie|credential|session|signature", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(r"[?&][^=&#]*(?:token|password|secret|auth|key|credential|sig)[^=&#]*=", re.IGNORECASE)


@dataclass(frozen=True)
class Configuration:
    """A configuration that was read.

    Attributes:
        settings: What it says.
        raw: The same as plain data, as written, variables not replaced.
        path: The file; None when there is none, or it came out of the evidence.
    """

    settings: Settings
    raw: dict[str, Any]
    path: Path | None

    @property
    def folder(self) -> Path:
        """Where relative names in it start."""
        return self.path.parent if self.path else Path.cwd()


def find(named: str | None, variables: Mapping[str, str], here: Path, home: Path) -> Path:
    """The configuration file in force.

    Args:
        named: The value of ``--config``.
        variables: Environment variables.
        here: The current folder.
        home: The user's configuration folder.

    Returns:
        The first of ``--config``, ``$PM_AUTOFILL_CONFIG``, ``./pm-autofill.yaml``, ``./config/pm-autofill.yaml`` and
        ``pm-autofill/config.yaml`` in the user's configuration folder.

    Raises:
        UsageError: There is none.
    """
    if named:
        return Path(named)
    if variables.get("PM_AUTOFILL_CONFIG"):
        return Path(variables["PM_AUTOFILL_CONFIG"])
    places = (here / "pm-autofill.yaml", here / "config" / "pm-autofill.yaml", home / "pm-autofill" / "config.yaml")
    for place in places:
        if place.is_file():
            return place
    message = "no configuration found: looked for " + ", ".join(str(place) for place in places)
    raise UsageError(
        message, "Name one with --config, or start from config/example.yaml. `pm-autofill demo` needs none."
    )


def read(path: Path) -> Configuration:
    """Read and check a configuration file.

    Raises:
        UsageError: It cannot be read, is no YAML, or says something this program does not know.
    """
    try:
        raw = read_bytes(path, _MAX_BYTES, from_pipe=True)
    except UnreadableFile as error:
        message = f"cannot read the configuration {path}: {error.reason}"
        raise UsageError(message, "Name an existing file with --config.") from None
    warn_if_writable(path, "the configuration")
    return parse(_load_yaml(raw, str(path)), path=path)


def parse(data: object, *, path: Path | None) -> Configuration:
    """Check a configuration given as plain data.

    Raises:
        UsageError: It says something this program does not know; the message names the key and the nearest known one.
    """
    where = str(path) if path else "the evidence's configuration"
    if not isinstance(data, dict):
        message = f"{where} is not a mapping of settings"
        raise UsageError(message, "Start from config/example.yaml.")
    for key, known in _unknown_keys(data, Settings, ""):
        nearest = difflib.get_close_matches(key.rpartition(".")[2], known, n=1)
        hint = f"Did you mean {nearest[0]!r}?" if nearest else f"Known here: {', '.join(sorted(known))}."
        message = f"{where}: unknown key {key!r}"
        raise UsageError(message, hint)
    try:
        settings = msgspec.convert(data, Settings, strict=False)
    except msgspec.ValidationError as error:
        message = f"{where}: {_readable(str(error))}"
        raise UsageError(message, "See docs/configuration.md for what each key takes.") from None
    except UnicodeEncodeError:  # half of a surrogate pair, which both YAML and JSON can spell
        message = f"{where} holds a character that is none"
        raise UsageError(message, "Look for \\ud800 to \\udfff.") from None
    _refuse_written_secrets(data, "", where)
    _check_values(settings, where)
    return Configuration(settings, data, path)


def _load_yaml(raw: bytes, where: str) -> object:
    import yaml

    if not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # those two YAML reads as well
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            message = f"{where}, line {line} is not UTF-8 text"
            raise UsageError(message, "Save the file as UTF-8.") from None

    class Loader(yaml.SafeLoader):
        """Safe YAML that refuses a key given twice, where the last would silently win."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
            written = [key for key, _ in node.value if key.tag != _MERGE]
            keys = [self.construct_object(key, deep=True) for key in written]
            twice = next((i for i, key in enumerate(keys) if key in keys[:i]), None)
            if twice is not None:
                problem = f"key {keys[twice]!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, written[twice].start_mark)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(raw, Loader)  # noqa: S506 - a subclass of SafeLoader
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, TypeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        message = f"{where}{place} is not valid YAML: {problem}"
        raise UsageError(message, "Correct the file; quote texts that hold ':' or '{'.") from None


def _unknown_keys(data: Any, kind: Any, path: str) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 - walks plain data
    """Every key that no struct of ``kind`` has, with the keys known at its place."""
    for struct in structs_of(kind):
        if not isinstance(data, dict):
            break
        hints = get_type_hints(struct)
        for key, value in data.items():
            if key not in hints:
                yield f"{path}{key}", list(hints)
            else:
                yield from _unknown_keys(value, hints[key], f"{path}{key}.")
    if isinstance(data, list):
        inner = [arg for part in parts_of(kind) if get_origin(part) is tuple for arg in get_args(part)[:1]]
        for index, value in enumerate(data):
            for kind_inside in inner:
                yield from _unknown_keys(value, kind_inside, f"{path.rstrip('.')}[{index}].")


def parts_of(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type expression
    """The types a value may have, of a type expression."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def structs_of(kind: Any) -> list[type[msgspec.Struct]]:  # noqa: ANN401 - a type expression
    """The sections among them."""
    return [part for part in parts_of(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def _readable(problem: str) -> str:
    """Msgspec's message with the key first, in YAML's words: "services[0].name: expected a text, got a list"."""
    text, _, place = problem.partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    text = re.sub(r"`([a-z]+)`", lambda found: _JSON_WORDS.get(found[1], found[1]), text).replace("`", "")
    text = text.replace("Invalid decimal string", "not a number")
    text = text.replace("Expected", "expected").replace("Object missing", "missing")
    return f"{key}: {text}" if key else text


def _refuse_written_secrets(data: Any, path: str, where: str) -> None:  # noqa: ANN401 - walks plain data
    if isinstance(data, list):
        for index, value in enumerate(data):
            _refuse_written_secrets(value, f"{path}[{index}]", where)
        return
    if not isinstance(data, dict):
        login = re.search(r"//([^/@]+)@", data) if path.endswith("url") and isinstance(data, str) else None
        if login and re.sub(r"\$\{\w+\}|:", "", login[1]):
            message = f"{where}: {path} holds a user name or password"
            raise UsageError(message, "Take it out of the URL and use token or username/password with ${VARIABLE}.")
        if path.endswith("url") and isinstance(data, str) and _SECRET_PARAMETER.search(data):
            message = f"{where}: {path} holds what signs in behind its question mark"
            raise UsageError(message, "Take it out of the URL and use token with ${VARIABLE}.")
        return
    secrets = _SECRET_HEADER if path.endswith(".headers") else _SECRET_KEY
    for key, value in data.items():
        inside = f"{path}.{key}" if path else str(key)
        secret = secrets.search(str(key)) and not re.search(r"_(file|command)$", str(key)) and isinstance(value, str)
        if secret and not _ONLY_VARIABLES.fullmatch(value):
            message = f"{where}: {inside} is written out"
            raise UsageError(
                message, "Put it into an environment variable and write ${VARIABLE} here, or use token_file."
            )
        _refuse_written_secrets(value, inside, where)


def _check_values(settings: Settings, where: str) -> None:
    try:
        Shapes.of(settings.redaction.more, settings.redaction.keep)
    except UsageError as error:
        message = f"{where}: {error.message}"
        raise UsageError(message, error.hint) from None
    names = [service.name for service in settings.services]
    slos = [slo.name for service in settings.services for slo in service.slos if slo.name]
    for kind, found in (("service", names), ("SLO", slos)):
        twice = next((name for i, name in enumerate(found) if name in found[:i]), None)
        if twice is not None:
            message = f"{where}: the {kind} {twice!r} stands twice"
            raise UsageError(message, "Give each its own name.")
    durations = {"hold": settings.hold} | {
        f"targets.{name}": getattr(settings.targets, name) for name in ("detect", "acknowledge", "mitigate")
    }
    for key, text in durations.items():
        if text is not None:
            try:
                length = parse_duration(text)
            except UsageError as error:
                message = f"{where}: {key}: {error.message}"
                raise UsageError(message, error.hint) from None
            if length > _LONGEST:
                message = f"{where}: {key}: {text!r} is longer than a year"
                raise UsageError(message, "Write it as 5m, 15m or 2h.")
