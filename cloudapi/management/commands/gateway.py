"""`manage.py gateway`: SDKs with fixed host names reach Zoetrope by environment variables alone (docs/gateway.md)."""

import argparse
import asyncio
import contextlib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudapi.gateway.authority import Authority, authority
from cloudapi.gateway.check import problem
from cloudapi.gateway.environment import exports, fingerprint, variables, write_trust
from cloudapi.gateway.names import DOMAINS, certified_names
from cloudapi.gateway.server import Gateway, tls_context


class Command(BaseCommand):
    help = "Serve the cloud's host names on this machine: a TLS port and a proxy, for development and CI."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
        parser.add_argument("--proxy-port", type=int, default=8010)
        parser.add_argument("--tls-port", type=int, default=8443)
        parser.add_argument("--upstream", default="", help="host:port of Zoetrope (ZOETROPE_HOST:ZOETROPE_PORT)")
        parser.add_argument("--check", action="store_true", help="ask whether this shell's programs meet Zoetrope")
        parser.add_argument("--env", action="store_true", help="print the variables for a shell, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.ZOETROPE_DATA_DIR / "gateway"
        made = authority(folder, domains=DOMAINS, names=certified_names())
        python_path = write_trust(folder, authority=made.certificate)
        proxy = f"http://{options['host']}:{options['proxy_port']}"
        wanted = variables(proxy=proxy, authority=made.certificate, python_path=python_path)
        lines = exports(wanted)
        if options["check"]:
            if wrong := problem(wanted, proxy=proxy, authority=made.certificate):
                raise CommandError(wrong)
            self.stdout.write("This shell's programs meet Zoetrope under the cloud's names.")
            return
        if options["env"]:
            self.stdout.write(lines)
            return
        gateway = Gateway(
            host=options["host"],
            proxy_port=options["proxy_port"],
            tls_port=options["tls_port"],
            upstream=_upstream(options["upstream"]),
            tls=tls_context(str(made.chain)),
        )
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._serve(gateway, made=made, lines=lines, proxy=proxy))

    async def _serve(self, gateway: Gateway, *, made: Authority, lines: str, proxy: str) -> None:
        try:
            proxied, direct = await gateway.start()
        except OSError as error:
            raise CommandError(f"{error.strerror}. Choose free ports with --proxy-port and --tls-port.") from error
        self._greet(gateway, made=made, lines=lines, proxy=proxy)
        async with proxied, direct:
            await asyncio.gather(proxied.serve_forever(), direct.serve_forever())

    def _greet(self, gateway: Gateway, *, made: Authority, lines: str, proxy: str) -> None:
        host, port = gateway.upstream
        self.stdout.write(
            f"The cloud's VOD host names lead to Zoetrope at {host}:{port} for whoever uses this gateway.\n\n"
            f"Python, Node, curl: in the shell that starts your program "
            f'(or: eval "$(… gateway --env || echo false)")\n\n{lines}\n\n'
            f"A browser, for tests:\n\n"
            f"chromium --user-data-dir=/tmp/trial --proxy-server={proxy} \\\n"
            f"  --ignore-certificate-errors-spki-list={fingerprint(made.chain)}\n\n"
            f"With names in /etc/hosts or your DNS: TLS is on port {gateway.tls_port}; trust {made.certificate}\n"
        )
        self.stdout.flush()


def _upstream(text: str) -> tuple[str, int]:
    if not text:
        return settings.ZOETROPE_HOST, settings.ZOETROPE_PORT
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise CommandError("--upstream is host:port.")
    return host.strip("[]"), int(port)
