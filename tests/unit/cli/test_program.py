"""How the program ends: one message and one exit code for every error, and a traceback only when asked for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm_autofill

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("pm-autofill")
# The real program, with drafting replaced by something that ends as the test says.
SCRIPT = """
import sys
import click
from pm_autofill import errors
from pm_autofill.cli import drafting, program

def fail(choices):
    raise eval(sys.argv[1])

drafting.run = fail
program.main(sys.argv[2:])
"""


def end_with(error: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program where drafting ends with an error."""
    command = [sys.executable, "-c", SCRIPT, error, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the installed command with a home that holds no configuration."""
    home = str(cwd or Path.cwd() / "no-such-home")
    variables = {name: value for name, value in os.environ.items() if name != "PM_AUTOFILL_CONFIG"}
    # What draws gets ready beside a command, and keeps what it knows of fonts: at home, were it not told where.
    fonts = str(Path(tempfile.gettempdir()) / "pm-autofill-tests-fonts")
    variables |= {"HOME": home, "XDG_CONFIG_HOME": home, "MPLCONFIGDIR": fonts}
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("errors.AutofillError('it broke', 'Mend it.')", 1),
        ("errors.UsageError('it broke', 'Mend it.')", 2),
        ("errors.TemplateMistake('it broke', 'Mend it.')", 2),
        ("errors.SourceUnavailable('PagerDuty', 'it broke', 'Mend it.')", 1),
        ("errors.SourceRejected('PagerDuty', 'it broke', 'Mend it.', status=400)", 1),
        ("errors.CredentialsRefused('PagerDuty', 'it broke', 'Mend it.', status=401)", 4),
        ("errors.CredentialsRefused('Grafana', 'it broke', 'Mend it.', status=401)", 1),
        ("errors.NotFound('PagerDuty', 'it broke', 'Mend it.', status=404)", 1),
        ("errors.DocumentNotOurs('it broke', 'Mend it.')", 1),
        ("errors.EvidenceUnreadable('it broke', 'Mend it.')", 1),
        ("errors.RunInProgress('it broke', 'Mend it.')", 11),
    ],
)
def test_every_error_is_one_line_and_its_exit_code(error: str, code: int) -> None:
    """What went wrong and what to do, on stderr alone."""
    done = end_with(error)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "pm-autofill: it broke. Mend it.\n")


def test_a_full_disk_is_no_bug() -> None:
    """What the system said, and where to look; not that it should be reported."""
    done = end_with("OSError(28, 'No space left on device')")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "pm-autofill: cannot use the output: No space left on device. "
        "Check its rights and the free space; --debug shows where it happened.\n"
    )


@pytest.mark.parametrize("error", ["KeyboardInterrupt()", "click.Abort()"])
def test_an_interrupt_is_quiet(error: str) -> None:
    """130, and nothing that looks like a fault."""
    done = end_with(error)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


def test_a_message_cannot_steer_the_terminal() -> None:
    """Control characters and line ends from outside become spaces."""
    done = end_with(r"errors.AutofillError('a\x1b[31mb\nc\r\u202ed')")
    assert (done.returncode, done.stderr) == (1, "pm-autofill: a [31mb c  d\n")


def test_debug_shows_where_it_arose() -> None:
    """The traceback before the same sentence, and the same exit code."""
    done = end_with("errors.UsageError('it broke', 'Mend it.')", "--debug")
    assert done.returncode == 2
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("pm_autofill.errors.UsageError: it broke. Mend it.\npm-autofill: it broke. Mend it.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout_is_no_bug() -> None:
    """What could not be written is said."""
    done = subprocess.run(f"{PROGRAM} --version > /dev/full", shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - a literal, and a redirection is what is tested
    assert done.returncode == 1
    assert done.stderr == (
        "pm-autofill: cannot use the output: No space left on device. "
        "Check its rights and the free space; --debug shows where it happened.\n"
    )


def test_a_closed_stdout_is_no_traceback() -> None:
    """The exit code says what there is to say."""
    done = subprocess.run(f"{PROGRAM} --version >&-", shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - as above
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_quiet() -> None:
    """As in ``pm-autofill explain ... | head``."""
    done = end_with("BrokenPipeError()")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--no-such-option",), "pm-autofill: No such option '--no-such-option'"),
        (("no-such-command",), "pm-autofill: No such command 'no-such-command'"),
        (("--deadline", "soon"), "pm-autofill: Invalid value for '--deadline'"),
        (("--deadline", "0"), "pm-autofill: Invalid value for '--deadline'"),
        (("--deadline", "inf"), "pm-autofill: Invalid value for '--deadline': inf is no number of seconds."),
        (("--deadline", "nan"), "pm-autofill: Invalid value for '--deadline': nan is no number of seconds."),
        (("--incident",), "pm-autofill: Option '--incident' requires an argument"),
        (("explain", "folder"), "pm-autofill: Missing argument 'FACT'."),
        (("publish", "folder"), "pm-autofill: Missing option '--to'. Choose from: github, gitlab, directory."),
    ],
)
def test_what_cannot_be_parsed_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """Exit 2 with what was wrong on one line, and where to look."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    command = f" {arguments[0]}" if arguments[0] in {"explain", "publish"} else ""
    assert done.stderr.endswith(f" Try: pm-autofill{command} --help\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to draft. Give --incident ID, or --service NAME --since T --until T, or try `pm-autofill demo`."),
        (("-q", "-v"), "--quiet and --verbose exclude each other. Give one of them."),
        (
            ("--from-evidence", "none.json"),
            (
                "cannot read evidence from none.json: No such file or directory. "
                "Name the evidence.json of a draft's folder."
            ),
        ),
        (
            ("--incident", "P1", "--config", "none.yaml"),
            "cannot read the configuration none.yaml: No such file or directory. Name an existing file with --config.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """One line that says what and what next; nothing is written."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == (1 if "--from-evidence" in arguments else 2)
    assert (done.stdout, done.stderr) == ("", f"pm-autofill: {message}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_the_package_s() -> None:
    """On stdout, alone on its line."""
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{pm_autofill.__version__}\n", "")


def test_help_lists_commands_exit_codes_and_facts() -> None:
    """All that a reader needs in order to go on, in one screen or two."""
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    words = " ".join(done.stdout.split())
    assert "Commands: check what humans still owe, what contradicts itself demo the whole thing" in words
    assert "on a recorded incident, no account needed doctor can each source" in words
    assert "explain where a number comes from publish to a git host, as a draft pull or merge request" in words
    assert (
        "or to a folder slos the SLOs found, and how each would be counted Exit codes: 0 complete 1 no draft;" in words
    )
    assert "3 draft with gaps, each named in it 4 PagerDuty refused the credentials 11 another run" in words
    assert "130 interrupted Facts that --set takes: impact.start, impact.end, incident.triggered," in words
    assert words.endswith("severity, services_affected")
    assert run("-h").stdout == done.stdout


def test_each_command_has_help() -> None:
    """Exit 0, and its own usage line."""
    for name, usage in (
        ("check", "Usage: pm-autofill check [OPTIONS] PATH"),
        ("demo", "Usage: pm-autofill demo [OPTIONS]"),
        ("doctor", "Usage: pm-autofill doctor [OPTIONS]"),
        ("explain", "Usage: pm-autofill explain [OPTIONS] PATH FACT"),
    ):
        done = run(name, "--help")
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, usage)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a background job inherits, and would hand on, is to ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_a_source_is_silent(tmp_path: Path) -> None:
    """A run that waits for PagerDuty ends at once with 130, without a draft and without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        file = tmp_path / "pm-autofill.yaml"
        file.write_text(f"pagerduty: {{url: '{url}', token: '${{T}}'}}\nservices: [{{name: checkout}}]\n")
        variables = {**os.environ, "T": "u+0123456789abcdefghij"}
        command = [str(PROGRAM), "--incident", "Q1ABC", "--config", "pm-autofill.yaml"]
        with subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                connection, _ = silent.accept()
                with connection:
                    assert connection.recv(4)
                    process.send_signal(signal.SIGINT)
                    out, err = process.communicate(timeout=60)
            finally:
                process.kill()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["pm-autofill.yaml"]
