"""What goes wrong in practice: each case gives one clear message, its exit code, and a draft where there can be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world import stories
from tests.world.command import open_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.command import Run, Site
    from tests.world.engine import Engine

MAIN = stories.main().id
SELECTOR = 'service="checkout"'


@pytest.fixture(scope="module")
def site(checkout_prometheus: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The services around Prometheus, with several incidents in PagerDuty."""
    told = (stories.main(), stories.opened_by_hand(), stories.never_acknowledged())
    with open_site(tmp_path_factory.mktemp("site"), checkout_prometheus, *told) as found:
        yield found


def _only_message(run: Run) -> str:
    """The one line on stderr of a run without a draft."""
    assert run.out == ""
    assert "Traceback" not in run.err
    assert run.err.startswith("pm-autofill: ")
    assert run.err.count("\n") == 1
    return run.err


def _unknown(run: Run, name: str) -> str:
    """Why a fact is unknown."""
    fact = run.facts["facts"][name]
    assert fact["status"] == "unknown", fact
    return str(fact["reason"])


def test_unknown_incident(site: Site) -> None:
    """An id PagerDuty does not know: exit 1, and what is accepted."""
    run = site.run("--incident", "QNOSUCH0000001")

    assert run.code == 1
    assert "has no incident QNOSUCH0000001" in _only_message(run)


def test_not_an_incident(site: Site) -> None:
    """Something that can be no incident: exit 2, before anything is asked."""
    run = site.run("--incident", "../services/P1?x=1")

    assert run.code == 2
    assert "is no incident" in _only_message(run)


def test_refused_token(site: Site) -> None:
    """A token PagerDuty refuses: exit 4, with the region as a possible cause."""
    run = site.run("--incident", MAIN, PAGERDUTY_TOKEN="wrong-token-4711")

    assert run.code == 4
    assert "api.eu.pagerduty.com" in _only_message(run)
    assert "wrong-token-4711" not in run.err


def test_missing_variable(site: Site) -> None:
    """A variable PagerDuty needs that is not set: exit 2, named."""
    run = site.run("--incident", MAIN, without=["PAGERDUTY_TOKEN"])

    assert run.code == 2
    assert "needs the environment variable PAGERDUTY_TOKEN" in _only_message(run)


def test_missing_variable_of_another_source(site: Site) -> None:
    """A variable only Grafana needs: a draft with that gap, exit 3."""
    run = site.run("--incident", MAIN, without=["GRAFANA_TOKEN"])

    assert run.code == 3
    assert [gap["source"] for gap in run.facts["gaps"]] == ["Grafana"]
    assert "GRAFANA_TOKEN" in run.err
    assert run.facts["facts"]["requests.failed"]["status"] == "known"


def test_unreachable_prometheus(site: Site) -> None:
    """Prometheus refuses the connection: the incident is drafted, the numbers are unknown and the gap is named."""
    closed = site.configuration().replace(site.prometheus.url, "http://127.0.0.1:9")
    run = site.run("--incident", MAIN, "--output", "unreachable", configuration=closed)

    assert run.code == 3
    assert "the SLI of checkout-availability, which was not read whole" in _unknown(run, "impact.start")
    assert all(gap["source"] == "Prometheus" and gap["hint"] for gap in run.facts["gaps"])
    assert run.facts["facts"]["time_to_respond"]["value"] == 219


def test_a_source_that_fails_later(site: Site) -> None:
    """What an earlier run read is kept when Prometheus cannot be reached any more, and the gap is named."""
    closed = site.configuration().replace(site.prometheus.url, "http://127.0.0.1:9")
    first = site.run("--incident", MAIN, "--output", "later").facts["facts"]
    run = site.run("--incident", MAIN, "--output", "later", configuration=closed)

    assert run.code == 3
    assert {name: fact.get("value") for name, fact in run.facts["facts"].items()} == {
        name: fact.get("value") for name, fact in first.items()
    }


def test_prometheus_refuses_the_token(site: Site) -> None:
    """Prometheus answers 401: exit 3 (it is not PagerDuty), with the key to look at."""
    run = site.run("--incident", MAIN, PROMETHEUS_TOKEN="wrong")

    assert run.code == 3
    assert "refused the credentials" in run.err


def test_a_source_that_hangs(site: Site) -> None:
    """Grafana never answers: the run ends by its deadline, and what Prometheus tells of the budget is not lost."""
    site.grafana.delay = 60.0
    try:
        run = site.run("--incident", MAIN, "--output", "hangs", "--deadline", "12")
    finally:
        site.grafana.delay = 0.0

    assert run.code == 3
    assert {gap["source"] for gap in run.facts["gaps"]} == {"Grafana"}
    assert run.facts["facts"]["error_budget.consumed_ratio"]["status"] == "known"


def test_strict(site: Site) -> None:
    """The same draft with --strict exits 1."""
    run = site.run("--incident", MAIN, "--strict", PROMETHEUS_TOKEN="wrong")

    assert run.code == 1
    assert run.folder.is_dir()


def test_service_not_configured(site: Site) -> None:
    """No configured service names the incident's: a gap says what to add."""
    run = site.run("--incident", MAIN, configuration=site.configuration().replace("PSVCCHK", "POTHER1"))

    assert run.code == 3
    assert "Say --service NAME, or add `pagerduty: [PSVCCHK]` to a service." in run.err


def test_sli_without_data(site: Site) -> None:
    """A selector that matches nothing: a gap with the selector, and unknown numbers."""
    nothing = site.configuration().replace(SELECTOR, 'service="nope"')
    run = site.run("--incident", MAIN, "--output", "nothing", configuration=nothing)

    assert run.code == 3
    assert 'no series match http_requests_total{service="nope"}' in run.err
    assert _unknown(run, "requests.failed")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("objective", "objectiv", "unknown key 'services[0].slos[0].objectiv'. Did you mean 'objective'?"),
        ("99.9", "high", "services[0].slos[0].objective: not a number"),
        ("${PAGERDUTY_TOKEN}", "u+abcdefghijk", "pagerduty.token is written out"),
        ("services:", "services: [", "is not valid YAML"),
        ("prometheus: {url", "prometheus: {addr", "unknown key 'prometheus.addr'"),
    ],
)
def test_wrong_configuration(site: Site, old: str, new: str, said: str) -> None:
    """A configuration that is wrong: exit 2, with file, key and what to do."""
    run = site.run("--incident", MAIN, configuration=site.configuration().replace(old, new))

    assert run.code == 2
    assert said in _only_message(run)


def test_still_open(site: Site) -> None:
    """As of an instant within the incident: ongoing, counted so far, no end."""
    run = site.run("--incident", MAIN, "--as-of", "2026-11-18T14:05:00Z", "--output", "open")

    assert run.code == 0
    assert "ongoing, 23 minutes so far" in run.document
    assert "not recovered yet" in _unknown(run, "impact.end")
    assert run.facts["facts"]["requests.failed"]["value"] == pytest.approx(9894, rel=0.02)
    assert "14:18" not in run.document


def test_opened_by_hand(site: Site) -> None:
    """An incident a person opened: detected by manual observation, at its creation."""
    run = site.run("--incident", stories.opened_by_hand().id)

    assert run.code == 0
    assert run.facts["facts"]["detection.method"]["value"] == "Manual observation"
    assert run.facts["facts"]["detection.time"]["value"] == run.facts["facts"]["incident.triggered"]["value"]


def test_never_acknowledged(site: Site) -> None:
    """Nobody acknowledged: unknown with that reason, and no gap."""
    run = site.run("--incident", stories.never_acknowledged().id)

    assert run.code == 0
    assert _unknown(run, "response.acknowledged") == "nobody acknowledged the incident"


def test_somebodys_file(site: Site) -> None:
    """The folder holds a document that is not ours: exit 1, and not a byte of it changes."""
    document = site.folder / "mine" / f"2026-11-18-{MAIN}" / "postmortem.md"
    document.parent.mkdir(parents=True)
    document.write_bytes(b"mine\n")
    run = site.run("--incident", MAIN, "--output", "mine")

    assert run.code == 1
    assert "nothing is written" in _only_message(run)
    assert {path.name: path.read_bytes() for path in document.parent.iterdir()} == {"postmortem.md": b"mine\n"}


def test_stated_facts(site: Site) -> None:
    """A stated start moves what follows from it, is kept for later runs, and can be taken back."""
    folder = ("--incident", MAIN, "--output", "stated")
    start = [
        site.run(*folder, *more).facts["facts"]["impact.start"]
        for more in (("--set", "impact.start=2026-11-18T13:40:00Z"), (), ("--set", "impact.start="))
    ]

    assert [fact["basis"] for fact in start] == ["stated", "stated", "measured"]
    assert [fact["value"] for fact in start[:2]] == ["2026-11-18T13:40:00Z"] * 2


def test_window_without_an_incident(site: Site) -> None:
    """A quiet window of a service: a draft without PagerDuty facts, and no impact found."""
    run = site.run("--service", "checkout-api", "--since", "2026-11-16T13:00:00Z", "--until", "2026-11-16T15:00:00Z")

    assert run.code == 0
    assert run.folder.name == "2026-11-16-checkout-api-1300"
    assert run.facts["incident"] is None
    assert "no clear change" in _unknown(run, "impact.start")


def test_window_with_an_incident(site: Site) -> None:
    """A service's window: PagerDuty's incident in it is taken, the others are listed."""
    run = site.run("--service", "checkout-api", "--since", "2026-11-18T13:00:00Z", "--until", "2026-11-18T15:00:00Z")

    assert run.code == 0
    assert run.facts["incident"]["id"] == MAIN
    assert "in the same window" in run.document


def test_nothing_asked(site: Site) -> None:
    """Neither an incident nor a window: exit 2, with what to give."""
    run = site.run()

    assert run.code == 2
    assert "--incident ID" in _only_message(run)


def test_template_mistake(site: Site) -> None:
    """A template that names what does not exist: exit 2, with file, line and the known names."""
    (site.folder / "own.md.j2").write_text("# {{ title }}\n\n{{ durationn }}\n", encoding="utf-8")
    run = site.run("--incident", MAIN, "--template", "own.md.j2")

    assert run.code == 2
    assert "own.md.j2, line 3: 'durationn' is not defined. Did you mean duration?" in _only_message(run)
