"""The errors this program can end with, grouped by what the caller should do.

AutofillError                    base: a message and what to do next (exit 1: no draft)
├── UsageError                   the command line or the configuration is wrong (exit 2)
│   └── TemplateMistake          the template names something that does not exist (exit 2)
├── SourceError                  a source could not give what was asked
│   ├── SourceUnavailable        it did not answer, or not usably: becomes a gap
│   └── SourceRejected           it answered no: credentials, rights, not found
│       ├── CredentialsRefused   wrong or missing token (exit 4 when it is PagerDuty's)
│       └── NotFound             the thing asked for is not there
├── DocumentNotOurs              the file to write holds somebody else's text (exit 1)
├── TextsApart                   two documents were changed by humans, each in its own way (exit 1)
├── UnreadableFile               a local file is missing, of another kind, too long or no text (exit 1)
├── EvidenceUnreadable           an evidence file is missing, damaged or from another version (exit 1)
└── RunInProgress                another run holds this incident (exit 11)
"""

from __future__ import annotations


class AutofillError(Exception):
    """Any error this program explains itself.

    Attributes:
        message: What went wrong, and where; one sentence without a final period.
        hint: What the reader can do next; may be empty.
        exit_code: The exit code when this error ends the run.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep the two sentences apart, so that a gap can store them apart."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Both sentences, as printed on one line."""
        return f"{self.message}. {self.hint}" if self.hint else self.message


class UsageError(AutofillError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class TemplateMistake(UsageError):
    """The template names something that does not exist, or is not valid Jinja."""


class SourceError(AutofillError):
    """A source could not give what was asked.

    Attributes:
        source: Which one: "PagerDuty", "Prometheus" or "Grafana".
    """

    def __init__(self, source: str, message: str, hint: str = "") -> None:
        """Name the source beside the sentences."""
        super().__init__(message, hint)
        self.source = source


class SourceUnavailable(SourceError):
    """The source did not answer, answered too late, or answered with something unusable."""


class SourceRejected(SourceError):
    """The source understood and said no (HTTP 4xx).

    Attributes:
        status: The HTTP status it gave.
    """

    def __init__(self, source: str, message: str, hint: str = "", *, status: int = 0) -> None:
        """Keep the status, for those who decide by it."""
        super().__init__(source, message, hint)
        self.status = status


class CredentialsRefused(SourceRejected):
    """The source refused the token, or none was given."""


class NotFound(SourceRejected):
    """The thing asked for does not exist there."""


class DocumentNotOurs(AutofillError):
    """The file to be written holds text that this program did not write."""


class TextsApart(AutofillError):
    """Two versions of a document hold text of humans, and neither can take the other's place."""


class EvidenceUnreadable(AutofillError):
    """An evidence file is missing, damaged, or of a version this program does not know."""


class UnreadableFile(AutofillError):
    """A local file cannot be read.

    Attributes:
        reason: Why not; for those who know what the file is, and say so.
        is_missing: Whether there is none.
    """

    def __init__(self, path: object, reason: str, *, is_missing: bool = False) -> None:
        """Name the file, and keep the reason apart."""
        super().__init__(f"cannot read {path}: {reason}", "Check the file and its rights.")
        self.reason = reason
        self.is_missing = is_missing


class RunInProgress(AutofillError):
    """Another run holds this incident's folder."""

    exit_code = 11


class WritableByAll(UserWarning):
    """A file that only its owner should write can be written by every user of the machine; no error, but told."""
