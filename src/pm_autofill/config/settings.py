"""The configuration's keys, as frozen values; ``docs/configuration.md`` describes each."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of the configuration; unknown keys are refused."""


class PagerDutySettings(_Section, frozen=True, kw_only=True):
    """Where PagerDuty's REST API is, and which token reads it (one of three forms)."""

    url: str = "https://api.pagerduty.com"
    token: str | None = None
    token_file: str | None = None
    token_command: str | None = None
    email: str | None = None
    ca_file: str | None = None
    allow_insecure: bool = False


class PrometheusSettings(_Section, frozen=True, kw_only=True):
    """Where the Prometheus API is (also Thanos, Mimir, VictoriaMetrics, ...), and how to sign in."""

    url: str
    public_url: str | None = None
    token: str | None = None
    token_file: str | None = None
    token_command: str | None = None
    username: str | None = None
    password: str | None = None
    headers: dict[str, str] = {}
    ca_file: str | None = None
    allow_insecure: bool = False


class GrafanaSettings(_Section, frozen=True, kw_only=True):
    """Where Grafana is, the address people use for it, and which token reads it."""

    url: str
    public_url: str | None = None
    token: str | None = None
    token_file: str | None = None
    token_command: str | None = None
    org_id: int | None = None
    ca_file: str | None = None
    allow_insecure: bool = False


class _HostSettings(_Section, frozen=True, kw_only=True):
    """A git host that drafts are published to."""

    url: str | None = None
    token: str | None = None
    token_file: str | None = None
    token_command: str | None = None
    base: str | None = None
    folder: str = "postmortems"
    remote: str | None = None
    ca_file: str | None = None
    allow_insecure: bool = False


class GitHubSettings(_HostSettings, frozen=True, kw_only=True):
    """Which repository on GitHub drafts are published to, and which token writes there."""

    repository: str | None = None


class GitLabSettings(_HostSettings, frozen=True, kw_only=True):
    """Which project on GitLab drafts are published to, and which token writes there."""

    project: str | None = None


class CalendarWindow(_Section, frozen=True, kw_only=True):
    """A budget window that begins anew with each day, week (from Monday), month, quarter or year of the calendar."""

    calendar: str
    time_zone: str = "UTC"


class TimeSlice(_Section, frozen=True, kw_only=True):
    """A time slice: its length, and the percentage it must reach to be good."""

    length: str = "1m"
    objective: Decimal | None = None


class EventsSettings(_Section, frozen=True, kw_only=True):
    """Selectors of raw counters: all events, and the bad or the good ones."""

    total: str
    bad: str | None = None
    good: str | None = None


class SloSettings(_Section, frozen=True, kw_only=True):
    """An SLO written inline, or the file that holds some."""

    name: str | None = None
    objective: Decimal | None = None
    window: str | CalendarWindow = "30d"
    method: str = "occurrences"
    time_slice: TimeSlice | None = None
    events: EventsSettings | None = None
    ratio: str | None = None
    noun: str | None = None
    file: str | None = None


class DashboardSettings(_Section, frozen=True, kw_only=True):
    """A dashboard whose panels go into the draft."""

    uid: str
    panels: tuple[int, ...] = ()
    variables: dict[str, str | tuple[str, ...]] = {}


class ServiceSettings(_Section, frozen=True, kw_only=True):
    """A service: how PagerDuty calls it, its SLOs, dashboards and change query."""

    name: str
    pagerduty: tuple[str, ...] = ()
    slos: tuple[SloSettings, ...] = ()
    dashboards: tuple[DashboardSettings, ...] = ()
    changes: str | None = None


class Targets(_Section, frozen=True, kw_only=True):
    """What the team promises itself, as durations."""

    detect: str | None = None
    acknowledge: str | None = None
    mitigate: str | None = None


class ChangeTags(_Section, frozen=True, kw_only=True):
    """Tags that say of which kind a change is, to the letter but for case; each list replaces the one built in."""

    deploy: tuple[str, ...] = ("deploy", "deployed", "deployment", "release", "released", "rollout")
    rollback: tuple[str, ...] = ("rollback", "roll-back", "rolled-back", "revert", "reverted")
    flag: tuple[str, ...] = ("flag", "feature-flag", "feature_flag", "featureflag", "toggle")
    scale: tuple[str, ...] = ("scale", "scaled", "scaling", "autoscaling", "scale-up", "scale-down")
    config: tuple[str, ...] = ("config", "configuration", "config-change", "configmap")


class CheckSettings(_Section, frozen=True, kw_only=True):
    """The word lists of ``check``; each replaces the one that is built in."""

    blame_words: tuple[str, ...] = (
        "accidentally", "at fault", "blame", "blamed", "careless", "carelessly", "clumsy", "could have", "failed to",
        "fault", "forgot", "forgotten", "guilty", "human error", "ignored", "incompetent", "inexperienced", "lazy",
        "mistake", "mistakenly", "neglected", "negligence", "negligent", "operator error", "should have", "sloppy",
        "stupid", "to blame", "user error", "wrongly",
    )  # fmt: skip
    vague_words: tuple[str, ...] = (
        "be more", "consider", "discuss", "improve", "investigate", "keep an eye", "look at", "look into", "make sure",
        "monitor", "pay attention", "remember", "review", "think about", "try", "watch",
    )  # fmt: skip


class RedactionSettings(_Section, frozen=True, kw_only=True):
    """Patterns of what else is masked, and of what stays although it looks like a secret."""

    more: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class Settings(_Section, frozen=True, kw_only=True):
    """The whole configuration."""

    pagerduty: PagerDutySettings = PagerDutySettings()
    prometheus: PrometheusSettings | None = None
    grafana: GrafanaSettings | None = None
    github: GitHubSettings = GitHubSettings()
    gitlab: GitLabSettings = GitLabSettings()
    services: tuple[ServiceSettings, ...] = ()
    severity: dict[str, str] = {}
    targets: Targets = Targets()
    change_tags: ChangeTags = ChangeTags()
    check: CheckSettings = CheckSettings()
    redaction: RedactionSettings = RedactionSettings()
    hold: str = "15m"
    template: str | None = None
    output: str = "postmortems"
    allow_insecure: bool = False
