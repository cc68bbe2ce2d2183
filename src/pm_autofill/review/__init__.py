"""A document against its evidence: what humans still owe, and what contradicts itself.

``check`` in ``checking`` asks every question; one module each answers one.
"""
