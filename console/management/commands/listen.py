"""`manage.py listen PORT`: a receiver of callbacks for first trials, which verifies each message and prints it."""

import json
from argparse import ArgumentParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from applications.models import Application
from applications.whole_numbers import whole
from media_jobs.events.services import event_config
from media_jobs.events.webhook import sign
from media_jobs.models import EventConfig

MAX_BODY = 10 * 1024**2


class Command(BaseCommand):
    help = "Receive callbacks on loopback, verify them with an application's secret, and print them; until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("port", type=int, help="0: any free one")
        parser.add_argument("--application", type=int, help="app_id; the primary application if left out")
        parser.add_argument("--status", type=int, default=200, help="what to answer: 500 to see retries")

    def handle(self, *args: Any, port: int, application: int | None, status: int, **options: Any) -> None:
        config = event_config(_application(application))
        with _Server(port, Receiver(config, status=status, out=self.stdout)) as server:
            url = f"http://127.0.0.1:{server.server_port}/"
            self.stdout.write(f"Listening. Set {url} as the callback URL of application {config.application.app_id}.")
            if not settings.ZOETROPE_OUTBOUND_ALLOW:
                self.stdout.write("The worker must be allowed to reach loopback: ZOETROPE_OUTBOUND_ALLOW=127.0.0.1/32")
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")


class Receiver:
    """Judges messages as any receiver should; a false one is answered 401."""

    def __init__(self, config: EventConfig, *, status: int, out: OutputWrapper) -> None:
        self._config = config
        self._status = status
        self._out = out

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer."""
        try:
            content = Webhook(self._config.webhook_secret).verify(body, headers)
            self._check_sign(content)
        except (WebhookVerificationError, ValueError) as error:
            self._out.write(f"\nREFUSED: {error}")
            self._out.flush()
            return 401
        self._out.write(f"\n{headers['webhook-id']} {content['EventType']}: verified, answering {self._status}")
        self._out.write(json.dumps(content, ensure_ascii=False, indent=2))
        self._out.flush()
        return self._status

    def _check_sign(self, content: dict[str, Any]) -> None:
        key = self._config.sign_key
        if key and content.get("Sign") != sign(key, content.get("T", 0)):
            raise ValueError("Sign doesn't fit T and the sign key.")


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.receiver = receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        length = whole(self.headers.get("Content-Length") or "", most=MAX_BODY) or 0
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.receiver.receive(headers, self.rfile.read(length))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """What matters is printed by the receiver."""


def _application(app_id: int | None) -> Application:
    wanted = Application.objects.filter(app_id=app_id) if app_id else Application.objects.filter(is_primary=True)
    found = wanted.first()
    if found is None:
        raise CommandError("There is no such application. See the switcher at the top of the console for its number.")
    return found
