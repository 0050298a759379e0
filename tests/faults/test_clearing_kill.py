"""kill −9 of whoever clears a terminated application, again and again: all of it goes in the end, and nothing else."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.instance import ROOT, Instance

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("faults")]

MOST_DEATHS = 60
SET_UP = """
import io
from applications.models import Application, User
from applications.services.applications import create_application, set_application_status
from media_jobs.jobs.services import submit_task
from media_jobs.maintenance.clearing import terminate
from media_jobs.uploads import services as uploads
from procedures.plan import StepInput, plan_from
from procedures.services import create_procedure
from templates_app.services import create_template
from django.db.models.functions import Now
owner = User.objects.create_user("owner", password="x")
kept = create_application(name="kept", owner=owner)
gone = create_application(name="gone", owner=owner, app_id=1500000009)
for application, number in ((kept, 2), (gone, 12)):
    own = create_template(application=application, fields={"fps": 5})
    steps = [StepInput(definition=own.definition, end=1.0)]
    create_procedure(application=application, name="flow", steps=steps)
    for _ in range(number):
        wanted = uploads.Wanted(name="clip.mp4", length=1000)
        begun = uploads.begin(application=application, wanted=wanted, door="test")
        uploads.append(upload_id=begun.id, offset=0, source=io.BytesIO(b"x" * 1000))
        submit_task(media=uploads.commit(upload_id=begun.id), plan=plan_from(application, steps))
terminate(application=set_application_status(application=gone, status="Off"))
Application.objects.filter(pk=gone.pk).update(terminates_at=Now())
"""
CLEAR = "from media_jobs.maintenance.clearing import clear_terminated; clear_terminated()"
LEFT = """
from applications.models import Application
from media_jobs.maintenance.clearing import remains_of
from media_jobs.maintenance.verify import violations
gone, kept = Application.objects.get(name="gone"), Application.objects.get(name="kept")
print(gone.status, remains_of(gone), kept.media.filter(deleted_at=None).count(), kept.tasks.count(), list(violations()))
"""


def test_a_process_that_dies_while_it_clears_an_application_is_gone_on_from(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    try:
        assert instance.manage("migrate", "-v0").returncode == 0
        made = instance.manage("shell", "-c", SET_UP)
        assert made.returncode == 0, made.stderr
        deaths = 0
        while _cleared(instance) == -signal.SIGKILL:
            deaths += 1
            assert deaths < MOST_DEATHS
        assert deaths > 0
        told = instance.manage("shell", "-c", LEFT).stdout
        assert "Destroyed [] 2 2 []" in told
        assert not [path for path in (tmp_path / "storage" / "1500000009").rglob("*") if path.is_file()]
    finally:
        instance.close()


def _cleared(instance: Instance) -> int:
    """How a process ended that took a turn, and may have died at any piece."""
    environment = {**instance.environment, "ZOETROPE_FAULT": "clearing:0.4"}
    command = [sys.executable, "manage.py", "shell", "-c", CLEAR]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300).returncode
