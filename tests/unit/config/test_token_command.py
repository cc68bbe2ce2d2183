"""Tokens from files and commands: a clean refusal, in time, whatever stands at the other end."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from pm_autofill.config import Environment
from pm_autofill.config.secrets import token_of
from pm_autofill.config.settings import GrafanaSettings
from pm_autofill.errors import UsageError


def token(folder: Path, remaining: float = 60.0, **parts: str) -> str | None:
    """The token of a configured Grafana."""
    environment = Environment({"PATH": os.environ["PATH"], "T": "canary"}, folder)
    section = GrafanaSettings(url="https://g", **parts)  # type: ignore[arg-type]
    return token_of(section, environment, where="grafana", remaining=remaining)


def refusal(folder: Path, remaining: float = 60.0, **parts: str) -> str:
    """What is said in place of a token; nothing of what came is repeated."""
    with pytest.raises(UsageError) as refused:
        token(folder, remaining, **parts)
    assert "canary" not in str(refused.value)
    assert refused.value.hint
    return refused.value.message


def python(code: str) -> str:
    """A command that runs some Python."""
    return f"{sys.executable} -c {shlex.quote(code)}"


def alive(process: int) -> bool:
    """Whether a process still runs."""
    with suppress(OSError):
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def test_a_file_that_never_ends_or_never_begins_is_no_token(tmp_path: Path) -> None:
    """A pipe nobody writes to, a device, the standard input, a folder, and a file that is far too long."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b"canary" * 100_000)
    for name in ("pipe", "/dev/zero", "/dev/null", "long", "."):
        assert refusal(tmp_path, token_file=name).startswith("grafana.token_file: cannot read ")


def test_the_standard_input_is_read_as_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is none, as under cron or in a terminal, it is refused; nobody waits for typing."""
    del monkeypatch
    reading, writing = os.pipe()
    assert refusal(tmp_path, token_file=f"/dev/fd/{reading}").endswith("it is no regular file")
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"canary\nuser: bob", "is of several lines"),
        (b"canary\r\nuser", "is of several lines"),
        (b"can\0ary", "holds a character that cannot be printed"),
        (b"can\x1b[31mary", "holds a character that cannot be printed"),
        ("can\u200bary".encode(), "holds a character that cannot be printed"),
    ],
)
def test_what_cannot_be_a_token_is_told_at_once(tmp_path: Path, raw: bytes, what: str) -> None:
    """Before it is put into a header, wherever it comes from; its own text is not shown."""
    (tmp_path / "secret").write_bytes(raw)
    said = refusal(tmp_path, token_file="secret")
    assert said == f"what grafana.token_file gives {what}, which no token does"
    said = refusal(tmp_path, token_command=python(f"import sys; sys.stdout.buffer.write({raw!r})"))
    assert said == f"what grafana.token_command gives {what}, which no token does"


@pytest.mark.parametrize("raw", [b"\xff\xfecanary", "canär".encode("latin-1")])
def test_what_is_no_text_is_no_token(tmp_path: Path, raw: bytes) -> None:
    """Other encodings are not guessed."""
    (tmp_path / "secret").write_bytes(raw)
    assert refusal(tmp_path, token_file="secret").endswith("line 1 is not UTF-8 text")
    code = f"import sys; sys.stdout.buffer.write({raw!r})"
    assert refusal(tmp_path, token_command=python(code)) == "grafana.token_command prints what is no UTF-8 text"


def test_a_byte_order_mark_is_no_part_of_a_token(tmp_path: Path) -> None:
    """Some editors write one."""
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfcanary\r\n")
    assert token(tmp_path, token_file="secret") == "canary"


def test_a_command_that_sleeps_is_ended_in_time(tmp_path: Path) -> None:
    """With all it started, after half of what is left of the run."""
    code = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    assert refusal(tmp_path, 4.0, token_command=python(code)) == "grafana.token_command did not end within 2 s"
    for process in map(int, (tmp_path / "pids").read_text(encoding="utf-8").split()):
        for _ in range(200):
            if not alive(process):
                break
            time.sleep(0.02)
        assert not alive(process)


def test_a_command_that_floods_is_ended(tmp_path: Path) -> None:
    """No matter how long it would go on."""
    said = refusal(tmp_path, token_command="yes canary")
    assert said == "grafana.token_command prints more than 16384 bytes, which is no token"


def test_a_program_left_behind_keeps_nobody_waiting(tmp_path: Path) -> None:
    """The command has printed its token and ended; what still holds its output open is ended, too."""
    left = f"[{sys.executable!r}, '-c', 'import time; time.sleep(600)']"
    code = f"import subprocess; print('canary', subprocess.Popen({left}).pid, sep='-', flush=True)"
    word, _, process = (token(tmp_path, token_command=python(code)) or "").partition("-")
    assert word == "canary"
    for _ in range(200):
        if not alive(int(process)):
            break
        time.sleep(0.02)
    assert not alive(int(process))


def test_a_command_has_nothing_to_read(tmp_path: Path) -> None:
    """One that asks for a password gets none, and does not take the terminal's input."""
    assert (
        token(tmp_path, token_command=python("import sys; print('read', len(sys.stdin.read()), sep='-')")) == "read-0"
    )


def test_what_a_command_complains_of_is_not_repeated(tmp_path: Path) -> None:
    """However much that is: it may hold what it was given."""
    code = "import sys; sys.stderr.write('canary' * 1000000); sys.exit(7)"
    assert refusal(tmp_path, token_command=python(code)) == "grafana.token_command ended with exit code 7 and no token"


def test_a_command_that_was_killed_gave_nothing(tmp_path: Path) -> None:
    """What it had printed may be half a token."""
    code = "import os, sys; print('canary', flush=True); os.kill(os.getpid(), 9)"
    said = refusal(tmp_path, token_command=python(code))
    assert said == f"grafana.token_command ended with exit code -{int(signal.SIGKILL)} and no token"
