"""``--snapshot`` through a whole run of the installed command: what is written, what is told, and to whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.world import stories
from tests.world.command import open_site
from tests.world.grafana import SNAPSHOT_DELETE_KEY
from tests.world.schemas import ABSENT, check_grafana_request, data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.command import Run, Site
    from tests.world.engine import Engine
    from tests.world.loopback import Request

LINK = "https://grafana.example/dashboard/snapshot/Kx7"


@pytest.fixture(scope="module")
def site(checkout_prometheus: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The services, and a folder to work in."""
    with open_site(tmp_path_factory.mktemp("site"), checkout_prometheus, stories.main()) as found:
        yield found


@pytest.fixture(scope="module")
def draft(site: Site) -> Run:
    """The main incident, drafted with a snapshot and everything that can be logged."""
    return site.run("--incident", stories.main().id, "--snapshot", "--debug")


def posted(site: Site) -> list[Request]:
    """What was written to Grafana."""
    return [one for one in site.grafana.requests if one.path == "/api/snapshots"]


def test_the_draft_links_the_snapshot_and_says_until_when(site: Site, draft: Run) -> None:
    """Nothing is missing; one snapshot of the one dashboard was made."""
    assert draft.code == 0
    assert len(posted(site)) == 1
    (line,) = [one for one in draft.document.splitlines() if LINK in one]
    assert "Snapshot of Checkout SLO, seen by whoever has the link, until 20" in line


def test_how_to_delete_it_is_told_once_and_kept_nowhere(draft: Run) -> None:
    """On stderr, with who can see it; neither in the folder nor in any log line."""
    told = [one for one in draft.err.splitlines() if SNAPSHOT_DELETE_KEY in one]
    assert len(told) == 1
    assert "anyone who reaches this Grafana and has the link sees it, without signing in" in told[0]
    assert SNAPSHOT_DELETE_KEY not in draft.out
    files = [path for path in draft.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path.name for path in files if SNAPSHOT_DELETE_KEY.encode() in path.read_bytes()] == []


@pytest.mark.skipif(data_folder() is None, reason=ABSENT)
def test_what_is_written_has_the_official_shape(site: Site, draft: Run) -> None:
    """Grafana's description allows it; every panel carries its data and asks nothing."""
    assert draft.code == 0
    (request,) = posted(site)
    body = json.loads(request.body)
    assert check_grafana_request("/api/snapshots", body) == []
    panels = body["dashboard"]["panels"]
    assert [one["title"] for one in panels] == [
        "Error ratio of checkout",
        "Requests by code",
        "Failed requests by route",
        "Latency",
        "Pods serving checkout",
    ]
    targets = [target for panel in panels for target in panel["targets"]]
    assert {target["queryType"] for target in targets} == {"snapshot"}
    assert all(frame["data"]["values"][0] for target in targets for frame in target["snapshot"])
    assert "expr" not in request.body.decode()


def test_a_later_run_without_it_writes_nothing_and_keeps_the_link(site: Site, draft: Run) -> None:
    """The snapshot is still there."""
    assert draft.code == 0
    before = len(posted(site))
    again = site.run("--incident", stories.main().id)
    assert (again.code, again.err) == (0, "")
    assert LINK in again.document
    assert len(posted(site)) == before


def test_without_the_right_to_it_the_draft_is_whole_but_for_a_gap(site: Site) -> None:
    """The gap says which right is missing."""
    site.grafana.lacking = frozenset({"snapshots:create"})
    refused = site.run("--incident", stories.main().id, "--snapshot", "--output", "refused")
    site.grafana.lacking = frozenset()
    assert refused.code == 3
    (gap,) = refused.facts["gaps"]
    assert gap["what"] == "a snapshot of dashboard checkout-slo"
    assert "snapshots:create" in gap["hint"]
