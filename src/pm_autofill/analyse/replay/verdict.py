"""The facts ``detection.could_be_sooner`` and ``detection.replayed``: whether a replayed rule beats the alert."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.evidence.readings import Complete, Reading, lacking, seen
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import join_words, plural
from pm_autofill.wording.replay import rule_words, window_words
from pm_autofill.wording.times import clock, interval_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from pm_autofill.replayed import Firing, Replay, ReplayedRule

SEEN = 0.95
"""Share of the week before that must have data for "no fire in it" to mean something."""

_ASK = "someone who knows the alert rules"
_DAYS = 7
_SLACK = timedelta(milliseconds=5)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A rule with the ``for`` it has, or with a shorter one.

    Attributes:
        rule: The rule.
        firing: When it would have fired.
        hold: The shorter ``for``, in seconds; None for its own.
        quiet: Whether it would not have fired in the week before, or only while other incidents lasted.
        excused: How often it would have fired then.
    """

    rule: ReplayedRule
    firing: Firing
    hold: float | None
    quiet: bool
    excused: int

    @property
    def words(self) -> str:
        """What it is called."""
        name = rule_words(self.rule, plain)
        if self.hold is None:
            return name
        return f'{name} with a "for" of {window_words(self.hold)}' if self.hold else f'{name} without its "for"'


@dataclass(frozen=True, slots=True)
class _Told:
    """What detection is compared with.

    Attributes:
        at: The alert's first fire; without an alert the detection.
        what: What that is, in words.
        sources: Ids of the questions.
        alert: Whether it is an alert's first fire.
        evaluated: The same on the replay's grid; None where it is on none.
    """

    at: datetime
    what: str
    sources: tuple[str, ...]
    alert: bool = False
    evaluated: datetime | None = None


def verdict(
    replayed: Reading[Replay] | None, facts: Mapping[str, Fact], names: Collection[str] = ()
) -> dict[str, Fact]:
    """Whether the incident could have been detected sooner, and when; unknown where a rule was not replayed.

    Args:
        replayed: All replayed rules; None where nothing could be replayed.
        facts: The incident's facts: start, alert and detection.
        names: Of the incident's alerts.

    Returns:
        ``detection.could_be_sooner``: a text that begins with yes or no, or unknown; ``detection.replayed``: the
        earliest such instant, unknown where the answer is not yes.

    Formula: yes where a rule without a false fire in the 7 days before would have fired at least one evaluation
        before ``alert.fired`` (without an alert: before ``detection.time``). Both are taken on the replay's grid: the
        alert at the instant at which its own rule fires there, where that is within one evaluation of when it did.
    """
    told = _told(facts)
    replay = seen(replayed, None) if replayed is not None else None
    if replay is None or not isinstance(told, _Told):
        return _both(_nothing(facts, replay, told))
    if not isinstance(replayed, Complete):
        missing = lacking(replayed) if replayed is not None else ""
        return _both(Unknown(reason=f"what rules are replayed on was read in part only (missing: {missing})", ask=_ASK))
    return _judge(replayed, _on_grid(told, replay, names))


def _on_grid(told: _Told, replay: Replay, names: Collection[str]) -> _Told:
    """What detection is compared with, at the instant at which the alert's own rule fires in the replay."""
    own = [rule for rule in replay.rules if rule.burn is None and rule.name in names and rule.firing is not None]
    near = [
        rule.firing.at
        for rule in own
        if rule.firing is not None and abs((rule.firing.at - told.at).total_seconds()) < rule.interval
    ]
    return replace(told, evaluated=min(near, default=told.at)) if told.alert else told


def _judge(replayed: Complete[Replay], told: _Told) -> dict[str, Fact]:
    """Yes or no: what only a replay of every rule can tell."""
    replay = replayed.value
    candidates = sorted(_candidates(replay), key=lambda one: (one.firing.at, one.hold is not None))
    if not any(not rule.refused for rule in replay.rules):
        return _both(Unknown(reason="none of the rules could be replayed", ask=_ASK))
    sooner = [one for one in candidates if _is_sooner(one, told)]
    quiet = [one for one in sooner if one.quiet]
    if quiet and replay.seen_ratio < SEEN:
        days = f"{_DAYS * replay.seen_ratio:.1f}"
        reason = (
            f"{quiet[0].words} would have fired {_by(quiet[0], told)}, but only {days} of the {_DAYS} days before have "
            "data to see whether it is quiet otherwise"
        )
        return _both(Unknown(reason=reason, ask=_ASK))
    refused = join_words([rule_words(rule, plain) for rule in replay.rules if rule.refused])
    if quiet:
        return _yes(quiet[0], told, refused)
    if refused:
        reason = (
            f"no rule that was replayed would have fired sooner than {told.what}, but {refused} could not be replayed"
        )
        return _both(Unknown(reason=reason, ask=_ASK))
    return _no(candidates, sooner, told, replay)


def _yes(best: _Candidate, told: _Told, refused: str) -> dict[str, Fact]:
    """One quiet rule is enough; that it is the earliest, only all of them tell."""
    # How long after the start, and at what cost, is as certain as the start is: the table of all rules says it.
    words = f"Yes: {best.words} would have fired {_by(best, told)}; {_otherwise(best)}."
    sources = tuple(dict.fromkeys((*best.rule.sources, *told.sources)))
    which = "a quiet one" if refused else "the earliest quiet one"
    method = f"replay of alert rules over the recorded series; {which} is {best.words}"
    replayed: Fact = Known(
        value=best.firing.at,
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method=method,
        sources=best.rule.sources,
        notes={"evaluated every_s": best.rule.interval},
    )
    if refused:
        reason = f"it is at {clock(best.firing.at)} UTC at the latest: {refused} could not be replayed"
        replayed = Unknown(reason=reason, ask=_ASK)
    return {"detection.could_be_sooner": _text(words, method, sources), "detection.replayed": replayed}


def _no(candidates: list[_Candidate], sooner: list[_Candidate], told: _Told, replay: Replay) -> dict[str, Fact]:
    replayed = [rule for rule in replay.rules if not rule.refused]
    words = f"No: of {plural(len(replayed), 'replayed rule')} none that was quiet in the {_DAYS} days before"
    words += f" would have fired sooner than {told.what} at {clock(told.at)}"
    if sooner:
        first = sooner[0]
        fires = plural(first.rule.false_fires, "time")
        words += f"; {first.words} would have fired {_by(first, told)}, but also {fires} in those days"
    elif candidates:
        words += f"; the first would have been {candidates[0].words}, at {clock(candidates[0].firing.at)}"
    method = "replay of alert rules over the recorded series"
    sources = tuple(dict.fromkeys((*(source for rule in replayed for source in rule.sources), *told.sources)))
    reason = "no replayed rule that is quiet otherwise would have fired sooner"
    return {
        "detection.could_be_sooner": _text(f"{words}.", method, sources),
        "detection.replayed": Unknown(reason=reason, ask=_ASK),
    }


def _text(words: str, method: str, sources: tuple[str, ...]) -> Known:
    return Known(value=words, unit=Unit.TEXT, basis=Basis.INFERRED, method=method, sources=sources)


def _candidates(replay: Replay) -> Iterator[_Candidate]:
    """Every rule that would have fired, and the team's own with a shorter `for`: that is theirs to change."""
    for rule in replay.rules:
        if rule.firing is not None:
            yield _Candidate(rule, rule.firing, None, rule.false_fires == 0, rule.excused_fires)
        if rule.burn is None and rule.shorter is not None and rule.shorter.firing is not None:
            yield _Candidate(
                rule, rule.shorter.firing, rule.shorter.hold, quiet=True, excused=rule.shorter.excused_fires
            )


def _is_sooner(one: _Candidate, told: _Told) -> bool:
    return one.firing.at <= (told.evaluated or told.at) - timedelta(seconds=one.rule.interval) + _SLACK


def _otherwise(best: _Candidate) -> str:
    """What a quiet rule would have done in the days before."""
    if not best.excused:
        return f"it would not have fired in the {_DAYS} days before"
    times = plural(best.excused, "time")
    return f"in the {_DAYS} days before it would have fired {times}, only while other incidents lasted"


def _by(one: _Candidate, told: _Told) -> str:
    """When, and how much sooner."""
    return f"at {clock(one.firing.at)}, {interval_words((told.at - one.firing.at).total_seconds())} before {told.what}"


def _told(facts: Mapping[str, Fact]) -> _Told | Unknown:
    fired, detected = facts["alert.fired"], facts["detection.time"]
    if isinstance(fired, Known):
        return _Told(fired.instant, "the alert", fired.sources, alert=True)
    if isinstance(detected, Known):
        return _Told(detected.instant, "the detection", detected.sources)
    return detected


def _nothing(facts: Mapping[str, Fact], replay: Replay | None, told: _Told | Unknown) -> Unknown:
    """Why there is no answer."""
    start = facts["impact.start"]
    if isinstance(start, Unknown):
        return start
    if replay is None:
        reason = "no SLO that moved has counted events from before its start on which alert rules could be replayed"
        return Unknown(reason=reason, ask=_ASK)
    if isinstance(told, Unknown):
        return told
    return Unknown(reason="nothing could be replayed", ask=_ASK)


def _both(why: Unknown) -> dict[str, Fact]:
    return {"detection.could_be_sooner": why, "detection.replayed": why}
