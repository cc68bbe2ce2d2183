"""Errors: what they print, and with which exit code they end a run."""

from __future__ import annotations

import pytest

from pm_autofill.errors import (
    AutofillError,
    CredentialsRefused,
    DocumentNotOurs,
    EvidenceUnreadable,
    NotFound,
    RunInProgress,
    SourceError,
    SourceRejected,
    SourceUnavailable,
    TemplateMistake,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AutofillError("m"), 1),
        (UsageError("m"), 2),
        (TemplateMistake("m"), 2),
        (SourceError("Grafana", "m"), 1),
        (SourceUnavailable("Grafana", "m"), 1),
        (SourceRejected("Grafana", "m"), 1),
        (CredentialsRefused("Grafana", "m"), 1),
        (NotFound("Grafana", "m"), 1),
        (DocumentNotOurs("m"), 1),
        (EvidenceUnreadable("m"), 1),
        (RunInProgress("m"), 11),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_exit_code(error: AutofillError, code: int) -> None:
    """Scripts tell them apart by it; that PagerDuty's refusal ends with 4 is decided where the source is known."""
    assert error.exit_code == code


def test_message_and_hint_are_printed_on_one_line() -> None:
    """Two sentences, the first of which has no period of its own."""
    assert str(UsageError("the file is empty", "Write something.")) == "the file is empty. Write something."


def test_without_a_hint_the_message_stands_alone() -> None:
    """No period and no blank are added to it."""
    assert str(UsageError("the file is empty")) == "the file is empty"


def test_both_sentences_stay_apart() -> None:
    """A gap stores them in fields of their own."""
    error = SourceUnavailable("Prometheus", "it did not answer", "Try again.")
    assert (error.source, error.message, error.hint) == ("Prometheus", "it did not answer", "Try again.")
    assert str(error) == "it did not answer. Try again."


def test_a_refusal_keeps_its_status() -> None:
    """Callers decide by it; a refusal without one has 0."""
    assert NotFound("PagerDuty", "no such incident", status=404).status == 404
    assert CredentialsRefused("PagerDuty", "no token").status == 0


@pytest.mark.parametrize("kind", [CredentialsRefused, NotFound])
def test_refusals_are_answers_of_a_source(kind: type[SourceRejected]) -> None:
    """Whoever turns sources' failures into gaps catches them too."""
    assert issubclass(kind, SourceRejected)
    assert issubclass(kind, SourceError)
    assert not issubclass(kind, SourceUnavailable)
