"""This process's Celery on a real broker, and what is in its queues."""

from collections.abc import Iterator
from contextlib import contextmanager

from amqp.exceptions import ChannelError
from celery import current_app
from kombu import Connection, pools

from media_jobs import doorbell


@contextmanager
def using_broker(url: str) -> Iterator[None]:
    before = current_app.conf.broker_url
    _connect(url)
    try:
        yield
    finally:
        _connect(before)
        doorbell.broker.forget()


def depth(queue: str) -> int:
    """Messages that wait in it, as the broker says, once it was told of all of them."""
    doorbell.broker.settle(10)
    with current_app.connection_for_read() as connection:
        try:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:  # no such queue: what nothing was sent to
            return 0


def wipe() -> None:
    """The queues are empty; with RabbitMQ they are gone, as after the loss of its disk."""
    doorbell.broker.settle(10)
    for name in current_app.amqp.queues:
        with current_app.connection_for_read() as connection:
            _wipe(connection, name)


def _wipe(connection: Connection, name: str) -> None:
    if connection.transport.driver_type == "amqp":
        connection.default_channel.queue_delete(name)
    else:
        connection.default_channel.queue_purge(name)


def _connect(url: str) -> None:
    current_app.conf.broker_url = url
    pools.reset()
    doorbell.broker.forget()
    current_app._after_fork()  # forgets the pools, too
