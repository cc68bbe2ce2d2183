"""What an object is read together with: the other objects of the same files, and what the configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pm_autofill.slo.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an object may refer to.

    Attributes:
        window: The budget window where a format states none.
        named: Objects by kind and name.
        policies: Error budget policies of slo-generator, by name.
    """

    window: str = "30d"
    named: dict[tuple[str, str], Node] = field(default_factory=dict)
    policies: dict[str, Node] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Iterable[object], window: str) -> Surroundings:
        """What these objects are to one another; of several with one kind and name the first counts."""
        around = cls(window)
        for one in objects:
            if not isinstance(one, dict):
                continue
            metadata, policies = one.get("metadata"), one.get("error_budget_policies")
            kind, name = one.get("kind"), metadata.get("name") if isinstance(metadata, dict) else None
            if isinstance(kind, str) and isinstance(name, str):
                around.named.setdefault((kind, name), Node(one))
            if isinstance(policies, dict):
                for policy, steps in policies.items():
                    around.policies.setdefault(policy, Node(steps, f"error_budget_policies.{policy}"))
        return around
