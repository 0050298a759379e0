"""Named places at which a process can be made to die, so that the fault suite hits each of them on purpose.

Nothing happens anywhere unless ZOETROPE_FAULT names the place: `published:0.2` kills the process, as SIGKILL would, at
a fifth of the times that it comes by. An operator has no use for it, and the checks at start complain when it is set.
"""

import os
import random
import signal

_NAME, _, _SHARE = os.environ.get("ZOETROPE_FAULT", "").partition(":")


def faultpoint(name: str) -> None:
    """Does nothing, or says so and doesn't return."""
    if _NAME and name == _NAME and random.random() < float(_SHARE or 1):  # noqa: S311  chance, no secret
        os.write(2, f"fault: {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
