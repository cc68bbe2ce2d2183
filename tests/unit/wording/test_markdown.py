"""Outside text in Markdown and on terminals: readable, and without power."""

from __future__ import annotations

import pytest

from pm_autofill.wording.markdown import code, escape, image, link, plain


@pytest.mark.parametrize(
    "text",
    [
        "Checkout requests fail after release 2026.11.3",
        "http_requests_total rose at 13:42:17, R&D on call",
        "error: disk full (sda1); see runbook!",
        "payments -> checkout: 5 > 3",
        "Größe: 中文 émoji 🙂",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """What cannot be misread is not touched."""
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a|b", r"a\|b"),
        ("[click](http://x)", r"\[click\](http:/\/x)"),
        ("**bold** `code`", r"\*\*bold\*\* \`code\`"),
        ("<script>", r"\<script>"),
        ("{{ 7*7 }} {% x %}", r"\{\{ 7\*7 }} \{% x %}"),
        ("@ann #12", "@<!-- -->ann #<!-- -->12"),
        ("www.example.org", r"www\.example\.org"),
        ("# title #", r"\# title \#"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("> quote", r"\> quote"),
        ("_x_ snake_case", r"\_x\_ snake_case"),
        (":smile: $x$ ~y~", r"\:smile: \$x\$ \~y\~"),
        ("&amp; a&b", "&amp;amp; a&b"),
        ("two\nlines\r\n", "two lines"),
        ("\\", "\\\\"),
        ("", ""),
    ],
)
def test_dangerous_text_is_escaped(text: str, markdown: str) -> None:
    """Each thing that Markdown, a template or a git host would act on is disarmed."""
    assert escape(text) == markdown


def test_long_text_is_cut() -> None:
    """A text longer than its limit ends in an ellipsis, and is cut before escaping."""
    assert escape("x" * 600) == "x" * 499 + "…"
    assert plain("ab cd", limit=4) == "ab…"
    assert escape("****", limit=3) == r"\*\*…"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07click\x1b]8;;\x07", "click"),
        ("a\u202eb\u2066c", "abc"),
        ("a\r\nb\tc\u2028d", "a b c d"),
        ("nul\x00bel\x07", "nulbel"),
        ("half \ud800 pair", "half pair"),
        ("  spaces  ", "spaces"),
    ],
)
def test_plain_text_has_no_power_over_a_terminal(text: str, line: str) -> None:
    """Sequences, control characters and turned directions are gone, and one line is left."""
    assert plain(text) == line


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("https://x.example/a?b=c&d=e#f", "https://x.example/a?b=c&d=e#f"),
        ("http://127.0.0.1:9090/graph?g0.expr=rate(x[5m])", "http://127.0.0.1:9090/graph?g0.expr=rate%28x%5B5m%5D%29"),
        ("https://x.example/a b|c", "https://x.example/a%20b%7Cc"),
        ("https://x.example/%20%zz", "https://x.example/%20%25zz"),
        ("https://user:pw@x.example/", "https://x.example/"),
        ("http://[::1]:3000/d/x", "http://[::1]:3000/d/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_links_point_to_web_addresses(href: str, target: str) -> None:
    """Addresses are quoted so that they end neither link nor cell, and carry no credentials."""
    assert link("a|b", href) == f"[a\\|b]({target})"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x.example",
        "",
        "https://",
        "https://x.example:port/",
        "http://[::1/",
        "https://x y.example/",
        "https://x.example/" + "a" * 5000,
    ],
)
def test_other_addresses_are_no_links(href: str) -> None:
    """What is no web address leaves the text alone."""
    assert link("@text", href) == "@<!-- -->text"


def test_images_and_code() -> None:
    """An image's description is escaped; code that a span cannot hold is escaped instead."""
    assert image("a [b] @c", "graphs/01-x.png") == r"![a \[b\] @c](graphs/01-x.png)"
    assert code("bad(V) - bad(S)") == "`bad(V) - bad(S)`"
    assert code("a|b `c`") == r"a\|b \`c\`"
    assert code("{{ x }}") == r"\{\{ x }}"
    assert code("") == ""
