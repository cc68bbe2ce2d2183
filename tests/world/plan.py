"""What shall have happened: plans from which a service's history is generated.

All durations are seconds unless they are ``timedelta``; all instants are aware UTC and lie on whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)
MITIGATED = datetime(2026, 11, 18, 14, 20, 5, tzinfo=UTC)
RECOVERY = datetime(2026, 11, 18, 14, 21, 40, tzinfo=UTC)
DEPLOY = datetime(2026, 11, 18, 13, 41, 5, tzinfo=UTC)
ROLLBACK = datetime(2026, 11, 18, 14, 18, 40, tzinfo=UTC)
DATA_END = datetime(2026, 11, 18, 15, 45, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Phase:
    """How a service does from one instant until the next phase begins.

    Attributes:
        at: When it begins.
        failed_ratio: Share of requests answered with 5xx, 0..1.
        slow_ratio: Share of requests slower than the latency threshold, 0..1.
        traffic: Factor on the usual request rate; 0 means that nothing arrives.
    """

    at: datetime
    failed_ratio: float
    slow_ratio: float
    traffic: float = 1.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """Every pod is replaced by one with a new name, one after the other.

    Attributes:
        at: When it begins.
        seconds: Until the last pod is replaced.
    """

    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Restart:
    """One pod's process dies and comes back under its old name: its counters start again from 0.

    Attributes:
        at: When it dies.
        pod: Which pod, counted from 0.
    """

    at: datetime
    pod: int


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The traffic of one service and how it is observed.

    Attributes:
        name: The ``service`` label of its series; its ``job`` label is the same with ``-api``.
        requests_per_second: Mean over a day.
        daily_swing: How far the rate swings around that mean in a day, 0..1; the mean is crossed upwards at 13:42 UTC.
        pods: How many run at a time.
        routes: Values of the ``route`` label.
        baseline: How it does before its first phase; its ``at`` is not looked at.
        phases: What changes, in order of time.
        rollouts: Replacements of all pods.
        restarts: Restarts of single pods in place.
        gaps: Stretches [start, end) in which no pod is scraped.
        lazy: Whether a child of a counter exists only from its first event on, as client libraries have it.
        latency: Whether there is a latency histogram.
    """

    name: str = "checkout"
    requests_per_second: float = 60.0
    daily_swing: float = 0.35
    pods: int = 3
    routes: tuple[str, ...] = ("/cart", "/pay")
    baseline: Phase = Phase(at=START, failed_ratio=0.0006, slow_ratio=0.004)
    phases: tuple[Phase, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    restarts: tuple[Restart, ...] = ()
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    lazy: bool = True
    latency: bool = True

    @property
    def job(self) -> str:
        """The ``job`` label of its series."""
        return f"{self.name}-api"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alerting rule on a service's share of failed requests.

    Attributes:
        name: The ``alertname``.
        service: Whose requests it watches.
        windows: Prometheus durations; the ratio has to exceed the threshold over each of them.
        threshold: The ratio, 0..1.
        hold: How long that has to last before it fires: the rule's ``for``.
        severity: The ``severity`` label.
    """

    name: str
    service: str
    windows: tuple[int, ...]
    threshold: float
    hold: int
    severity: str

    @property
    def labels(self) -> dict[str, str]:
        """Labels the rule adds."""
        return {"service": self.service, "severity": self.severity}

    @property
    def annotations(self) -> dict[str, str]:
        """Annotations of the rule."""
        return {
            "summary": f"{self.service} fails more than {self.threshold:.1%} of its requests",
            "runbook_url": f"https://runbooks.example/{self.service}/{self.name}",
            "__dashboardUid__": f"{self.service}-slo",
            "__panelId__": "1",
        }

    @property
    def expression(self) -> str:
        """The rule's PromQL."""
        total = f'http_requests_total{{service="{self.service}"}}'
        failed = f'http_requests_total{{service="{self.service}",code=~"5.."}}'
        return " and ".join(
            f"sum(rate({failed}[{window}s])) / sum(rate({total}[{window}s])) > {self.threshold}"
            for window in self.windows
        )


@dataclass(frozen=True, slots=True)
class IncidentPlan:
    """A history of several services, with one incident in it.

    Attributes:
        name: Names the plan in caches and messages.
        services: The incident's own service first.
        rules: Alerting rules, evaluated over the incident.
        start: When the impact on the first service begins.
        recovery: When it ends; None while it lasts.
        data_end: When the last sample is taken.
        history: How much is recorded before the start.
        budget_window: Over which the budget is counted.
        detail: How long before the start scrapes come every ``scrape`` seconds.
        scrape: Scrape interval from then on.
        history_scrape: Scrape interval long before; ``scrape`` doubled a few times, an hour for each step in between.
        evaluation: Interval at which rules are evaluated, on multiples of itself.
        seed: Of the random numbers.
        slow_threshold: What a request may take, in seconds, one of the histogram's bounds.
    """

    name: str
    services: tuple[ServicePlan, ...]
    rules: tuple[AlertRule, ...] = ()
    start: datetime = START
    recovery: datetime | None = RECOVERY
    data_end: datetime = DATA_END
    history: timedelta = timedelta(days=30, hours=2)
    budget_window: timedelta = timedelta(days=30)
    detail: timedelta = timedelta(hours=12)
    scrape: int = 15
    history_scrape: int = 120
    evaluation: int = 30
    seed: int = 20261118
    slow_threshold: float = 0.5

    @property
    def data_start(self) -> datetime:
        """When the first sample is taken."""
        return self.start - self.history

    @property
    def detail_start(self) -> datetime:
        """From when on scrapes come every ``scrape`` seconds."""
        return max(self.start - self.detail, self.data_start)

    @property
    def end(self) -> datetime:
        """Recovery, or while there is none the end of the data."""
        return self.recovery or self.data_end


CHECKOUT_RULES = (
    AlertRule("CheckoutErrorBudgetBurn", "checkout", (300,), 0.045, 120, "critical"),
    AlertRule("CheckoutBudgetBurnSlow", "checkout", (3600, 300), 0.006, 900, "warning"),
)

CHECKOUT = ServicePlan(
    phases=(
        Phase(START, failed_ratio=0.12, slow_ratio=0.022),
        Phase(MITIGATED, failed_ratio=0.03, slow_ratio=0.012),
        Phase(RECOVERY, failed_ratio=0.0006, slow_ratio=0.004),
    ),
    rollouts=(Rollout(DEPLOY, 60), Rollout(ROLLBACK, 85)),
    restarts=(Restart(datetime(2026, 11, 3, 4, 12, 9, tzinfo=UTC), 1),),
)

PAYMENTS = ServicePlan(
    name="payments",
    requests_per_second=14.0,
    pods=1,
    routes=("/charge",),
    baseline=Phase(START, failed_ratio=0.0004, slow_ratio=0.002),
    latency=False,
)


def checkout() -> IncidentPlan:
    """The main plan: a release breaks 12 % of checkout's requests for 39 minutes; payments does not move."""
    return IncidentPlan("checkout", (CHECKOUT, PAYMENTS), CHECKOUT_RULES)


def steady() -> IncidentPlan:
    """Nothing happens: the same services over three days, without failures beyond the usual."""
    quiet = replace(CHECKOUT, phases=(), rollouts=(), restarts=())
    return replace(short_history(), name="steady", services=(quiet, PAYMENTS))


def short_history() -> IncidentPlan:
    """The main incident, with only three days recorded before it."""
    return replace(checkout(), name="short-history", history=timedelta(days=3))


def still_open() -> IncidentPlan:
    """The main incident over three days, seen 25 minutes after its start, while it lasts."""
    service = replace(CHECKOUT, phases=CHECKOUT.phases[:1], rollouts=CHECKOUT.rollouts[:1])
    return replace(
        short_history(),
        name="still-open",
        services=(service, PAYMENTS),
        recovery=None,
        data_end=START + timedelta(minutes=25),
    )


def both_services() -> IncidentPlan:
    """The main incident over three days; payments fails 4 % of its requests from one minute later until recovery."""
    payments = replace(
        PAYMENTS,
        phases=(
            Phase(START + timedelta(minutes=1), failed_ratio=0.04, slow_ratio=0.002),
            replace(PAYMENTS.baseline, at=RECOVERY),
        ),
    )
    return replace(short_history(), name="both-services", services=(CHECKOUT, payments))


def low_traffic() -> IncidentPlan:
    """One request in two seconds, 40 % of them failing during the incident; three days."""
    service = replace(
        CHECKOUT,
        requests_per_second=0.5,
        pods=2,
        routes=("/cart",),
        phases=(Phase(START, failed_ratio=0.4, slow_ratio=0.004), replace(CHECKOUT.baseline, at=RECOVERY)),
        rollouts=(),
        restarts=(),
    )
    return replace(short_history(), name="low-traffic", services=(service,))


def outage() -> IncidentPlan:
    """Every request fails, from the start until recovery; three days."""
    service = replace(
        CHECKOUT,
        phases=(Phase(START, failed_ratio=1.0, slow_ratio=0.004), replace(CHECKOUT.baseline, at=RECOVERY)),
        rollouts=(),
        restarts=(),
    )
    return replace(short_history(), name="outage", services=(service, PAYMENTS))


def lost_traffic() -> IncidentPlan:
    """Three quarters of the requests never arrive and 12 % of the rest fail; three days."""
    service = replace(
        CHECKOUT,
        phases=(Phase(START, 0.12, 0.004, traffic=0.25), replace(CHECKOUT.baseline, at=RECOVERY)),
        rollouts=(),
        restarts=(),
    )
    return replace(short_history(), name="lost-traffic", services=(service, PAYMENTS))


def rough_scrapes() -> IncidentPlan:
    """The main incident over three days, with five in-place restarts and a scrape gap of four minutes inside it."""
    gap = (datetime(2026, 11, 18, 14, 0, tzinfo=UTC), datetime(2026, 11, 18, 14, 4, tzinfo=UTC))
    restarts = tuple(Restart(START + timedelta(minutes=minute), minute % 3) for minute in (0, 7, 13, 26, 34))
    service = replace(CHECKOUT, rollouts=(), restarts=restarts, gaps=(gap,))
    return replace(short_history(), name="rough-scrapes", services=(service, PAYMENTS))


ALL = (
    checkout,
    short_history,
    still_open,
    both_services,
    low_traffic,
    outage,
    lost_traffic,
    rough_scrapes,
    steady,
)
