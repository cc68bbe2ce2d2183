"""The stages of a run, and the one place that knows them all; no arithmetic, no formatting."""

from pm_autofill.pipeline.order import Order, Outcome
from pm_autofill.pipeline.running import make_draft, remark_on, run

__all__ = ["Order", "Outcome", "make_draft", "remark_on", "run"]
