"""What goes to stdout and stderr holds no secret, however it gets there."""

from __future__ import annotations

import io
import sys
import traceback

import click
import pytest

from pm_autofill.cli import gate
from pm_autofill.redaction.secrets import Secrets

TOKEN = "canary-u7Qp2Zx9"


def fail() -> None:
    """End with an error that holds the token."""
    raise ValueError(TOKEN)


def test_nothing_that_is_learnt_meanwhile_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Echoed, printed in pieces, in a traceback, or left in the buffer at the end."""
    known, before = Secrets(), (sys.stdout, sys.stderr)
    with gate.closed_to(known):
        click.echo(f"before {TOKEN}")
        known.learn(TOKEN)
        click.echo(f"after {TOKEN}")
        sys.stdout.write(TOKEN[:5])
        sys.stdout.write(TOKEN[5:])
        try:
            fail()
        except ValueError:
            traceback.print_exc()
        click.echo(f"err {TOKEN.encode().hex()}", err=True)
    out, err = capsys.readouterr()
    assert out == f"before {TOKEN}\nafter [secret]\n[secret]"
    assert "ValueError: [secret]" in err
    assert err.endswith("err [secret]\n")
    assert (sys.stdout, sys.stderr) == before


def test_a_stream_that_knows_ascii_only_takes_all_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """As click has it where it writes itself: no letter ends the run."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with gate.closed_to(Secrets()):
        click.echo("café")
    assert raw.getvalue() == "café\n".encode()


def test_a_reader_who_is_gone_ends_the_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes where it is met, and what could not be written is not tried again."""

    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    with gate.closed_to(Secrets()), pytest.raises(BrokenPipeError):
        click.echo("x")


def test_a_closed_stream_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without stdout has none here either."""
    monkeypatch.setattr(sys, "stdout", None)
    with gate.closed_to(Secrets()):
        assert sys.stdout is None


def test_commands_note_secrets_where_the_gate_looks() -> None:
    """Through click's context; without one, in a place of their own."""
    known = Secrets()

    @click.command()
    def command() -> None:
        assert gate.known_secrets() is known

    command.main([], standalone_mode=False, obj=known)
    assert gate.known_secrets() is not known
