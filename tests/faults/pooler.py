"""PgBouncer with the file that is shipped, in front of the tests' PostgreSQL."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.faults.instance import ROOT, free_port, wait_for

PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


@contextmanager
def pooled(url: str, folder: Path, *, size: int) -> Iterator[str]:
    """The address of the database `url` through a pooler that opens at most `size` connections to its server."""
    address, port = urlsplit(url), free_port()
    folder.mkdir(mode=0o755)
    for place in (folder, *folder.parents[:3]):
        place.chmod(place.stat().st_mode | 0o011)  # PgBouncer won't run as root, and must come to its files
    (folder / "users.txt").write_text(f'"{address.username}" "{address.password or ""}"\n')
    (folder / "pgbouncer.ini").write_text(_here(folder, url, port=port, size=size))
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([PGBOUNCER, *as_somebody, str(folder / "pgbouncer.ini")], stderr=log)
    through = address._replace(netloc=f"{address.username}@127.0.0.1:{port}").geturl()
    try:
        wait_for(lambda: _answers(through), seconds=20, what=f"PgBouncer, {(folder / 'log').read_text()}")
        yield through
    finally:
        process.terminate()
        process.wait(20)


def _here(folder: Path, url: str, *, port: int, size: int) -> str:
    """At a free port, for anybody, and for this very database."""
    address = urlsplit(url)
    shipped = (ROOT / "deploy/pgbouncer.ini").read_text()
    changes = {
        r"zoetrope = host=\S+ port=\S+ dbname=\S+": f"{address.path[1:]} = host={address.hostname} "
        f"port={address.port or 5432}",
        r"listen_port = .*": f"listen_port = {port}",
        r"auth_type = .*": "auth_type = trust",
        r"auth_file = .*": f"auth_file = {folder / 'users.txt'}\nunix_socket_dir =",
        r"default_pool_size = .*": f"default_pool_size = {size}",
    }
    for old, new in changes.items():
        shipped, found = re.subn(f"(?m)^{old}", new, shipped)
        assert found == 1, old
    return shipped


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False
