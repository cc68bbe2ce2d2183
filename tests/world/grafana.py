"""A loopback Grafana: settings, dashboards, annotations, and queries answered by a real Prometheus."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from . import grafana_query
from .dashboards import ANNOTATIONS, CHECKOUT_UID, PROMETHEUS_UID, Annotation, checkout
from .forwarding import forward
from .loopback import Fault, LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

Body = dict[str, object]

TOKEN = "glsa_world0000000000000000000000000"
VERSION = "11.4.0"
SNAPSHOT_DELETE_KEY = "d3l3te-only-by-who-made-it"
PERMISSIONS = {
    r"/api/dashboards/.*|/api/search": "dashboards:read",
    r"/api/annotations": "annotations:read",
    r"/api/ds/query|/api/datasources/(proxy|uid)/.*": "datasources:query",
    r"/api/datasources": "datasources:read",
    r"/api/snapshots": "snapshots:create",
}


class GrafanaServer(LoopbackServer):
    """Grafana's HTTP API as far as this world needs it.

    Answers /api/health (without a token), /api/frontend/settings, /api/org, /api/user, /api/search, /api/annotations,
    /api/access-control/user/permissions, /api/dashboards/uid/{uid}, /api/datasources, /api/datasources/uid/{uid}, its
    /health and /resources/..., /api/datasources/proxy/uid/{uid}/..., and POST /api/ds/query and /api/snapshots.
    """

    def __init__(
        self,
        *,
        prometheus_url: str,
        dashboards: Sequence[Mapping[str, object]] | None = None,
        annotations: Sequence[Annotation] = ANNOTATIONS,
        token: str = TOKEN,
        delay: float = 0.0,
        lacking: Collection[str] = (),
        version: str = VERSION,
        faults: Sequence[Fault] = (),
    ) -> None:
        """Take what it shall hold.

        Args:
            prometheus_url: Base URL of the engine behind its data source.
            dashboards: Dashboard models; without any, the main one.
            annotations: What it holds of annotations.
            token: The service account's token.
            delay: Seconds before each answer.
            lacking: Permissions the token does not have, such as ``datasources:query``.
            version: The version it tells; empty as with ``hide_version``.
            faults: What shall go wrong.
        """
        super().__init__(token=token, delay=delay, faults=list(faults))
        self.prometheus_url = prometheus_url
        self.dashboards = [checkout()] if dashboards is None else list(dashboards)
        self.annotations = list(annotations)
        self.lacking = frozenset(lacking)
        self.version = version

    def answer(self, request: Request) -> Reply:
        """Grafana's answer to a request."""
        if request.path == "/api/health":
            return as_json(
                {"database": "ok", "version": self.version, "commit": "b58701869e1a11b696010a6f28bd96b68a2cf0d0"}
            )
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json(_failure("Invalid API key", "api-key.invalid", 401), 401)
        for pattern, permission in PERMISSIONS.items():
            if permission in self.lacking and re.fullmatch(pattern, request.path):
                return as_json(_denied(permission), 403)
        for pattern, handler in self._routes().items():
            match = re.fullmatch(pattern, f"{request.method} {request.path}")
            if match:
                return handler(request, *match.groups())
        return as_json({"message": "Not found"}, 404)

    def _routes(self) -> dict[str, Callable[..., Reply]]:
        """Patterns of methods and paths, and who answers them."""
        return {
            r"GET /api/frontend/settings": self._settings,
            r"GET /api/org": self._org,
            r"GET /api/user": self._user,
            r"GET /api/access-control/user/permissions": self._permissions,
            r"GET /api/search": self._search,
            r"GET /api/dashboards/uid/([^/]+)": self._dashboard,
            r"GET /api/annotations": self._annotations,
            r"GET /api/datasources": self._datasources,
            r"GET /api/datasources/uid/([^/]+)": self._datasource,
            r"GET /api/datasources/uid/([^/]+)/health": self._health,
            r"(?:GET|POST) /api/datasources/uid/([^/]+)/resources/(.+)": self._forward,
            r"(?:GET|POST) /api/datasources/proxy/uid/([^/]+)/(.+)": self._forward,
            r"POST /api/ds/query": self._query,
            r"POST /api/snapshots": self._snapshot,
        }

    def _settings(self, _request: Request) -> Reply:
        """What the browser learns at first: version, renderer, public address."""
        return as_json(
            {
                "appUrl": "https://grafana.example/",
                "appSubUrl": "",
                "namespace": "default",
                "defaultDatasource": "Prometheus",
                "buildInfo": {
                    "version": self.version,
                    "commit": "b587018",
                    "edition": "Open Source",
                    "env": "production",
                },
                "rendererAvailable": False,
                "rendererVersion": "",
                "unifiedAlertingEnabled": True,
            }
        )

    def _org(self, _request: Request) -> Reply:
        """The token's organisation."""
        address = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
        return as_json({"id": 1, "name": "Acme", "address": address})

    def _user(self, _request: Request) -> Reply:
        """The token's service account."""
        flags = dict.fromkeys(("isGrafanaAdmin", "isDisabled", "isExternal", "isExternallySynced"), False)
        stamps = {"createdAt": "2026-01-12T09:00:00Z", "updatedAt": "2026-11-01T09:00:00Z"}
        names = {"name": "pm-autofill", "login": "sa-1-pm-autofill", "email": "", "theme": "", "avatarUrl": "/avatar/x"}
        return as_json({"id": 7, "uid": "bew7sxk1", "orgId": 1, "authLabels": [], **names, **flags, **stamps})

    def _permissions(self, _request: Request) -> Reply:
        """What the token may do."""
        held = sorted(set(PERMISSIONS.values()) - self.lacking)
        return as_json({permission: ["*"] for permission in held})

    def _search(self, request: Request) -> Reply:
        """Dashboards whose title contains the query and which carry all tags."""
        query, tags = request.first("query").lower(), set(request.all("tag"))
        hits = [
            {
                "id": model.get("id"),
                "uid": model["uid"],
                "title": model["title"],
                "uri": f"db/{_slug(model)}",
                "url": f"/d/{model['uid']}/{_slug(model)}",
                "slug": "",
                "type": "dash-db",
                "tags": model.get("tags", []),
                "isStarred": False,
                "sortMeta": 0,
                "folderUid": "sre",
                "folderTitle": "SRE",
            }
            for model in self.dashboards
            if query in str(model["title"]).lower() and tags <= set(cast("list[str]", model.get("tags", [])))
        ]
        return as_json([] if request.first("type") == "dash-folder" else hits)

    def _dashboard(self, _request: Request, uid: str) -> Reply:
        """One dashboard with what surrounds it."""
        for model in self.dashboards:
            if model["uid"] == uid:
                return as_json({"meta": _meta(model), "dashboard": model})
        return as_json(_failure("Dashboard not found", "dashboard.not-found", 404), 404)

    def _annotations(self, request: Request) -> Reply:
        """Annotations that touch [from, to], newest first, cut at the limit."""
        start, end = int(request.first("from", "0")), int(request.first("to", "9" * 13))
        tags, kind = set(request.all("tags")), request.first("type")
        wants_any = request.first("matchAny") == "true"
        board, panel = request.first("dashboardUID"), request.first("panelId")
        chosen = []
        for one in sorted(self.annotations, key=lambda one: one.at, reverse=True):
            body = _annotation(one)
            begins, ends = one.at.timestamp() * 1000, (one.until or one.at).timestamp() * 1000
            fits = not tags or (bool(tags & set(one.tags)) if wants_any else tags <= set(one.tags))
            fits &= not kind or (kind == "alert") == bool(one.alert)
            fits &= board in {"", body["dashboardUID"]} and panel in {"", str(body["panelId"])}
            if fits and begins <= end and ends >= start:
                chosen.append(body)
        return as_json(chosen[: int(request.first("limit", "100"))])

    def _datasources(self, _request: Request) -> Reply:
        """The data sources."""
        return as_json([self._source()])

    def _datasource(self, _request: Request, uid: str) -> Reply:
        """One data source."""
        return as_json(self._source()) if uid == PROMETHEUS_UID else _unknown_source()

    def _health(self, _request: Request, uid: str) -> Reply:
        """Whether a data source answers."""
        if uid != PROMETHEUS_UID:
            return _unknown_source()
        return as_json({"status": "OK", "message": "Successfully queried the Prometheus API."})

    def _source(self) -> Body:
        """The Prometheus data source."""
        return {
            "id": 1,
            "uid": PROMETHEUS_UID,
            "orgId": 1,
            "name": "Prometheus",
            "type": "prometheus",
            "typeName": "Prometheus",
            "typeLogoUrl": "public/app/plugins/datasource/prometheus/img/prometheus_logo.svg",
            "access": "proxy",
            "url": self.prometheus_url,
            "user": "",
            "database": "",
            "basicAuth": False,
            "isDefault": True,
            "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            "readOnly": False,
        }

    def _forward(self, request: Request, uid: str, path: str) -> Reply:
        """Hand a request on to the engine behind a data source."""
        if uid != PROMETHEUS_UID:
            return _unknown_source()
        return forward(request, self.prometheus_url, f"/{path}")

    def _query(self, request: Request) -> Reply:
        """Run a panel's queries."""
        asked = json.loads(request.body)
        if not asked.get("queries"):
            return as_json({"message": "no queries found"}, 400)
        if any(query.get("datasource", {}).get("uid") != PROMETHEUS_UID for query in asked["queries"]):
            return _unknown_source()
        status, body = grafana_query.answer(asked, self.prometheus_url)
        return as_json(body, status)

    def _snapshot(self, _request: Request) -> Reply:
        """Keep a snapshot, and tell where it is and how to delete it."""
        return as_json(
            {
                "id": 1,
                "key": "Kx7",
                "deleteKey": SNAPSHOT_DELETE_KEY,
                "url": "https://grafana.example/dashboard/snapshot/Kx7",
                "deleteUrl": f"https://grafana.example/api/snapshots-delete/{SNAPSHOT_DELETE_KEY}",
            }
        )


def _meta(model: Mapping[str, object]) -> Body:
    """What Grafana tells about a dashboard beside its model."""
    flags = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canStar", "canDelete", "hasAcl", "isFolder"), False)
    stamps = {"created": "2025-06-03T08:00:00Z", "updated": "2026-10-30T12:21:09Z", "expires": "0001-01-01T00:00:00Z"}
    slug = _slug(model)
    return {
        "type": "db",
        "slug": slug,
        "url": f"/d/{model['uid']}/{slug}",
        "version": model.get("version", 1),
        "folderUid": "sre",
        "folderTitle": "SRE",
        "folderUrl": "/dashboards/f/sre/sre",
        "provisioned": True,
        "updatedBy": "Anonymous",
        "createdBy": "Anonymous",
        **flags,
        **stamps,
    }


def _annotation(one: Annotation) -> Body:
    """An annotation in Grafana's shape; those of alerts belong to the main dashboard's first panel."""
    begins = round(one.at.timestamp() * 1000)
    is_alert = bool(one.alert)
    return {
        "id": one.id,
        "alertId": 77 if is_alert else 0,
        "alertName": one.alert,
        "dashboardId": 12 if is_alert else 0,
        "dashboardUID": CHECKOUT_UID if is_alert else "",
        "panelId": 1 if is_alert else 0,
        "userId": 0 if is_alert else 4,
        "prevState": one.states[0],
        "newState": one.states[1],
        "created": begins + 101,
        "updated": begins + 101,
        "time": begins,
        "timeEnd": begins if one.until is None else round(one.until.timestamp() * 1000),
        "text": one.text,
        "tags": list(one.tags),
        "login": "" if is_alert else "sa-2-ci",
        "email": "",
        "avatarUrl": "",
        "data": {"values": {"A": 0.081}} if is_alert else {},
    }


def _slug(model: Mapping[str, object]) -> str:
    """A dashboard's title as it stands in its address."""
    return re.sub(r"[^a-z0-9]+", "-", str(model["title"]).lower()).strip("-")


def _failure(message: str, message_id: str, status: int) -> Body:
    """Grafana's error body."""
    return {"message": message, "messageId": message_id, "statusCode": status, "traceID": ""}


def _denied(permission: str) -> Body:
    """Grafana's answer to a token without a permission."""
    needed = f"You'll need additional permissions to perform this action. Permissions needed: {permission}"
    return {"title": "Access denied", "message": needed, "accessErrorId": "ACE0123456789"}


def _unknown_source() -> Reply:
    """Grafana's answer to a data source it does not hold."""
    return as_json(_failure("Data source not found", "datasources.notFound", 404), 404)
