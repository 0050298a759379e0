"""The committed matrix: every pinned release has its row, and did all that it is for."""

from tests.clients.matrix import MARK, PAGE, table
from tests.clients.pinned import pinned


def test_every_pinned_client_is_in_the_matrix_and_none_is_red() -> None:
    """`make clients` writes it anew."""
    green = {(one.title, one.version, column): "" for one in pinned() for column in one.shows}
    assert PAGE.read_text().partition(MARK)[2] == f"\n{table(green)}"
