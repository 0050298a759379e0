"""A gateway for development: the cloud's fixed host names, answered on this machine (protocol.md 3.7)."""
