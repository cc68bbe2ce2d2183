"""A panel's stored queries become those that are asked: variables in place, data sources found, inputs kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.grafana.interpolation import fill_plain, fill_query, fill_sql, names_in
from pm_autofill.collect.grafana.model import DatasourceRef
from pm_autofill.collect.grafana.whole_queries import EXPRESSION, SQL, inputs, is_expression, needed, why_not_sql
from pm_autofill.evidence.panels import PanelQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.collect.grafana.datasources import Datasource, Datasources
    from pm_autofill.collect.grafana.interpolation import Value
    from pm_autofill.collect.grafana.model import PanelModel, TargetModel
    from pm_autofill.collect.grafana.variables import Resolution

_LONGEST_QUERY = 20_000
_LONGEST_FILLED = 50_000
_LONGEST_LEGEND = 1000
_MOST_QUERIES = 50
_LONGEST_REASON = 300


def ready(
    model: PanelModel, resolution: Resolution, datasources: Datasources
) -> tuple[tuple[PanelQuery, ...], tuple[str, ...]]:
    """The queries of a panel that can be asked.

    Args:
        model: The panel as stored.
        resolution: What its variables stand for.
        datasources: The data sources there are.

    Returns:
        They, with the hidden ones that expressions read; and for each other visible one why it cannot be asked.
    """
    stored = model.targets[:_MOST_QUERIES]
    visible = [one for one in stored if not one.hidden]
    wanted = needed(stored) if any(map(is_expression, visible)) else frozenset()
    chosen = [one for one in stored if not one.hidden or one.ref_id in wanted]
    read = [(one, _query(one, model, resolution, datasources)) for one in chosen]
    reasons = _blocked({one.ref_id: found for one, found in read if isinstance(found, str)}, chosen)
    asked: list[tuple[TargetModel, PanelQuery]] = []
    skipped: list[str] = []
    for one, found in read:
        if isinstance(found, PanelQuery) and not (is_expression(one) and one.ref_id in reasons):
            asked.append((one, found))
        elif not one.hidden:
            skipped.append(f"query {one.ref_id}: {found if isinstance(found, str) else reasons[one.ref_id]}")
    used = needed([one for one, _ in asked])
    return _with_own_letters([found for one, found in asked if not one.hidden or one.ref_id in used]), tuple(skipped)


def _blocked(reasons: dict[str, str], targets: Sequence[TargetModel]) -> dict[str, str]:
    """Why queries cannot be asked, by letter: those that cannot themselves, and expressions that read one of them."""
    read = {one.ref_id: inputs(one, targets) for one in targets if is_expression(one)}
    found = True
    while found:  # an expression may read another: each round reaches one further
        missing = {
            letter: next((one for one in letters if one in reasons), "")
            for letter, letters in read.items()
            if letter not in reasons
        }
        found = any(missing.values())
        for letter, lost in missing.items():
            if lost:
                reasons[letter] = f"it computes something of query {lost}: {reasons[lost]}"[:_LONGEST_REASON]
    return reasons


def _with_own_letters(queries: Sequence[PanelQuery]) -> tuple[PanelQuery, ...]:
    """The queries, each under a letter of its own."""
    found: list[PanelQuery] = []
    taken: set[str] = set()
    for query in queries:
        ref_id, number = query.ref_id, 1
        while ref_id in taken:
            ref_id, number = f"{query.ref_id}{number}", number + 1
        taken.add(ref_id)
        found.append(msgspec.structs.replace(query, ref_id=ref_id))
    return tuple(found)


def _query(
    target: TargetModel, model: PanelModel, resolution: Resolution, datasources: Datasources
) -> PanelQuery | str:
    """One query ready to be asked, or why it cannot be."""
    values = resolution.values
    if is_expression(target):
        return (
            "its expression is not read"
            if not target.model
            else PanelQuery(
                ref_id=target.ref_id,
                datasource_uid=EXPRESSION,
                datasource_type=EXPRESSION,
                expression=target.expression,
                model=_filled(target.model, values),
                hidden=target.hidden,
            )
        )
    ref = model.datasource if target.datasource.is_empty else target.datasource
    found = datasources.find(DatasourceRef(fill_plain(ref.uid, values), ref.type, fill_plain(ref.name, values)))
    if found is None:
        return "the default data source is not known"
    fill = fill_sql if target.model else fill_query
    expression = fill(target.expression, values)
    used = names_in(target.expression) + names_in(ref.uid) + names_in(ref.name)
    unknown = [name for name in used if name in resolution.unknown]
    why_not = found.why_not_asked or _why_not_asked(target, expression, found, unknown)
    return why_not or PanelQuery(
        ref_id=target.ref_id,
        datasource_uid=found.uid,
        datasource_type=found.type,
        expression=expression,
        legend=_cut(fill_plain(target.legend, values)),
        interval=fill_plain(target.interval, values),
        instant=target.instant,
        model=target.model,
        hidden=target.hidden,
    )


def _filled(model: str, values: Mapping[str, Value]) -> str:
    """An expression's definition with the variables of its formula in place."""
    told = json.loads(model)
    if isinstance(told.get("expression"), str):
        told["expression"] = fill_plain(told["expression"], values)
    return json.dumps(told, sort_keys=True)


def _why_not_asked(target: TargetModel, filled: str, datasource: Datasource, unknown: list[str]) -> str:
    """Why a query's text cannot be asked; empty when it can."""
    if not target.expression.strip() or (target.model and datasource.type not in SQL):
        return f"queries of {datasource.type[:40] or 'this data source'} are not read"
    if len(target.expression) > _LONGEST_QUERY or len(filled) > _LONGEST_FILLED:
        return "its text is too long"
    if unknown:
        return f"${unknown[0]} has no value; name one under the dashboard's variables in the configuration"
    return why_not_sql(filled, target.model) if target.model else ""


def _cut(text: str) -> str:
    """A legend of bounded length."""
    return text if len(text) <= _LONGEST_LEGEND else text[: _LONGEST_LEGEND - 1] + "…"
