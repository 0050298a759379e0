"""What the very first start makes: an administrator, the primary application, an API key, and something to look at."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from unicodedata import east_asian_width

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from animator.make.sample import render_sample
from applications.models import Application, User
from applications.services.applications import create_application
from applications.services.keys import issue_api_key
from media_jobs.models import Media
from media_jobs.store.scratch import scratch
from media_jobs.uploads import services as uploads
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.services import create_template

SAMPLE_NAME = "Zoetrope sample.mp4"
SAMPLE_PROCEDURE = "sample-loop"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shown once. password and secret_key are "" when the operator chose them."""

    user: str
    password: str
    app_id: int
    secret_id: str
    secret_key: str

    @property
    def is_generated(self) -> bool:
        """Whether there is a secret among them that nobody knows yet."""
        return bool(self.password or self.secret_key)

    def told(self) -> str:
        chosen = _("as you set it")
        lines = (
            (_("sign in as"), self.user),
            (_("password"), self.password or chosen),
            (_("application"), self.app_id),
            ("SecretId", self.secret_id),
            ("SecretKey", self.secret_key or chosen),
        )
        return "".join(f"  {name}{' ' * (14 - _width(name))}{value}\n" for name, value in lines)


def _width(text: str) -> int:
    """In columns of a terminal, where letters of East Asia take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@transaction.atomic
def first_start() -> Credentials | None:
    """None when somebody can sign in already: nothing is made twice."""
    if User.objects.exists():
        return None
    password = settings.ZOETROPE_ADMIN_PASSWORD or secrets.token_urlsafe(12)
    admin = User.objects.create_superuser(settings.ZOETROPE_ADMIN_USER, password=password)
    application = create_application(
        name="Main application", owner=admin, app_id=settings.ZOETROPE_APP_ID, is_primary=True
    )
    key, secret_key = issue_api_key(
        user=admin,
        application=application,
        name="first key",
        secret_id=settings.ZOETROPE_SECRET_ID,
        secret_key=settings.ZOETROPE_SECRET_KEY,
    )
    return Credentials(
        user=admin.username,
        password="" if settings.ZOETROPE_ADMIN_PASSWORD else password,
        app_id=application.app_id,
        secret_id=key.secret_id,
        secret_key="" if settings.ZOETROPE_SECRET_KEY else secret_key,
    )


def upload_sample(application: Application) -> Media:
    """Take a clip of our own through the real upload path, with a task flow that makes a GIF and a WebP of it."""
    procedure = _sample_procedure(application)
    clip = render_sample(scratch() / "sample.mp4")
    try:
        return _upload(clip, application=application, procedure=procedure)
    finally:
        clip.unlink()


def _sample_procedure(application: Application) -> str:
    if application.procedures.filter(name=SAMPLE_PROCEDURE).exists():
        return SAMPLE_PROCEDURE
    gif = create_template(
        application=application, fields={"name": "GIF for chat", "format": "gif", "width": 320, "fps": 15}
    )
    webp = create_template(
        application=application, fields={"name": "WebP for the web", "format": "webp", "width": 640, "fps": 25}
    )
    steps = [StepInput(definition=template.definition, start=1, end=4) for template in (gif, webp)]
    create_procedure(
        application=application, name=SAMPLE_PROCEDURE, steps=steps, comment="Three seconds that loop, as GIF and WebP."
    )
    return SAMPLE_PROCEDURE


def _upload(clip: Path, *, application: Application, procedure: str) -> Media:
    wanted = uploads.Wanted(name=SAMPLE_NAME, length=clip.stat().st_size, procedure=procedure)
    upload = uploads.begin(application=application, wanted=wanted, door="sample")
    with clip.open("rb") as file:
        uploads.append(upload_id=upload.id, offset=0, source=file)
    return uploads.commit(upload_id=upload.id)
