"""Object upload: the part of the cloud's object storage protocol that its upload SDKs use (docs/protocol 3 and 4.3)."""
