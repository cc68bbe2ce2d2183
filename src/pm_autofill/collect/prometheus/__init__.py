"""Asks a Prometheus, or what speaks its HTTP API, for the samples behind an incident."""

from pm_autofill.collect.prometheus.client import Prometheus

__all__ = ["Prometheus"]
