"""What services, the engine and rows say is in the reader's language on a page, and English for every program."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from applications.models import ApiKey, Application, User
from console.templatetags.console import badge, roughly, when
from console.words.counted import grouped
from console.words.offsets import clock, segment_in_words
from console.words.told import told
from media_jobs.models import AnimatedImage, Job, Media
from media_jobs.states import JobState
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.cloudapi.v3.signing import Signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]
LIMIT = "An application has at most 1 templates of its own. Delete one first."
READERS = {
    "ko": ("ko-KR,ko;q=0.9", "애플리케이션의 사용자 지정 템플릿은 최대 1개입니다. 먼저 하나를 삭제하세요."),
    "zh-hans": ("zh-CN,zh;q=0.9", "一个应用最多 1 个自定义模板。请先删除一个。"),
}


@pytest.mark.parametrize("language", READERS)
def test_one_mistake_is_told_to_people_in_their_language_and_to_programs_in_english(
    language: str, owner: User, api_key: ApiKey, gif_template: AnimatedImageTemplate, settings: LazySettings
) -> None:
    """The same limit at three doors, asked in the same language."""
    settings.ZOETROPE_MAX_TEMPLATES = 1
    asked, sentence = READERS[language]
    client = Client(headers={"Accept-Language": asked})
    client.force_login(owner)
    form = {
        "name": "x",
        "format": "gif",
        "fps": "5",
        "quality": "75",
        "loop": "cut",
        "fit": "scale",
        "anchor": "centre",
    }
    page = client.post(reverse("console:template-create"), form).content.decode()
    assert sentence in page
    assert LIMIT not in page
    rest = client.post("/api/v1/templates", json.dumps({"fps": 5}), content_type="application/json")
    assert (rest.status_code, rest.json()["detail"]) == (409, LIMIT)
    request = Signed(api_key.secret_id, api_key.secret_key, action="CreateAnimatedGraphicsTemplate", body=b'{"Fps": 5}')
    answer = request.send(client, **{"Accept-Language": asked})
    assert answer["Error"] == {"Code": "LimitExceeded.TooMuchTemplate", "Message": LIMIT}


def test_a_failed_jobs_stored_sentence_is_shown_in_the_readers_language(
    owner: User, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    """The row keeps what the engine said, for events and API."""
    said = "The start offset 90 s lies at or past the end of the video, which lasts 12.5 s."
    task = upload_clip(procedure=procedure.name).tasks.get()
    Job.objects.filter(task=task).update(state=JobState.FAIL, err_code="InvalidInput.InvalidTimeOffset", message=said)
    client = Client(headers={"Accept-Language": "ko"})
    client.force_login(owner)
    page = client.get(reverse("console:task", args=[task.task_id])).content.decode()
    assert "시작 오프셋 90초가 동영상의 끝(12.5초)이거나 그 뒤입니다." in page
    assert "작업 흐름에서 시작 또는 끝 오프셋을 바꾸거나 더 긴 동영상을 사용하세요." in page
    assert f"<p>{said}</p>" not in page  # it is in the wire's JSON, which is English
    assert Job.objects.filter(task=task, message=said).exists()
    assert said in client.get(f"/api/v1/tasks/{task.task_id}").content.decode()


def test_a_medias_problem_and_a_pictures_notes_are_shown_in_the_readers_language(
    owner: User, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    Media.objects.filter(pk=media.pk).update(
        problem="The file's video is encrypted: without its key there is nothing to see in it."
    )
    AnimatedImage.objects.update(notes=["To stay within 1,000 bytes: quality 75 → 60, long edge 640 → 320."])
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.force_login(owner)
    page = client.get(reverse("console:media-detail", args=[media.file_id])).content.decode()
    assert "文件的视频已加密，没有密钥无法查看。" in page
    assert "为不超过 1,000 字节已调整：质量 75 → 60, 长边 640 → 320。" in page


def test_a_page_that_isnt_there_says_so_in_the_readers_language(owner: User, application: Application) -> None:
    client = Client(headers={"Accept-Language": "ko"})
    client.force_login(owner)
    answer = client.get(reverse("console:task", args=["1500000001-Procedure-0"]))
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "여기에는 없습니다" in page
    assert "작업 1500000001-Procedure-0이(가) 없습니다." in page


def test_a_role_that_doesnt_suffice_is_named_in_the_readers_language(viewer: User, application: Application) -> None:
    client = Client(headers={"Accept-Language": "ko"})
    client.force_login(viewer)
    page = client.get(reverse("console:members")).content.decode()
    assert "소유자 역할이 필요합니다. 여기에서의 역할은 뷰어입니다." in page


def test_the_upload_page_has_rests_answer_put_into_words(owner: User, application: Application) -> None:
    client = Client(headers={"Accept-Language": "ko"})
    client.force_login(owner)
    name = "“notes.txt” is not of a type that can be uploaded (mp4, mov, mkv, webm, avi, flv, ts, mpg, wmv, gif, …)."
    answer = client.post(reverse("console:told"), {"said": name})
    assert answer.content.decode().startswith("“notes.txt”은(는) 업로드할 수 있는 형식이 아닙니다")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    script = "<script>alert(1)</script>"
    assert client.post(reverse("console:told"), {"said": script}).content.decode() == script


def test_a_saved_form_is_told_with_plurals_that_are_right(
    owner: User, upload_clip: Callable[..., Media], application: Application
) -> None:
    media = [upload_clip(), upload_clip()]
    client = Client()
    client.force_login(owner)
    said = []
    for language in ("en", "ko"):
        for chosen in (media[:1], media):
            form = {"file_id": [one.file_id for one in chosen], "status": "Normal"}
            answer = client.post(
                reverse("console:media-playback"), form, headers={"Accept-Language": language}, follow=True
            )
            said += [str(message) for message in answer.context["messages"]]
    name = media[0].name
    assert said == [
        f"{name} unblocked.",
        "2 media unblocked.",
        f"{name}의 재생 금지를 해제했습니다.",
        "미디어 2개의 금지를 해제했습니다.",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["7.5 s", "The last 3 s", "12,345", "88 min", "Partly failed", "2026-03-04 05:06 UTC"]),
        ("ko", ["7.5초", "마지막 3초", "12,345", "88분", "일부 실패", "2026. 3. 4. 05:06 UTC"]),
        ("zh-hans", ["7.5 秒", "最后 3 秒", "12,345", "88 分钟", "部分失败", "2026/3/4 05:06 UTC"]),
    ],
)
def test_lengths_numbers_states_and_moments_are_written_as_the_language_does(language: str, words: list[str]) -> None:
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    with translation.override(language):
        written = [
            clock(7.5),
            segment_in_words(-3, 0),
            grouped(12345),
            roughly(5280),
            badge("partly-failed"),
            when(moment),
        ]
    assert all(word in text for word, text in zip(words, written, strict=True)), written


def test_workers_and_commands_speak_english(db: None) -> None:
    """Nobody has asked for a language there."""
    assert told("This media was deleted.") == "This media was deleted."
