"""Small files that must be whole or not there after a power cut: written beside, synced, renamed, the folder synced."""

import os
import secrets
from pathlib import Path

from applications.durable import flush


def write_durably(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replaces what is there. Raises OSError, and leaves nothing behind then."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)
