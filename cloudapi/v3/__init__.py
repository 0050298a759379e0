"""API 3.0: signature, envelope, error codes, the registry, and the actions (docs/protocol 1 and 2)."""
