"""Sessions of people who are signed in to the console."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from applications.models import User


def end_sessions(*, user: User) -> int:
    """Wherever they are signed in, they must do so again; how many sessions that were.

    Reads every session, as each is sealed: an operator does it now and then.
    """
    theirs = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[start : start + 500]).delete()
    return len(theirs)
