"""The ASGI application: a request's way from the event loop into a thread, and its answer's way back.

Small bodies are taken whole before a thread is. Larger ones are read from a thread while they come, so that what has
arrived is kept should the line be cut; there are many such threads, since most of the time they wait.
"""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connections

from config.web.call import Answer, Application, Environ, Pieces, answer_of, environ_of
from config.web.connection import Connection
from config.web.incoming import Incoming, Receive
from config.web.lanes import Busy, Lane
from config.web.refusals import refusal_of

log = logging.getLogger(__name__)

Send = Callable[[Any], Awaitable[None]]

AT_ONCE = 64 * 1024  # bytes of a body that are waited for before a thread is taken
_WAITING_A_THREAD = 64  # requests in the queue for each thread: a crowd that comes at once, before lanes.LONGEST_WAIT
_MEDIA_FILES = 8  # threads that read what is being sent; with a bucket behind them they mostly wait
_STATIC = settings.STATIC_URL.encode()
_ALIVE = Answer(200, [(b"content-type", b"text/plain"), (b"content-length", b"3")], b"ok\n")


class Site:
    """`application` is the WSGI one. `/livez` is answered by the event loop, `/readyz` by a thread of its own.

    Readers of media have places of their own, so that neither a crowd of them nor a bucket that doesn't answer fills
    those of the API and the console; static files are read apart from media.
    """

    def __init__(self, application: Application) -> None:
        threads = settings.ZOETROPE_WEB_THREADS
        self._application = application
        self._requests = Lane("request", threads=threads, waiting=_WAITING_A_THREAD * threads)
        readers = max(1, threads // 2)
        self._readers = Lane("reader", threads=readers, waiting=_WAITING_A_THREAD * readers)
        self._uploads = Lane("upload", threads=settings.ZOETROPE_UPLOADS_AT_ONCE, waiting=0)
        self._health = Lane("health", threads=1, waiting=16)
        self._files = ThreadPoolExecutor(2, thread_name_prefix="file")
        self._media = ThreadPoolExecutor(_MEDIA_FILES, thread_name_prefix="media")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        connection: Connection = scope["state"]["connection"]
        if scope["raw_path"] == b"/livez":
            return await self._send(_ALIVE, scope=scope, connection=connection, send=send)
        begun, ended = await _beginning(receive)
        if connection.is_gone and not ended:
            begun += connection.leftover()
            if not begun:
                return
        answer = await self._answer(scope, begun=begun, ended=ended, receive=receive)
        await self._send(answer, scope=scope, connection=connection, send=send)

    async def _answer(self, scope: Any, *, begun: bytes, ended: bool, receive: Receive) -> Answer:
        connection: Connection = scope["state"]["connection"]
        if ended:
            environ = environ_of(scope, io.BytesIO(begun))
            lane = self._lane_of(scope)
            work = partial(answer_of, self._application, environ)
        else:
            environ = environ_of(scope, Incoming(begun, receive=receive, connection=connection))
            lane = self._uploads
            work = partial(self._run_apart, environ)
        try:
            return await lane.run(work)
        except Busy:
            return refusal_of(environ)

    def _lane_of(self, scope: Any) -> Lane:
        if scope["raw_path"] == b"/readyz":
            return self._health
        return self._readers if _is_of_media(scope) else self._requests

    def _run_apart(self, environ: Environ) -> Answer:
        """In one of many threads, each of which would else keep a connection to the database."""
        try:
            return answer_of(self._application, environ)
        finally:
            connections.close_all()

    async def _send(self, answer: Answer, *, scope: Any, connection: Connection, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            if isinstance(answer.body, bytes):
                connection.handed += len(answer.body)
                await send({"type": "http.response.body", "body": answer.body})
            elif scope["method"] == "HEAD":
                await send({"type": "http.response.body"})
            else:
                await self._pass_on(answer.body, scope=scope, connection=connection, send=send)
        finally:
            if not isinstance(answer.body, bytes):
                await self._in_files(answer.body.close, scope=scope)

    async def _pass_on(self, pieces: Pieces, *, scope: Any, connection: Connection, send: Send) -> None:
        """A piece is read when the one before is on its way: a stalled reader costs a socket and a piece."""
        while not connection.is_gone and (piece := await self._in_files(pieces.read, scope=scope)):
            connection.handed += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not connection.is_gone:
            await send({"type": "http.response.body"})

    async def _in_files(self, work: Callable[[], Any], *, scope: Any) -> Any:
        threads = self._files if scope["raw_path"].startswith(_STATIC) else self._media
        return await asyncio.get_running_loop().run_in_executor(threads, work)


def _is_of_media(scope: Any) -> bool:
    return scope["method"] in ("GET", "HEAD") and scope["raw_path"].startswith(b"/media/")


async def _beginning(receive: Receive) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether that was all: the end, or AT_ONCE bytes of it, or the client's going."""
    begun = bytearray()
    while len(begun) < AT_ONCE:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(begun), False
        begun += message["body"]
        if not message["more_body"]:
            return bytes(begun), True
    return bytes(begun), False
