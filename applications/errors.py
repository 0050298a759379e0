"""The refusals of the services, for every door to translate: each says what is wrong and, in `field`, where."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


class Refused(Exception):
    """A request that a service turns down; nothing was changed.

    `str(refusal)` is one sentence for a person. `field` names the offending argument ("" when it is none of them).
    `also` is what else is wrong with the same request, for doors that tell of all at once.
    """

    status = 400
    title = "The request can't be carried out"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.also: tuple[Refused, ...] = ()


class InvalidValue(Refused):
    title = "A value is out of range"


class NotFound(Refused):
    """Also for what belongs to another application: a stranger learns nothing, not even that it exists."""

    status = 404
    title = "No such thing here"


class Conflict(Refused):
    status = 409
    title = "It clashes with what is there"


class LimitReached(Refused):
    status = 409
    title = "A limit is reached"


class Forbidden(Refused):
    status = 403
    title = "Your role doesn't allow this"


class SecretUnreadable(Refused):
    """A stored secret was sealed with a secret key that this server doesn't have."""

    status = 503
    title = "A stored secret can't be read"

    def __init__(self) -> None:
        super().__init__(
            "This server can't read the stored secret: its own secret key is another one than when it was stored. "
            "Ask the operator to give the old key back, or use a new API key."
        )


class NoSpace(Refused):
    status = 507
    title = "The disk is too full"


class Mistakes:
    """What is wrong with a request, gathered from who looks at one thing each."""

    def __init__(self, found: Iterable[Refused] = ()) -> None:
        self.found = list(found)

    def unless(self, read: Callable[[], T]) -> T | None:
        """What `read` gives; None when it raises InvalidValue, which is kept."""
        try:
            return read()
        except InvalidValue as mistake:
            self.found += [mistake, *mistake.also]
            return None

    def refuse(self) -> None:
        refuse(self.found)


def refuse(mistakes: Iterable[Refused]) -> None:
    """Raises the first, with the others beside it; nothing when there is none."""
    found = tuple(mistakes)
    if found:
        found[0].also = found[1:]
        raise found[0]
