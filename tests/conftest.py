"""What every test may stand on: people, an application, a clip, an upload, and the real engine to run jobs with."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.db import connections
from django.test import override_settings
from hypothesis import HealthCheck

from animator import kernel
from animator.make.sample import render_sample
from applications.models import ApiKey, Application, User
from applications.roles import Role
from applications.services.applications import create_application, set_role
from applications.services.keys import issue_api_key
from config import catalogues
from config.observing.health import forget_looks
from console.address import addresses_of
from media_jobs import doorbell
from media_jobs.jobs import leases
from media_jobs.jobs.run import run
from media_jobs.maintenance.worker import stopping
from media_jobs.models import Media
from media_jobs.store import storage
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.services import create_template
from tests.brokers import using_broker, wipe

PASSWORD = "correct horse battery"

# An example that takes long on a busy machine, or to think of, is no fault; a test that hangs meets the suite's limit.
hypothesis.settings.register_profile("zoetrope", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("zoetrope")


def pytest_configure() -> None:
    """Without the kernel every picture would be made another way than the one that is to be tested."""
    catalogues.compile_all()
    if not kernel.available():
        raise pytest.UsageError(
            "The tests need the engine's compiled kernel. Install a C compiler (Debian: apt-get install gcc), "
            "then run `make setup-dev`."
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only PostgreSQL can be asked is left out elsewhere: tests/services.py asks it, and a skip stays news."""
    if connections["default"].vendor != "postgresql":
        left_out = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A connection that a live server's thread kept would keep PostgreSQL from dropping the test database."""
    connections.settings["default"]["CONN_MAX_AGE"] = 0


@pytest.fixture(autouse=True)
def data_dir(settings: LazySettings, tmp_path: Path) -> Iterator[Path]:
    """A data folder of the test's own; no permit is issued, as no worker listens."""
    settings.ZOETROPE_DATA_DIR = tmp_path / "var"
    settings.STORAGE_URL = f"file://{tmp_path / 'var' / 'storage'}"
    settings.CELERY_BROKER_URL = "memory://"
    settings.ZOETROPE_MIN_FREE_BYTES = 1024**2
    settings.ZOETROPE_SCRUB_BYTES_A_DAY = 0  # a thread that may outlive its test
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash would be half the time
    storage.storage.cache_clear()
    forget_looks()
    yield settings.ZOETROPE_DATA_DIR
    storage.storage.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def plain_static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Assets by their own names, as nobody has gathered them: for all tests, as a live server outlasts each."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {**django_settings.STORAGES, "staticfiles": plain}
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static"), STORAGES=storages):
        yield


@pytest.fixture(autouse=True)
def ordinary_scheduling() -> Iterator[None]:
    """Run by root, the AV1 encoder that renders some clips makes its caller and its children real-time threads."""
    yield
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.fixture(autouse=True)
def silent_doorbell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that want permits and workers use `broker`; all others drain the queue with `run_jobs`."""
    if "broker" not in request.fixturenames:
        monkeypatch.setattr(doorbell.broker, "tell", lambda speak: None)
        monkeypatch.setattr(doorbell.broker, "reached", lambda speak, patience=0: True)


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a broker with empty queues: BROKER_URL (tests/services.py), else an embedded one of this test.

    On a busy machine it may be late; a test that counts its messages waits.
    """
    monkeypatch.setattr(doorbell, "PATIENCE", 10.0)
    url = os.environ.get("BROKER_URL") or f"sqlite:///{tmp_path / 'broker.sqlite3'}"
    with using_broker(url):
        wipe()
        yield url
        wipe()


def _user(name: str) -> User:
    return User.objects.create_user(name, password=PASSWORD)


@pytest.fixture
def owner(db: None) -> User:
    return _user("owner")


@pytest.fixture
def application(owner: User) -> Application:
    return create_application(name="Studio", owner=owner, app_id=1500000001, is_primary=True)


@pytest.fixture
def in_application(application: Application) -> Iterator[None]:
    """reverse("console:…") gives the pages of this application, as within a page of it."""
    with addresses_of(application.app_id):
        yield


@pytest.fixture
def operator(application: Application) -> User:
    user = _user("operator")
    set_role(application=application, user=user, role=Role.OPERATOR)
    return user


@pytest.fixture
def viewer(application: Application) -> User:
    user = _user("viewer")
    set_role(application=application, user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return _user("stranger")


@pytest.fixture
def other_application(stranger: User) -> Application:
    return create_application(name="Elsewhere", owner=stranger, app_id=1500000002)


@pytest.fixture
def api_key(owner: User, application: Application) -> ApiKey:
    return issue_api_key(user=owner, application=application)[0]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, 320×180, 25 fps, H.264 in MP4."""
    return render_sample(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=3, width=320, height=180)


@pytest.fixture
def upload_clip(application: Application, clip: Path) -> Callable[..., Media]:
    """Bring the clip in through the services; `procedure` is the task flow to start."""

    def upload(*, name: str = "clip.mp4", procedure: str = "", into: Application = application) -> Media:
        data = clip.read_bytes()
        wanted = uploads.Wanted(name=name, length=len(data), procedure=procedure)
        begun = uploads.begin(application=into, wanted=wanted, door="test")
        uploads.append(upload_id=begun.id, offset=0, source=io.BytesIO(data))
        return uploads.commit(upload_id=begun.id)

    return upload


@pytest.fixture
def uploaded(upload_clip: Callable[..., Media]) -> Media:
    return upload_clip()


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Run what is queued with the real engine, here and now; the number of jobs that ran."""

    def drain() -> int:
        count = 0
        while lease := leases.claim(worker="test"):
            run(lease, stopping=stopping)
            count += 1
        return count

    return drain


@pytest.fixture
def gif_template(application: Application) -> AnimatedImageTemplate:
    fields = {"name": "Small GIF", "format": "gif", "width": 160, "fps": 5}
    return create_template(application=application, fields=fields)  # type: ignore[arg-type]


@pytest.fixture
def webp_template(application: Application) -> AnimatedImageTemplate:
    fields = {"name": "Small WebP", "format": "webp", "width": 160, "fps": 10}
    return create_template(application=application, fields=fields)  # type: ignore[arg-type]


@pytest.fixture
def procedure(
    application: Application, gif_template: AnimatedImageTemplate, webp_template: AnimatedImageTemplate
) -> Procedure:
    """The task flow "loops": a GIF of seconds 0.5–2 and a WebP of 1 second to 1 before the end."""
    steps = [
        StepInput(definition=gif_template.definition, start=0.5, end=2.0),
        StepInput(definition=webp_template.definition, start=1.0, end=-1.0),
    ]
    return create_procedure(application=application, name="loops", steps=steps)
