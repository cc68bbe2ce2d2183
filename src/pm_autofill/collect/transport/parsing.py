"""JSON as servers send it: strict where that is quick and saves memory, and as forgiving as the standard library."""

from __future__ import annotations

import codecs
import json

import msgspec


def parse_json(body: bytes) -> object:
    r"""Parse an answer.

    Args:
        body: JSON in UTF-8, with a byte order mark or without. Halves of characters (``\ud800``), ``NaN`` and numbers
            beyond any float are taken as the standard library takes them: who reads the values must expect them.

    Returns:
        Plain data.

    Raises:
        ValueError: It is no JSON, no UTF-8, or holds a whole number of thousands of digits.
        RecursionError: It is nested too deeply.
    """
    text = body.removeprefix(codecs.BOM_UTF8)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text.decode("utf-8"))
