"""What a console view may count on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from applications.caller import Caller
from applications.models import User


class ConsoleRequest(HttpRequest):
    """A request of a person who is signed in and has a role in the application that the page is about."""

    user: User
    caller: Caller
    htmx: HtmxDetails
