"""The states of jobs, tasks, media, uploads, pulls, batches and applications, as pages say them."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

WORDS = {
    "waiting": pgettext_lazy("state", "Waiting"),
    "processing": pgettext_lazy("state", "Processing"),
    "completed": pgettext_lazy("state", "Completed"),
    "success": pgettext_lazy("state", "Completed"),
    "finish": pgettext_lazy("state", "Completed"),
    "normal": pgettext_lazy("state", "Normal"),
    "partly-failed": pgettext_lazy("state", "Partly failed"),
    "failed": pgettext_lazy("state", "Failed"),
    "fail": pgettext_lazy("state", "Failed"),
    "problem": pgettext_lazy("state", "Problem"),
    "forbidden": pgettext_lazy("state", "Forbidden"),
    "cancelled": pgettext_lazy("state", "Cancelled"),
    "aborted": pgettext_lazy("state", "Cancelled"),
    "cancelling": pgettext_lazy("state", "Cancelling"),
    "on": pgettext_lazy("state", "On"),
    "off": pgettext_lazy("state", "Off"),
    "destroying": pgettext_lazy("state", "Terminating"),
    "destroyed": pgettext_lazy("state", "Terminated"),
    "uploading": pgettext_lazy("state", "Uploading"),
    "stopped": pgettext_lazy("state", "Stopped"),
    "starting": pgettext_lazy("state", "Starting"),
    "running": pgettext_lazy("state", "Running"),
    "finished": pgettext_lazy("state", "Finished"),
}


def state_words(state: str) -> Promise | str:
    """One that has no words here is its own."""
    name = state.lower()
    return WORDS.get(name, name.capitalize())


def states_in_words(states: type[TextChoices]) -> list[tuple[str, Promise | str]]:
    """For a form."""
    return [(value, state_words(value)) for value in states.values]
