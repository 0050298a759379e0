"""The refusals of the services, for every door to translate: each says what is wrong and, in `field`, where."""


class Refused(Exception):
    """A request that a service turns down; nothing was changed.

    `str(refusal)` is one sentence for a person. `field` names the offending argument ("" when it is none of them).
    """

    status = 400
    title = "The request can't be carried out"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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


class NoSpace(Refused):
    status = 507
    title = "The disk is too full"
