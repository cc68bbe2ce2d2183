"""Requests to the demo's own servers: any program on the machine can send them, and gets an answer or none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import strategies as st

from pm_autofill.cli.demo import recordings
from pm_autofill.cli.recording import find_nearest, load, read_request
from tests.fuzz.strategies import ODD_TEXTS, SIZES, drive, spoiled

INDEX = load(recordings())
FORM = b"query=sum(x%5B2363600ms%5D)&time=1795011698.987&timeout=20s"
POSTED = b'{"queries": [{"expr": "x", "refId": "A"}], "from": "1795011698987", "to": "1795011699987"}'


@pytest.mark.parametrize("examples", SIZES)
def test_any_request_is_answered_or_not(examples: int) -> None:
    """What is posted may be no form and no JSON; that is a ValueError, which the server answers with 400."""

    def ask(given: tuple[bytes, str, str]) -> None:
        body, path, kind = given
        with contextlib.suppress(ValueError, RecursionError):
            asked = read_request("POST", path, [("a", path)], kind, body)
            find_nearest(asked, INDEX.prometheus[:20])

    kinds = st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""])
    paths = st.sampled_from(["/api/v1/query", "/api/ds/query"]) | ODD_TEXTS
    drive(examples, st.tuples(spoiled([FORM, POSTED]), paths, kinds), ask)
