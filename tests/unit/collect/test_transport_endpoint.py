"""Base URLs as people write them, and what may be asked below them."""

from __future__ import annotations

import pytest

from pm_autofill.collect.transport.endpoint import Endpoint, RequestRefused
from pm_autofill.errors import UsageError


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://grafana.example", "https://grafana.example"),
        ("https://grafana.example/", "https://grafana.example"),
        ("  https://Grafana.Example:443/  ", "https://grafana.example"),
        ("grafana.example", "https://grafana.example"),
        ("grafana.example:3000/grafana/", "https://grafana.example:3000/grafana"),
        ("https://grafana.example/grafana", "https://grafana.example/grafana"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("localhost", "http://localhost"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("https://[2001:db8::1]/x/", "https://[2001:db8::1]/x"),
    ],
)
def test_a_url_is_mended(written: str, kept: str) -> None:
    """Scheme, trailing slash, default port and IPv6 brackets are put right."""
    assert Endpoint("Grafana", written).url == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://grafana.example",
        "https://",
        "https:///path",
        "https://grafana.example:port",
        "https://grafana.example:99999",
        "https://[::1",
        "https://grafana.example?verify=false",
        "https://grafana.example#top",
        "https://grafana .example",
        "https://grafana.example\\evil.example",
        "https://gräfana.example",
    ],
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """What is no plain http or https base is refused with an example of one."""
    with pytest.raises(UsageError, match="Grafana's url") as caught:
        Endpoint("Grafana", url)
    assert "https://host" in caught.value.hint


def test_credentials_in_a_url_are_refused_unseen() -> None:
    """A user name and password in the URL are refused without being echoed."""
    with pytest.raises(UsageError, match="holds a user name or password") as caught:
        Endpoint("Prometheus", "https://ann:secret-canary@prometheus.example")
    assert "secret-canary" not in str(caught.value)


def test_what_stands_behind_a_question_mark_is_not_repeated() -> None:
    """It may sign in."""
    with pytest.raises(UsageError) as caught:
        Endpoint("Prometheus", "https://prometheus.example/api?access_token=secret-canary")
    assert caught.value.message == "Prometheus's url 'https://prometheus.example/api' holds more than a host and a path"


def test_plain_http_stays_on_this_machine() -> None:
    """http:// to another machine needs allow_insecure, and says so."""
    with pytest.raises(UsageError, match="readable by anyone") as caught:
        Endpoint("Prometheus", "http://prometheus.example")
    assert "allow_insecure: true" in caught.value.hint
    assert Endpoint("Prometheus", "http://prometheus.example", allow_insecure=True).port == 80


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("127.9.9.9", True), ("[::1]", True), ("10.0.0.1", False)]
)
def test_loopback_is_known(host: str, *, here: bool) -> None:
    """All of 127/8 and ::1 are this machine, private networks are not."""
    assert Endpoint("Prometheus", f"https://{host}:9090").is_loopback is here


def test_a_name_that_begins_like_localhost_is_another_host() -> None:
    """Only localhost itself is this machine: what is below it, a resolver may place anywhere."""
    assert not Endpoint("Grafana", "https://app.localhost").is_loopback
    assert not Endpoint("Grafana", "https://localhost.example").is_loopback


@pytest.mark.parametrize(
    ("source", "method", "path"),
    [
        ("PagerDuty", "GET", "/incidents/P1"),
        ("Prometheus", "HEAD", "/"),
        ("Prometheus", "POST", "/api/v1/query"),
        ("Prometheus", "POST", "/api/v1/query_range?x=1"),
        ("Prometheus", "POST", "/api/v1/series"),
        ("Grafana", "POST", "/api/ds/query"),
        ("Grafana", "POST", "/api/datasources/proxy/uid/prom-1/api/v1/query_range"),
    ],
)
def test_reads_are_let_through(source: str, method: str, path: str) -> None:
    """GET and HEAD everywhere, and POST where it asks a query, below the configured path."""
    endpoint = Endpoint(source, "https://source.example/base")
    endpoint.check(method, f"https://source.example/base{path}")
    assert endpoint.is_read(method, f"https://source.example/base{path}")


@pytest.mark.parametrize(
    ("source", "method", "path"),
    [
        ("PagerDuty", "POST", "/incidents"),
        ("PagerDuty", "POST", "/api/v1/query"),
        ("Prometheus", "POST", "/api/v1/admin/tsdb/delete_series"),
        ("Prometheus", "POST", "/api/v1/query/../admin/tsdb/snapshot"),
        ("Prometheus", "POST", "/x/api/v1/query"),
        ("Prometheus", "get", "/api/v1/query"),
        ("Grafana", "POST", "/api/snapshots"),
        ("Grafana", "POST", "/api/datasources/proxy/uid/a/b/api/v1/query"),
        ("Grafana", "DELETE", "/api/dashboards/uid/x"),
    ],
)
def test_everything_else_is_refused(source: str, method: str, path: str) -> None:
    """Whatever could change something is refused, however it is dressed up."""
    with pytest.raises(RequestRefused):
        Endpoint(source, "https://source.example").check(method, f"https://source.example{path}")


def test_writes_can_be_allowed() -> None:
    """An endpoint made for publishing lets writes through, and still does not call them reads."""
    endpoint = Endpoint("Grafana", "https://grafana.example", allow_writes=True)
    endpoint.check("POST", "https://grafana.example/api/snapshots")
    assert not endpoint.is_read("POST", "https://grafana.example/api/snapshots")


@pytest.mark.parametrize(
    "url",
    [
        "http://source.example/base/x",
        "https://source.example:8443/base/x",
        "https://source.example.evil.example/base/x",
        "https://source.example@evil.example/base/x",
        "https://source.example/other",
        "https://source.example/basement",
        "https://source.example/base/../other",
        "https://source.example/base/%2E%2E/other",
        "https://source.example:port/base/x",
        "https://ann:pw@source.example/base/x",
        "https://[::1/base/x",
        "https://source.example/base/x y",
        "https://source.example/base/\u00e4",
    ],
)
def test_only_the_configured_base_is_asked(url: str) -> None:
    """Another scheme, host, port or path is refused."""
    with pytest.raises(RequestRefused):
        Endpoint("PagerDuty", "https://source.example/base").check("GET", url)
