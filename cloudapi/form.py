"""POST /upload: a plain HTML form on a customer's page sends a file here, with a client upload signature as its right.

Fields: signature, success_url (optional), file, in this order; and whatever the page has of its own, such as a named
button. docs/upload-form.md shows such a page.
"""

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from applications.errors import InvalidValue, Mistakes, Refused
from applications.rest.problems import MEDIA_TYPE, problem_of
from applications.rest.strict_query import strangers
from applications.unknown_names import misspelt
from cloudapi.cors import for_any_page
from cloudapi.redirects import check_redirect, with_query
from cloudapi.ugc.policy import UploadPolicy, believed, not_for_visitors
from media_jobs.jobs.selectors import first_task_of
from media_jobs.models import Media, Upload
from media_jobs.uploads import multipart
from media_jobs.uploads import services as uploads

_FIELDS = frozenset({"signature", "success_url"})


class _Visit:
    """One form: who vouches for it, and where its visitor goes afterwards."""

    policy: UploadPolicy | None = None
    success_url = ""

    def begin(self, fields: dict[str, str], file_name: str) -> Upload:
        policy = believed(fields["signature"])
        self.success_url = fields.get("success_url", "")
        policy.use()
        self.policy = policy
        wanted = policy.wanted(file_name=file_name)
        return uploads.begin(application=policy.key.application, wanted=wanted, door="form", user=policy.key.user)


@csrf_exempt  # the signature is the proof that the page may do this
@never_cache
@for_any_page
@require_POST
def upload_form(request: HttpRequest) -> HttpResponse:
    visit = _Visit()
    try:
        against = partial(not_for_visitors, known=_FIELDS)
        judge = partial(_judged, request.GET)
        media = multipart.receive_form(request, known=_FIELDS, begin=visit.begin, against=against, judge=judge)
    except (Refused, UnreadablePostError) as error:
        if visit.policy:
            visit.policy.give_back()
        return _refused(request, error)
    return _done(request, media, success_url=visit.success_url)


def _judged(query: QueryDict, fields: dict[str, str], _file_name: str) -> Iterator[Refused]:
    """What is wrong with the fields, and with an address that says anything: the form says all in its fields."""
    if "signature" not in fields:
        yield InvalidValue("The field “signature” is missing, or stands behind the file.", field="signature")
    if success_url := fields.get("success_url", ""):
        mistakes = Mistakes()
        mistakes.unless(lambda: check_redirect(success_url))
        yield from mistakes.found
    for name, sentence in strangers(query, known=()).items():
        in_form = misspelt(name, known=_FIELDS | {multipart.FILE})
        meant = f" The form has a field {in_form}." if in_form else ""
        yield InvalidValue(not_for_visitors(name, known=()) or f"{sentence}{meant}", field=name)


def _done(request: HttpRequest, media: Media, *, success_url: str) -> HttpResponse:
    task = first_task_of(media)
    facts = {"file_id": media.file_id, "task_id": task.task_id if task else ""}
    if success_url:
        return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": with_query(success_url, **facts)})
    if _wants_json(request):
        return JsonResponse(facts, status=HTTPStatus.CREATED)
    return render(request, "cloudapi/form_done.html", {"media": media, **facts}, status=HTTPStatus.CREATED)


def _refused(request: HttpRequest, error: Refused | UnreadablePostError) -> HttpResponse:
    if isinstance(error, UnreadablePostError):
        error = InvalidValue("The connection broke off before the file was complete. Send it again.")
    if _wants_json(request):
        return JsonResponse(problem_of(error), status=error.status, content_type=MEDIA_TYPE)
    return render(request, "cloudapi/form_refused.html", {"refusal": error}, status=error.status)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
