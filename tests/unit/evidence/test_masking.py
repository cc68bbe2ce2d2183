"""Evidence without secrets: in every text, in no query, and the same when it is masked again."""

from __future__ import annotations

import typing
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, Gap, Request, Source, TemplateText, dump
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.incident import Agent, AgentKind, FiringAlert, Incident, IncidentRecord, Link, LogEntry, Note
from pm_autofill.evidence.incident import Alert as PagerDutyAlert
from pm_autofill.evidence.masking import CODE, LABELS, masked
from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord, Panel, PanelQuery, PanelSeries
from pm_autofill.evidence.series import Matrix, Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
TOKEN = "canary-u7Qp2Zx9"
QUERY = 'sum(rate(http_requests_total{api_key="0123456789abcdef0123456789abcdef"}[5m]))'
# What people write; everything that holds a text and is not named in CODE is one.
TEXTS = {
    "Agent": {"name"},
    "Alert": {"firing", "key", "links", "service", "title"},
    "AlertRule": {"annotations", "labels", "name"},
    "AlertSeries": {"labels", "matrix", "name"},
    "Answered": {"missing"},
    "Annotation": {"alert", "author", "links", "tags", "text"},
    "BudgetTotals": {"caveats"},
    "ChangeEvent": {"links", "origin", "services", "summary", "tags"},
    "CounterRead": {"caveats"},
    "Dashboard": {"left_out", "title"},
    "EarlierDraft": {"alerts", "services", "slos", "title"},
    "Evidence": {"stated"},
    "FieldLook": {"axis_label", "name", "no_value"},
    "FiringAlert": {"annotations", "labels", "url"},
    "Gap": {"hint", "reason", "what"},
    "Incident": {"priority", "service", "title", "url"},
    "Legend": {"sort_by"},
    "Link": {"href", "text"},
    "LogEntry": {"field", "new", "old", "people", "summary", "text"},
    "MarkQuery": {"name", "text", "title"},
    "Note": {"text"},
    "Options": {"sort_by", "x_field"},
    "OtherIncident": {"title", "url"},
    "Override": {"names"},
    "Panel": {"description", "not_applied", "not_rendered", "problem", "reason", "title"},
    "PanelQuery": {"legend"},
    "PanelSeries": {"name"},
    "PastEvents": {"slo"},
    "Request": {"incident"},
    "Responder": {"name"},
    "RuleRun": {"refused"},
    "SloDefinition": {"name", "noun", "origin"},
    "ValueMapping": {"match", "text"},
}


def structs(kind: Any, found: dict[str, type[msgspec.Struct]]) -> dict[str, type[msgspec.Struct]]:  # noqa: ANN401 - a type
    """Every struct that evidence is made of, by name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in found:
        found[kind.__name__] = kind
        for inside in typing.get_type_hints(kind).values():
            structs(inside, found)
    for part in typing.get_args(kind):
        structs(part, found)
    return found


def holds_text(kind: Any) -> bool:  # noqa: ANN401 - a type
    """Whether a field of a type may hold strings of its own."""
    parts = typing.get_args(kind)
    if typing.get_origin(kind) is dict:
        parts = parts[1:]  # keys are names
    return kind is str or kind is typing.Any or any(holds_text(part) for part in parts)


def test_every_text_of_the_evidence_is_known_as_text_or_code() -> None:
    """A new field that can hold a string is put into one of the two lists, or this fails."""
    every = structs(Evidence, {})
    assert {kind.__name__ for kind in CODE} <= set(every)
    texts: dict[str, set[str]] = {}
    for name, kind in every.items():
        fields = {field for field, inside in typing.get_type_hints(kind).items() if holds_text(inside)}
        code = CODE.get(kind, frozenset())
        assert code <= set(kind.__struct_fields__), name
        left = fields - code
        if left:
            texts[name] = left
    declared = {name: fields & texts.get(name, set()) for name, fields in TEXTS.items()}
    assert texts == {name: fields for name, fields in declared.items() if fields}
    assert {(kind.__name__, field) for kind, field in LABELS} <= {(n, f) for n, fields in TEXTS.items() for f in fields}


def evidence() -> Evidence:
    """What every kind of source says, with secrets in it."""
    incident = Incident(
        id="Q1",
        number=1,
        title="Checkout fails, pwd=hunter2",
        url="https://acme.pagerduty.example/incidents/Q1?token=abc",
        status="triggered",
        created_at=NOON,
        resolved_at=None,
        service_id="P1",
        service="checkout",
    )
    ann = Agent(kind=AgentKind.PERSON, name="Ann")
    page = LogEntry(
        id="L1", type="notify", known=True, at=NOON, agent=ann, channel="auto", summary="Notified Ann at [phone]"
    )
    entry = LogEntry(
        id="L2",
        type="annotate",
        known=True,
        at=NOON,
        agent=ann,
        channel="web",
        summary="Note",
        text="call 07700 900123",
    )
    firing = FiringAlert(
        labels={"alertname": "Burn", "password": "hunter2", "secret": "checkout-tls"},
        annotations={"summary": "bridge +44 20 7946 0958,,1234#", "token": "abcdef123"},
        url="https://prom.example/graph?g0.expr=x%7Btoken%3D%22eu1%22%7D&g0.tab=0",
    )
    alert = PagerDutyAlert(
        id="A1", at=NOON, title="Burn", firing=(firing,), links=(Link(href="https://x.example/?key=abc", text="x"),)
    )
    record = IncidentRecord(
        incident=incident,
        log=(page, entry),
        notes=(Note(id="N1", at=NOON, author=ann, text="call 07700 900123"),),
        alerts=(alert,),
        sources={"incident": "pd.1"},
    )
    tokens = [f"ghp_abcdefghij000000000{n}" for n in (1, 2)]
    samples = matrix(Series({"pod": pod, "code": "500"}, np.array([1.0, 2.0]), np.array([3.0, 4.0])) for pod in tokens)
    read = CounterRead(matrix=samples, source="prom.1", start=NOON, end=NOON, caveats=("PromQL info: token=abc1",))
    slo = SloEvidence(
        definition=SloDefinition(
            name="availability",
            service="checkout",
            objective=msgspec.convert("99.9", type=__import__("decimal").Decimal),
            events=Events(total=QUERY, bad=QUERY),
        ),
        total=read,
        bad=read,
    )
    panel = Panel(
        id=1,
        title="Logins of token=abc1",
        kind="timeseries",
        link=f"https://graf.example/d/x?var-token=eu1&from={TOKEN}",
        queries=(PanelQuery(ref_id="A", datasource_uid="p", datasource_type="prometheus", expression=QUERY),),
        series=(PanelSeries(name=tokens[0], ref_id="A"),),
        matrix=Matrix(samples.series[:1]),
    )
    mark = Annotation(id=1, start=NOON, text="passcode: 4711", source="g.1", tags=("deploy",))
    return Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON, incident="Q1"),
        configuration={
            "prometheus": {"url": "https://prom.example", "password": "${PASSWORD}"},
            "severity": {1: "SEV-1"},
        },
        template=TemplateText(name="t", text="Hotline: call 0800 123 4567\n{{ title }}"),
        stated={"impact.start": "2026-11-18T13:42:17Z", "severity": "SEV-1"},
        sources={
            "prom.1": Source(system="Prometheus", query=QUERY, url="https://p.example", retrieved_at=NOON, sha256="a")
        },
        gaps=(Gap(source="Grafana", what="panels", reason=f"it said: bad token {TOKEN}", hint="Check it."),),
        pagerduty=record,
        slos=(slo,),
        alert_rules=(
            AlertRule(
                name="Burn", expression=QUERY, hold=0, interval=1, labels={}, annotations={"tel": "x"}, source="p"
            ),
        ),
        grafana=GrafanaRecord(
            version="13",
            url="https://graf.example",
            dashboards=(Dashboard(uid="x", title="Shop", service="checkout", link="https://g/d/x", panels=(panel,)),),
            annotations=(mark,),
        ),
    )


def test_texts_lose_their_secrets_and_code_stays() -> None:
    """Titles, notes, labels, links, marks and gaps on one hand; queries, ids and the template on the other."""
    found = masked(evidence(), Shapes(), Secrets.of([TOKEN]))
    assert found.pagerduty is not None
    assert found.grafana is not None
    record, panel = found.pagerduty, found.grafana.dashboards[0].panels[0]
    assert record.incident.title == "Checkout fails, pwd=[secret]"
    assert record.incident.url == "https://acme.pagerduty.example/incidents/Q1?token=[secret]"
    assert [one.text for one in record.notes] == ["call [phone]"]
    assert record.log[1].text == "call [phone]"
    (firing,) = record.alerts[0].firing
    assert firing.labels == {"alertname": "Burn", "password": "[secret]", "secret": "checkout-tls"}
    assert firing.annotations == {"summary": "bridge [phone]", "token": "[secret]"}
    assert firing.url == evidence().pagerduty.alerts[0].firing[0].url  # type: ignore[union-attr]
    assert record.alerts[0].links[0].href == "https://x.example/?key=[secret]"
    assert found.gaps[0].reason == "it said: bad token [secret]"
    assert panel.title == "Logins of token=[secret]"
    assert panel.link == "https://graf.example/d/x?var-token=eu1&from=[secret]"
    assert panel.queries[0].expression == QUERY
    assert found.sources["prom.1"].query == QUERY
    assert found.slos[0].definition.events == Events(total=QUERY, bad=QUERY)
    assert found.alert_rules[0].expression == QUERY
    assert found.grafana.annotations[0].text == "passcode: [secret]"
    assert found.template == evidence().template
    assert found.configuration == evidence().configuration
    assert found.stated == evidence().stated


def test_series_stay_apart_and_their_names_agree() -> None:
    """Series whose labels differed in a secret alone are still two, in each answer alike."""
    found = masked(evidence(), Shapes())
    read = found.slos[0]
    assert read.total is not None
    assert read.bad is not None
    labels = [one.labels["pod"] for one in read.total.matrix.series]
    assert labels == ["[secret]", "[secret] (2)"]
    assert [one.labels["pod"] for one in read.bad.matrix.series] == labels


def test_masks_are_counted_in_the_evidence() -> None:
    """Each text once; PagerDuty's own sentence about a page is nobody's text."""
    found = masked(evidence(), Shapes(), Secrets.of([TOKEN]))
    assert found.masked["phone"] == 2
    assert found.masked["secret"] >= 8
    assert b'"masked"' in dump(found)


def test_masking_again_changes_nothing() -> None:
    """The file reads back to the same evidence, and a rebuild, which knows no secret, leaves it as it is."""
    found = masked(evidence(), Shapes(), Secrets.of([TOKEN]))
    assert masked(found, Shapes()) is found
    assert dump(masked(found, Shapes())) == dump(found)


def test_evidence_without_secrets_is_the_same_object() -> None:
    """Samples too: what was found in them need not be looked for again; and its file is as it was before masks."""
    plain = replace(evidence(), pagerduty=None, slos=(), grafana=None, gaps=())
    assert masked(plain, Shapes(), Secrets.of([TOKEN])) is plain
    assert b'"masked"' not in dump(plain)
