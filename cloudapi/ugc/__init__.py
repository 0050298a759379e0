"""Uploads by a customer's own visitors, vouched for by a client upload signature (docs/protocol 4)."""
