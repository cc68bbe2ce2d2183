"""A client that stumbles over an answer leaves one of our errors, and nothing of its own."""

from __future__ import annotations

import json

import pytest

from pm_autofill.collect.transport.translation import translating_from
from pm_autofill.errors import NotFound, SourceUnavailable


class VendorError(Exception):
    """A client's error that keeps the answer."""

    def __init__(self, message: str) -> None:
        """Keep more than is good."""
        super().__init__(message)
        self.response = "secret-canary"


def stumble(error: Exception) -> None:
    """Raise as a client would, over an error of its own."""
    try:
        json.loads("secret-canary")
    except ValueError:
        raise error from None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VendorError("got secret-canary"), "it is not valid JSON"),
        (RecursionError("secret-canary"), "it is nested too deeply"),
    ],
)
def test_what_went_wrong_is_told_without_the_answer(error: Exception, reason: str) -> None:
    """The reason is named, and neither the error nor those behind it quote the answer any more."""
    with pytest.raises(SourceUnavailable) as caught, translating_from("Grafana", "panel 2", (VendorError,)):
        stumble(error)
    assert caught.value.message == f"Grafana answered the question for panel 2 unusably: {reason}"
    link: BaseException | None = caught.value
    while link is not None:
        assert "secret-canary" not in repr((link, link.args, vars(link)))
        link = link.__context__


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("data"), "it holds no 'data'"),
        (KeyError("not a name"), "it is not shaped as expected (KeyError)"),
        (KeyError(7), "it is not shaped as expected (KeyError)"),
        (TypeError("x"), "it is not shaped as expected (TypeError)"),
        (VendorError("x"), "it is not shaped as expected (VendorError)"),
        (json.JSONDecodeError("x", "y", 0), "it is not valid JSON"),
    ],
)
def test_each_way_to_stumble_is_named(error: Exception, reason: str) -> None:
    """A missing key is named when it reads like one; for the rest the kind of error has to do."""
    with pytest.raises(SourceUnavailable) as caught, translating_from("Grafana", "panel 2", (VendorError,)):
        raise error
    assert caught.value.message.endswith(reason)
    assert caught.value.hint == "Check that grafana.url leads to Grafana itself, and its version."


@pytest.mark.parametrize("error", [NotFound("Grafana", "no such panel"), KeyboardInterrupt(), ZeroDivisionError()])
def test_everything_else_passes_through(error: BaseException) -> None:
    """Errors that are ours already, interrupts and plain bugs are not touched."""
    with pytest.raises(type(error)) as caught, translating_from("Grafana", "panel 2", (VendorError,)):
        raise error
    assert caught.value is error
