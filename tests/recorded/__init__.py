"""Recorded incidents beside the demo, unlike it: one that lasts, one with merges and long lists, one of several SLOs.

Each folder holds what ``fixtures/demo`` holds. ``python -m tests.recorded`` records them anew; see ``scenes``.
"""
