"""docs/compatibility.md, written from the registry: what a program meant for the cloud can count on here."""

from collections.abc import Iterator

from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.names import ACTION_NAMES
from cloudapi.v3.registry import Action
from cloudapi.v3.shapes import ListOf, Parameter, Shape, Struct, Support

_HEAD = """\
# Compatibility with the cloud's API 3.0

Written by `python manage.py compatibility` from the action registry; a test fails when it is out of date.

Of the {all} actions of version 2018-07-17, {supported} are supported. Every other one answers `UnsupportedOperation`,
which names it; a name that the API doesn't know answers `InvalidAction`.

Of the parameters of a supported action, those **honoured** do what the cloud's documentation says; those **accepted
and ignored** change nothing, because there is nothing here that they could change; those **refused** answer
`UnsupportedOperation` with the reason, before anything is stored. Parameters that aren't listed are accepted and
ignored.

Codes that any action may answer with: `AuthFailure.InvalidAuthorization`, `AuthFailure.SecretIdNotFound`,
`AuthFailure.SignatureExpire`, `AuthFailure.SignatureFailure`, `AuthFailure.TokenFailure`, `UnauthorizedOperation`,
`InvalidAction`, `NoSuchVersion`, `InvalidRequest`, `MissingParameter`, `InvalidParameter`, `InvalidParameterValue`,
`InvalidParameterValue.SubAppId`, `FailedOperation.InvalidVodUser` (the application is switched off),
`RequestLimitExceeded`, `RequestSizeLimitExceeded`, `UnsupportedOperation`, `UnsupportedProtocol`,
`ResourceInsufficient` (the disk is full), `InternalError`.

## Supported
"""


def compatibility() -> str:
    """The whole page, in Markdown."""
    head = _HEAD.format(all=len(ACTION_NAMES), supported=len(ACTIONS))
    sections = "\n".join("\n".join(_section(ACTIONS[name])) for name in sorted(ACTIONS))
    others = "\n".join(f"- {name}" for name in sorted(ACTION_NAMES - ACTIONS.keys()))
    return f"{head}\n{sections}\n## Refused\n\n{others}\n"


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


def _inner(parameter: Parameter) -> Struct | None:
    shape: Shape = parameter.shape
    if isinstance(shape, ListOf):
        shape = shape.item
    return shape if isinstance(shape, Struct) and parameter.support is Support.HONOURED else None
