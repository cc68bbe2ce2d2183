"""Secrets of a run: learnt whole and in parts, found in every form, and never shown."""

from __future__ import annotations

import base64

import pytest

from pm_autofill.redaction.secrets import Secrets

TOKEN = "canary-u7Qp2Zx9"
BASIC = base64.b64encode(f"ann:{TOKEN}".encode()).decode()


@pytest.mark.parametrize(
    "learnt",
    [TOKEN, f" {TOKEN}\n", f"Bearer {TOKEN}", f"Token token={TOKEN}", f'Token token="{TOKEN}"', f"Basic {BASIC}"],
)
def test_a_header_is_known_by_its_parts(learnt: str) -> None:
    """Its scheme is no secret; what is behind it is, and so is the password within a Basic one."""
    known = Secrets.of([learnt])
    assert known.mask(f"the token {TOKEN} of Bearer, Basic and Token fame") == (
        "the token [secret] of Bearer, Basic and Token fame"
    )


@pytest.mark.parametrize("word", ["", "a", "abcde", "checkout", "Production", "12345", "1234567", "admin"])
def test_an_ordinary_word_is_no_secret(word: str) -> None:
    """A password that is a plain word or a small number could be any of the draft's words and figures."""
    known = Secrets.of([word])
    assert known.are_none
    assert known.mask(f"a {word} b") == f"a {word} b"


@pytest.mark.parametrize("word", ["hunter2", "12345678", "p4ss!x", "correcthorsebattery"])
def test_a_short_secret_is_a_word_of_its_own(word: str) -> None:
    """Below eight characters it is masked as a word only, in whatever case."""
    known = Secrets.of([word])
    assert known.mask(f"({word}) {word.upper()}") == "([secret]) [secret]"
    inside = "x[secret]x" if len(word) >= 8 else f"x{word}x"
    assert known.mask(f"x{word}x") == inside


def test_a_short_secret_is_known_in_base64() -> None:
    """As it is sent with a user's name."""
    known = Secrets.of(["hunter2"])
    for user in ("a", "ann", "anna"):
        sent = base64.b64encode(f"{user}:hunter2".encode()).decode()
        assert base64.b64encode(b"hunter2").decode()[3:-4] not in known.mask(f"Basic {sent}")
        assert known.mask(f"Basic {sent}").endswith("[secret]")


def test_the_longest_goes_first_and_two_that_overlap_are_one() -> None:
    """One that holds another leaves no rest."""
    known = Secrets.of(["abc-1234", "abc-1234-5678"])
    assert known.mask("abc-1234-5678, abc-1234!") == "[secret], [secret]!"
    assert Secrets.of(["abcd-1234", "1234-efgh"]).mask("abcd-1234-efgh") == "[secret]"


def test_nothing_shows_what_is_known() -> None:
    """Neither the registry nor a secret in it, in a message, a log or a debugger."""
    known = Secrets.of([TOKEN])
    assert repr(known) == "Secrets(1)"
    assert TOKEN not in repr(known._literals)  # noqa: SLF001 - what a debugger would show


def test_several_secrets_can_be_learnt_at_once() -> None:
    """From threads of their own, as sources are connected."""
    from concurrent.futures import ThreadPoolExecutor

    known = Secrets()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(known.learn, (f"secret-number-{n:03}" for n in range(100))))
    assert repr(known) == "Secrets(100)"
    assert "secret-number" not in known.mask(" ".join(f"secret-number-{n:03}" for n in range(100)))


def test_a_quick_look_finds_what_is_there_to_the_letter() -> None:
    """In any case, in hexadecimal and in base64; escapes are not undone."""
    known = Secrets.of([TOKEN])
    assert known.are_plainly_in(f'{{"a": "{TOKEN.upper()}"}}'.encode())
    assert known.are_plainly_in(TOKEN.encode().hex().encode())
    assert known.are_plainly_in(BASIC.encode())
    assert not known.are_plainly_in(b"canary-u7Qp2Zx8")


@pytest.mark.parametrize("secret", [TOKEN, "Пароль-Ключ-49"])
def test_a_quick_look_at_a_long_text_misses_nothing(secret: str) -> None:
    """Wherever in it the secret is: a long text is looked at in slices."""
    known = Secrets.of([secret])
    for before in range(2**16 - 60, 2**16 + 4):
        assert known.are_plainly_in(b"x" * before + secret.upper().encode() + "é".encode() * 2**16)
    assert not known.are_plainly_in("é".encode() * 2**18)
