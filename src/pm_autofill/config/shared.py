"""What of a configuration the evidence may hold, and is believed about: names and words, never how anything is reached.

Why: ``docs/decisions/0022-evidence-is-strangers-data.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pm_autofill.config.reader import parse, parts_of, structs_of
from pm_autofill.config.settings import Settings
from pm_autofill.errors import EvidenceUnreadable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHARED = (
    "services[].name",
    "services[].pagerduty",
    "services[].slos[].name",
    "services[].slos[].objective",
    "services[].slos[].window",
    "services[].slos[].window.calendar",
    "services[].slos[].window.time_zone",
    "services[].slos[].method",
    "services[].slos[].time_slice.length",
    "services[].slos[].time_slice.objective",
    "services[].slos[].events.total",
    "services[].slos[].events.bad",
    "services[].slos[].events.good",
    "services[].slos[].ratio",
    "services[].slos[].noun",
    "services[].dashboards[].uid",
    "services[].dashboards[].panels",
    "services[].dashboards[].variables",
    "services[].changes",
    "severity",
    "targets.detect",
    "targets.acknowledge",
    "targets.mitigate",
    "change_tags.deploy",
    "change_tags.rollback",
    "change_tags.flag",
    "change_tags.scale",
    "change_tags.config",
    "check.blame_words",
    "check.vague_words",
    "redaction.more",
    "redaction.keep",
    "hold",
)
"""The keys. One that is not here stays out: a new one too, until somebody decides."""

_LONGEST_MESSAGE = 300
_NOTHING = object()
_EACH = None
"""Stands for the items of a list among the keys of ``_TREE``; no mapping of JSON has such a key."""


def share(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that evidence may hold.

    Args:
        raw: A configuration as plain data: the user's own, or a stranger's in an evidence file.

    Returns:
        The same without any other key, known or not; nothing in it is a command, a host, a variable or a file.
    """
    found = _kept(raw, _TREE)
    return {} if found is _NOTHING else dict(found)


def withheld(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """What ``share`` leaves out of a configuration.

    Returns:
        The keys by name, sorted, as far up as nothing below them is kept; "others" last for those that no configuration
        has. Nothing in it was chosen by who wrote the configuration.
    """
    found = set(_left_out(raw, _TREE, ""))
    known = found & frozenset(every_key()) if found else found
    return (*sorted(known), *(("others",) if found - known else ()))


def believe(raw: Mapping[str, Any]) -> Settings:
    """What evidence says of the configuration it was collected with.

    Args:
        raw: The configuration in it; a stranger may have written it.

    Returns:
        The settings; those that evidence does not speak of have their defaults.

    Raises:
        EvidenceUnreadable: A key that it may hold has a value it cannot have.
    """
    try:
        return parse(share(raw), path=None).settings
    except UsageError as error:
        message = error.message[:_LONGEST_MESSAGE]
        raise EvidenceUnreadable(message, "Rebuild it with --config, or collect again.") from None


def every_key(kind: Any = Settings, path: str = "") -> Iterator[str]:  # noqa: ANN401 - a type expression
    """Every key a configuration can have, as ``services[].name``; also those that hold others."""
    for struct in structs_of(kind):
        for name, inside in get_type_hints(struct).items():
            yield f"{path}{name}"
            yield from every_key(inside, f"{path}{name}.")
    for part in parts_of(kind):
        if get_origin(part) is tuple:
            yield from every_key(get_args(part)[0], f"{path.rstrip('.')}[].")


def _tree() -> dict[str | None, Any]:
    """The keys of ``SHARED`` as nested mappings; an empty one for a key that is kept whole."""
    tree: dict[str | None, Any] = {}
    for name in SHARED:
        place = tree
        for key in name.split("."):
            place = place.setdefault(key.removesuffix("[]"), {})
            if key.endswith("[]"):
                place = place.setdefault(_EACH, {})
    return tree


_TREE = _tree()


def _kept(data: Any, tree: Mapping[str | None, Any]) -> Any:  # noqa: ANN401 - walks plain data
    """What a part of the tree lets through; ``_NOTHING`` where that is nothing of a mapping."""
    if not tree:
        return data
    if isinstance(data, dict):
        found = {key: _kept(data[key], tree[key]) for key in data if key in tree}
        return {key: kept for key, kept in found.items() if kept is not _NOTHING} or _NOTHING
    if isinstance(data, list):
        items = [_kept(one, tree[_EACH]) for one in data] if _EACH in tree else [_NOTHING]
        return [kept for kept in items if kept is not _NOTHING]
    return data


def _left_out(data: Any, tree: Mapping[str | None, Any], path: str) -> Iterator[str]:  # noqa: ANN401 - walks plain data
    """The keys that a part of the tree does not let through."""
    if tree and isinstance(data, dict):
        for key, value in data.items():
            if key in tree:
                yield from _left_out(value, tree[key], f"{path}.{key}" if path else key)
            else:
                yield f"{path}.{key}" if path else key
    if tree and isinstance(data, list):
        for one in data:
            yield from _left_out(one, tree.get(_EACH, {}), f"{path}[]")
