"""Tests, and the test world they run in."""
