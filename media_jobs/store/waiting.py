"""What those do who wait for bytes: they show that they live."""


def nobody_waits() -> None:
    """For callers that hold nothing that could run out meanwhile."""
