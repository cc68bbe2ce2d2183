"""The configured SLOs: which are read, which service an incident names, and the gaps of what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pm_autofill.config import Settings, parse
from pm_autofill.errors import UsageError
from pm_autofill.evidence import Gap
from pm_autofill.slo import configured

HERE = Path()


def settings(*services: dict[str, Any]) -> Settings:
    """A configuration of these services."""
    return parse({"services": list(services)}, path=None).settings


def slo(name: str) -> dict[str, Any]:
    """A sound SLO."""
    return {"name": name, "objective": 99.9, "events": {"total": "t", "bad": "b"}}


def test_definitions_keep_the_configurations_order() -> None:
    """Each knows its service."""
    found, gaps = configured.load(
        settings({"name": "web", "slos": [slo("z"), slo("a")]}, {"name": "api", "slos": [slo("m")]}), HERE
    )
    assert [(one.service, one.name) for one in found] == [("web", "z"), ("web", "a"), ("api", "m")]
    assert gaps == ()


def write(folder: Path, name: str, *services: str) -> None:
    """A folder's file of SLOs in Sloth's format, one for each service, all called availability."""
    text = "---\n".join(
        f"version: prometheus/v1\nservice: {service}\nslos: [{{name: availability, objective: 99.9, "
        "sli: {events: {error_query: 'rate(b[{{.window}}])', total_query: 'rate(t[{{.window}}])'}}}]\n"
        for service in services
    )
    (folder / name).write_text(text, encoding="utf-8")


def test_slos_in_files_stand_beside_written_ones(tmp_path: Path) -> None:
    """In the configuration's order, under the service the file names if that is configured, else where it stands."""
    write(tmp_path, "slos.yaml", "Api", "basket")
    found, gaps = configured.load(
        settings({"name": "web", "slos": [{"file": "slos.yaml", "window": "28d"}, slo("a")]}, {"name": "api"}), tmp_path
    )
    assert [(one.service, one.name, one.window) for one in found] == [
        ("api", "Api-availability", "28d"),
        ("web", "basket-availability", "28d"),
        ("web", "a", "30d"),
    ]
    assert found[0].origin == "slos.yaml: Api: availability"
    assert gaps == ()


def test_a_file_under_two_services_is_read_once_for_those_it_names(tmp_path: Path) -> None:
    """And for each of the others under its own name."""
    write(tmp_path, "slos.yaml", "web", "basket")
    both = [{"name": name, "slos": [{"file": "slos.yaml"}]} for name in ("web", "api")]
    found, gaps = configured.load(settings(*both), tmp_path)

    assert [(one.service, one.name) for one in found] == [
        ("web", "web-availability"),
        ("web", "web-basket-availability"),
        ("api", "api-basket-availability"),
    ]
    assert gaps == ()


def test_a_name_that_is_taken_is_a_gap(tmp_path: Path) -> None:
    """Facts are found by their SLO's name, so no two may share one."""
    write(tmp_path, "one.yaml", "web")
    write(tmp_path, "two.yaml", "web")
    _, gaps = configured.load(settings({"name": "web", "slos": [{"file": "*.yaml"}]}), tmp_path)

    assert [gap.reason for gap in gaps] == [
        "the name 'web-web-availability' is taken by web: availability in one.yaml",
    ]


@pytest.mark.parametrize(
    ("name", "what", "reason"),
    [
        ("no.yaml", "the SLOs in no.yaml", "there is no such file or folder"),
        ("*.yml", "the SLOs in *.yml", "no file matches"),
        ("folder", "the SLOs in folder", "the folder holds no .yaml, .yml or .json file"),
        ("other.yaml", "the SLOs in other.yaml", "no SLO was found in it"),
        ("broken.yaml", "the SLOs in broken.yaml", "line 1: the key 'a' stands twice"),
        ("plugin.yaml", "SLO: web: x in plugin.yaml",
         "slos[0].sli.plugin: the query is made by the plugin 'p', which only Sloth can run"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_a_gap(name: str, what: str, reason: str, tmp_path: Path) -> None:
    """With file, object, field and reason; the others are read all the same."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "other.yaml").write_text("kind: Service\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("{a: 1, a: 2}", encoding="utf-8")
    (tmp_path / "plugin.yaml").write_text(
        "version: prometheus/v1\nservice: web\nslos: [{name: x, objective: 99, sli: {plugin: {id: p}}}]",
        encoding="utf-8",
    )
    found, gaps = configured.load(settings({"name": "web", "slos": [{"file": name}, slo("a")]}), tmp_path)

    assert [one.name for one in found] == ["a"]
    assert [(gap.source, gap.what, gap.reason) for gap in gaps] == [("configuration", what, reason)]


def test_hidden_folders_are_left_out(tmp_path: Path) -> None:
    """Mounted volumes keep each file twice, once in a hidden folder."""
    (tmp_path / "..2026_11_18").mkdir()
    (tmp_path / "deep").mkdir()
    for folder in ("..2026_11_18", "deep"):
        write(tmp_path / folder, "web.yaml", "web")
    found, gaps = configured.load(settings({"name": "web", "slos": [{"file": "."}]}), tmp_path)
    assert ([one.origin for one in found], gaps) == (["deep/web.yaml: web: availability"], ())


def test_data_elsewhere_is_no_gap(tmp_path: Path) -> None:
    """A folder may hold SLOs of other systems beside those of Prometheus."""
    write(tmp_path, "web.yaml", "web")
    (tmp_path / "elsewhere.yaml").write_text(
        "apiVersion: sre.google.com/v2\nkind: ServiceLevelObjective\nmetadata: {name: x}\nspec: {backend: datadog}\n",
        encoding="utf-8",
    )
    found, gaps = configured.load(settings({"name": "web", "slos": [{"file": "."}]}), tmp_path)
    assert ([one.name for one in found], gaps) == (["web-availability"], ())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"name": "x"}, "file stands beside what an SLO has itself"),
        ({"objective": 99}, "file stands beside what an SLO has itself"),
        ({"method": "timeslices"}, "file stands beside what an SLO has itself"),
        ({"window": {"calendar": "month"}}, "a calendar window beside file"),
        ({"window": "soon"}, "window: 'soon' is not a duration"),
    ],
)
def test_what_a_file_says_is_not_said_again(more: dict[str, Any], message: str, tmp_path: Path) -> None:
    """Beside the file only a window is taken."""
    with pytest.raises(UsageError, match=rf"^services\[0\]\.slos\[0\]: {message}"):
        configured.load(settings({"name": "web", "slos": [{"file": "x.yaml", **more}]}), tmp_path)


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ([{"service": "API", "job": "web"}], ("api",)),
        ([{"service": "other", "job": "web"}], ("web",)),
        ([{"namespace": "api"}, {"namespace": "web"}], ("web", "api")),
        ([{"alertname": "web"}], ()),
        ([], ()),
    ],
)
def test_services_that_alerts_name(alerts: list[dict[str, str]], expected: tuple[str, ...]) -> None:
    """By the label service, else job, else namespace."""
    assert configured.labelled_services(settings({"name": "web"}, {"name": "api"}), alerts) == expected


def test_a_wrong_definition_is_refused_with_its_place() -> None:
    """Counted from zero, as in every other message about the configuration."""
    with pytest.raises(UsageError, match=r"^services\[1\]\.slos\[1\]: objective is missing\."):
        configured.load(
            settings({"name": "web"}, {"name": "api", "slos": [slo("a"), {"name": "b", "ratio": "r"}]}), HERE
        )


def test_no_services_are_no_definitions() -> None:
    """And no gap: nothing was configured that could be missing."""
    assert configured.load(Settings(), HERE) == ((), ())


@pytest.mark.parametrize(
    ("service_id", "service", "expected"),
    [
        ("PWEB", "Web shop", ("web", "both")),
        ("pweb", "", ("web", "both")),
        ("PAPI", "Public API", ("both",)),
        ("", "PUBLIC api", ("both",)),
        ("PX", "plain", ("plain",)),
        ("PX", "Plain", ("plain",)),
        ("PX", "web", ()),
        ("", "", ()),
    ],
)
def test_services_are_found_by_pagerdutys_id_or_name(service_id: str, service: str, expected: tuple[str, ...]) -> None:
    """Capitals do not matter; a service's own name counts only where it lists none of PagerDuty's."""
    known = settings(
        {"name": "web", "pagerduty": ["PWEB"]},
        {"name": "both", "pagerduty": ["Public API", "PWEB"]},
        {"name": "plain"},
    )
    assert configured.named_services(known, service_id=service_id, service=service) == expected


def test_an_incident_of_an_unknown_service_is_a_gap() -> None:
    """It says which services are known and which line to add."""
    known = settings({"name": "web"}, {"name": "api"})
    assert configured.no_service(known, service_id="PX", service="Shop") == Gap(
        source="configuration",
        what="the SLOs of Shop",
        reason="no configured service names PagerDuty's service Shop (PX); configured: web, api",
        hint="Which one is it? Say --service NAME, or add `pagerduty: [PX]` to a service.",
    )


def test_a_service_without_an_id_is_named_by_its_name() -> None:
    """And a configuration without services says none."""
    gap = configured.no_service(Settings(), service_id="", service="Shop")
    assert gap.reason == "no configured service names PagerDuty's service Shop; configured: none"
    assert gap.hint == "Which one is it? Say --service NAME, or add `pagerduty: [Shop]` to a service."


def test_a_service_without_slos_is_a_gap() -> None:
    """Without one nothing can be counted."""
    assert configured.no_slo("web") == Gap(
        source="configuration",
        what="the SLOs of web",
        reason="the service has no SLO that could be read",
        hint="Write one under its `slos:` with objective and events; see docs/configuration.md.",
    )


def test_slos_without_prometheus_are_a_gap() -> None:
    """There is nowhere to read them from."""
    gap = configured.no_prometheus()
    assert gap.reason == "no Prometheus is configured"
    assert gap.hint == "Add `prometheus: {url: ...}` to the configuration."


def test_slos_written_in_the_configuration_need_no_parser() -> None:
    """What reads files and rules is imported where there are some, for it costs time at the start."""
    script = (
        "import sys; from pathlib import Path;"
        "from pm_autofill.config import parse; from pm_autofill.slo import configured;"
        "slo = {'name': 'a', 'objective': 99, 'events': {'total': 't', 'bad': 'b'}};"
        "known = parse({'services': [{'name': 'web', 'slos': [slo]}]}, path=None).settings;"
        "print(len(configured.load(known, Path())[0]), {'promql_parser', 'pm_autofill.slo.files'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "1 set()\n"
