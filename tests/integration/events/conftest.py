import pytest


@pytest.fixture(autouse=True)
def receivers_here(loopback_allowed: None) -> None:
    """Every test of this folder may reach loopback, unless it says otherwise."""
