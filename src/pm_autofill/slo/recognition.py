"""Which format an object is in, told from its content; and its SLOs, each loaded or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.slo import grafana, nobl9, openslo, pyrra, slo_generator, sloth
from pm_autofill.slo.nodes import Node
from pm_autofill.slo.outcome import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.slo.specification import Candidate, Specified
    from pm_autofill.slo.surroundings import Surroundings

    Reader = Callable[[Node, Surroundings], Iterator[Candidate]]

_BY_KIND: dict[tuple[str, str], Reader] = {
    ("sloth.slok.dev/v1", "PrometheusServiceLevel"): sloth.candidates,
    ("pyrra.dev/v1alpha1", "ServiceLevelObjective"): pyrra.candidates,
    ("openslo/v1", "SLO"): openslo.candidates,
    ("openslo/v1alpha", "SLO"): openslo.candidates,
    ("openslo.com/v2alpha", "SLO"): openslo.candidates,
    ("sre.google.com/v2", "ServiceLevelObjective"): slo_generator.candidates,
    ("n9/v1alpha", "SLO"): nobl9.candidates,
}
_KINDS = frozenset(kind for _, kind in _BY_KIND)


def read_object(value: object, file: str, around: Surroundings) -> Iterator[tuple[str, Specified] | Refused]:
    """The SLOs of an object.

    Args:
        value: Plain data.
        file: Where it was read.
        around: What it is read together with.

    Yields:
        What messages call it with the SLO, or why it cannot be used; nothing where it is no SLO at all.
    """
    if not isinstance(value, dict):
        return
    root = Node(value)
    try:
        reader = _reader(root)
        found = list(reader(root, around)) if reader else []
    except Refusal as refusal:
        metadata = value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else value.get("service")
        yield _refused(refusal, file, f"{value.get('kind', 'SLOs')} {name}")
        return
    for candidate in found:
        try:
            yield candidate.object, candidate.read()
        except Refusal as refusal:
            yield _refused(refusal, file, candidate.object)


def _reader(root: Node) -> Reader | None:
    """The reader of an object's format; None where it is no SLO.

    Raises:
        Refusal: It is one of a format or version that is not known.
    """
    version, kind = root.at("apiVersion").value, root.at("kind").value
    if isinstance(kind, str):
        if kind not in _KINDS:
            return None
        if isinstance(version, str) and (version, kind) in _BY_KIND:
            return _BY_KIND[version, kind]
        known = ", ".join(one for one, of in _BY_KIND if of == kind)
        raise Refusal("apiVersion", f"{version!r} is not known; known for the kind {kind} are {known}")
    if root.at("version").value == "prometheus/v1":
        return sloth.candidates
    listed = root.at("slos").value
    if root.at("version").value is not None and isinstance(listed, list):
        raise Refusal("version", f"{root.at('version').value!r} is not known; known is prometheus/v1")
    sample = listed[0] if isinstance(listed, list) and listed else root.value
    is_grafana = isinstance(sample, dict) and isinstance(sample.get("query"), dict) and "objectives" in sample
    return grafana.candidates if is_grafana else None


def _refused(refusal: Refusal, file: str, name: str) -> Refused:
    return Refused(file=file, object=name, field=refusal.field, reason=refusal.reason, foreign=refusal.foreign)
