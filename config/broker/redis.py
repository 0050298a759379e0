"""Redis as the broker: kombu's transport, for messages that are permits (ADR 2): nothing of them is put back.

Kombu keeps a copy of what was taken until it is acknowledged, and writes it back as a channel closes. Over a connection
that was cut it can't; after its address is forgotten it fails with an AttributeError, and Celery ends the worker.
"""

from kombu.transport import redis
from redis.exceptions import ResponseError

# What is written to see whether the server lets us; it is gone a millisecond later.
_PROBE = "_kombu.writable"


class Channel(redis.Channel):
    do_restore = False
    ack_emulation = False  # acknowledgements don't leave this process, so one that comes after the cut does no harm


class Transport(redis.Transport):
    Channel = Channel

    def establish_connection(self) -> "Transport":
        """Raises ResponseError when the server answers and refuses (it is full, or became a replica).

        Celery then waits longer each time before it asks again, as for one that can't be reached. Found out only by the
        first command, it would be asked several times a second.
        """
        super().establish_connection()
        try:
            self._avail_channels[-1].client.set(_PROBE, "", px=1)  # type: ignore[attr-defined]  # the stubs leave it out
        except ResponseError:
            self.close_connection(self)  # type: ignore[arg-type]  # of its own kind, as kombu calls it
            raise
        return self
