"""The evidence file: what goes in comes out, and what is none is refused in words."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.errors import EvidenceUnreadable
from pm_autofill.evidence import Evidence, Request, TemplateText, digest, dump, load
from pm_autofill.evidence.alerts import AlertRule, ChangeSeries
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.replay import PastEvents, RuleRun, Steps, Stretch
from pm_autofill.evidence.series import Matrix, Series, label_text, matrix, pack, unpack
from pm_autofill.evidence.slos import Events, SloDefinition, SloEvidence

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def evidence(found: Matrix) -> Evidence:
    """Evidence that holds some samples."""
    return Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON),
        configuration={"services": [{"name": "café"}]},
        template=TemplateText(name="t", text="{{ x }}"),
        changes=(ChangeSeries(service="s", query="q", matrix=found, source="c", step=15.0),),
    )


SAMPLES = matrix(
    [
        Series({"code": "200"}, np.array([10.0, 25.001, 40.0]), np.array([5.0, 8.0, 2.0])),
        Series({"code": "500"}, np.array([10.0, 25.001, 40.0]), np.array([0.5, np.nan, np.inf])),
    ]
)


def test_evidence_comes_back_as_it_was(tmp_path: Path) -> None:
    """From a file and from the folder that holds it."""
    whole = evidence(SAMPLES)
    (tmp_path / "evidence.json").write_bytes(dump(whole))
    assert load(tmp_path) == whole
    assert load(tmp_path / "evidence.json") == whole


def test_what_is_named_by_hand_may_be_a_link_and_what_lies_in_a_folder_not(tmp_path: Path) -> None:
    """Nor a pipe, which the shell's <(...) is: a stranger may have made the folder."""
    whole = evidence(SAMPLES)
    (tmp_path / "kept.json").write_bytes(dump(whole))
    (tmp_path / "evidence.json").symlink_to("kept.json")
    assert load(tmp_path / "evidence.json") == whole
    with pytest.raises(EvidenceUnreadable, match="it is a symbolic link"):
        load(tmp_path)

    (tmp_path / "evidence.json").unlink()
    os.mkfifo(tmp_path / "evidence.json")
    with pytest.raises(EvidenceUnreadable, match="it is no regular file"):
        load(tmp_path)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(dump(whole))
    assert load(Path(f"/dev/fd/{reading}")) == whole
    os.close(reading)


def test_what_is_longer_than_evidence_is_not_read(tmp_path: Path) -> None:
    """Nor parsed, where it would take more memory or is deeper than any evidence."""
    with (tmp_path / "evidence.json").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(EvidenceUnreadable, match=r"cannot read evidence from .*: it is longer than 33554432 bytes"):
        load(tmp_path)
    for raw in (b"[" * 101 + b"]" * 101, b'{"x":[' + b"{}," * 2_700_000 + b"{}]}"):
        with pytest.raises(EvidenceUnreadable, match="nested more deeply, or holds more, than evidence does"):
            parse(raw, name="it")
    with pytest.raises(EvidenceUnreadable, match="it is larger than 32 MiB"):
        parse(b" " * (32 * 2**20 + 1), name="it")


def test_equal_evidence_gives_equal_bytes() -> None:
    """Whatever the order in which series arrived."""
    backwards = matrix(reversed(SAMPLES.series))
    assert dump(evidence(backwards)) == dump(evidence(SAMPLES))


def test_the_file_is_json_with_its_schema_first() -> None:
    """A reader in any language sees at once what it is."""
    raw = dump(evidence(SAMPLES))
    assert raw.startswith(b'{\n"schema": "pm-autofill.evidence/1",\n')
    assert json.loads(raw)["configuration"] == {"services": [{"name": "café"}]}


def test_grids_are_written_once_and_counters_as_steps() -> None:
    """All series of one scrape share its timestamps; whole numbers are written as small differences."""
    assert msgspec.json.decode(msgspec.json.encode(pack(SAMPLES))) == {
        "grids": [[10_000, 15_001, 14_999]],
        "series": [
            {"labels": {"code": "200"}, "grid": 0, "steps": [5, 3, -6]},
            {"labels": {"code": "500"}, "grid": 0, "values": [0.5, "nan", "inf"]},
        ],
    }


def test_the_digest_is_the_files_sha256() -> None:
    """As facts.json names it."""
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_frames_have_a_utc_index_and_a_column_per_series() -> None:
    """What an analyst gets."""
    frame = SAMPLES.frame()
    assert list(frame.columns) == ['{code="200"}', '{code="500"}']
    assert str(frame.index[0]) == "1970-01-01 00:00:10+00:00"
    assert frame['{code="200"}'].tolist() == [5.0, 8.0, 2.0]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"__name__": "up", "job": "api", "a": "b"}, 'up{a="b",job="api"}'),
        ({"__name__": "up"}, "up"),
        ({}, "{}"),
    ],
)
def test_labels_are_written_as_prometheus_writes_them(labels: dict[str, str], expected: str) -> None:
    """Name first, then the others in order."""
    assert label_text(labels) == expected


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[1]",
        b'{"schema": "pm-autofill.evidence/1"}',
        b'{"schema": 1}',
        b"[" * 100_000,
        dump(evidence(SAMPLES))[:-200],
        dump(evidence(SAMPLES)).replace(b'"grid":0', b'"grid":7'),
        dump(evidence(SAMPLES)).replace(b'"grid":0', b'"grid":"x"'),
        dump(evidence(SAMPLES)).replace(b'"steps":[5,3,-6]', b'"steps":[5,3]'),
        dump(evidence(SAMPLES)).replace(b'"steps":[5,3,-6]', b'"steps":[5,3,99999999999999999999]'),
        dump(evidence(SAMPLES)).replace(b'"steps":[5,3,-6]', b'"steps":[5,3,"a"]'),
        dump(evidence(SAMPLES)).replace(b'"steps":[5,3,-6]', b'"steps":{"a":1}'),
        dump(evidence(SAMPLES)).replace(b'"grids":', b'"grid":'),
    ],
    ids=lambda raw: str(raw[:12]) + str(len(raw)),
)
def test_damaged_evidence_is_refused_with_its_name(damaged: bytes) -> None:
    """Never another error, and the message says which file."""
    with pytest.raises(EvidenceUnreadable, match=r"^somewhere/evidence\.json is not an evidence file"):
        parse(damaged, name="somewhere/evidence.json")


@pytest.mark.parametrize("zone", ["America", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000, "", "Mars/Base"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    """A name that leads to another file is none either."""
    slo = SloEvidence(definition=SloDefinition(name="a", service="s", objective=Decimal(99), time_zone="Europe/Berlin"))
    raw = dump(replace(evidence(SAMPLES), slos=(slo,)))
    assert parse(raw, name="e").slos[0].definition.time_zone == "Europe/Berlin"
    with pytest.raises(EvidenceUnreadable, match=r"^e is not an evidence file: .* is no time zone that is known here"):
        parse(raw.replace(b'"Europe/Berlin"', json.dumps(zone).encode()), name="e")


def test_another_version_is_refused() -> None:
    """The message names both."""
    with pytest.raises(EvidenceUnreadable) as refused:
        parse(b'{"schema": "pm-autofill.evidence/9"}', name="e")
    assert refused.value.message == "e has schema 'pm-autofill.evidence/9', this program reads 'pm-autofill.evidence/1'"
    assert refused.value.hint == "Use the version of pm-autofill that wrote it."
    assert refused.value.exit_code == 1


def test_another_of_our_files_is_refused() -> None:
    """No version reads facts as evidence."""
    with pytest.raises(EvidenceUnreadable) as refused:
        parse(b'{"schema": "pm-autofill.facts/1"}', name="e")
    assert refused.value.hint == "Name the evidence.json of a draft's folder."


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """With the path and the reason."""
    with pytest.raises(EvidenceUnreadable, match=r"nowhere: No such file or directory"):
        load(tmp_path / "nowhere")


def test_cutting_keeps_both_bounds() -> None:
    """Samples at either bound are inside."""
    one = Series({}, np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert one.cut(2, 3).values.tolist() == [2.0, 3.0]


def test_equality_takes_nan_for_equal_and_other_things_for_different() -> None:
    """Needed to compare what two runs saw."""
    nan = Series({}, np.array([1.0]), np.array([np.nan]))
    assert nan == Series({}, np.array([1.0]), np.array([np.nan]))
    assert nan != "nan"
    assert Matrix((nan,)) != "matrix"
    assert Matrix((nan,)).sample_count == 1
    assert unpack(msgspec.json.decode(msgspec.json.encode(pack(Matrix())))) == Matrix()


def test_a_value_of_a_foreign_type_cannot_be_written() -> None:
    """A mistake in the program does not become a broken file."""
    with pytest.raises(NotImplementedError, match="cannot write object"):
        dump(replace(evidence(SAMPLES), configuration={"a": object()}))


def test_what_a_replay_needs_comes_back_as_it_was() -> None:
    """Events per step and runs of rules."""
    noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
    series = Matrix((Series({}, np.array([noon.timestamp()]), np.array([1.5])),))
    steps = Steps(matrix=series, source="past", start=noon, end=noon, step=300.0)
    past = PastEvents(slo="a", events=Events(total="t", bad="b"), total=(steps,), part=())
    rule = AlertRule(name="R", expression="x > 1", hold=0, interval=60, labels={}, annotations={}, source="rules")
    run = RuleRun(
        rule=rule,
        stretches=(Stretch(first=noon, last=noon),),
        start=noon,
        joint=noon,
        end=noon,
        coarse=60,
        fine=30,
        sources=("q",),
    )
    known = replace(evidence(Matrix()), past_events=(past,), rule_runs=(run,))
    again = parse(dump(known), name="evidence.json")
    assert (again.past_events, again.rule_runs) == (known.past_events, known.rule_runs)
