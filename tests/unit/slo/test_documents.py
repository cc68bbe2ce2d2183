"""YAML and JSON within limits: what authors meant, or a refusal with its line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pm_autofill.slo.documents import Unreadable, objects, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("2022-01-01 12:00:00", "2022-01-01 12:00:00"),
        ("2022-01-01", "2022-01-01"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("99.9", Decimal("99.9")),
        ("99.90", Decimal("99.90")),
        ("1e3", Decimal(1000)),
        ("-7", -7),
        ("true", True),
        ("~", None),
        ("'99.9'", "99.9"),
        ('"no"', "no"),
        ("!!str 5", "5"),
    ],
)
def test_scalars_are_what_their_authors_meant(text: str, value: object) -> None:
    """What YAML 1.1 would turn into minutes, dates and booleans stays text; numbers are exact."""
    assert parse(f"a: {text}".encode()) == [{"a": value}]


def test_several_documents_and_lists_of_objects() -> None:
    """Each document counts, and each element of a list or of a Kubernetes List; empty ones do not."""
    text = b"a: 1\n---\n- b: 2\n- [c, {d: 3}]\n---\n---\nkind: List\nitems: [{e: 4}]\n"
    found = [one for document in parse(text) for one in objects(document)]
    assert found == [{"a": 1}, {"b": 2}, "c", {"d": 3}, {"e": 4}]


def test_json_is_read_too() -> None:
    """With tabs, as some tools write it."""
    assert parse(b'{\t"a":\t[1.5, null, true, "no"]\t}') == [{"a": [Decimal("1.5"), None, True, "no"]}]


def test_aliases_and_merged_mappings() -> None:
    """An alias stands for its anchor; what a mapping says itself wins over what it merges."""
    text = b"base: &b {a: 1, c: 3}\none: {<<: *b, a: 2}\ntwo: {<<: [{c: 9}, *b]}\nsame: *b\n"
    assert parse(text) == [
        {"base": {"a": 1, "c": 3}, "one": {"a": 2, "c": 3}, "two": {"c": 9, "a": 1}, "same": {"a": 1, "c": 3}}
    ]


def test_a_quoted_merge_sign_is_a_key_that_stands_once() -> None:
    """A key given twice is refused whatever it is called."""
    with pytest.raises(Unreadable, match="the key '<<' stands twice"):
        parse(b'"<<": {a: 1}\n"<<": {a: 2}\n')


def _bomb(levels: int) -> bytes:
    """Ten times as many values with each level, in a few lines."""
    more = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *more]).encode()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "the key 'a' stands twice"),
        (_bomb(12), 7, "holds more values than can be read"),
        (b"[" * 500, 1, "is nested too deeply"),
        (b"a: &a [*a]", 1, "the alias *a has no anchor before it"),
        (b"a: &a 1\n---\nb: *a\n", 3, "the alias *a has no anchor before it"),
        (
            b"a: !!python/object/apply:os.system [id]",
            1,
            "the tag tag:yaml.org,2002:python/object/apply:os.system is not",
        ),
        (b"? [a]\n: b\n", 1, "has a key that is no text"),
        (b"a: {<<: 1}", 1, "<< takes mappings"),
        (b"a:\n\tb: 1\n", 2, "is no valid YAML"),
        (b"a: [1, 2\nb: 3\n", 2, "is no valid YAML"),
        (b'a: "\xc3\x28"', 0, "is no valid YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: bytes, line: int, reason: str) -> None:
    """Duplicate keys, alias bombs, depth, cycles, tags that build objects, and broken syntax."""
    with pytest.raises(Unreadable) as caught:
        parse(text)
    assert (caught.value.line, caught.value.reason[: len(reason)]) == (line, reason)
