"""What every wrapper of the kernel's functions needs."""

from collections.abc import Callable
from ctypes import CDLL
from typing import Any


def declared(library: CDLL, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = library[name]
    function.restype, function.argtypes = result, arguments
    return function


def obtained(address: int | None) -> int:
    if not address:
        raise MemoryError("the kernel found no memory")
    return address
