"""Which shared libraries this process has loaded: the loader is asked, as a confined child reads none of /proc."""

import ctypes
import os


class _Info(ctypes.Structure):
    """The beginning of the loader's struct dl_phdr_info."""

    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_size_t, ctypes.c_void_p)


def loaded_libraries() -> tuple[str, ...]:
    """Their paths, of links those that they lead to; none where the system's loader can't be asked."""
    iterate = getattr(ctypes.CDLL(None), "dl_iterate_phdr", None)
    if iterate is None:
        return ()
    found: list[str] = []

    def note(info: "ctypes._Pointer[_Info]", _size: int, _data: object) -> int:
        if info.contents.name:
            found.append(os.path.realpath(os.fsdecode(info.contents.name)))
        return 0

    iterate(_Callback(note), None)
    return tuple(found)
