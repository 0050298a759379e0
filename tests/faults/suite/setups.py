"""The set-ups that faults are injected into: what an instance's environment says, and what lies behind it."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
from amqp.exceptions import NotFound
from kombu import Connection

from tests.faults.proxy import Proxy, proxy

POSTGRESQL = os.environ.get("ZOETROPE_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("ZOETROPE_TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("ZOETROPE_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
QUEUES = ("pictures", "analyses", "transfers", "deliveries", "maintenance")


@dataclass
class Setup:
    """`environment` is what an instance gets; `broker` stands between it and a broker over the network.

    `bucket` is boto3's, None where the files are in a folder.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    broker: Proxy | None = None
    broker_url: str = ""
    postgresql: str = ""
    bucket: Any = None

    def wipe_broker(self) -> None:
        """All messages are gone. (The embedded broker's file is the instance's.)"""
        with Connection(self.broker_url) as connection:
            for name in QUEUES:
                channel: Any = connection.channel()
                with suppress(NotFound):  # of a broker that was replaced just before, and ends the channel
                    channel.queue_purge(name)

    def replace_broker(self) -> None:
        """As after the loss of its disk: an empty one is there, which knows of no queue."""
        with Connection(self.broker_url) as connection:
            channel: Any = connection.default_channel
            if connection.transport.driver_type == "redis":
                channel.client.flushdb()
            else:
                for name in QUEUES:
                    channel.queue_delete(name)


@contextmanager
def setup(name: str) -> Iterator[Setup]:
    """One of SETUPS, ready; everything that was made for it goes at the end."""
    with ExitStack() as stack:
        made = Setup(name)
        for part in SETUPS[name]:
            part(made, stack)
        yield made


def _postgresql(made: Setup, stack: ExitStack) -> None:
    database = f"faults_{secrets.token_hex(6)}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}"'.encode())
    stack.callback(_drop, database)
    made.postgresql = urlsplit(POSTGRESQL)._replace(path=f"/{database}").geturl()
    made.environment["DATABASE_URL"] = made.postgresql


def _drop(database: str) -> None:
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())


def _broker(url: str) -> Callable[[Setup, ExitStack], None]:
    def part(made: Setup, stack: ExitStack) -> None:
        address = urlsplit(url)
        made.broker_url = url
        made.broker = stack.enter_context(proxy(address.hostname or "127.0.0.1", address.port or 5672))
        who = f"{address.netloc.rpartition('@')[0]}@" if "@" in address.netloc else ""
        through = address._replace(netloc=f"{who}127.0.0.1:{made.broker.port}")
        made.environment["BROKER_URL"] = through.geturl()
        made.wipe_broker() if url.startswith("redis") else None

    return part


def _s3(made: Setup, stack: ExitStack) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    stack.callback(moto.stop)
    host, port = moto.get_host_and_port()
    keys = {"aws_access_key_id": "faults", "aws_secret_access_key": "faults", "region_name": "us-east-1"}
    made.bucket = boto3.resource("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket="media")
    made.environment["STORAGE_URL"] = f"s3://faults:faults@{host}:{port}/media?tls=0"


SETUPS: dict[str, tuple[Callable[[Setup, ExitStack], None], ...]] = {
    "sqlite": (),
    "rabbitmq": (_postgresql, _broker(RABBITMQ)),
    "redis": (_postgresql, _broker(REDIS)),
    "s3": (_postgresql, _broker(RABBITMQ), _s3),
}
