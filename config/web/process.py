"""A web process from its start to its end."""

import asyncio
import faulthandler
import resource
import signal
import sys

from django.conf import settings
from uvicorn import Config, Server

from config.web.connection import Connection
from config.web.listener import BACKLOG, inherited, open_listener
from config.web.patience import IDLE_SECONDS
from config.web.site import Site
from config.wsgi import application

_TICKS = 10  # of uvicorn's, a second
_LOOK_SECONDS = 0.5
_STUCK_SECONDS = 60.0
_SWITCH_SECONDS = 0.001  # for which a thread may keep the loop from going on


class WebServer(Server):
    """uvicorn's, which also looks after its clients; should its loop stand still, it ends, and is started again."""

    async def main_loop(self) -> None:
        """Looks twice a second instead of uvicorn's ten times, which were most of what an idle process did."""
        ticks = 0
        while not await self.on_tick(ticks):
            await asyncio.sleep(_LOOK_SECONDS)
            ticks += round(_LOOK_SECONDS * _TICKS)
        faulthandler.cancel_dump_traceback_later()  # the grace of the settings may be longer

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            faulthandler.dump_traceback_later(_STUCK_SECONDS, exit=True)
            self._check_connections()
        return await super().on_tick(counter)

    def _check_connections(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check(connection.loop.time())


def main(descriptor: int | None) -> None:
    """Until SIGTERM: then no further request is taken, and those under way get the grace of the settings."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    listener = open_listener() if descriptor is None else inherited(descriptor)
    _allow_many_files()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises them once more when it is done
    WebServer(_config()).run(sockets=[listener])


def _config() -> Config:
    return Config(
        Site(application),
        http=Connection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(IDLE_SECONDS),
        timeout_graceful_shutdown=int(settings.ZOETROPE_STOP_GRACE_SECONDS),
    )


def _allow_many_files() -> None:
    """As many as the system lets this user have: each client is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
