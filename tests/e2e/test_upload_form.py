import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import LazySettings
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from pytest_httpserver import HTTPServer

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey
from media_jobs.models import Media, ProcedureTask
from media_jobs.store.storage import storage
from procedures.models import Procedure


def test_a_visitor_of_another_site_sends_a_video_and_comes_back_to_it(
    page: Page,
    live_server: LiveServer,
    httpserver: HTTPServer,
    settings: LazySettings,
    api_key: ApiKey,
    procedure: Procedure,
    clip: Path,
    complaints: list[str],
) -> None:
    settings.ZOETROPE_UPLOAD_REDIRECTS = [httpserver.url_for("")]
    fields = {**fresh_fields(secret_id=api_key.secret_id, now=time.time(), life=600), "procedure": procedure.name}
    form = f"""<!DOCTYPE html><link rel="icon" href="data:,"><title>Shop</title>
    <form action="{live_server.url}/upload" method="post" enctype="multipart/form-data">
      <input type="hidden" name="signature" value="{sign(fields, secret_key=api_key.secret_key)}">
      <input type="hidden" name="success_url" value="{httpserver.url_for("/thanks")}">
      <input type="file" name="file" accept="video/*" required>
      <button name="send" value="1">Send</button>
    </form>"""
    thanks = '<!DOCTYPE html><link rel="icon" href="data:,"><h1>Thank you</h1>'
    httpserver.expect_request("/").respond_with_data(form, content_type="text/html")
    httpserver.expect_request("/thanks").respond_with_data(thanks, content_type="text/html")

    page.goto(httpserver.url_for("/"))
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    query = parse_qs(urlsplit(page.url).query)
    task = ProcedureTask.objects.get(task_id=query["task_id"][0])
    assert task.media == Media.objects.get(file_id=query["file_id"][0])
    assert task.media.size == clip.stat().st_size


def test_a_script_on_another_site_sends_a_video_in_three_pieces_at_once_and_another_as_a_stream(
    page: Page,
    live_server: LiveServer,
    httpserver: HTTPServer,
    api_key: ApiKey,
    procedure: Procedure,
    clip: Path,
    complaints: list[str],
) -> None:
    fields = {**fresh_fields(secret_id=api_key.secret_id, now=time.time(), life=600), "procedure": procedure.name}
    signature = sign(fields, secret_key=api_key.secret_key)
    script = finders.find("tus/tus.min.js")
    assert script
    httpserver.expect_request("/tus.js").respond_with_data(Path(script).read_bytes(), content_type="text/javascript")
    shop = f"""<!DOCTYPE html><link rel="icon" href="data:,"><title>Shop</title><script src="/tus.js"></script>
    <input type="file" aria-label="Video"><ol></ol><script>
      const common = {{
        endpoint: "{live_server.url}/upload/resumable",
        headers: {{ Authorization: "Signature {signature}" }},
        metadata: {{ filename: "visitor.mp4", filetype: "video/mp4" }},
      }};
      const say = (text) => document.querySelector("ol").append(
        Object.assign(document.createElement("li"), {{ textContent: text }}));
      const send = (source, options, id = "") => new Promise((resolve, reject) => new tus.Upload(source, {{
        ...common, ...options, onError: reject, onSuccess: () => resolve(id),
        onAfterResponse: (_, answer) => {{ id = answer.getHeader("Zoetrope-File-Id") || id; }},
      }}).start());
      document.querySelector("input").addEventListener("change", async ({{ target }}) => {{
        const file = target.files[0];
        try {{
          say(await send(file, {{ parallelUploads: 3 }}));
          say(await send(file.stream().getReader(), {{ chunkSize: 65536, uploadLengthDeferred: true }}));
        }} catch (error) {{ say(String(error)); }}
      }});
    </script>"""
    httpserver.expect_request("/").respond_with_data(shop, content_type="text/html")

    page.goto(httpserver.url_for("/"))
    page.get_by_label("Video").set_input_files(clip)
    expect(page.get_by_role("listitem")).to_have_count(2)
    for file_id in page.get_by_role("listitem").all_inner_texts():
        media = Media.objects.get(file_id=file_id)
        assert media.name == "visitor"
        assert ProcedureTask.objects.get(media=media).procedure == procedure.name
        with storage().open(media.storage_key) as stored:
            assert stored.read() == clip.read_bytes()
