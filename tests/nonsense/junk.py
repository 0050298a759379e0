"""Numbers and texts that no door expects, and what goes around them: shared by all that ask doors for nonsense."""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("ZOETROPE_NONSENSE", "4"))  # of each address; make nonsense asks for more
asked = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)

NUMBERS = (
    *("0", "-1", "00", "1e9", "1e400", "-1e400", "nan", "inf", "-inf", "Infinity", "0x10", "1_000", "+5", "1.5", "-0"),
    *(str(2**31), str(2**32), str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**63) - 1), str(2**64), "1" + "0" * 23),
    *("9" * 400, "9" * 4300, "9" * 5000, "1" * 8000, "٣", "１２", "²", "0." + "3" * 5000, "5" * 19, "1" * 20),
)
TEXTS = (
    *(
        "",
        " ",
        "\0",
        "%",
        "%00",
        "%ff",
        "%zz",
        "_",
        "\\",
        "' OR '1'='1' --",
        "../../etc/passwd",
        "//",
        ".",
        "..",
        "a" * 5000,
    ),
    *(
        "http://[::1",
        "http://xn--127/",
        "http://x..y:8080/",
        f"http://{'a' * 64}.example/",
        "xn--127",
        "[",
        "]",
        "{",
        "}",
    ),
    *(
        "2026-13-45T99:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+14:00",
        "\u202e",
        "𝔘",
        "é",
        "null",
        "true",
    ),
)
WORDS = st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.integers().map(str) | st.text(max_size=30)
_WHOLE = (0, -1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**23, 10**400)
_BROKEN = (1e308, -1e308, 1e-308, 0.1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from(_WHOLE), st.sampled_from(_BROKEN), st.integers(), WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


def ascii_only(text: str) -> str:
    """What a header can hold."""
    return "".join(c for c in text if " " <= c <= "~")


HARD_NUMBERS = (
    "-1",
    "1e400",
    "nan",
    "٣",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "1" + "0" * 23,
    "9" * 4300,
    "9" * 5000,
)
