"""Evidence in which every text is one that would be seen if anybody acted on it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.config import shared

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-5ecret-value"
_URL = re.compile(r"https?://[^/\s\"')>]+")


@dataclass(frozen=True, slots=True)
class Traps:
    """What tells that somebody acted on evidence.

    Attributes:
        url: Of a server that nobody may contact.
        folder: Holds a file that must not be opened, and none that a command would have made.
    """

    url: str
    folder: Path

    @property
    def file(self) -> Path:
        """A pipe: who opens it hangs, and is seen."""
        return self.folder / "must-not-be-read"

    @property
    def touched(self) -> Path:
        """What a command would make."""
        return self.folder / "a-command-ran"

    def lay(self) -> None:
        """Make the pipe."""
        os.mkfifo(self.file)

    def value(self, key: str) -> Any:  # noqa: ANN401 - plain data
        """A value for a key of the configuration that does harm if anybody acts on it."""
        values: dict[str, Any] = {
            "token_command": f"touch {self.touched}",
            **{name: f"{self.url}/{name}" for name in ("url", "public_url", "remote")},
            **dict.fromkeys(("token_file", "ca_file", "file", "template"), str(self.file)),
            "output": str(self.folder),
            "allow_insecure": True,
            "headers": {"X-Canary": "${CANARY}"},
            "org_id": 1,
        }
        return values.get(key.rpartition(".")[2], "${CANARY}")


def hostile_configuration(traps: Traps, believed: dict[str, Any]) -> dict[str, Any]:
    """A configuration with a trap at every key that evidence must not hold, beside what it may."""
    sections: dict[str, Any] = {}
    for key in sorted(shared.every_key()):
        section, _, name = key.partition(".")
        if section in {"pagerduty", "prometheus", "grafana", "github", "gitlab"}:
            sections.setdefault(section, {})
            if name:
                sections[section][name] = traps.value(key)
        elif key in {"template", "output", "allow_insecure"}:
            sections[key] = traps.value(key)
    slo = {"name": "${CANARY}", "objective": 99, "file": str(traps.file)}
    services = [*believed["services"], {"name": "${CANARY}", "slos": [slo]}]
    return {**believed, **sections, "services": services, "slack": {"token_command": f"touch {traps.touched}"}}


def with_traps(data: Any, url: str) -> Any:  # noqa: ANN401 - walks plain data
    """The same data with every address leading to another server."""
    if isinstance(data, dict):
        return {key: with_traps(value, url) for key, value in data.items()}
    if isinstance(data, list):
        return [with_traps(one, url) for one in data]
    return _URL.sub(url, data) if isinstance(data, str) else data
