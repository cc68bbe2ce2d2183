"""Outside text stays text: three Markdown renderers show it as it was, and nothing else changes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import cmarkgfm
import mistune
import pytest
from cmarkgfm.cmark import Options
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pm_autofill.wording.markdown import escape, image, link, plain

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKDOWN_IT = MarkdownIt("gfm-like", {"linkify": True})
_MISTUNE = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough", "footnotes", "task_lists"])
RENDERERS: dict[str, Callable[[str], str]] = {
    "markdown-it": _MARKDOWN_IT.render,
    "mistune": lambda source: str(_MISTUNE(source)),
    "cmark-gfm": lambda source: cmarkgfm.github_flavored_markdown_to_html(source, options=Options.CMARK_OPT_UNSAFE),
}
# Where outside text stands in a draft; ``§`` is its place.
SLOTS = {
    "heading": "# Report: §\n\nnext",
    "cell": "| Time | Event |\n|------|-------|\n| § | § |\n| b | a § z |",
    "item": "- **Label:** §\n- §",
    "quote": "> On a day § happened,\n> §\n\nnext",
    "paragraph": "§\n\nbetween\n\nwords (§), then §.\nnext line",
    "link": "- [§](https://example.org/a), later",
}
FRAGMENTS = (
    *("http://", "https://a.b", "www.", "ftp://x.yz", "//localhost/x", "a@b.co", "mailto:", "xmpp:a@b.de", "x.com"),
    *("💩.la", "www.1x", "1.2.3.4/x", "::", "<b>", "</td>", "<!--", "-->", "<x@y.zz>", "<?", "&amp;", "&#65;", "&lt"),
    *("![x](y)", "[x](y)", "[x][y]", "[^1]", "[ ] ", "]: x", "`", "``", "~~", "~", "**", "__", "*", "_", "|", "\\"),
    *("\\|", "- ", "+ ", "1. ", "23) ", "> ", "# ", " ##", "===", "---", "```", ":smile:", ":100:", "13:42:17"),
    *("$x$", "$$", "{{ x }}", "{% y %}", "#12", "@ann", "!7", "\n", "\t", "  ", "a", "Z", "é", "中", "0", " ", "."),
    *("http_requests_total", '{code=~"5.."}', "\u202e", "\x1b[31m", "\x00", "—", "'", '"', "%", "(", ")", ",", ";"),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    st.text(alphabet="".join(map(chr, range(32, 127))) + "\n", max_size=40),
    st.text(max_size=30),
)
PATHS = st.one_of(TEXTS, st.text(max_size=20))
_SOME = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class _Reader(HTMLParser):
    """What a reader sees of a page, and which elements it has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.elements: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; of its attributes only where it points."""
        kept = dict(attrs)
        self.elements.append((tag, kept.get("href") or kept.get("src") or ""))
        self.text += f" {kept['alt']} " if kept.get("alt") else ""

    def handle_data(self, data: str) -> None:
        """Collect what is seen."""
        self.text += data


def _read(html: str) -> tuple[str, list[tuple[str, str]]]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text, reader.elements


def _without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _check_slot(renderer: str, slot: str, text: str) -> None:
    render, source = RENDERERS[renderer], SLOTS[slot]
    words, elements = _read(render(source.replace("§", "QQQ")))
    expected = words.replace("QQQ", plain(text))

    seen, found = _read(render(source.replace("§", escape(text))))

    assert found == elements or not plain(text)
    assert _without_space(seen) == _without_space(expected)


def _check_image(renderer: str, text: str) -> None:
    seen, found = _read(RENDERERS[renderer](image(text, "graphs/01-a b.png")))

    assert found == [("p", ""), ("img", "graphs/01-a%20b.png")]
    assert _without_space(seen) == _without_space(plain(text))


def _check_link(renderer: str, text: str, path: str) -> None:
    source = f"| a | b |\n|---|---|\n| {link(text, 'https://example.org/' + path)} | c |"

    seen, found = _read(RENDERERS[renderer](source))

    assert [tag for tag, _ in found] == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "a", "td"]
    assert dict(found)["a"].startswith("https://example.org/")
    assert _without_space(seen) == _without_space(f"ab{plain(text)}c")


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("slot", SLOTS)
@given(text=TEXTS)
@example(text="a\\|b | c")
@example(text="&lthttp://; &#65;a_b_c")
@example(text="see www.example.org, http://x.y/z_(1) and ann@example.org")
@_SOME
def test_shows_text_as_it_was(renderer: str, slot: str, text: str) -> None:
    """The page has the elements it has with a harmless word, and shows the text on its one line."""
    _check_slot(renderer, slot, text)


@pytest.mark.parametrize("renderer", RENDERERS)
@given(text=TEXTS)
@_SOME
def test_describes_an_image(renderer: str, text: str) -> None:
    """An image's description is the text, and the image stays one."""
    _check_image(renderer, text)


@pytest.mark.parametrize("renderer", RENDERERS)
@given(text=TEXTS.filter(plain), path=PATHS)
@_SOME
def test_links_only_where_it_says(renderer: str, text: str, path: str) -> None:
    """A link to a web address is one link to that host under its text, in a table as anywhere."""
    _check_link(renderer, text, path)


@pytest.mark.long
@pytest.mark.parametrize("renderer", RENDERERS)
@given(text=TEXTS.filter(plain), slot=st.sampled_from(sorted(SLOTS)), path=PATHS)
@settings(_SOME, max_examples=10_000)
def test_holds_for_ten_thousand_texts(renderer: str, text: str, slot: str, path: str) -> None:
    """All of the above, for many more texts."""
    _check_slot(renderer, slot, text)
    _check_image(renderer, text)
    _check_link(renderer, text, path)


@given(text=st.text(max_size=60))
@_SOME
def test_obeys_nothing_on_a_terminal(text: str) -> None:
    """A plain line holds no control character, no change of direction, and no second line."""
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", plain(text))


@given(text=st.text(alphabet="{}%#\\ x", max_size=30))
@_SOME
def test_never_reads_as_a_template(text: str) -> None:
    """No unescaped pair of a template's brackets is left."""
    assert not re.search(r"(?<!\\)\{[{%#]", escape(text))
