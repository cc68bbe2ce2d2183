"""Asks the three systems; vendor JSON in, evidence out."""
