"""What the command line of drafting says, as typed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pm_autofill.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line says, as typed."""

    incident: str | None = None
    resolved_since: str | None = None
    config: str | None = None
    output: str | None = None
    template: str | None = None
    since: str | None = None
    until: str | None = None
    service: str | None = None
    stated: tuple[str, ...] = ()
    as_of: str | None = None
    from_evidence: str | None = None
    timeline: str | None = None
    deadline: float = 60.0
    snapshot: bool = False
    dry_run: bool = False
    strict: bool = False
    as_json: bool = False
    debug: bool = False
    verbose: bool = False
    quiet: bool = False

    @classmethod
    def of(cls, chosen: dict[str, object]) -> Choices:
        """From click's parameters."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in chosen.items() if name in names})  # type: ignore[arg-type]

    def check(self) -> None:
        """Refuse combinations that say nothing or contradict each other.

        Raises:
            UsageError: They do; or a text came in bytes that are none in this process's encoding.
        """
        texts = (self.incident, self.service, self.since, self.until, self.as_of, self.resolved_since, *self.stated)
        if any(not _is_text(one) for one in texts if one):
            message = "an option's text cannot be read in this locale's encoding"
            raise UsageError(message, "Set PYTHONUTF8=1, or a UTF-8 locale such as LC_ALL=C.UTF-8.")
        if self.quiet and self.verbose:
            message = "--quiet and --verbose exclude each other"
            raise UsageError(message, "Give one of them.")
        if self.snapshot and (self.dry_run or self.from_evidence):
            message = "--snapshot writes to Grafana, which --dry-run and --from-evidence do not"
            raise UsageError(message, "Leave one of them out.")
        if self.resolved_since is not None:
            others = (self.incident, self.service, self.since, self.until, self.as_of, self.from_evidence, self.stated)
            if any(others):
                message = "--resolved-since names the incidents itself"
                raise UsageError(message, "Leave out what names one incident, its window or its facts.")
            return
        if self.from_evidence:
            if self.incident or self.service:
                message = "--from-evidence needs no --incident and no --service"
                raise UsageError(message, "The evidence says which incident it is.")
            if self.since or self.until or self.as_of:
                message = "--since, --until and --as-of bound what is collected, and evidence has been collected"
                raise UsageError(message, "Leave them out, or collect anew with --incident.")
            return
        if self.incident is None and not (self.service and self.since and self.until):
            message = "nothing to draft"
            raise UsageError(
                message, "Give --incident ID, or --service NAME --since T --until T, or try `pm-autofill demo`."
            )


def _is_text(value: str) -> bool:
    """Whether an argument is text: bytes that cannot be decoded come as halves of characters."""
    return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)
