"""API 3.0: signature, envelope, error codes, the registry, and the actions (protocol.md 1 and 2)."""
