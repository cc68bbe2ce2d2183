"""Hold bodies against the official descriptions of PagerDuty's and Grafana's APIs, and against what we read in them.

The descriptions are no part of this project; they are looked for at ``$PM_AUTOFILL_DATA``, else in ``../shared/data``
beside the project. ``data_folder()`` says whether they are there, ``ABSENT`` what to tell where they are not.

The official descriptions require almost nothing; ``overlay`` lists what has to be there because it is read.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

from .overlay import FIELD_OF_FRAME, READ_IN_GRAFANA, READ_IN_PAGERDUTY, READ_OF_ENTRY

ABSENT = "the official API descriptions are not here: set PM_AUTOFILL_DATA to a folder with pagerduty/ and grafana/"
OK = 200

UNDESCRIBED_BY_PAGERDUTY = ("/users/me",)
UNDESCRIBED_BY_GRAFANA = (
    "/api/access-control/user/permissions",
    "/api/datasources/proxy/uid/{uid}/{route}",
    "/api/datasources/uid/{uid}/resources/{route}",
)
_WIRE_NAMES = {"error": "Error", "errorSource": "ErrorSource", "frames": "Frames", "status": "Status"}
_FRAME_NAMES = {"fields": "Fields", "meta": "Meta", "name": "Name", "refId": "RefID"}

_FORMATS = FormatChecker(formats=())


class UndocumentedType(UserWarning):
    """A log entry is of a type that PagerDuty's description does not list."""


def data_folder() -> Path | None:
    """The folder with the official descriptions; None where it is absent."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("PM_AUTOFILL_DATA") or beside)
    return folder if (folder / "pagerduty" / "contract.json").is_file() else None


def check_pagerduty(path: str, body: object, status: int = OK) -> list[str]:
    """Hold an answer of PagerDuty's API against its description.

    Args:
        path: The path asked for, with ids or as a template: ``/incidents/Q1/notes`` or ``/incidents/{id}/notes``.
        body: The decoded JSON.
        status: The HTTP status it came with.

    Returns:
        What is wrong with it, one sentence per finding; log entries of undocumented types are checked for everything
        but their type, and ``warn_of_undocumented`` names them.

    Raises:
        FileNotFoundError: The descriptions are absent.
    """
    contract = _document("pagerduty/contract.json")
    template = _template([*contract["paths"], "/services", *UNDESCRIBED_BY_PAGERDUTY], path)
    if template in UNDESCRIBED_BY_PAGERDUTY:
        return []
    if template is None:
        return [f"PagerDuty's description knows no {path}"]
    if template == "/services":
        schema = _services_schema() if status == OK else {"type": "object"}
    else:
        pointer = f"/paths/{template.replace('/', '~1')}/get/responses/{status}/content/application~1json/schema"
        if not _resolve(contract, pointer):
            return [] if status != OK else [f"PagerDuty's description has no schema for {path}"]
        schema = {"$ref": f"urn:pagerduty#{pointer}"}
    registry = _registry("urn:pagerduty", "pagerduty/contract.json")
    problems = _problems(Draft202012Validator(schema, registry=registry, format_checker=_FORMATS), _documented(body))
    if status == OK:
        problems += [problem for wanted in READ_IN_PAGERDUTY.get(template, ()) for problem in _missing(body, wanted)]
        problems += _entry_problems(body)
    return problems


def warn_of_undocumented(body: object) -> list[str]:
    """Warn of each type of log entry that PagerDuty's description does not list.

    Args:
        body: An answer to ``/incidents/{id}/log_entries``.

    Returns:
        The types, sorted.

    Raises:
        FileNotFoundError: The descriptions are absent.
    """
    types = sorted({str(entry.get("type")) for entry in _entries(body)} - _documented_types())
    for kind in types:
        warnings.warn(f"PagerDuty's description lists no {kind}", UndocumentedType, stacklevel=2)
    return types


def check_grafana(path: str, body: object, status: int = OK, *, method: str = "get") -> list[str]:
    """Hold an answer of Grafana's API against its description.

    Args:
        path: The path asked for, with ids or as a template.
        body: The decoded JSON.
        status: The HTTP status it came with.
        method: Of the request.

    Returns:
        What is wrong with it, one sentence per finding.

    Raises:
        FileNotFoundError: The descriptions are absent.
    """
    description = _document("grafana/openapi-11.4.0.json")
    template = _template([*UNDESCRIBED_BY_GRAFANA, *description["paths"]], path)
    if template in UNDESCRIBED_BY_GRAFANA:
        return []
    response = description["paths"].get(template, {}).get(method.lower(), {}).get("responses", {}).get(str(status), {})
    if "$ref" in response:
        response = _resolve(description, response["$ref"].removeprefix("#"))
    if "schema" not in response:
        return [f"Grafana's description has no answer {status} to {method.upper()} {path}"]
    is_query = template == "/api/ds/query" and "results" in _as_mapping(body)
    schema = _absolute(response["schema"], "urn:grafana")
    registry = _registry("urn:grafana", "grafana/openapi-11.4.0.json")
    validator = Draft4Validator(schema, registry=registry, format_checker=_FORMATS)
    problems = _problems(validator, _spec_names(body) if is_query else body)
    if is_query:
        problems += _frame_problems(body)
    if status < 300 and template is not None:
        problems += [problem for wanted in READ_IN_GRAFANA.get(template, ()) for problem in _missing(body, wanted)]
    return problems


def check_grafana_request(path: str, body: object, *, method: str = "post") -> list[str]:
    """Hold what is put to Grafana's API against its description.

    Args:
        path: The path, with ids or as a template.
        body: The decoded JSON that is sent.
        method: Of the request.

    Returns:
        What is wrong with it, one sentence per finding.

    Raises:
        FileNotFoundError: The descriptions are absent.
    """
    description = _document("grafana/openapi-11.4.0.json")
    template = _template(list(description["paths"]), path)
    taken = description["paths"].get(template, {}).get(method.lower(), {}).get("parameters", [])
    schemas = [one["schema"] for one in taken if one.get("in") == "body"]
    if not schemas:
        return [f"Grafana's description knows of no body of {method.upper()} {path}"]
    registry = _registry("urn:grafana", "grafana/openapi-11.4.0.json")
    return _problems(Draft4Validator(_absolute(schemas[0], "urn:grafana"), registry=registry), body)


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """Whether a text is an instant with a zone."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def _document(name: str) -> dict[str, Any]:
    """One of the descriptions."""
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError(ABSENT)
    document: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return document


@cache
def _registry(uri: str, name: str) -> Registry[Any]:
    """Where references into a description lead."""
    specification = DRAFT4 if uri == "urn:grafana" else DRAFT202012
    registry: Registry[Any] = Registry().with_resource(uri, specification.create_resource(_document(name)))
    return registry


@cache
def _documented_types() -> frozenset[str]:
    """The types of log entries that PagerDuty's description lists."""
    entry = _document("pagerduty/contract.json")["components"]["schemas"]["LogEntry"]
    return frozenset(entry["allOf"][1]["properties"]["type"]["enum"])


def _services_schema() -> dict[str, Any]:
    """The list of services, which the description leaves out, from its parts."""
    parts = "urn:pagerduty#/components/schemas/"
    services = {"type": "array", "items": {"$ref": f"{parts}Service"}}
    listed = {"type": "object", "properties": {"services": services}, "required": ["services"]}
    return {"allOf": [{"$ref": f"{parts}Pagination"}, listed]}


def _template(templates: Sequence[str], path: str) -> str | None:
    """The template a path was made from; one without placeholders wins."""
    for template in sorted(templates, key=lambda one: one.count("{")):
        pattern = re.sub(r"\\{(\w+)\\}", lambda found: ".+" if "route" in found[1] else "[^/]+", re.escape(template))
        if template == path or re.fullmatch(pattern, path):
            return template
    return None


def _resolve(document: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    """What a JSON pointer leads to; empty where it leads nowhere."""
    for part in pointer.removeprefix("/").split("/"):
        document = _as_mapping(document.get(part.replace("~1", "/")))
    return document


def _absolute(schema: Mapping[str, Any], uri: str) -> dict[str, Any]:
    """A schema whose references name the document they lead into."""
    return {
        key: uri + value
        if key == "$ref" and value.startswith("#")
        else (_absolute(value, uri) if isinstance(value, Mapping) else value)
        for key, value in schema.items()
    }


def _problems(validator: Draft202012Validator | Draft4Validator, body: object) -> list[str]:
    """What a validator says, cut to a line each."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]


def _as_mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _entries(body: object) -> list[Mapping[str, Any]]:
    """The log entries of an answer, if it is one that holds any."""
    found = _as_mapping(body).get("log_entries")
    return [_as_mapping(entry) for entry in found] if isinstance(found, list) else []


def _documented(body: object) -> object:
    """The answer with a documented type in place of each undocumented one."""
    if not _entries(body):
        return body
    listed = _documented_types()
    entries = [
        entry if entry.get("type") in listed else {**entry, "type": "annotate_log_entry"} for entry in _entries(body)
    ]
    return {**_as_mapping(body), "log_entries": entries}


def _entry_problems(body: object) -> list[str]:
    """What is missing in log entries of types in which more is read."""
    return [
        f"log entry {entry.get('id')}: {problem}"
        for entry in _entries(body)
        for wanted in READ_OF_ENTRY.get(str(entry.get("type")), ())
        for problem in _missing(entry, wanted)
    ]


def _missing(body: object, wanted: str) -> Iterator[str]:
    """Where a path that is read leads nowhere."""
    accepts_null = wanted.endswith("?")
    places: list[tuple[str, object]] = [("$", body)]
    for part in re.findall(r"\[\]|\*|\w+", wanted):
        following: list[tuple[str, object]] = []
        for place, value in places:
            if part == "[]" and isinstance(value, list):
                following += [(f"{place}[{index}]", one) for index, one in enumerate(value)]
            elif part == "*" and isinstance(value, Mapping):
                following += [(f"{place}.{key}", one) for key, one in value.items()]
            elif isinstance(value, Mapping) and part in value:
                following.append((f"{place}.{part}", value[part]))
            elif value is not None or not accepts_null:
                yield f"{place} lacks {part}, which is read"
        places = following
    yield from (f"{place} is null, and is read" for place, value in places if value is None and not accepts_null)


def _spec_names(body: object) -> object:
    """An answer of ds/query under the names of Grafana's description: those of its source, not of the wire."""
    results = {}
    for ref_id, result in _as_mapping(_as_mapping(body)["results"]).items():
        renamed = {_WIRE_NAMES.get(key, key): value for key, value in _as_mapping(result).items()}
        frames = renamed.get("Frames", [])
        renamed["Frames"] = [
            {_FRAME_NAMES.get(key, key): value for key, value in _as_mapping(_as_mapping(frame).get("schema")).items()}
            for frame in frames
        ]
        results[ref_id] = renamed
    return {"results": results}


def _frame_problems(body: object) -> Iterator[str]:
    """Frames whose columns are not one per field, or not of one length."""
    for ref_id, result in _as_mapping(_as_mapping(body).get("results")).items():
        for number, frame in enumerate(_as_mapping(result).get("frames", [])):
            fields = _as_mapping(frame.get("schema")).get("fields", [])
            columns = _as_mapping(frame.get("data")).get("values", [])
            place = f"$.results.{ref_id}.frames[{number}]"
            if len(fields) != len(columns):
                yield f"{place} has {len(columns)} columns for {len(fields)} fields"
            if len({len(column) for column in columns}) > 1:
                yield f"{place} has columns of several lengths"
            yield from (problem for field in fields for name in FIELD_OF_FRAME for problem in _missing(field, name))
