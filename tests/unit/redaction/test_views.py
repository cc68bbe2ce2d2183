"""Readings of a text: what is read where escapes are undone, and where in the text each character of it stands."""

from __future__ import annotations

import re
import sys
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.views import View, readings, tight, unspaced

FORMS = ("{0}", "{0}\u200b", "%{1:02x}", "&#{1};", "\\u{1:04x}", "%25{1:02x}", "&amp;#{1};", "%255c\\u0075{1:04x}")
"""Ways to write a character: plain, before one that cannot be seen, and in up to three layers of escapes."""
LETTER = st.characters(codec="ascii", categories=("Lu", "Ll", "Nd"))


@settings(deadline=None)
@given(st.lists(st.tuples(LETTER, st.sampled_from(FORMS)), min_size=1, max_size=40))
def test_every_character_knows_where_it_stands(written: list[tuple[str, str]]) -> None:
    """However each is escaped: its place is the whole of what stands for it."""
    forms = [form.format(one, ord(one)) for one, form in written]
    plain, ends = "".join(one for one, _ in written), [0]
    for form in forms:
        ends.append(ends[-1] + len(form))
    view = next(one for one in readings("".join(forms)) if one.text == plain)
    for index, form in enumerate(forms):
        start, end = ends[index], ends[index + 1] - form.count("\u200b")
        assert view.place(index, index + 1) == (start, end)
        assert view.place(0, index + 1) == (0, end)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("ab \t\n\u2003\x1f", max_size=60))
def test_blanks_are_left_out_in_the_text_as_in_the_view(text: str) -> None:
    """So that what is found in one has its place in the other."""
    packed = tight(View(text))
    assert packed.text == unspaced(text) == "".join(text.split())
    assert [text[slice(*packed.place(index, index + 1))] for index in range(len(packed.text))] == list(packed.text)


def test_every_blank_is_known() -> None:
    """Those of every script."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert unspaced(every) == re.sub(r"\s+", "", every)


@settings(deadline=None)
@given(st.text("aÄß\u03a3\u0130x", max_size=40))
def test_lower_case_is_as_long_as_the_text(text: str) -> None:
    """Also where a letter becomes two, and where a long text is lowered in slices."""
    before = "x" * (2**16 - 20)
    expected = before + "".join(one if len(one.lower()) > 1 else one.lower() for one in text)
    assert View(before + text).lowered.replace("\u03c2", "\u03c3") == expected


def test_looking_for_secrets_takes_little_beside_the_text() -> None:
    """A megabyte with an escape in every line takes some sixteen bytes a character, and not hundreds."""
    text = '"Checkout failed \\"again\\" \u2013 12 % of all requests",\n' * 20_000
    known = Secrets.of(["s3cr3t-t0ken-of-this-run"])
    known.mask(text[:1000])
    tracemalloc.start()
    try:
        assert known.mask(text) == text
        assert tracemalloc.get_traced_memory()[1] < 24 * len(text)
    finally:
        tracemalloc.stop()
