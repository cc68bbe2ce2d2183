"""From options to an order: instants, template, configuration; nothing is contacted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pm_autofill.cli.choices import Choices
from pm_autofill.cli.ordering import configured_template, read_configuration, read_order
from pm_autofill.errors import UsageError
from pm_autofill.evidence import Request, TemplateText

MINIMAL = "pagerduty: {token: '${T}'}\nservices: [{name: checkout}]\n"
AS_OF = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a configuration and no other anywhere."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("PM_AUTOFILL_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (work / "pm-autofill.yaml").write_text(MINIMAL)
    return work


def refused(choices: Choices) -> str:
    """Why an order cannot be read."""
    with pytest.raises(UsageError) as caught:
        read_order(choices)
    return str(caught.value)


def test_a_window_is_read_as_instants() -> None:
    """Offsets are brought to UTC, and --as-of is taken as now."""
    order = read_order(
        Choices(
            service="checkout",
            since="2026-11-18T14:00:00+02:00",
            until="2026-11-18T13:00:00Z",
            as_of="2026-11-18T15:00:00Z",
        )
    )
    assert order.request == Request(
        as_of=AS_OF,
        rewound=True,
        service="checkout",
        since=datetime(2026, 11, 18, 12, tzinfo=UTC),
        until=datetime(2026, 11, 18, 13, tzinfo=UTC),
    )


def test_without_as_of_it_is_now() -> None:
    """The wall clock to the second, and nothing is undone."""
    before = datetime.now(UTC).replace(microsecond=0)
    request = read_order(Choices(incident="P1")).request
    assert request is not None
    assert before <= request.as_of <= datetime.now(UTC)
    assert (request.as_of.microsecond, request.rewound, request.incident) == (0, False, "P1")


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        (
            "2026-11-18T13:00:00Z",
            "2026-11-18T12:00:00Z",
            "--until is not after --since. Give a window with its start before its end.",
        ),
        (
            "2026-11-18T13:00:00Z",
            "2026-11-18T13:00:00Z",
            "--until is not after --since. Give a window with its start before its end.",
        ),
        ("2026-11-18T15:00:00Z", None, "--since lies in the future. Give a window that has begun."),
        ("2026-11-19T15:00:00Z", "2026-11-20T15:00:00Z", "--since lies in the future. Give a window that has begun."),
        ("yesterday", None, "--since: 'yesterday' is not an instant. Write it as 2026-11-18T13:42:17Z."),
        (
            "0001-01-01T00:00:00Z",
            None,
            "--since: '0001-01-01T00:00:00Z' is not an instant. Write it as 2026-11-18T13:42:17Z.",
        ),
        (None, "", "--until: '' is not an instant. Write it as 2026-11-18T13:42:17Z."),
    ],
)
def test_an_impossible_window_is_refused(since: str | None, until: str | None, message: str) -> None:
    """Backwards, empty, in the future, or no time at all."""
    assert refused(Choices(incident="P1", since=since, until=until, as_of="2026-11-18T15:00:00Z")) == message


def test_an_impossible_now_is_refused() -> None:
    """The option is named."""
    message = refused(Choices(incident="P1", as_of="noon"))
    assert message == "--as-of: 'noon' is not an instant. Write it as 2026-11-18T13:42:17Z."


def test_the_built_in_template_is_the_default() -> None:
    """Without `template:` the one that comes with the program."""
    template = read_order(Choices(incident="P1")).template
    assert template is not None
    assert template.name == "postmortem.md.j2"
    assert "{{" in template.text


def test_a_named_template_wins(here: Path) -> None:
    """--template before the configured one."""
    (here / "mine.j2").write_text("mine é", encoding="utf-8")
    (here / "configured.j2").write_text("configured")
    (here / "pm-autofill.yaml").write_text(MINIMAL + "template: configured.j2\n")
    assert read_order(Choices(incident="P1", template="mine.j2")).template == TemplateText(
        name="mine.j2", text="mine é"
    )
    assert read_order(Choices(incident="P1")).template == TemplateText(name="configured.j2", text="configured")


def test_a_configured_template_is_looked_for_beside_the_configuration_first(here: Path) -> None:
    """Then in the current folder; one that is in neither is refused, except the built-in one's name."""
    folder = here / "config"
    folder.mkdir()
    file = folder / "pm-autofill.yaml"
    file.write_text(MINIMAL + "template: t.j2\n")
    (here / "t.j2").write_text("here")
    assert configured_template(read_configuration(str(file))).text == "here"
    (folder / "t.j2").write_text("beside")
    assert configured_template(read_configuration(str(file))).text == "beside"
    file.write_text(MINIMAL + "template: none.j2\n")
    with pytest.raises(UsageError, match=r"^the template none\.j2 does not exist\. Looked in .*config and the current"):
        configured_template(read_configuration(str(file)))
    file.write_text(MINIMAL + "template: postmortem.md.j2\n")
    assert configured_template(read_configuration(str(file))).name == "postmortem.md.j2"


def test_an_unreadable_template_is_refused(here: Path) -> None:
    """Missing, a folder, or no text."""
    (here / "folder").mkdir()
    (here / "binary").write_bytes(b"\xff\xfe")
    end = "Name an existing template with --template."
    for name, reason in (
        ("none", "No such file or directory"),
        ("folder", "it is a folder"),
        ("binary", "line 1 is not UTF-8 text"),
    ):
        assert refused(Choices(incident="P1", template=name)) == f"cannot read the template {name}: {reason}. {end}"


def test_evidence_needs_no_configuration(here: Path) -> None:
    """Nothing is looked for: neither configuration nor template nor sources."""
    (here / "pm-autofill.yaml").unlink()
    order = read_order(Choices(from_evidence="e.json", stated=("severity=SEV-1",), output="out", dry_run=True))
    assert (order.request, order.configuration, order.template, order.sources) == (None, None, None, None)
    assert (order.from_evidence, order.output) == (Path("e.json"), Path("out"))
    assert (order.statements, order.dry_run) == (("severity=SEV-1",), True)


def test_evidence_with_another_configuration(here: Path) -> None:
    """A named configuration overrides the evidence's; the one lying about does not."""
    assert read_order(Choices(from_evidence="e.json")).configuration is None
    (here / "other.yaml").write_text(MINIMAL)
    found = read_order(Choices(from_evidence="e.json", config="other.yaml")).configuration
    assert found is not None
    assert found.raw == {"pagerduty": {"token": "${T}"}, "services": [{"name": "checkout"}]}


def test_no_configuration_is_said(here: Path) -> None:
    """Where it was looked for, and how to get one."""
    (here / "pm-autofill.yaml").unlink()
    message = refused(Choices(incident="P1"))
    assert message.startswith("no configuration found: looked for ")
    assert "config/pm-autofill.yaml" in message
    assert message.endswith("`pm-autofill demo` needs none.")


def test_a_variable_names_the_configuration(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the current folder, after --config."""
    (here / "other.yaml").write_text(MINIMAL.replace("checkout", "other"))
    monkeypatch.setenv("PM_AUTOFILL_CONFIG", "other.yaml")
    assert [one.name for one in read_configuration(None).settings.services] == ["other"]
    assert [one.name for one in read_configuration("pm-autofill.yaml").settings.services] == ["checkout"]


def test_tokens_are_not_asked_for_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is noticed when its source is first contacted, not before."""
    monkeypatch.delenv("T", raising=False)
    order = read_order(Choices(incident="P1"))
    assert order.sources is not None
    with pytest.raises(UsageError, match="needs the environment variable T"):
        order.sources.pagerduty()
