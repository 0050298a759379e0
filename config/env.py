"""Where every setting's value comes from: NAME in the environment, or for secrets the file that NAME_FILE points to."""

import os
import secrets
from pathlib import Path

import environ

env = environ.FileAwareEnv()


def kept_secret(path: Path) -> str:
    """The secret in `path`; made on first use, readable by its owner only, the same for all who race for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
