"""Texts with names, labels and code: what is masked in each, and how marks are counted."""

from __future__ import annotations

import struct
import zlib

import pytest

from pm_autofill.errors import UsageError
from pm_autofill.redaction.globs import read
from pm_autofill.redaction.pictures import without_words
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes
from pm_autofill.redaction.texts import Texts

TOKEN = "canary-u7Qp2Zx9"


@pytest.fixture
def texts() -> Texts:
    """A run with one secret."""
    return Texts(Shapes(), Secrets.of([TOKEN]))


def test_a_name_tells_what_a_text_is(texts: Texts) -> None:
    """A field called password or phone holds one; any other holds what it says."""
    assert texts.text("hunter2", "password") == "[secret]"
    assert texts.text("07700 900123", "phone") == "[phone]"
    assert texts.text("hunter2", "summary") == "hunter2"
    assert texts.text(f"got {TOKEN}", "summary") == "got [secret]"


def test_a_label_holds_a_secret_by_its_looks_not_by_its_name(texts: Texts) -> None:
    """A label named secret or token is the name of one, unless its value could be nothing else."""
    assert texts.label("checkout-tls", "secret") == "checkout-tls"
    assert texts.label("eu1", "token") == "eu1"
    assert texts.label("3f2a9c1d4e5f60718293", "token") == "[secret]"
    assert texts.label("hunter2", "password") == "[secret]"
    assert texts.label("ghp_abcdefghij0123456789", "pod") == "[secret]"


def test_labels_that_differ_still_differ(texts: Texts) -> None:
    """Two series must not become one; masked again, they stay as they are."""
    values = ["ghp_abcdefghij0123456789", "ghp_abcdefghij9876543210", "ghp_abcdefghij0123456789"]
    masked = [texts.label(value, "pod") for value in values]
    assert masked == ["[secret]", "[secret] (2)", "[secret]"]
    again = Texts(Shapes(), Secrets())
    assert [again.label(value, "pod") for value in masked] == masked


def test_code_loses_known_secrets_only(texts: Texts) -> None:
    """A query stays what was asked, whatever its labels are called; a password before a host goes."""
    query = 'sum(rate(x{api_key="0123456789abcdef0123456789abcdef",phone="+44 20 7946 0958"}[5m]))'
    assert texts.code(query) == query
    assert texts.code(f'x{{token="{TOKEN}"}}') == 'x{token="[secret]"}'
    assert texts.code("https://ann:hunter2@prom.example/graph") == "https://ann:[secret]@prom.example/graph"


def test_plain_data_is_masked_throughout(texts: Texts) -> None:
    """In lists and mappings, with their names; numbers and order stay."""
    data = {"title": "call 07700 900123", "options": [{"password": "hunter2", "width": 3}, None, True], TOKEN: 1.5}
    assert texts.data(data) == {
        "title": "call [phone]",
        "options": [{"password": "[secret]", "width": 3}, None, True],
        "[secret]": 1.5,
    }


def test_marks_are_counted_once_per_text(texts: Texts) -> None:
    """A note that stands in the log as well counts once; so does one that was masked before."""
    for text in ("call 07700 900123", "call [phone]", "pwd=a1, pwd=b2", "nothing", "[address] wrote"):
        texts.text(text)
    texts.text("tel: 07700 900123", counted=False)
    assert texts.counts() == {"address": 1, "phone": 1, "secret": 2}


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A picture of these chunks."""
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def test_a_picture_keeps_what_is_drawn() -> None:
    """Comments, profiles, times and whatever follows the end go."""
    drawn = ((b"IHDR", b"x" * 13), (b"PLTE", b"abc"), (b"IDAT", b"pixels"), (b"IEND", b""))
    told = (*drawn[:2], (b"tEXt", b"Comment\0" + TOKEN.encode()), (b"iTXt", b"x"), (b"eXIf", b"x"), *drawn[2:])
    assert without_words(png(*told) + TOKEN.encode()) == png(*drawn)
    whole = png(*drawn)
    assert without_words(whole) is whole
    assert without_words(b"GIF89a") == b"GIF89a"


@pytest.mark.parametrize("pattern", ["", "*", "a*", "***", "a b", "?" * 10, "x" * 201, "a*b*c*d*e*f"])
def test_a_pattern_that_fits_everything_is_refused(pattern: str) -> None:
    """Named by its key, with what to write instead."""
    with pytest.raises(UsageError, match=r"redaction\.more\[0\]") as caught:
        read(pattern, "redaction.more[0]")
    assert caught.value.hint
