"""Gathering the console's static files once, and again only when one of them has changed."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Parts of the packages that the console doesn't load: left out, they cost no start-up time.
UNUSED = ["*.rtl.*", "tabler-*", "*.esm.*", "*.d.ts", "browser-test-bundle.js", "ext", "rest_framework"]


def collect_assets() -> None:
    """Compressing and hashing takes seconds; a restart with the same files skips it."""
    mark = settings.STATIC_ROOT / ".fingerprint"
    fingerprint = _fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=UNUSED)
    mark.write_text(fingerprint)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            modified = storage.get_modified_time(name).isoformat()
            digest.update(f"{name} {storage.size(name)} {modified}\n".encode())
    return digest.hexdigest()
