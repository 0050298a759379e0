"""A client that asks at a fixed rate, whatever the server does: waiting is measured, not politely avoided.

Requests of API 3.0, signed when they are due, over connections that are kept and opened as needed.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Answer = dict[str, Any]
VERSION = "2018-07-17"
DEADLINE = 60.0  # seconds; what takes longer counts as lost


@dataclass(frozen=True, slots=True)
class Key:
    secret_id: str
    secret_key: str


@dataclass(slots=True)
class Figures:
    """Of one action. Seconds are from the moment at which a request was due until its whole answer was there."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    late: int = 0  # requests that the client itself sent over 50 ms late: it was the one that was too slow

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Caller:
    def __init__(self, port: int, key: Key) -> None:
        self._port = port
        self._key = key
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, action: str, parameters: Answer) -> Answer:
        """What `Response` holds. Raises OSError or TimeoutError when there is none."""
        async with asyncio.timeout(DEADLINE):
            reader, writer = await self._connected()
            writer.write(self._request(action, parameters))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            answer: Answer = json.loads(await reader.readexactly(length))["Response"]
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return answer

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The kept one that was used last, but for those that the server has closed as idle; else a new one."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    def _request(self, action: str, parameters: Answer) -> bytes:
        body = json.dumps(parameters).encode()
        host, moment = f"127.0.0.1:{self._port}", int(time.time())
        lines = [
            "POST / HTTP/1.1",
            f"Host: {host}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"X-TC-Action: {action}",
            f"X-TC-Version: {VERSION}",
            f"X-TC-Timestamp: {moment}",
            f"Authorization: {self._authorization(body, host=host, moment=moment)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _authorization(self, body: bytes, *, host: str, moment: int) -> str:
        """docs/protocol 1.2."""
        signed = "content-type;host"
        scope = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}/vod/tc3_request"
        canonical = f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\n{signed}\n{_hash(body)}"
        text = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{_hash(canonical.encode())}"
        key = f"TC3{self._key.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"{self._key.secret_id}/{scope}"
        return f"TC3-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"


async def at_rate(
    caller: Caller,
    action: str,
    *,
    rate: float,
    seconds: float,
    parameters: Callable[[], Answer],
    took: Callable[[Answer], None] = lambda answer: None,
) -> Figures:
    """Ask `rate` times a second for so many `seconds`, and wait for what is still on its way."""
    figures = Figures()
    began = asyncio.get_running_loop().time()
    tasks = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        tasks.append(asyncio.create_task(_one(caller, action, due, figures=figures, parameters=parameters, took=took)))
    await asyncio.gather(*tasks)
    return figures


async def _one(
    caller: Caller,
    action: str,
    due: float,
    *,
    figures: Figures,
    parameters: Callable[[], Answer],
    took: Callable[[Answer], None],
) -> None:
    loop = asyncio.get_running_loop()
    figures.late += loop.time() - due > 0.05
    try:
        answer = await caller.ask(action, parameters())
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        figures.errors[type(error).__name__] += 1
        return
    if "Error" in answer:
        figures.errors[answer["Error"]["Code"]] += 1
        return
    figures.seconds.append(loop.time() - due)
    took(answer)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
