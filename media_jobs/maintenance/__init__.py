"""The worker's own life, cleaning up, and checking the invariants."""
