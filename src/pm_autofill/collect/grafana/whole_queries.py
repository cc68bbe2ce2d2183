"""Queries that Grafana's server answers as they stand: SQL, and expressions over a panel's other queries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import mapping, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pm_autofill.collect.grafana.model import TargetModel

EXPRESSION = "__expr__"
SQL = frozenset({"mysql", "mssql", "postgres", "grafana-postgresql-datasource"})
_LONGEST = 20_000
# What an expression is told; anything else of it is for the editor.
_OF_EXPRESSION = ("type", "expression", "reducer", "settings", "conditions", "window", "downsampler", "upsampler")
_READS = re.compile(r"\s*(?:select|with|show)\b", re.IGNORECASE)
_CHANGES = re.compile(
    r"\b(?:insert|update|delete|merge|replace|truncate|drop|alter|create|grant|revoke|call|exec|execute|into|copy|lock"
    r"|set|do|load|rename)\b",
    re.IGNORECASE,
)
_TEXTS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_model(target: Mapping[str, Any]) -> tuple[str, str]:
    """What a stored query asks, and what else its data source is told, as JSON; nothing for other languages.

    Args:
        target: Its classic JSON.

    Returns:
        SQL with its form; or an expression in words with all that defines it.
    """
    sql, kind = text(target.get("rawSql")), text(target.get("type"))
    if sql.strip():
        return sql, _dumped({"format": text(target.get("format")) or "time_series", "rawQuery": True})
    if (kind and text(mapping(target.get("datasource")).get("type")) == EXPRESSION) or target.get(
        "datasource"
    ) == EXPRESSION:
        told = {key: target[key] for key in _OF_EXPRESSION if key in target}
        return f"{kind} {text(target.get('expression'))}".strip(), _dumped(told)
    return "", ""


def why_not_sql(sql: str, model: str) -> str:
    """Why an SQL query is not asked; empty where it can only read, and answers with series over time.

    Args:
        sql: Its text.
        model: What goes with it, as ``read_model`` gives it.
    """
    if mapping(json.loads(model or "{}")).get("format") != "time_series":
        return "it asks for a table, not for series over time"
    bare = _TEXTS.sub(" ", sql)
    if not _READS.match(bare) or ";" in bare.rstrip().rstrip(";") or _CHANGES.search(bare):
        return "its SQL is more than one plain reading statement"
    return ""


def inputs(target: TargetModel, others: Iterable[TargetModel]) -> tuple[str, ...]:
    """Letters of the queries an expression may read: all that its definition names.

    Args:
        target: The expression.
        others: The panel's queries.
    """
    words = set(re.findall(r"\w+", target.model[:_LONGEST]))
    return tuple(one.ref_id for one in others if one.ref_id != target.ref_id and one.ref_id in words)


def needed(targets: Sequence[TargetModel]) -> frozenset[str]:
    """Letters of all queries that the visible ones need, themselves included."""
    by_letter = {one.ref_id: one for one in targets}
    found: set[str] = set()
    waiting = [one.ref_id for one in targets if not one.hidden]
    while waiting:
        letter = waiting.pop()
        if letter not in found:
            found.add(letter)
            one = by_letter[letter]
            waiting += inputs(one, targets) if is_expression(one) else ()
    return frozenset(found)


def is_expression(target: TargetModel) -> bool:
    """Whether a query computes something of others."""
    return EXPRESSION in {target.datasource.uid, target.datasource.type, target.datasource.name}


def _dumped(told: Mapping[str, Any]) -> str:
    """As JSON, the same for the same; nothing where it is beyond all use."""
    written = json.dumps(told, sort_keys=True)
    return written if len(written) <= _LONGEST else ""
