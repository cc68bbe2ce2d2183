"""What an object is read together with: the other objects of the same files, and what the configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pm_autofill.slo.nodes import Node
from pm_autofill.slo.outcome import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an object may refer to.

    Attributes:
        window: The budget window where a format states none.
        file: The object's own file, whose objects come first.
        named: Objects by kind and name, each with its file.
        policies: Error budget policies of slo-generator by name and by a backend they stand beside, each with its file.
    """

    window: str = "30d"
    file: str = ""
    named: dict[tuple[str, str], list[tuple[str, Node]]] = field(default_factory=dict)
    policies: dict[tuple[str, str], list[tuple[str, Node]]] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Iterable[tuple[str, object]], window: str) -> Surroundings:
        """What these objects, each with its file, are to one another."""
        around = cls(window)
        for file, one in objects:
            if not isinstance(one, dict):
                continue
            metadata = one.get("metadata")
            kind, name = one.get("kind"), metadata.get("name") if isinstance(metadata, dict) else None
            if isinstance(kind, str) and isinstance(name, str):
                around.named.setdefault((kind, name), []).append((file, Node(one)))
            around._add_policies(file, one)
        return around

    def _add_policies(self, file: str, value: dict[str, object]) -> None:
        """The policies of slo-generator's configuration; it names its backends beside them."""
        policies, backends = value.get("error_budget_policies"), value.get("backends")
        if isinstance(policies, dict):
            for policy, steps in policies.items():
                found = (file, Node(steps, f"error_budget_policies.{policy}"))
                for backend in backends if isinstance(backends, dict) and backends else ("",):
                    self.policies.setdefault((policy, backend), []).append(found)

    def find(self, kind: str, reference: Node) -> Node | None:
        """The object of a kind that a reference names; None where there is none.

        Raises:
            Refusal: Several have that name, in other files than this one.
        """
        return self._only(self.named.get((kind, reference.text), []), f"{kind} {reference.text!r}", reference.path)

    def policy(self, name: str, backend: str) -> Node | None:
        """The error budget policy of that name, from a configuration with that backend or none; None without one.

        Raises:
            Refusal: Several have that name, in other files than this one.
        """
        found = self.policies.get((name, backend)) or self.policies.get((name, ""), [])
        return self._only(found, f"error budget policy {name!r}", "spec.error_budget_policy")

    def _only(self, found: list[tuple[str, Node]], what: str, path: str) -> Node | None:
        own = [node for file, node in found if file == self.file]
        nodes = own or [node for _, node in found]
        if len(nodes) > 1 and any(node.value != nodes[0].value for node in nodes):
            raise Refusal(path, f"there are {len(nodes)} different ones called {what}")
        return nodes[0] if nodes else None
