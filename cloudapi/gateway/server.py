"""The gateway's two ports: TLS under the cloud's names, and a proxy that knows those names alone.

Whatever comes in is handed to one Zoetrope; no other connection is ever opened.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cloudapi.gateway.names import is_served

_MAX_HEAD = 64 * 1024
_HEAD_SECONDS = 30.0
_BLOCK = 256 * 1024
_CONNECT = re.compile(rb"CONNECT ([A-Za-z0-9.-]{1,253}):443 HTTP/1\.[01]\r\n")
_PLAIN = re.compile(rb"[A-Z]{1,10} (http://[\x21-\x7e]{1,8000}) HTTP/1\.[01]\r\n")
_REFUSAL = b"This gateway serves the cloud's VOD host names only, and leads nowhere else.\n"

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Listens on `host` and hands everything to the Zoetrope at `upstream`, a pair of host and port.

    For a `proxy_port` or `tls_port` of 0 the system chooses a free one.
    """

    host: str
    proxy_port: int
    tls_port: int
    upstream: tuple[str, int]
    tls: ssl.SSLContext

    async def start(self) -> tuple[asyncio.Server, asyncio.Server]:
        """Begin to listen. Returns the proxy's server and the TLS server, in this order."""
        proxy = await asyncio.start_server(_quiet(self._proxied), self.host, self.proxy_port, limit=_MAX_HEAD)
        direct = await asyncio.start_server(_quiet(self._direct), self.host, self.tls_port, ssl=self.tls)
        return proxy, direct

    async def _direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._hand_over(reader, writer)

    async def _proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        if (asked := _CONNECT.match(head)) and is_served(asked[1].decode()):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.start_tls(self.tls)
            await self._hand_over(reader, writer)
        elif (plain := _PLAIN.match(head)) and is_served(urlsplit(plain[1].decode()).hostname or ""):
            await self._hand_over(reader, writer, head=_origin_form(head))
        else:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL))
            await writer.drain()

    async def _hand_over(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, head: bytes = b""
    ) -> None:
        """To Zoetrope, byte by byte, until it or the client has had enough."""
        behind, ahead = await asyncio.open_connection(*self.upstream)
        try:
            ahead.write(head)
            there = asyncio.create_task(_copy(reader, ahead))
            back = asyncio.create_task(_copy(behind, writer))
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            ahead.close()


def tls_context(chain: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain)
    return context


def _origin_form(head: bytes) -> bytes:
    """The head of a request to a proxy, rewritten as the server itself would get it (RFC 9112 3.2.1).

    It also asks for the connection to be closed afterwards, since the client's next request may name another host.
    """
    line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, target, version = line.split(b" ")
    path = b"/" + target.removeprefix(b"http://").partition(b"/")[2]
    kept = [header for header in headers if not header.lower().startswith((b"connection:", b"proxy-"))]
    return b"\r\n".join([b" ".join([method, path, version]), *kept, b"Connection: close", b"", b""])


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while block := await source.read(_BLOCK):
        target.write(block)
        await target.drain()


def _quiet(handler: Handler) -> Handler:
    """A client that breaks off, or speaks something else, is nobody's fault: only its own connection ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return handle
