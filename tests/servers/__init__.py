"""Loopback servers that misbehave, and the clients to ask them with."""
