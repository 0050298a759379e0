"""Gathering the console's static files once, and again only when one of them has changed."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.core.management import call_command

from applications.durable import flush
from config.durable import write_durably

# Parts of the packages that the console doesn't load: left out, they cost no start-up time.
UNUSED = ["*.rtl.*", "tabler-*", "*.esm.*", "*.d.ts", "browser-test-bundle.js", "ext", "rest_framework"]


def collect_assets() -> None:
    """Compressing and hashing takes seconds; a restart with the same files skips it."""
    mark = settings.STATIC_ROOT / ".fingerprint"
    fingerprint = _fingerprint()
    if mark.exists() and mark.read_text() == fingerprint and _manifest_is_whole():
        return
    _manifest().unlink(missing_ok=True)  # a torn one would keep the storage from even being made
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=UNUSED)
    for path in settings.STATIC_ROOT.rglob("*"):
        flush(path)
    write_durably(mark, fingerprint)


def _manifest() -> Path:
    return Path(settings.STATIC_ROOT) / ManifestFilesMixin.manifest_name


def _manifest_is_whole() -> bool:
    try:
        return isinstance(json.loads(_manifest().read_text()), dict)
    except (OSError, ValueError):
        return False


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            modified = storage.get_modified_time(name).isoformat()
            digest.update(f"{name} {storage.size(name)} {modified}\n".encode())
    return digest.hexdigest()
