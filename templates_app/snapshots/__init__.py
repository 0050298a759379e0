"""Snapshot templates: rules, reads, writes and REST. Their kinds and rows stand beside the other templates'."""
