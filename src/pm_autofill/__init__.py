"""Writes the machine-knowable half of a post-mortem."""

__version__ = "0.1.0"
