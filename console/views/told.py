"""For the upload page: what REST answered its scripts, which is English for everybody, in the reader's language."""

from django.http import HttpResponse

from console.page import ConsoleRequest, page
from console.words.told import told


@page("POST")
def in_words(request: ConsoleRequest) -> HttpResponse:
    """Plain text. What isn't known comes back as it was; what is too long to be one of ours, too."""
    return HttpResponse(told(request.POST.get("said", "")), content_type="text/plain; charset=utf-8")
