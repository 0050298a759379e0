"""JSON lines over a socket: the only language between a worker and a child that may have been taken over."""

import json
import socket
from typing import Any

MAX_LINE = 1 << 20

Message = dict[str, Any]


class MessageMalformed(Exception):
    """The other side sent something that isn't one of our messages."""


def send(channel: socket.socket, message: Message) -> None:
    """Best effort: the other side may be gone, and finds out by itself."""
    try:
        channel.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        return


class Inbox:
    """Reads a socket's messages; raises MessageMalformed at anything that isn't a JSON object of a sane size."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._buffer = b""
        self.closed = False

    def receive(self) -> list[Message]:
        """The messages that one read completes, perhaps none; `closed` is set at the end of the stream."""
        try:
            data = self._channel.recv(65536)
        except ConnectionError:
            data = b""
        self.closed = not data
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > MAX_LINE:
            raise MessageMalformed("a line without end")
        return [_parsed(line) for line in lines]


def _parsed(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MessageMalformed("not JSON") from error
    if not isinstance(message, dict):
        raise MessageMalformed("not a JSON object")
    return message
