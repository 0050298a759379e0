"""A gateway for development: the cloud's fixed host names, answered on this machine (docs/protocol 3.7)."""
