"""What lies in the data folder is nobody else's: how new files are made, and older ones put right."""

import os
import stat
from pathlib import Path

from django.conf import settings


def keep_private() -> None:
    """For this process and its children. `ZOETROPE_UMASK` lets a group in, such as a web server's that sends files."""
    os.umask(settings.ZOETROPE_UMASK)


def tighten(folder: Path) -> list[Path]:
    """Take away from the folder and the files directly in it what the mask doesn't leave; what was changed.

    What lies deeper is behind the folder. One that is shared by design (sticky, as /tmp) or not ours stays as it is.
    """
    facts = folder.stat()
    if facts.st_mode & stat.S_ISVTX or facts.st_uid != os.geteuid():
        return []
    files = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
    return [path for path in [folder, *files] if _tightened(path)]


def _tightened(path: Path) -> bool:
    facts = path.lstat()
    mode = stat.S_IMODE(facts.st_mode)
    wanted = mode & ~settings.ZOETROPE_UMASK
    if mode == wanted or facts.st_uid != os.geteuid():
        return False
    path.chmod(wanted)
    return True
