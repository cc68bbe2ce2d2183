"""The configuration file: found in its order, checked key by key, refused in words that say what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pm_autofill import config
from pm_autofill.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SLO = "{name: x, objective: 99.95, events: {total: t, bad: b}}"


def read(folder: Path, text: str | bytes) -> config.Configuration:
    """A configuration with this text."""
    file = folder / "pm-autofill.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return config.read(file)


def refusal(folder: Path, text: str | bytes) -> str:
    """The message with which a text is refused, the folder cut off."""
    with pytest.raises(UsageError) as refused:
        read(folder, text)
    assert refused.value.exit_code == 2
    return str(refused.value).replace(f"{folder}/", "")


def test_a_configuration_is_read_with_its_defaults(tmp_path: Path) -> None:
    """Percent is exact, lists become tuples, and what is written is kept as written."""
    found = read(tmp_path, f"pagerduty: {{token: '${{TOKEN}}'}}\nservices: [{{name: a, slos: [{SLO}]}}]\n")
    assert found.settings.services[0].slos[0].objective == Decimal("99.95")
    assert found.settings.pagerduty.url == "https://api.pagerduty.com"
    assert found.settings.hold == "15m"
    assert found.raw["pagerduty"] == {"token": "${TOKEN}"}
    assert found.folder == tmp_path


SEE = "See docs/configuration.md for what each key takes."
CORRECT = "Correct the file; quote texts that hold ':' or '{'."
WRITE = "Write it as 15m, 30d or 1h30m."
ALL = (
    "allow_insecure, change_tags, check, github, gitlab, grafana, hold, output, pagerduty, prometheus, redaction, "
    "services, severity, targets, template"
)
MISTAKES: tuple[tuple[str | bytes, str], ...] = (
    ("servces: []", ": unknown key 'servces'. Did you mean 'services'?"),
    (
        "services: [{name: a, slos: [{nme: x}]}]",
        ": unknown key 'services[0].slos[0].nme'. Did you mean 'name'?",
    ),
    ("targets: {zzz: 5m}", ": unknown key 'targets.zzz'. Known here: acknowledge, detect, mitigate."),
    ("1: 2", f": unknown key '1'. Known here: {ALL}."),
    ("services: [{name: [1]}]", f": services[0].name: expected a text, got a list. {SEE}"),
    ("services: [{}]", f": services[0]: missing required field name. {SEE}"),
    (
        "services: [{name: a, slos: [{name: x, objective: '99.9%'}]}]",
        f": services[0].slos[0].objective: not a number. {SEE}",
    ),
    ("hold: 12:30", f": hold: expected a text, got a whole number. {SEE}"),
    ("hold: 15 minutes", f": hold: '15 minutes' is not a duration. {WRITE}"),
    ("targets: {detect: soon}", f": targets.detect: 'soon' is not a duration. {WRITE}"),
    ("hold: 99999999999999y", f": hold: '99999999999999y' is longer than a duration can be. {WRITE}"),
    ("services: [{name: a}, {name: a}]", ": the service 'a' stands twice. Give each its own name."),
    (f"services: [{{name: a, slos: [{SLO}, {SLO}]}}]", ": the SLO 'x' stands twice. Give each its own name."),
    ("", " is not a mapping of settings. Start from config/example.yaml."),
    ("- a", " is not a mapping of settings. Start from config/example.yaml."),
    ("hold: 9000y", ": hold: '9000y' is longer than a year. Write it as 5m, 15m or 2h."),
    ("targets: {detect: 54w}", ": targets.detect: '54w' is longer than a year. Write it as 5m, 15m or 2h."),
    ("hold: 15m\nhold: 20m", f", line 2 is not valid YAML: key 'hold' stands twice. {CORRECT}"),
    (
        "services:\n\t- a",
        f", line 2 is not valid YAML: found character '\\t' that cannot start any token. {CORRECT}",
    ),
    (
        "a: !!python/object/apply:os.system ['true']",
        (
            ", line 1 is not valid YAML: could not determine a constructor for the tag "
            f"'tag:yaml.org,2002:python/object/apply:os.system'. {CORRECT}"
        ),
    ),
    ("? [a]\n: 1", f", line 1 is not valid YAML: found unhashable key. {CORRECT}"),
    (b"hold: 15m\n# caf\xe9", ", line 2 is not UTF-8 text. Save the file as UTF-8."),
    ("pagerduty: [1]", f": pagerduty: expected a mapping, got a list. {SEE}"),
    (b"\xff\xfe\x00", f" is not valid YAML: truncated data. {CORRECT}"),
    ("services: " + "[" * 1500 + "]" * 1500, f" is not valid YAML: RecursionError. {CORRECT}"),
)


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=lambda value: str(value)[:24])
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(tmp_path: Path, text: str | bytes, message: str) -> None:
    """One sentence on what and where, one on what to do next."""
    assert refusal(tmp_path, text) == f"pm-autofill.yaml{message}"


def test_a_file_of_a_megabyte_is_no_configuration(tmp_path: Path) -> None:
    """Nor is it read as one."""
    assert refusal(tmp_path, "#" * 1_000_001) == (
        "cannot read the configuration pm-autofill.yaml: it is longer than 1000000 bytes. "
        "Name an existing file with --config."
    )


WRITTEN_OUT = "Put it into an environment variable and write ${VARIABLE} here, or use token_file."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("pagerduty: {token: u+canary}", "pagerduty.token"),
        ("pagerduty: {token: 'u+canary${A}'}", "pagerduty.token"),
        ("prometheus: {url: 'https://p', password: canary}", "prometheus.password"),
        ("prometheus: {url: 'https://p', headers: {Authorization: Bearer canary}}", "prometheus.headers.Authorization"),
        ("prometheus: {url: 'https://p', headers: {X-Api-Key: canary}}", "prometheus.headers.X-Api-Key"),
        ("prometheus: {url: 'https://p', headers: {X-Auth-Email: canary}}", "prometheus.headers.X-Auth-Email"),
        (
            "prometheus: {url: 'https://p', headers: {Ocp-Apim-Subscription-Key: canary}}",
            "prometheus.headers.Ocp-Apim-Subscription-Key",
        ),
    ],
)
def test_a_secret_written_out_is_refused_without_repeating_it(tmp_path: Path, text: str, key: str) -> None:
    """The configuration goes into the evidence, and the message into logs."""
    said = refusal(tmp_path, text)
    assert said == f"pm-autofill.yaml: {key} is written out. {WRITTEN_OUT}"
    assert "canary" not in said


@pytest.mark.parametrize(
    "text",
    [
        "pagerduty: {token: '${A}'}",
        "pagerduty: {token_file: /run/secret}",
        "pagerduty: {token_command: pass show pd}",
        "prometheus: {url: 'https://p', headers: {Authorization: 'Bearer ${A}', X-Scope-OrgID: team}}",
        "prometheus: {url: 'https://${USER}:${PASSWORD}@p'}",
        "services: [{name: a, dashboards: [{uid: d, variables: {keyspace: orders, author: ann}}]}]",
        "prometheus: {url: 'https://p', headers: {THANOS-TENANT: team-a}}",
        "services: [{name: token-service, changes: 'x{token=\"a\"}'}]",
    ],
)
def test_places_of_secrets_are_no_secrets(tmp_path: Path, text: str) -> None:
    """A variable, a file, a command; names that only look like one."""
    assert read(tmp_path, text).raw


def test_credentials_inside_an_address_are_refused(tmp_path: Path) -> None:
    """They would be printed with every link."""
    assert refusal(tmp_path, "prometheus: {url: 'https://me:canary@p'}") == (
        "pm-autofill.yaml: prometheus.url holds a user name or password. Take it out of the URL and use token or "
        "username/password with ${VARIABLE}."
    )


def test_credentials_behind_an_address_are_refused(tmp_path: Path) -> None:
    """Without repeating them."""
    said = refusal(tmp_path, "prometheus: {url: 'https://p/api?access_token=canary'}")
    assert said == (
        "pm-autofill.yaml: prometheus.url holds what signs in behind its question mark. Take it out of the URL and use "
        "token with ${VARIABLE}."
    )


def test_anchors_and_merges_can_be_used(tmp_path: Path) -> None:
    """Services that share what they have in common."""
    text = f"services:\n- &common\n  name: a\n  slos: [{SLO}]\n- <<: *common\n  name: b\n  slos: []\n"
    assert [service.name for service in read(tmp_path, text).settings.services] == ["a", "b"]


@pytest.mark.parametrize("place", ["services", "pagerduty", "severity"])
def test_a_bomb_of_aliases_does_not_go_off(tmp_path: Path, place: str) -> None:
    """Ten aliases to ten aliases, nine times: refused by its shape before it is unrolled."""
    first = f"{place}: &z0 [x, x, x, x, x, x, x, x, x, x]\n"
    layers = "".join(f"z{n}: &z{n} [{', '.join([f'*z{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "unknown key" in refusal(tmp_path, first + layers)
    lists = f"services: [{{name: a, pagerduty: &p0 [x, x]}}, {{name: b, pagerduty: [{', '.join(['*p0'] * 50)}]}}]"
    assert "services[1].pagerduty[0]: expected a text, got a list" in refusal(tmp_path, lists)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(UsageError, match=r"cannot read the configuration .*/none\.yaml: No such file or directory"):
        config.read(tmp_path / "none.yaml")


def test_the_evidence_s_configuration_is_named_as_such() -> None:
    """A rebuild has no file to name."""
    with pytest.raises(UsageError, match=r"^the evidence's configuration: unknown key 'x'"):
        config.parse({"x": 1}, path=None)


def test_the_first_place_that_has_a_file_is_taken(tmp_path: Path) -> None:
    """--config, the variable, the current folder, its config folder, the user's folder."""
    here, home = tmp_path / "here", tmp_path / "home"
    places = [here / "pm-autofill.yaml", here / "config" / "pm-autofill.yaml", home / "pm-autofill" / "config.yaml"]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    variables = {"PM_AUTOFILL_CONFIG": "/from/variable.yaml"}
    assert str(config.find("named.yaml", variables, here, home)) == "named.yaml"
    assert str(config.find(None, variables, here, home)) == "/from/variable.yaml"
    for place in places:
        assert config.find(None, {"PM_AUTOFILL_CONFIG": ""}, here, home) == place
        place.unlink()
    with pytest.raises(UsageError) as refused:
        config.find(None, {}, here, home)
    assert refused.value.message == f"no configuration found: looked for {', '.join(map(str, places))}"
    assert "pm-autofill demo" in refused.value.hint
