"""Refusals at start: combinations of settings that would lose work or lock people out, each with what to change."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from animator import kernel
from applications.proxies import parsed_networks
from config.celery_environment import celery_settings
from media_jobs.store.storage import storage

ROLES = ("all", "web", "worker", "beat")


@register("zoetrope")
def check_settings(**_: Any) -> list[CheckMessage]:
    return [
        *_check_role(),
        *_check_stores(),
        *_check_addresses(),
        *_check_keys(),
        *_check_celery(),
        *_check_faults(),
        *_check_retention(),
        *_check_termination(),
        *_check_machine(),
    ]


def _check_role() -> Iterator[CheckMessage]:
    if settings.ZOETROPE_ROLE not in ROLES:
        yield Error(
            f"ZOETROPE_ROLE is {settings.ZOETROPE_ROLE!r}.",
            hint=f"Set it to one of {', '.join(ROLES)}.",
            id="zoetrope.E001",
        )
    if settings.ZOETROPE_WORKERS < 1:
        yield Error("ZOETROPE_WORKERS is less than 1.", hint="Set it to the number of cores.", id="zoetrope.E002")
    queues = set(settings.ZOETROPE_QUEUES.values())
    if unknown := set(settings.ZOETROPE_WORKER_QUEUES) - queues:
        yield Error(
            f"ZOETROPE_WORKER_QUEUES names {', '.join(sorted(unknown))}.",
            hint=f"Name some of {', '.join(sorted(queues))}, with commas between; nothing means all.",
            id="zoetrope.E017",
        )


def _check_stores() -> Iterator[CheckMessage]:
    broker = urlsplit(settings.BROKER_URL).scheme
    if broker in ("filesystem", "memory") or broker.startswith("sqla"):
        yield Error(
            f"BROKER_URL is {broker}://, which loses messages or never forgets any.",
            hint="Leave BROKER_URL unset (embedded), or give amqp://… or redis://….",
            id="zoetrope.E003",
        )
    try:
        storage()
    except ValueError as error:
        yield Error(str(error), hint="Correct STORAGE_URL, or leave it unset for a local folder.", id="zoetrope.E012")
    yield from _check_redirect()
    yield from _check_accel()
    if settings.ZOETROPE_ROLE == "all":
        return
    parts = "With ZOETROPE_ROLE other than all, several processes share the stores"
    if settings.SQLITE:
        yield Error(f"{parts}; SQLite serves one host.", hint="Set DATABASE_URL=postgres://….", id="zoetrope.E004")
    if broker == "sqlite":
        yield Error(
            f"{parts}; the embedded broker serves one host.", hint="Set BROKER_URL=amqp://…", id="zoetrope.E005"
        )
    if settings.STORAGE_URL.startswith("file:") and not settings.ZOETROPE_SHARED_STORAGE:
        yield Error(
            f"{parts}; STORAGE_URL is a local folder.",
            hint="Set STORAGE_URL=s3://…, or ZOETROPE_SHARED_STORAGE=1 if every process sees this very folder.",
            id="zoetrope.E006",
        )
    if settings.SECRET_KEY_GENERATED:
        yield Error(
            f"{parts}; each host would generate a secret key of its own.",
            hint="Set DJANGO_SECRET_KEY or DJANGO_SECRET_KEY_FILE to the same value everywhere.",
            id="zoetrope.E007",
        )


def _check_redirect() -> Iterator[CheckMessage]:
    outside = urlsplit(settings.ZOETROPE_MEDIA_REDIRECT)
    if not outside.geturl():
        return
    if outside.scheme not in ("http", "https") or outside.path or not settings.STORAGE_URL.startswith("s3:"):
        yield Error(
            f"ZOETROPE_MEDIA_REDIRECT is {settings.ZOETROPE_MEDIA_REDIRECT!r}.",
            hint="Give the bucket's server as clients reach it, such as https://s3.example.com, beside STORAGE_URL=s3://….",
            id="zoetrope.E018",
        )
    if not 1 <= settings.ZOETROPE_MEDIA_REDIRECT_SECONDS <= 3600:
        yield Error(
            f"ZOETROPE_MEDIA_REDIRECT_SECONDS is {settings.ZOETROPE_MEDIA_REDIRECT_SECONDS}.",
            hint="Give 1 to 3600: so long an address works after its media was forbidden.",
            id="zoetrope.E019",
        )


def _check_accel() -> Iterator[CheckMessage]:
    place = settings.ZOETROPE_ACCEL
    if not place:
        return
    if not re.fullmatch(r"/[\w-]+/", place, re.ASCII) or not settings.STORAGE_URL.startswith("file:"):
        yield Error(
            f"ZOETROPE_ACCEL is {place!r}.",
            hint="Give nginx's internal location, such as /_media/, with media on this disk (STORAGE_URL=file:…).",
            id="zoetrope.E022",
        )
    if not settings.ZOETROPE_TRUSTED_PROXIES:
        yield Error(
            "ZOETROPE_ACCEL is set, but no proxy is trusted.",
            hint="Name nginx's address in ZOETROPE_TRUSTED_PROXIES: whoever else asks is sent the bytes from here.",
            id="zoetrope.E023",
        )


def _check_addresses() -> Iterator[CheckMessage]:
    public = urlsplit(settings.ZOETROPE_PUBLIC_URL)
    if public.scheme not in ("http", "https") or not public.hostname or public.path:
        yield Error(
            f"ZOETROPE_PUBLIC_URL is {settings.ZOETROPE_PUBLIC_URL!r}.",
            hint="Give the address that people use, such as https://zoetrope.example, without a path.",
            id="zoetrope.E008",
        )
    elif _is_wildcard(public.hostname):
        yield Error(
            "ZOETROPE_HOST opens every network interface, but no public address is known.",
            hint="Set ZOETROPE_PUBLIC_URL to the address that people use, such as http://zoetrope.example:8000.",
            id="zoetrope.E009",
        )

    try:
        parsed_networks(settings.ZOETROPE_TRUSTED_PROXIES)
    except ValueError as error:
        yield Error(
            f"ZOETROPE_TRUSTED_PROXIES: {error}.",
            hint="Give addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8.",
            id="zoetrope.E016",
        )


def _check_keys() -> Iterator[CheckMessage]:
    if bool(settings.ZOETROPE_SECRET_ID) != bool(settings.ZOETROPE_SECRET_KEY):
        yield Error(
            "Only one of ZOETROPE_SECRET_ID and ZOETROPE_SECRET_KEY is set.",
            hint="Set both, or neither: then they are generated.",
            id="zoetrope.E010",
        )


def _check_faults() -> Iterator[CheckMessage]:
    if os.environ.get("ZOETROPE_FAULT"):
        yield Warning(
            "ZOETROPE_FAULT is set: processes kill themselves, as the fault suite wants it.",
            hint="Unset it, unless this is a test.",
            id="zoetrope.W016",
        )


def _check_celery() -> Iterator[CheckMessage]:
    for refusal in celery_settings(os.environ).refusals:
        yield Error(refusal.problem, hint=refusal.hint, id="zoetrope.E013")


def _check_retention() -> Iterator[CheckMessage]:
    leaning = ("ZOETROPE_SESSION_ID_WINDOW", "ZOETROPE_TASK_WINDOW", "ZOETROPE_EVENT_LIFETIME")
    least = max(getattr(settings, name) for name in leaning)
    if least > settings.ZOETROPE_KEEP_TASKS:
        yield Error(
            f"ZOETROPE_KEEP_TASKS_DAYS is less than the {least / timedelta(days=1):g} days for which SessionIds, "
            "DescribeTasks and events lean on tasks.",
            hint="Raise it, or lower ZOETROPE_SESSION_ID_DAYS, ZOETROPE_TASK_WINDOW_HOURS and ZOETROPE_EVENT_DAYS.",
            id="zoetrope.E014",
        )
    if settings.ZOETROPE_KEEP_UPLOADS < settings.ZOETROPE_UPLOAD_LIFETIME:
        yield Error(
            "ZOETROPE_KEEP_UPLOADS_DAYS is less than ZOETROPE_UPLOAD_HOURS: a repeated commit would find nothing.",
            hint="Raise it.",
            id="zoetrope.E015",
        )


def _check_termination() -> Iterator[CheckMessage]:
    if timedelta(days=1) > settings.ZOETROPE_TERMINATION:
        yield Error(
            "ZOETROPE_TERMINATION_DAYS is less than one day: too short to notice a wrong termination.",
            hint="Raise it; 7 is the default.",
            id="zoetrope.E024",
        )


def _check_machine() -> Iterator[CheckMessage]:
    try:
        settings.ZOETROPE_DATA_DIR.mkdir(parents=True, exist_ok=True)
        writable = os.access(settings.ZOETROPE_DATA_DIR, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        yield Error(
            f"ZOETROPE_DATA_DIR ({settings.ZOETROPE_DATA_DIR}) can't be written.",
            hint="Choose another folder, or give this user the right to write there.",
            id="zoetrope.E011",
        )
    if not kernel.available():
        yield Warning(
            "The engine's kernel isn't compiled: making pictures takes longer, and they become larger.",
            hint="Install a C compiler and run `make setup`.",
            id="zoetrope.W001",
        )


def _is_wildcard(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
