from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import ApiKey, Application, User
from console.forms.choices import offer

LIVES = [
    (600, _("10 minutes")),
    (3600, _("an hour")),
    (86_400, _("a day")),
    (604_800, _("a week")),
    (7_776_000, _("90 days")),
]


class UploadSignatureForm(forms.Form):
    """What a client upload signature may carry (docs/protocol 4.1). A user signs with a key of their own."""

    key = forms.ChoiceField(label=_("API key"))
    life = forms.TypedChoiceField(label=_("Good for"), choices=LIVES, coerce=int, initial=3600)
    procedure = forms.ChoiceField(
        label=_("Task flow"), required=False, help_text=_("Starts by itself after each upload.")
    )
    class_id = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int)
    source_context = forms.CharField(
        label=_("Source context"), required=False, max_length=250, help_text=_("Comes back in the upload's event.")
    )
    session_context = forms.CharField(
        label=_("Session context"), required=False, max_length=1000, help_text=_("Comes back in the task's event.")
    )
    priority = forms.IntegerField(
        label=_("Priority"), required=False, min_value=-10, max_value=10, help_text=_("-10 to 10")
    )
    one_time = forms.BooleanField(label=_("For one request only"), required=False)

    def __init__(self, values: Any = None, *, application: Application, user: User) -> None:
        super().__init__(values)
        self._keys = {key.secret_id: key for key in application.api_keys.filter(user=user, enabled=True)}
        flows = application.procedures.values_list("name", flat=True)
        classes = application.media_classes.values_list("pk", "name")
        offer(
            self,
            key=[(name, f"{key.name} {name}".strip()) for name, key in self._keys.items()],
            procedure=[("", _("None")), *((name, name) for name in flows)],
            class_id=[("", _("Other")), *classes],
        )

    @property
    def has_key(self) -> bool:
        return bool(self._keys)

    def chosen_key(self) -> ApiKey:
        return self._keys[self.cleaned_data["key"]]

    def wishes(self) -> dict[str, str | int]:
        """As the signature names them."""
        values = self.cleaned_data
        return {
            "procedure": values["procedure"],
            "classId": values["class_id"] or 0,
            "sourceContext": values["source_context"],
            "sessionContext": values["session_context"],
            "taskPriority": values["priority"] or 0,
            "oneTimeValid": int(values["one_time"]),
        }
