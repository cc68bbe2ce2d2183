"""Hostile input: what changes sound files, and what runs the program on them within limits."""
