"""The list of media and a media's page: sorted, narrowed, shown, chosen, taken away, and what they refuse."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, User
from console.forms.filter_forms import MediaFilter, selection_of
from console.lists import ticked
from console.lists.export import safe_cell
from media_jobs.batches.selection import Selection
from media_jobs.library.listing import media_found, with_results
from media_jobs.library.services import modify_media
from media_jobs.library.states import MediaState, in_state, with_state
from media_jobs.models import AnimatedImage, Job, Media, MediaClass, Upload
from media_jobs.store.storage import media_path
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def _names(client: Client, query: str) -> list[str]:
    return [media.name for media in client.get(f"{reverse('console:media')}?{query}").context["page"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["c", "b", "a"]),
        ("sort=name", ["a", "b", "c"]),
        ("sort=-size", ["b", "c", "a"]),
        ("sort=nonsense", ["c", "b", "a"]),
        ("category=Audio", ["b"]),
        ("has_images=no", ["c", "b", "a"]),
        ("has_images=yes", []),
        ("since=2026-01-02&until=2026-01-02", ["b"]),
        ("until=2026-01-01", ["a"]),
        ("since=9999-12-31", ["c", "b", "a"]),
    ],
)
def test_the_list_is_narrowed_and_sorted_as_the_address_says(
    query: str, names: list[str], operators: Client, upload_clip: Callable[..., Media]
) -> None:
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for day, (name, size, kind) in enumerate((("a", 1, "mp4"), ("b", 3, "mp3"), ("c", 2, "mov"))):
        media = upload_clip(name=f"{name}.mp4")
        changed = {"size": size, "media_type": kind, "created_at": first + timedelta(days=day)}
        Media.objects.filter(pk=media.pk).update(**changed)
    assert _names(operators, query) == names


def test_a_row_says_what_was_made_and_holds_the_newest_back_until_it_is_pointed_at(
    operators: Client,
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    listed = with_results(media_found(application, has_images=True)).get()
    newest = media.animated_images.latest("created_at", "pk")
    assert (listed.results, listed.newest_key) == (2, newest.storage_key)
    for view in ("table", "gallery"):
        page = operators.get(f"{reverse('console:media')}?view={view}").content.decode()
        assert "2 images" in page
        assert 'media="all"' in page[: page.index(newest.storage_key)], "the still comes first"
    assert "image-card" in operators.get(reverse("console:media")).content.decode(), "the view is kept"


def test_the_quick_view_of_a_row_tells_and_leads_on_and_is_asked_for_only_when_it_opens(
    operators: Client,
    viewer: User,
    upload_clip: Callable[..., Media],
    other_application: Application,
    run_jobs: Callable[[], int],
) -> None:
    media, theirs = upload_clip(), upload_clip(into=other_application)
    run_jobs()
    view = reverse("console:media-view", args=[media.file_id])
    studio = f"{reverse('console:studio')}?media={media.file_id}"
    row = operators.get(reverse("console:media")).content.decode()
    assert f'hx-get="{view}"' in row
    assert f'aria-label="Quick view: {media.name}"' in row
    assert "<video" not in row
    told = operators.get(view).content.decode()
    for said in (
        f'aria-label="{media.name}"',
        "<dt>Container</dt>",
        reverse("console:media-detail", args=[media.file_id]),
        studio,
    ):
        assert said in told
    assert 'data-dialog="process"' in told
    assert operators.get(reverse("console:media-view", args=[theirs.file_id])).status_code == 404
    modify_media(media=media, fields={"status": Media.Status.FORBIDDEN})
    assert "<video" not in operators.get(view).content.decode()
    operators.force_login(viewer)
    assert studio not in operators.get(view).content.decode()


def test_columns_and_page_size_are_chosen_and_kept(operators: Client, upload_clip: Callable[..., Media]) -> None:
    upload_clip()
    address = reverse("console:media")
    assert operators.get(f"{address}?columns=size&columns=nonsense&size=50").context["columns"] == ["size"]
    again = operators.get(address)
    assert (again.context["columns"], again.context["page"].paginator.per_page) == (["size"], 50)
    assert b">Status<" not in again.content.split(b"<thead>")[1]


def test_chosen_media_are_moved_to_a_category(
    operators: Client, application: Application, upload_clip: Callable[..., Media]
) -> None:
    news = MediaClass.objects.create(application=application, name="News")
    one, two = upload_clip(), upload_clip()
    operators.post(reverse("console:media-category"), {"file_id": [one.file_id], "to_class": news.pk})
    assert list(media_found(application, class_id=news.pk)) == [one]
    operators.post(reverse("console:media-category"), {"all": "2", "query": "text=clip", "to_class": news.pk})
    assert list(media_found(application, class_id=news.pk)) == [two, one]
    assert operators.post(reverse("console:media-category"), {"all": "2", "to_class": 999}).status_code == 404


def test_chosen_media_and_all_that_match_are_prohibited_and_unblocked(
    operators: Client, application: Application, upload_clip: Callable[..., Media], other_application: Application
) -> None:
    one, two, theirs = upload_clip(), upload_clip(), upload_clip(into=other_application)
    playback = reverse("console:media-playback")
    source = media_path(one.storage_key)

    def prohibited() -> set[str]:
        return set(Media.objects.filter(status=Media.Status.FORBIDDEN).values_list("file_id", flat=True))

    operators.post(playback, {"file_id": [one.file_id, theirs.file_id], "status": "Forbidden"})
    assert prohibited() == {one.file_id}
    assert operators.get(source).status_code == 404
    everything = {"all": "2", "query": "text=clip"}
    assert (
        "2 media unblocked" in operators.post(playback, everything | {"status": "Normal"}, follow=True).content.decode()
    )
    assert prohibited() == set()
    assert operators.get(source).status_code == 200
    operators.post(playback, everything | {"status": "Forbidden"})
    assert prohibited() == {one.file_id, two.file_id}
    assert operators.post(playback, everything | {"status": "Nonsense"}).status_code == 400
    late = operators.post(playback, {"all": "3", "query": "", "status": "Normal"})
    assert (late.status_code, prohibited()) == (409, {one.file_id, two.file_id})
    assert 'formaction="' + playback in operators.get(reverse("console:media")).content.decode()


def test_all_that_match_are_as_many_as_the_page_said_or_nothing_happens(
    operators: Client, application: Application, upload_clip: Callable[..., Media], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("beach 1", "beach 2", "city"):
        upload_clip(name=f"{name}.mp4")
    delete = reverse("console:media-delete")
    late = operators.post(delete, {"all": "1", "query": "text=beach"})
    assert late.status_code == 409
    assert "2 media match by now" in late.content.decode()
    assert media_found(application).count() == 3
    assert operators.post(delete, {"all": "2", "query": "text=beach&page=1"}).status_code == 302
    assert [media.name for media in media_found(application)] == ["city"]
    monkeypatch.setattr(ticked, "MOST_AT_ONCE", 0)
    assert "At most 0 media" in operators.post(delete, {"all": "1", "query": ""}).content.decode()


def test_media_are_exported_as_csv_that_no_spreadsheet_runs(
    operators: Client, upload_clip: Callable[..., Media], other_application: Application
) -> None:
    media = upload_clip(name="plain.mp4")
    evil = upload_clip(name="=cmd()|'a'!A1.mp4")
    upload_clip(name="theirs.mp4", into=other_application)
    answer = operators.get(reverse("console:media-export") + "?sort=created")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    head, *rows = csv.reader(io.StringIO(text))
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["Name"] for row in told] == ["plain", "'" + evil.name]
    assert told[0]["Size"] == str(media.size)
    assert answer["Content-Disposition"] == 'attachment; filename="media.csv"'
    assert {safe_cell(f"{sign}1") for sign in "=+-@\t\r\n"} == {f"'{sign}1" for sign in "=+-@\t\r\n"}


def test_json_lines_tell_what_the_api_tells_of_the_chosen(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    upload_clip()
    run_jobs()
    answer = operators.get(reverse("console:media-export"), {"as": "jsonl", "file_id": media.file_id})
    (line,) = b"".join(answer).splitlines()  # type: ignore[arg-type]
    assert json.loads(line)["FileId"] == media.file_id
    assert len(json.loads(line)["AnimatedGraphicsInfo"]["AnimatedGraphicsSet"]) == 2


@pytest.mark.parametrize("tab", ["", "info", "publish", "tasks", "nonsense"])
def test_a_medias_page_has_tabs(
    tab: str, operators: Client, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    media = upload_clip(procedure=procedure.name)
    page = operators.get(f"{reverse('console:media-detail', args=[media.file_id])}?tab={tab}").content.decode()
    shown = {"info": "Set as cover", "publish": "&lt;video controls", "tasks": media.tasks.get().task_id}
    assert shown.get(tab, "No animated image yet") in page or "images-title" in page
    assert page.count('aria-current="page"') == 2, "the place in the menu and the tab"


def test_a_cover_is_chosen_of_those_made_or_brought_along(operators: Client, uploaded: Media) -> None:
    job = Job.objects.create(
        application=uploaded.application, media=uploaded, kind="cover", state="SUCCESS", cover_key="made/1/2/3.jpg",
        plan={"label": "Cover"}, finished_at=timezone.now(),
    )  # fmt: skip
    address = reverse("console:media-cover", args=[uploaded.file_id])
    assert operators.post(address, {"made": str(job.pk)}).status_code == 302
    uploaded.refresh_from_db()
    assert uploaded.poster_key == "made/1/2/3.jpg"
    picture = SimpleUploadedFile("x.png", PNG, content_type="image/png")
    assert operators.post(address, {"cover": picture}).status_code == 302
    uploaded.refresh_from_db()
    assert uploaded.poster_key.endswith(".png")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Choose a picture."),
        ({"cover": SimpleUploadedFile("x.png", b"text")}, "A cover is a GIF, JPEG or PNG picture."),
        ({"made": "00000000-0000-0000-0000-000000000000"}, "This cover is gone."),
    ],
)
def test_a_cover_that_cant_be_is_refused_beside_its_field(
    given: dict[str, object], said: str, operators: Client, uploaded: Media
) -> None:
    page = operators.post(reverse("console:media-cover", args=[uploaded.file_id]), given)
    assert (page.status_code, said in page.content.decode()) == (200, True)


def test_pages_ask_nothing_of_a_prohibited_media_and_offer_nothing_to_be_made_of_it(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    media = modify_media(media=media, fields={"status": Media.Status.FORBIDDEN})
    task = reverse("console:task", args=[media.tasks.get().task_id])
    detail, row = reverse("console:media-detail", args=[media.file_id]), reverse("console:media")
    view = reverse("console:media-view", args=[media.file_id])
    pages = [
        f"{row}?view=table",
        f"{row}?view=gallery",
        detail,
        f"{detail}?tab=info",
        view,
        task,
        reverse("console:overview"),
    ]
    for address in pages:
        page = operators.get(address).content.decode()
        asked = re.findall(r'\b(?:src|srcset|poster)="(/media/[^"]+)"', page)
        assert (address, asked) == (address, [])
        for offered in (f"{reverse('console:studio')}?media=", "Make another", f'aria-label="Process {media.name}"'):
            assert offered not in page, (address, offered)
    assert "Its playback is prohibited" in operators.get(detail).content.decode()


def test_a_medias_page_plays_what_browsers_play_and_says_of_all_else_that_they_dont(
    operators: Client, uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    detail = reverse("console:media-detail", args=[uploaded.file_id])
    words = "Browsers don&#x27;t play this file as it is"
    page = operators.get(detail).content.decode()
    assert (f'src="{media_path(uploaded.storage_key)}"' in page, words in page) == (True, False)
    found = Media.objects.get(pk=uploaded.pk).metadata
    assert found
    found["video_streams"][0]["codec"] = "prores"
    Media.objects.filter(pk=uploaded.pk).update(metadata=found)
    for address in (detail, reverse("console:media-view", args=[uploaded.file_id])):
        page = operators.get(address).content.decode()
        assert ("<video" in page, words in page or words.replace("&#x27;", "'") in page) == (False, True)


def test_media_are_found_by_the_door_they_came_in_by_on_every_page_of_the_list(
    operators: Client, application: Application, upload_clip: Callable[..., Media]
) -> None:
    for number in range(22):
        upload = upload_clip(name=f"pulled {number}.mp4").upload
        Upload.objects.filter(pk=upload.pk).update(door="pull")
    sent = upload_clip(name="sent.mp4").upload
    Upload.objects.filter(pk=sent.pk).update(door="sdk")
    assert _names(operators, "source=sdk") == ["sent"]
    assert len(_names(operators, "source=nonsense")) == 20
    page = operators.get(f"{reverse('console:media')}?source=pull").content.decode()
    assert 'value="pull" selected' in page
    (onwards,) = set(re.findall(r'href="(\?[^"]*page=2[^"]*)"', page))
    assert "source=pull" in onwards
    assert _names(operators, unescape(onwards).lstrip("?")) == ["pulled 1", "pulled 0"]
    chosen = selection_of(MediaFilter(QueryDict("source=sdk"), application=application))
    assert [media.name for media in Selection.from_dict(chosen.as_dict()).media(application)] == ["sent"]


def test_the_filter_by_state_finds_what_the_list_says_of_each_media(
    application: Application, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    """Two phrasings of one thing: one for an index, one for a column."""
    for name in ("plain", "damaged", "forbidden", "forbidden and damaged"):
        upload_clip(name=f"{name}.mp4")
    run_jobs()
    found = Media.objects.all()
    found.filter(name__endswith="damaged").update(problem="Damaged.")
    found.filter(name__startswith="forbidden").update(status=Media.Status.FORBIDDEN)
    waiting = [upload_clip(name=f"waiting {n}.mp4", procedure=procedure.name) for n in range(3)]
    found.filter(pk=waiting[1].pk).update(problem="Damaged.")
    found.filter(pk=waiting[2].pk).update(status=Media.Status.FORBIDDEN)
    said = {media.name: media.state for media in with_state(found)}
    assert {state: {name for name, its in said.items() if its == state} for state in MediaState} == {
        state: {media.name for media in in_state(found, state)} for state in MediaState
    }
    assert set(said.values()) == set(MediaState)


def test_an_images_alternative_text_is_written_where_it_is_shown_and_all_that_is_copied_says_it(
    operators: Client,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    viewer: User,
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    image = AnimatedImage.objects.filter(media=media).latest("pk")
    page = reverse("console:media-detail", args=[media.file_id])
    address = reverse("console:image-alt", args=[media.file_id, image.pk])

    def said() -> str:
        return unescape(unescape(operators.get(page).content.decode()))

    assert operators.post(address, {"alt": ' A [ball] hops & "rolls" '}).url == f"{page}#result-{image.pk}"  # type: ignore[attr-defined]
    shown = said()
    image.refresh_from_db()
    assert image.alt == 'A [ball] hops & "rolls"'
    assert shown.count('alt="A [ball] hops & "rolls""') >= 3, "the picture, both kinds of HTML"
    assert r'![A \[ball\] hops & "rolls"](http' in shown
    refused = operators.post(address, {"alt": "x" * 301}, follow=True)
    assert b"300" in refused.content
    assert operators.post(address, {"alt": "\0"}, follow=True).status_code == 200
    image.refresh_from_db()
    assert image.alt == 'A [ball] hops & "rolls"'
    operators.post(address, {"alt": ""})
    modify_media(media=media, fields={"alt": "A ball"})
    assert 'alt="A ball"' in said()
    assert "![A ball](http" in said()
    operators.force_login(viewer)
    assert operators.post(address, {"alt": "mine"}).status_code == 403
    assert address not in said()
