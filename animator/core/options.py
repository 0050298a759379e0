"""An order's command line: each field tells by itself how it is asked for, so that an option is written down once."""

import argparse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import Field, fields
from typing import Any

from animator.core.languages import translated


def option(help: str, *, flag: str = "", needs: tuple[str, ...] = (), **argument: Any) -> dict[str, Any]:
    """The metadata of a dataclass field that is an option: `--its-name`, unless `flag` says otherwise.

    `help` is marked for the catalogue, and translated when it is shown. `needs` names fields, or values of them
    (`loop=best`), without one of which it would change nothing.

    A field whose default is a truth value is a switch. For all others `argument` goes to argparse's add_argument; its
    default is the field's own unless it is named there.
    """
    return {"option": {"help": help, "flag": flag, "needs": needs, "argument": argument}}


def add_options(parser: argparse.ArgumentParser, form: type) -> None:
    """Every option among the fields of the dataclass `form`, in their order."""
    for one in _options(form):
        kept = one.metadata["option"]
        argument = {"default": one.default, "help": translated(kept["help"]), **kept["argument"]}
        if isinstance(one.default, bool):
            argument["action"] = "store_false" if one.default else "store_true"
        parser.add_argument(_flag(one), dest=one.name, **argument)


def asked(form: type, options: argparse.Namespace) -> dict[str, Any]:
    """What the command line says of the fields of `form`."""
    return {one.name: getattr(options, one.name) for one in _options(form)}


def idle(form: type, values: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each field of `form` that is set and changes nothing, and what of `option`'s needs it lacks."""
    for one in _options(form):
        kept = one.metadata["option"]
        usual = kept["argument"].get("default", one.default)
        is_set = values.get(one.name, usual) != usual
        if is_set and kept["needs"] and not any(_is_met(need, values) for need in kept["needs"]):
            yield one.name, kept["needs"]


def unheard(form: type, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """As `idle`, with what a command line says of it."""
    for name, needs in idle(form, values):
        yield name, f"{as_flag(name)} changes nothing without {' / '.join(map(as_flag, needs))}."


def as_flag(need: str) -> str:
    """`loop=best` and `slack` as a command line has them."""
    return f"--{need.replace('_', '-').replace('=', ' ')}"


def words(filled: Any, *, without: Collection[str] = ()) -> list[str]:
    """The arguments that say the same as the fields of `filled`, but for some.

    A field that is None, or is what it is by default, is left out.
    """
    said = []
    for one in _options(type(filled)):
        value = getattr(filled, one.name)
        if value is None or value == one.default or one.name in without:
            continue
        if isinstance(one.default, bool):
            said.append(_flag(one))
        else:
            said.append(f"{_flag(one)}={_number(value) if isinstance(value, float) else value}")
    return said


def _options(form: type) -> Iterator[Field[Any]]:
    return (one for one in fields(form) if "option" in one.metadata)


def _flag(one: Field[Any]) -> str:
    return one.metadata["option"]["flag"] or as_flag(one.name)


def _is_met(need: str, values: Mapping[str, Any]) -> bool:
    name, _equals, wanted = need.partition("=")
    value = values.get(name)
    return wanted in str(value).split(",") if wanted else bool(value)


def _number(value: float) -> str:
    """As short as it can be said exactly."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
