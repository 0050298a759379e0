"""The key that seals stored secrets: changed, rotated, lost, torn by a power cut."""

from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db.models import TextField
from django.test import Client

from applications.models import ApiKey, Application
from applications.services.sessions import open_session
from config.env import kept_secret
from config.sealed import SEALED, secrets_are_readable
from config.start import assets
from media_jobs.events.services import event_config, modify_event_config
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.test_lock_out import _basic

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(api_key: ApiKey, application: Application) -> dict[str, str]:
    config = modify_event_config(application=application, fields={"sign_key": "abc"})
    return {"key": api_key.secret_key, "webhook": config.webhook_secret, "sign": config.sign_key}


def readable(key: ApiKey, application: Application) -> dict[str, str]:
    config = event_config(application)
    return {
        "key": ApiKey.objects.get(pk=key.pk).secret_key,
        "webhook": config.webhook_secret,
        "sign": config.sign_key,
    }


def test_a_changed_key_is_a_clear_refusal_at_every_door(
    settings: LazySettings, client: Client, api_key: ApiKey, sealed: dict[str, str]
) -> None:
    settings.SECRET_KEY = "another key altogether"
    answer = client.get("/api/v1/me", headers=_basic(api_key, sealed["key"]))
    assert (answer.status_code, "secret key" in answer.json()["detail"]) == (401, True)
    refusal = Signed(api_key.secret_id, sealed["key"]).send(client)
    assert code(refusal) == "AuthFailure.SecretIdNotFound"
    assert "secret key" in refusal["Error"]["Message"]
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "secret key" in ready.json()["secrets"]


def test_a_database_that_is_restored_without_its_key_does_not_start(
    settings: LazySettings, sealed: dict[str, str], data_dir: Path
) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    settings.SECRET_KEY, settings.ZOETROPE_PORT = "made anew at the start", 0
    with pytest.raises(CommandError, match=r"Put the old secret\.key back"):
        call_command("runconsole", stdout=StringIO())


def test_an_old_key_among_the_fallbacks_is_enough(
    settings: LazySettings, client: Client, api_key: ApiKey, sealed: dict[str, str]
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [settings.SECRET_KEY]
    assert client.get("/api/v1/me", headers=_basic(api_key, sealed["key"])).status_code == 200
    assert code(Signed(api_key.secret_id, sealed["key"]).send(client)) == ""


def test_after_a_rotation_the_old_key_may_go(
    settings: LazySettings, api_key: ApiKey, application: Application, sealed: dict[str, str]
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [settings.SECRET_KEY]
    said = StringIO()
    call_command("rotate_secret_key", stdout=said)
    call_command("rotate_secret_key", stdout=said)
    assert said.getvalue().splitlines() == [
        "Sealed anew: 3. Already so: 0. Unreadable: 0.",
        "Sealed anew: 0. Already so: 3. Unreadable: 0.",
    ]
    settings.SECRET_KEY_FALLBACKS = []
    assert readable(api_key, application) == sealed


def test_a_lost_key_is_given_up_by_command_only(
    settings: LazySettings, api_key: ApiKey, application: Application, sealed: dict[str, str]
) -> None:
    settings.SECRET_KEY = "another key altogether"
    assert not secrets_are_readable()
    with pytest.raises(CommandError, match=r"secret\.key"):
        call_command("rotate_secret_key", stdout=StringIO())
    assert not secrets_are_readable()
    call_command("rotate_secret_key", "--forget-unreadable", stdout=StringIO())
    assert secrets_are_readable()
    api_key.refresh_from_db()
    assert not api_key.enabled
    config = event_config(application)
    assert config.webhook_secret.startswith("whsec_") and config.webhook_secret != sealed["webhook"]
    assert config.sign_key == ""


def test_every_sealed_column_is_rotated() -> None:
    """A column that is forgotten here would be lost with the old key."""
    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, TextField) and field.name.startswith("sealed_")
    }
    assert columns == set(SEALED)


def test_an_empty_secret_file_of_a_power_cut_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.touch()
    secret = kept_secret(path)
    assert len(secret) > 60
    assert kept_secret(path) == secret == path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]


def test_a_torn_manifest_of_a_power_cut_is_made_anew(settings: LazySettings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    small = tmp_path / "assets"
    small.mkdir()
    (small / "a.css").write_text("a { color: red }\n")
    settings.STATICFILES_DIRS = [small]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    from django.contrib.staticfiles.finders import get_finder

    get_finder.cache_clear()
    assets.collect_assets()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    whole = manifest.read_text()
    assert "a.css" in whole
    manifest.write_text("")
    assets.collect_assets()
    assert manifest.read_text() == whole
    get_finder.cache_clear()


def test_a_session_of_a_lost_key_is_no_crash(settings: LazySettings, api_key: ApiKey) -> None:
    from datetime import timedelta

    from applications.errors import NotFound
    from applications.services.sessions import issue_session

    session = issue_session(key=api_key, lifetime=timedelta(hours=1))
    settings.SECRET_KEY = "another key altogether"
    with pytest.raises(NotFound):
        open_session(secret_id=session.secret_id, token=session.token)
