"""One bounded HTTP policy under all three vendor clients: deadline, retries, size, TLS, read-only.

The clients prepare requests and read answers; what passes between is this package's:

    vendor client ─► its session ─► our adapter ─► Policy.send ─► Wire ─► socket

Every answer that reaches a client is complete, within the caps and 2xx; everything else has become an error of
``pm_autofill.errors`` before the client could retry, follow, print or wrap it.
"""
