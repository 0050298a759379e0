"""`manage.py upload`, `process` and `sign_upload`, in the terminal of somebody who runs the server."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.management import CommandError, call_command

from applications.models import ApiKey
from media_jobs.models import Media, ProcedureTask
from procedures.models import Procedure
from tests.faults.instance import Instance


@pytest.fixture(scope="module")
def flow(served: Instance) -> str:
    """A task flow on the server: a small GIF of one second, and one that lies behind the end of a short video."""
    made = served.api.post("templates", json={"fps": 5, "width": 160, "name": "Terminal"}).json()
    step = {"definition": made["definition"], "start": 1, "end": 2}
    answer = served.api.post("procedures", json={"name": "terminal", "steps": [step]})
    assert answer.status_code == 201, answer.text
    late = {"definition": made["definition"], "start": 900, "end": 901}
    served.api.post("procedures", json={"name": "too late", "steps": [step, late]})
    return "terminal"


def test_a_file_is_uploaded_processed_and_its_picture_named(served: Instance, flow: str, clip: Path) -> None:
    done = served.manage("upload", str(clip), "--procedure", flow, "--wait")
    assert done.returncode == 0, done.stderr
    assert "Terminal: http" in done.stdout
    assert "clip.mp4: 100%" in done.stderr
    assert "Terminal: 100%" in done.stderr
    picture = httpx.get(done.stdout.split("Terminal: ")[1].strip(), trust_env=False)
    assert (picture.headers["Content-Type"], picture.content[:6]) == ("image/gif", b"GIF89a")


def test_a_media_is_processed_again_with_one_template(served: Instance, flow: str, clip: Path) -> None:
    file_id = served.manage("upload", str(clip)).stdout.split("media ")[1].strip()
    done = served.manage("process", file_id, "--template", "20001", "--start", "-2", "--end", "-1", "--wait")
    assert done.returncode == 0, done.stderr
    [output] = served.api.get(f"outputs?file_id={file_id}").json()["results"]
    assert (output["container"], output["start"], output["end"]) == ("webp", 1.0, 2.0)
    started = served.manage("process", file_id, "--procedure", flow)
    assert started.stdout.startswith("task ")


def test_a_picture_that_cannot_be_made_ends_in_two(served: Instance, flow: str, clip: Path) -> None:
    done = served.manage("upload", str(clip), "--procedure", "too late", "--wait")
    assert done.returncode == 2
    assert "InvalidInput.InvalidTimeOffset" in done.stdout
    assert "Not every animated image was made." in done.stderr


def test_what_is_refused_is_said_in_one_sentence_and_the_rest_goes_on(
    served: Instance, flow: str, clip: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "notes.txt"
    text.write_text("no video")
    done = served.manage("upload", str(tmp_path / "missing.mp4"), str(empty), str(text), str(clip))
    assert done.returncode == 1
    assert done.stdout.count("media ") == 1
    for complaint in ("missing.mp4: ", "empty.mp4: ", "notes.txt: ", "Not every file was uploaded."):
        assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("process", "5111111111111111111", "--procedure", "terminal"), "no media 5111111111111111111"),
        (("process", "5111111111111111111"), "required"),
        (("process", "x", "--procedure", "a", "--template", "20000"), "not allowed with"),
        (("upload", "x.mp4", "--application", "7"), "no application 7"),
        (("sign_upload", "--life", "7776001"), "90 days|7776000"),
        (("sign_upload", "--secret-id", "AKIDnobody"), "no such enabled API key"),
    ],
)
def test_a_wrong_command_fails_with_a_sentence(api_key: ApiKey, arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command(*arguments)


@pytest.mark.parametrize(
    ("work", "complaint"),
    [
        (("--template", "20000", "--skip-last", "5"), "--skip-last changes nothing without --auto / --pieces"),
        (("--procedure", "loops", "--start", "2"), "--start changes nothing with --procedure"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused_by_name(
    uploaded: Media, procedure: Procedure, work: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("process", uploaded.file_id, *work)
    assert not ProcedureTask.objects.exists()


def test_a_printed_signature_opens_the_upload_form(served: Instance, flow: str, clip: Path) -> None:
    options = ("--procedure", flow, "--source-context", "from a test", "--priority", "4", "--one-time")
    signature = served.manage("sign_upload", *options).stdout.strip()
    with clip.open("rb") as file:
        form = {"signature": signature, "success_url": "https://shop.example/"}
        answer = httpx.post(f"{served.url}/upload", data=form, files={"file": ("a.mp4", file)}, trust_env=False)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert served.api.get(f"media/{query['file_id'][0]}").json()["source_context"] == "from a test"
    assert served.api.get(f"tasks/{query['task_id'][0]}").json()["priority"] == 4


def test_a_watched_folder_is_emptied_though_its_watcher_is_killed(
    served: Instance, flow: str, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "watched.mp4").write_bytes(clip.read_bytes())
    command = ["watch", str(tmp_path), "--procedure", flow, "--settle", "0.1", "--once"]
    served.environment["ZOETROPE_FAULT"] = "watch-sent"
    try:
        assert served.manage(*command).returncode == -9
    finally:
        del served.environment["ZOETROPE_FAULT"]
    done = served.manage(*command)
    assert done.returncode == 0, done.stderr
    assert "done: watched.mp4: Media " in done.stdout
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["watched.mp4", "watched.mp4.txt"]
    assert served.api.get("media?name=watched").json()["count"] == 1
