"""What alert rules would have done: the outcome of a replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.evidence.series import Floats
    from pm_autofill.instants import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRule:
    """A condition on the burn rate over two windows, which must both exceed the same factor.

    Attributes:
        sets: Which published sets have it, such as "Google" and "Sloth".
        severity: "page" or "ticket".
        long: Seconds of the long window.
        short: Seconds of the short window.
        factor: The burn rate to exceed, as a multiple of the rate that spends the budget in just its window.
        hold: Its ``for``, in seconds.
    """

    sets: tuple[str, ...]
    severity: str
    long: float
    short: float
    factor: float
    hold: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """When a rule would have fired.

    Attributes:
        at: The evaluation.
        to_detect: Seconds from the start of the impact; negative before it.
        spent_ratio: Share of the error budget the incident had consumed by then, 0..1; None where that is unknown.
    """

    at: datetime
    to_detect: float
    spent_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorter:
    """What the shortest ``for`` without a false fire in the week before would have given.

    Attributes:
        hold: That ``for``, in seconds.
        firing: When the rule would have fired with it; None where it would not.
        excused_fires: How often it would have fired in the week before while other incidents lasted.
    """

    hold: float
    firing: Firing | None
    excused_fires: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedRule:
    """One rule and what it would have done.

    Attributes:
        name: The alert's name; empty for a rule of a published set.
        burn: The condition of a published set's rule; None for one of the team's own.
        slo: The SLO it watched; empty for one of the team's own.
        severity: "page", "ticket", or what the own rule's label says.
        hold: Its ``for``, in seconds.
        interval: Seconds between evaluations.
        firing: Its first fire in the incident; None where it would not have fired.
        earlier_fires: How often it would have fired in the week before.
        excused_fires: How often of these while other incidents lasted, so that it was not wrong.
        shorter: What a shorter ``for`` would have given; None where its own is as short as can be.
        never: Whether no ratio of failures, however high, can make it fire.
        refused: Why it could not be replayed; empty where it was.
        sources: Ids of the questions.
    """

    name: str
    burn: BurnRule | None
    slo: str
    severity: str
    hold: float
    interval: float
    sources: tuple[str, ...]
    firing: Firing | None = None
    earlier_fires: int = 0
    excused_fires: int = 0
    shorter: Shorter | None = None
    never: bool = False
    refused: str = ""

    @property
    def false_fires(self) -> int:
        """How often it would have fired in the week before for no reason that is known."""
        return self.earlier_fires - self.excused_fires


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BurnLine:
    """A burn rate over time.

    Attributes:
        window: Seconds over which it was taken.
        times: Epoch seconds, ascending, shape (n,).
        burn: Burn rate of the window that ends there, shape (n,); NaN where there were no events.
    """

    window: float
    times: Floats
    burn: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """All rules that were replayed.

    Attributes:
        rules: Own ones first, then those of the published sets, by SLO.
        week: The week before, in which earlier fires were counted.
        seen_ratio: Share of that week that has data, 0..1.
        incidents_known: Whether all incidents of the service in that week were asked for.
        interval_known: Whether a loaded rule says how often rules are evaluated here.
        slo: The SLO whose burn rate stands in ``lines``; empty without any.
        lines: Its burn rate over the windows of the fastest rules.
        missing: What of the rules was not read, as a clause; empty where nothing is missing.
    """

    rules: tuple[ReplayedRule, ...]
    week: Window
    seen_ratio: float
    incidents_known: bool = False
    interval_known: bool = True
    slo: str = ""
    lines: tuple[BurnLine, ...] = ()
    missing: str = ""
