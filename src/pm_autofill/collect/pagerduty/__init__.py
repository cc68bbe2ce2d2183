"""Asks PagerDuty; its JSON in, evidence out."""
