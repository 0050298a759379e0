"""The socket that clients connect to: opened once and handed down, so that web processes change behind it."""

import os
import socket

from django.conf import settings

BACKLOG = 2048
_SYSTEMD_FIRST = 3  # sd_listen_fds(3): the first socket that systemd hands over


def open_listener() -> socket.socket:
    """systemd's, if it hands one over (deploy/zoetrope.socket), else one of our own. Raises OSError."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return inherited(_SYSTEMD_FIRST)
    family = socket.AF_INET6 if ":" in settings.ZOETROPE_HOST else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.ZOETROPE_HOST, settings.ZOETROPE_PORT))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def inherited(descriptor: int) -> socket.socket:
    return socket.socket(fileno=descriptor)
