"""A picture that is there already, for whoever asks for the same one with other files beside it."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from animator.core.options import idle, words
from animator.core.order import AnimationSpec, Order
from animator.core.rate import rate_notes, rate_of
from animator.core.siblings import about, is_left_out, named


def alone(order: Order) -> Order:
    """The order of the same picture, to the byte, with nothing beside it."""
    spec = order.spec
    if not spec.siblings:
        return order
    fps = spec.fps if _is_by_itself(spec) or spec.format == "gif" else int(rate_of(spec))
    return replace(order, spec=replace(spec, siblings="", fps=fps))


def order_in(recipe: Mapping[str, Any]) -> Order:
    """What a picture was made by, its seconds chosen."""
    return Order.from_dict({one.name: recipe[one.name] for one in fields(Order) if one.name in recipe})


def recipe_again(recipe: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The recipe of the same picture, beside which `order` has other files."""
    told = replace(order_in(recipe), spec=order.spec)
    source, target = shlex.split(recipe["command"])[3:5]
    return {**recipe, **told.as_dict(), "command": command(told, source=source, target=target)}


def notes_again(notes: Sequence[str], recipe: Mapping[str, Any], order: Order) -> list[str]:
    """Likewise its notes: those about the picture, and about such files that `order` has, too."""
    before, wanted = _rate_notes(order_in(recipe).spec), set(named(order.spec.siblings))
    kept = [note for note in notes if note not in before and (not about(note) or about(note) & wanted)]
    return [*_rate_notes(order.spec), *kept]


def missing(order: Order, there: Collection[str], notes: Sequence[str]) -> list[str]:
    """Kinds that `order` has beside its picture and that aren't `there`, nor left out as the notes say."""
    return [kind for kind in named(order.spec.siblings) if kind not in there and not is_left_out(kind, notes)]


def command(order: Order, *, source: str, target: str) -> str:
    """The command line that makes `target` by this order."""
    parts = order.spec, order, order.choice
    values = {one.name: getattr(part, one.name) for part in parts for one in fields(part)}
    silent = {name for part in parts for name, _needs in idle(type(part), values)}
    given = [word for part in parts for word in words(part, without=silent)]
    return shlex.join(["python", "-m", "animator", _word(source), _word(target), *given])


def _is_by_itself(spec: AnimationSpec) -> bool:
    """Whether a picture is made before what is beside it, at its own rate, as its size may have to give way."""
    return bool(spec.max_bytes or spec.within_source)


def _rate_notes(spec: AnimationSpec) -> tuple[str, ...]:
    return rate_notes(replace(spec, siblings="") if _is_by_itself(spec) else spec)


def _word(name: str) -> str:
    """A name that begins like an option is told as one of this folder."""
    return f"./{name}" if name.startswith("-") else name
