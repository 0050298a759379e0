"""Written by `python -m tests.sentences`; what procedures says, for the catalogues."""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("A comment has at most {max_comment} characters."),
    _("A cover's position is a Time in seconds or a Percent."),
    _("A cover's position lies within the video: seconds from 0, or 0 to 100 %."),
    _("A task flow has at most {max_steps} steps."),
    _("A task flow's name has 1 to {max_name} characters."),
    _("A template that samples takes no moments."),
    _("Add at least one animated image to the task flow."),
    _("Add at least one animated image."),
    _("An application has at most {max_procedures} task flows. Delete one first."),
    _("An offset is a number of seconds."),
    _("At most {max_covers} covers can be asked for."),
    _("Name 1 to {max_moments} moments, like 3.5s or 10%."),
    _("The start offset lies at or behind the end offset."),
    _("The task flow {name} was deleted."),
    _("There is already a task flow called {name}."),
    _("There is no snapshot template {definition}; {snapshot_template} is."),
    _("There is no task flow called {name}."),
    _("There is no task flow {pk}."),
    _("This application is gone."),
)
