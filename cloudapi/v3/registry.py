"""What an action is: data that checks arguments, gives refusals their codes, and makes docs/compatibility.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from applications.caller import Caller
from applications.errors import (
    Conflict,
    Forbidden,
    InvalidValue,
    LimitReached,
    NoSpace,
    NotFound,
    Refused,
)
from applications.roles import Role
from cloudapi.v3.errors import ApiError
from cloudapi.v3.shapes import Anything, Int, ListOf, Parameter, Shape, Struct, Support, Text

Given = Mapping[str, Any]
Result = dict[str, Any]
Handler = Callable[[Caller, Given], Result]

# What is asked of those who only read.
READING = (None, Role.VIEWER)
SUB_APP_ID = Parameter("SubAppId", Int(low=0), note="absent or 0: the application of the API key")
# the common parameter that a localised action is given beside its own, "" when absent
LANGUAGE = "Language"
EXT_INFO = Parameter("ExtInfo", Text(), support=Support.IGNORED, note="reserved by the protocol")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which code a service's refusal gets; `field`, when given, must be the refusal's."""

    kind: type[Refused]
    code: str
    field: str = ""

    def fits(self, refused: Refused) -> bool:
        return isinstance(refused, self.kind) and self.field in ("", refused.field)


_ANY_ACTION = (
    Refusal(Forbidden, "UnauthorizedOperation"),
    Refusal(NotFound, "ResourceNotFound"),
    Refusal(InvalidValue, "InvalidParameterValue"),
    Refusal(LimitReached, "LimitExceeded"),
    Refusal(NoSpace, "ResourceInsufficient"),
    Refusal(Conflict, "FailedOperation"),
    Refusal(Refused, "FailedOperation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of the API.

    Fields:
        role: what the caller must be in the application; None when anybody may
        in_application: SubAppId says in which application; otherwise it is the key's own
        when_off: may be used also in an application that is switched off
        localised: some of what it answers is in the language that the client asks for
        is_work: what it makes has rows of its own, so that the audit log needn't tell of it
    """

    name: str
    run: Handler
    role: Role | None
    parameters: Struct
    refusals: tuple[Refusal, ...] = ()
    in_application: bool = True
    when_off: bool = False
    localised: bool = False
    is_work: bool = False

    def translated(self, refused: Refused) -> ApiError:
        code = next(one.code for one in (*self.refusals, *_ANY_ACTION) if one.fits(refused))
        return ApiError(code, str(refused))

    @property
    def codes(self) -> list[str]:
        """The codes that its arguments and the services' refusals can get it to answer with."""
        return sorted({refusal.code for refusal in self.refusals} | codes_of(self.parameters))


def codes_of(shape: Shape) -> set[str]:
    """The codes of the shape and of everything in it."""
    inner: list[Shape] = [parameter.shape for parameter in shape.parameters] if isinstance(shape, Struct) else []
    if isinstance(shape, ListOf):
        inner = [shape.item]
    own = {getattr(shape, "code", "")} - {""}
    return own.union(*(codes_of(one) for one in inner))


def refused(name: str, why: str) -> Parameter:
    return Parameter(name, Anything(), support=Support.REFUSED, note=why)


def refused_unless(setting: str, name: str, shape: Shape, why: str) -> Parameter:
    """As `refused`; with the setting on it is honoured."""
    return Parameter(name, shape, support=Support.REFUSED, note=f"{why} (unless `{setting}`)", unless=setting)


def ignored(name: str, why: str) -> Parameter:
    return Parameter(name, Anything(), support=Support.IGNORED, note=why)
