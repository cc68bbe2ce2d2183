"""The data sources a Grafana knows, and which of them a dashboard means."""

from __future__ import annotations

from dataclasses import dataclass

from pm_autofill.collect.grafana.loose import mapping, text
from pm_autofill.collect.grafana.model import DatasourceRef

_NO_QUERIES = {
    "-- Dashboard --": "it shows the data of a panel that is not there",
    "-- Grafana --": "it asks Grafana's own test data",
    "grafana": "it asks Grafana's own test data",
    "-- Mixed --": "its queries name no data source",
}


@dataclass(frozen=True, slots=True)
class Datasource:
    """One data source.

    Attributes:
        uid: Its uid.
        type: Its plugin, such as "prometheus"; empty where not known.
        name: Its name; empty where not known.
    """

    uid: str
    type: str = ""
    name: str = ""

    @property
    def why_not_asked(self) -> str:
        """Why it cannot be queried; empty when it can."""
        return _NO_QUERIES.get(self.uid, _NO_QUERIES.get(self.type, ""))


@dataclass(frozen=True, slots=True)
class Datasources:
    """All data sources the token may see.

    Attributes:
        listed: They, in Grafana's order.
        default: Name of the default one; empty where not known.
    """

    listed: tuple[Datasource, ...] = ()
    default: str = ""

    def find(self, ref: DatasourceRef) -> Datasource | None:
        """The data source that is meant.

        Args:
            ref: How it is named, variables filled in.

        Returns:
            It; one that is not listed as it was named, for the server to judge; None when the default is meant and
            not known.
        """
        wanted = ref.uid or ref.name
        if not wanted or wanted == "default":
            return next((one for one in self.listed if one.name == self.default and self.default), None)
        for one in self.listed:
            if one.uid == wanted:
                return one
        named = next((one for one in self.listed if one.name == wanted), None)
        return named or Datasource(uid=wanted, type=ref.type)

    def first_of(self, kind: str) -> Datasource | None:
        """The default data source where it is of this type, else the first that is."""
        default = self.find(DatasourceRef())
        if default is not None and default.type == kind:
            return default
        return next((one for one in self.listed if one.type == kind), None)


def read_datasources(settings: object) -> Datasources:
    """The data sources named in the answer of ``/api/frontend/settings``."""
    answer = mapping(settings)
    found = (
        Datasource(uid=text(mapping(one).get("uid")), type=text(mapping(one).get("type")), name=text(name))
        for name, one in mapping(answer.get("datasources")).items()
    )
    return Datasources(tuple(one for one in found if one.uid), text(answer.get("defaultDatasource")))
