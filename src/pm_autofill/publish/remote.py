"""Where git pushes to, how it signs in there, and what else its process sees."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "pm-autofill"), ("EMAIL", "pm-autofill@users.noreply.invalid"))
}
# What git, and the ssh and curl in it, need of the process's variables; tokens of sources are none of their business.
_NEEDED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    }
)


@dataclass(frozen=True, slots=True)
class Remote:
    """Where to push to.

    Attributes:
        url: Address or path, without credentials.
        headers: What signs in there, for http and https only; never shown.
        ca_file: PEM file of the authorities to trust; None for the system's.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    ca_file: Path | None = None

    def settings(self) -> list[tuple[str, str]]:
        """Git's configuration for it; it is handed over in variables, which other users cannot read."""
        found = [
            ("core.hooksPath", os.devnull),
            ("http.followRedirects", "false"),
            ("remote.origin.url", self.url),
            ("remote.origin.promisor", "true"),
            ("remote.origin.partialclonefilter", "blob:none"),
        ]
        if self.url.startswith(("https://", "http://")):
            found += [(f"http.{self.url}.extraHeader", f"{name}: {value}") for name, value in self.headers.items()]
        if self.ca_file is not None:
            found.append(("http.sslCAInfo", str(self.ca_file)))
        return found

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What git sees: nobody's configuration, no question to a terminal, our settings and identity, no other token.

        Args:
            variables: The process's own; kept are those that git needs, and who the author is.
        """
        settings = self.settings()
        kept = {name: value for name, value in variables.items() if name in _NEEDED or name in _IDENTITY}
        counted = {"GIT_CONFIG_COUNT": str(len(settings))}
        for index, (key, value) in enumerate(settings):
            counted |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
        return (
            _IDENTITY
            | kept
            | counted
            | {
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
                "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
                "LC_ALL": "C",
            }
        )
