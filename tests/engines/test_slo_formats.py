"""One SLO in every format gives the same numbers, and the rules generated from it are found and give them too."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.world import stories
from tests.world.command import open_site
from tests.world.engine import cached_blocks, running_prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world.command import Run, Site
    from tests.world.incident import Incident

MAIN = stories.main().id
TOTAL = 'http_requests_total{service="checkout"}'
BAD = 'http_requests_total{code=~"5..",service="checkout"}'
GOOD = 'http_requests_total{code!~"5..",service="checkout"}'
COMPARED = (
    "impact.start",
    "impact.end",
    "requests.total",
    "requests.failed",
    "error_budget.consumed_ratio",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
)

OPENSLO = f"""
apiVersion: openslo/v1
kind: SLO
metadata: {{name: as-openslo}}
spec:
  service: checkout
  indicatorRef: checkout-errors
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.999}}]
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: checkout-errors}}
spec:
  ratioMetric:
    counter: true
    bad: {{metricSource: {{type: Prometheus, spec: {{query: 'sum({BAD})'}}}}}}
    total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum({TOTAL})'}}}}}}
"""

SLOTH = f"""
version: prometheus/v1
service: checkout
slos:
  - name: as-sloth
    objective: 99.9
    sli:
      events:
        error_query: sum(rate({BAD}[{{{{.window}}}}]))
        total_query: sum(rate({TOTAL}[{{{{.window}}}}]))
"""

PYRRA = f"""
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {{name: as-pyrra}}
spec:
  target: '99.9'
  window: 30d
  indicator:
    ratio:
      errors: {{metric: '{BAD}'}}
      total: {{metric: '{TOTAL}'}}
"""

SLO_GENERATOR = f"""
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {{name: as-slo-generator, labels: {{service_name: checkout}}}}
spec:
  backend: prometheus
  method: good_bad_ratio
  service_level_indicator:
    filter_bad: '{BAD}'
    filter_valid: '{TOTAL}'
  goal: 0.999
---
error_budget_policies:
  default:
    steps:
      - {{name: 1 hour, window: 3600}}
      - {{name: 30 days, window: 2592000}}
"""

FILES = {"openslo.yaml": OPENSLO, "sloth.yml": SLOTH, "pyrra.yaml": PYRRA, "slo-generator.yaml": SLO_GENERATOR}


def _sloth_rules() -> list[dict[str, Any]]:
    """What Sloth records of its SLO, as far as it tells of the SLO itself."""
    labels = {"sloth_id": "checkout-as-sloth", "sloth_service": "checkout", "sloth_slo": "as-sloth"}
    ratios = [
        {
            "record": f"slo:sli_error:ratio_rate{window}",
            "expr": f"(sum(rate({BAD}[{window}])))\n/\n(sum(rate({TOTAL}[{window}])))\n",
            "labels": {**labels, "sloth_window": window},
        }
        for window in ("5m", "30m", "1h")
    ]
    told = {
        "slo:objective:ratio": "vector(0.9990000000000001)",
        "slo:time_period:days": "vector(30)",
        "sloth_slo_info": "vector(1)",
    }
    more = [
        {"record": name, "expr": text, "labels": {**labels, "sloth_objective": "99.9"} if "info" in name else labels}
        for name, text in told.items()
    ]
    return [*ratios, *more]


def _pyrra_rules() -> list[dict[str, Any]]:
    """What Pyrra records of its SLO, and an alert on it."""
    labels = {"slo": "as-pyrra", "service": "checkout"}
    burnrates = [
        {
            "record": f"http_requests:burnrate{window}",
            "expr": f"sum(rate({BAD}[{window}])) / sum(rate({TOTAL}[{window}]))",
            "labels": labels,
        }
        for window in ("5m", "1h4m")
    ]
    increase = {
        "record": "http_requests:increase30d",
        "expr": f"sum by (code) (increase({TOTAL}[30d]))",
        "labels": labels,
    }
    compared = '{service="checkout",slo="as-pyrra"} > (14 * (1-0.999))'
    alert = {
        "alert": "ErrorBudgetBurn",
        "expr": f"http_requests:burnrate5m{compared} and http_requests:burnrate1h4m{compared}",
        "labels": {"slo": "as-pyrra", "service": "checkout"},
    }
    return [increase, *burnrates, alert]


@pytest.fixture(scope="module")
def site(
    checkout_incident: Incident, world_cache: Path, prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The services around a Prometheus that has the generated rules loaded."""
    assert prometheus_binary.name == "prometheus"
    groups = [{"name": "sloth", "rules": _sloth_rules()}, {"name": "pyrra", "rules": _pyrra_rules()}]
    with ExitStack() as stack:
        engine = stack.enter_context(
            running_prometheus(
                tmp_path_factory.mktemp("prometheus"),
                blocks=cached_blocks(checkout_incident, world_cache),
                rule_text=json.dumps({"groups": groups}),
            )
        )
        yield stack.enter_context(open_site(tmp_path_factory.mktemp("site"), engine, stories.main()))


@pytest.fixture(scope="module")
def written(site: Site) -> Run:
    """A draft with the SLO written inline, and in a folder of files in four formats."""
    folder = site.folder / "slos"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    inline = f"      - {{name: as-inline, objective: 99.9, events: {{total: '{TOTAL}', bad: '{BAD}'}}}}\n"
    return site.run("--incident", MAIN, configuration=_with_slos(site, inline + "      - file: slos\n"))


@pytest.fixture(scope="module")
def found(site: Site) -> Run:
    """A draft with no service configured at all."""
    text = site.configuration()
    head, tail = text[: text.index("services:")], text[text.index("severity:") :]
    return site.run("--incident", MAIN, "--output", "found", configuration=head + tail)


def _with_slos(site: Site, slos: str) -> str:
    """The usual configuration with these SLOs."""
    text = site.configuration()
    start, end = text.index("      - name: checkout-availability"), text.index("    dashboards:")
    return text[:start] + slos + text[end:]


def _numbers(run: Run) -> dict[str, dict[str, Any]]:
    """The compared facts of each SLO; all must be known."""
    by_slo = {}
    for slo in run.facts["slos"]:
        facts = {name: slo["facts"][name] for name in COMPARED}
        assert {fact["status"] for fact in facts.values()} == {"known"}, facts
        by_slo[slo["name"]] = {name: (fact["value"], fact["low"], fact["high"]) for name, fact in facts.items()}
    return by_slo


def test_all_formats_agree(written: Run, checkout_incident: Incident) -> None:
    """Start, recovery, counts and budget of five notations are the same to the last digit, and near the truth."""
    numbers = _numbers(written)

    assert (written.code, written.err) == (0, "")
    assert set(numbers) == {"as-inline", "as-openslo", "checkout-as-sloth", "as-pyrra", "as-slo-generator"}
    assert all(each == numbers["as-inline"] for each in numbers.values())
    failed = numbers["as-inline"]["requests.failed"][0]
    assert failed == pytest.approx(checkout_incident.truth.in_impact().failed, rel=0.01)


def test_generated_rules_are_found_and_agree(written: Run, found: Run) -> None:
    """With nothing configured, Sloth's and Pyrra's SLOs are found, with the numbers of those that are written."""
    expected = _numbers(written)["as-inline"]
    numbers = _numbers(found)

    assert (found.code, found.facts["gaps"]) == (0, [])
    assert numbers == {"checkout-as-sloth": expected, "as-pyrra": expected}
    assert {slo["objective"] for slo in found.facts["slos"]} == {"99.9"}
    assert {slo["window"] for slo in found.facts["slos"]} == {"30d"}


def test_the_draft_says_why_they_were_chosen(found: Run) -> None:
    """Each SLO that nobody configured is named with where it was found, and how it was matched."""
    remarks = [finding["text"] for finding in found.facts["findings"] if finding["code"] == "slo_discovered"]

    found_in = (
        "{0} is in no configuration: found in Prometheus: {1}'s rules of {0}, chosen by the alert's label service."
    )
    assert remarks == [found_in.format("checkout-as-sloth", "Sloth"), found_in.format("as-pyrra", "Pyrra")]
    assert all(remark.split(",")[0] in found.document.replace("\\", "") for remark in remarks)


def test_a_service_can_be_named_that_nobody_configured(site: Site, found: Run) -> None:
    """With ``--service``, a window's SLOs are found by that name, and give the incident's numbers."""
    text = site.configuration()
    head, tail = text[: text.index("services:")], text[text.index("severity:") :]
    window = ("--since", "2026-11-18T10:46:52Z", "--until", "2026-11-18T15:27:05Z")
    run = site.run("--service", "Checkout", *window, "--output", "named", configuration=head + tail)

    assert {slo["service"] for slo in run.facts["slos"]} == {"Checkout"}
    assert {slo["name"] for slo in run.facts["slos"]} == {slo["name"] for slo in found.facts["slos"]}
    assert _numbers(run)["as-pyrra"]["requests.failed"][0] == pytest.approx(
        _numbers(found)["as-pyrra"]["requests.failed"][0], rel=0.001
    )
    assert [
        finding["text"].rpartition(", ")[2] for finding in run.facts["findings"] if "found in" in finding["text"]
    ] == ["chosen by the service's name."] * 2


def test_the_alerts_labels_name_the_service(site: Site) -> None:
    """Where no configured service names PagerDuty's, the one that the alert's label ``service`` names is meant."""
    text = site.configuration().replace("name: checkout-api", "name: checkout").replace("PSVCCHK", "POTHER")
    run = site.run("--incident", MAIN, "--output", "labelled", configuration=text)

    assert (run.code, run.facts["gaps"]) == (0, [])
    assert run.facts["facts"]["services_affected"]["value"] == "checkout"
    assert run.facts["headline_slo"] == "checkout-availability"


def test_a_rebuild_needs_neither_files_nor_prometheus(site: Site, written: Run) -> None:
    """The definitions are in the evidence: without the folder of SLOs the same draft comes out."""
    (site.folder / "slos").rename(site.folder / "elsewhere")
    try:
        again = site.run("--from-evidence", str(written.folder / "evidence.json"), "--output", "again")
    finally:
        (site.folder / "elsewhere").rename(site.folder / "slos")

    assert again.code == 0
    assert again.document == written.document


def test_the_command_lists_what_is_configured_and_what_is_found(site: Site, written: Run) -> None:
    """Without a path, ``slos`` shows the configuration's SLOs and those of the rules."""
    assert written.code == 0
    run = site.run("slos", "--json", configuration=_with_slos(site, "      - file: slos/pyrra.yaml\n"))
    slos = json.loads(run.out)["slos"]

    assert run.code == 0
    assert [(slo["name"], slo["source"]["file"], slo["countable"]) for slo in slos] == [
        ("as-pyrra", "slos/pyrra.yaml", True),
        ("checkout-as-sloth", "Prometheus", True),
        ("as-pyrra", "Prometheus", True),
    ]
