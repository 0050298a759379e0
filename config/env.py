"""Where every setting's value comes from: NAME in the environment, or for secrets the file that NAME_FILE points to."""

import fcntl
import os
import secrets
from pathlib import Path

import environ

from config.durable import write_durably

env = environ.FileAwareEnv()


def kept_secret(path: Path) -> str:
    """The secret in `path`; made on first use, readable by its owner only, the same for all who race for it.

    An empty file, as a power cut may leave one, is made anew: whether anything was sealed with another key is asked
    before the server is ready (config/sealed.py).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if secret := _text_of(path):
        return secret
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not _text_of(path):
            write_durably(path, secrets.token_urlsafe(64))
    finally:
        os.close(folder)
    return _text_of(path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""
