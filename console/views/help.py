"""The documentation, served by the console itself."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from console.help import documents, page_of
from console.page import ConsoleRequest, page


@page()
def contents(request: ConsoleRequest) -> HttpResponse:
    return render(request, "console/help.html", {"documents": documents().items()})


@page()
def one(request: ConsoleRequest, name: str) -> HttpResponse:
    text = SafeString(page_of(name))  # of our own documents, with any HTML in them escaped
    context = {"documents": documents().items(), "name": name, "title": documents()[name], "text": text}
    return render(request, "console/help.html", context)
