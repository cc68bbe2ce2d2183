"""``pm-autofill slos``: what is listed, as text and as JSON, and its exit codes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("pm-autofill")
SLOTH = """
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.90
    sli:
      events:
        error_query: sum(rate(t{code="5"}[{{.window}}]))
        total_query: sum(rate(t[{{.window}}]))
  - name: plugged
    objective: 99
    sli: {plugin: {id: p}}
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder, without any configuration."""
    command = [str(PROGRAM), "slos", *arguments]
    home = {"HOME": str(folder), "PATH": "/usr/bin"}
    return subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True, check=False, timeout=60)


def test_json_has_every_object_in_one_of_two_lists(tmp_path: Path) -> None:
    """With all that is promised of each; no configuration is needed."""
    (tmp_path / "shop.yml").write_text(SLOTH, encoding="utf-8")
    done = run(tmp_path, "shop.yml", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "slos": [
            {
                "name": "shop-availability",
                "service": "shop",
                "objective": "99.9",
                "window": "30d",
                "method": "occurrences",
                "source": {"file": "shop.yml", "object": "shop: availability"},
                "countable": True,
                "why": "counters, counted exactly",
            }
        ],
        "refused": [
            {
                "file": "shop.yml",
                "object": "shop: plugged",
                "field": "slos[1].sli.plugin",
                "reason": "the query is made by the plugin 'p', which only Sloth can run",
            }
        ],
    }


def test_text_is_for_people(tmp_path: Path) -> None:
    """A folder's SLOs with how each is counted, and what was refused; hostile names stay on their line."""
    (tmp_path / "shop.yml").write_text(SLOTH.replace("service: shop", 'service: "s\\u202ehop"'), encoding="utf-8")
    done = run(tmp_path, ".")

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "refused: shop.yml: s hop: availability: service: is no name: it is too long, or holds control characters",
        "refused: shop.yml: s hop: plugged: service: is no name: it is too long, or holds control characters",
        "0 loaded, 2 refused",
    ]

    (tmp_path / "shop.yml").write_text(SLOTH, encoding="utf-8")
    assert run(tmp_path, "*.yml").stdout.replace("the query is made by the plugin", "...").splitlines() == [
        "shop-availability (shop): 99.9% over 30d, occurrences",
        "    counters, counted exactly",
        "    from shop.yml: shop: availability",
        "refused: shop.yml: shop: plugged: slos[1].sli.plugin: ... 'p', which only Sloth can run",
        "1 loaded, 1 refused",
    ]


def test_a_service_can_be_chosen(tmp_path: Path) -> None:
    """By name, whatever its case; none of that name is exit 1."""
    (tmp_path / "shop.yml").write_text(SLOTH, encoding="utf-8")
    (tmp_path / "no-slo.yml").write_text("a: 1\n", encoding="utf-8")
    assert run(tmp_path, "shop.yml", "--service", "SHOP").returncode == 0
    assert run(tmp_path, "shop.yml", "--service", "basket").returncode == 1
    none = run(tmp_path, "no-slo.yml", "--service", "basket")
    assert none.returncode == 1
    assert none.stderr == (
        "pm-autofill: no SLO of the service 'basket' was found in no-slo.yml. "
        "Formats are recognised by content; see docs/slo-formats.md.\n"
    )


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """A path that does not exist is refused by name; without a path a configuration is needed."""
    done = run(tmp_path, "no.yaml", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["refused"] == [
        {"file": "no.yaml", "object": "", "field": "", "reason": "there is no such file or folder"}
    ]
    assert run(tmp_path).returncode == 2


def test_the_configurations_slos_are_listed(tmp_path: Path) -> None:
    """Those written in it and those of its files; names of files start at the configuration's folder."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "shop.yml").write_text(SLOTH, encoding="utf-8")
    (tmp_path / "conf" / "c.yaml").write_text(
        "services: [{name: web, slos: [{name: a, objective: 99, ratio: r}, {file: shop.yml}]}]", encoding="utf-8"
    )
    found = json.loads(run(tmp_path, "--config", "conf/c.yaml", "--json").stdout)

    assert [(one["name"], one["service"], one["source"]["file"], one["countable"]) for one in found["slos"]] == [
        ("a", "web", "configuration", False),
        ("shop-availability", "web", "shop.yml", True),
    ]
    assert [one["file"] for one in found["refused"]] == ["shop.yml"]


@pytest.mark.parametrize(
    ("token", "said"),
    [("token: '${NO_SUCH_TOKEN}'", "NO_SUCH_TOKEN"), ("allow_insecure: false", "127.0.0.1")],
)
def test_a_prometheus_that_cannot_be_asked_is_said(token: str, said: str, tmp_path: Path) -> None:
    """On one line beside the configuration's own SLOs, which need no Prometheus to be listed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (tmp_path / "pm-autofill.yaml").write_text(
        f"prometheus: {{url: 'http://127.0.0.1:{port}', {token}}}\n"
        "services: [{name: web, slos: [{name: a, objective: 99, ratio: r}]}]\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "--json", "--deadline", "2")

    assert done.returncode == 0
    assert [one["name"] for one in json.loads(done.stdout)["slos"]] == ["a"]
    assert done.stderr.startswith("pm-autofill: SLOs in Prometheus' rules: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_ten_thousand_slos(tmp_path: Path) -> None:
    """A file of that many is read whole."""
    slo = SLOTH[SLOTH.index("  - name: availability") : SLOTH.index("  - name: plugged")]
    every = "".join(slo.replace("availability", f"a{n}") for n in range(10_000))
    (tmp_path / "many.yml").write_text(f"version: prometheus/v1\nservice: shop\nslos:\n{every}", encoding="utf-8")
    done = run(tmp_path, "many.yml")

    assert done.stdout.splitlines()[-1] == "10000 loaded, 0 refused"
