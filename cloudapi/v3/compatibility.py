"""docs/compatibility.md, written from the registry: what a program meant for the cloud can count on here."""

from collections.abc import Iterator

from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.names import ACTION_NAMES, INTERNATIONAL_NAMES
from cloudapi.v3.registry import Action
from cloudapi.v3.shapes import ListOf, Parameter, Shape, Struct, Support

# Behind it stands what `make clients` found.
CLIENTS = "<!-- clients -->"
_HEAD = """\
# Compatibility with the cloud's API 3.0

Written by `python manage.py compatibility` from the action registry; a test fails when it is out of date.

Of the {all} actions of version 2018-07-17, {supported} are supported. Every other one answers `UnsupportedOperation`,
which names it, and so do the {international} that only the international edition has; a name that neither knows answers
`InvalidAction`.

Of the parameters of a supported action, those **honoured** do what the cloud's documentation says; those **accepted
and ignored** change nothing, because there is nothing here that they could change; those **refused** answer
`UnsupportedOperation` with the reason, before anything is stored. No filter is ignored: one that nothing here can meet
finds nothing. A parameter that isn't listed, also within a structure, is refused with `UnknownParameter` and the
nearest name that is (`ZOETROPE_PASS_UNKNOWN_NAMES` lets it pass); the protocol's common ones (`Action`, `Version`,
`Region`, `Language`, `Token`, …) may stand in the body, too.

Codes that any action may answer with: `AuthFailure.InvalidAuthorization`, `AuthFailure.SecretIdNotFound`,
`AuthFailure.SignatureExpire`, `AuthFailure.SignatureFailure`, `AuthFailure.TokenFailure`, `UnauthorizedOperation`,
`InvalidAction`, `NoSuchVersion`, `InvalidRequest`, `MissingParameter`, `UnknownParameter`, `InvalidParameter`,
`InvalidParameterValue`,
`InvalidParameterValue.SubAppId`, `FailedOperation.InvalidVodUser` (the application is switched off),
`RequestLimitExceeded`, `RequestSizeLimitExceeded`, `UnsupportedOperation`, `UnsupportedProtocol`,
`ResourceInsufficient` (the disk is full), `InternalError`.

Which releases of which clients were run against this version: [Clients](#clients).

## Supported
"""


def compatibility() -> str:
    """The page up to its last section, in Markdown."""
    head = _HEAD.format(all=len(ACTION_NAMES), supported=len(ACTIONS), international=len(INTERNATIONAL_NAMES))
    sections = "\n".join("\n".join(_section(ACTIONS[name])) for name in sorted(ACTIONS))
    others = "\n".join(f"- {name}" for name in sorted(ACTION_NAMES - ACTIONS.keys()))
    return f"{head}\n{sections}\n## Refused\n\n{others}\n\n"


def _section(action: Action) -> Iterator[str]:
    yield f"### {action.name}\n"
    yield f"Needs {f'the role {action.role.label.lower()}' if action.role else 'no role'}.\n"
    rows = list(_rows(action.parameters, prefix=""))
    if rows:
        yield "| parameter | type | support | remark |\n|---|---|---|---|"
        yield from rows
        yield ""
    if action.codes:
        yield f"Codes of its own: {', '.join(f'`{code}`' for code in action.codes)}.\n"


def _rows(struct: Struct, *, prefix: str) -> Iterator[str]:
    for one in struct.parameters:
        name = f"{prefix}{one.name}"
        yield f"| {name}{' (required)' if one.required else ''} | {one.shape} | {one.support} | {one.note} |"
        inner = _inner(one)
        if inner is not None:
            yield from _rows(inner, prefix=f"{name}.")


def inner_structures(struct: Struct) -> Iterator[Struct]:
    """All that lie within it and are read."""
    for one in struct.parameters:
        inner = _inner(one)
        if inner is not None:
            yield inner
            yield from inner_structures(inner)


def _inner(parameter: Parameter) -> Struct | None:
    shape: Shape = parameter.shape
    if isinstance(shape, ListOf):
        shape = shape.item
    return shape if isinstance(shape, Struct) and parameter.support is Support.HONOURED else None
