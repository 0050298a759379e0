from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.choices import in_words
from console.forms.filter_forms import FilterForm
from media_jobs.events.services import EventConfigFields
from media_jobs.models import Event, EventConfig

STATES = [("open", _("Not arrived")), ("failed", _("Failing")), ("arrived", _("Arrived"))]
SPANS = [("1", _("the last hour")), ("24", _("the last day")), ("96", _("the last four days"))]
EVENT_WORDS = {
    Event.Type.NEW_FILE_UPLOAD: _("Video upload completion"),
    Event.Type.PROCEDURE_STATE_CHANGED: _("Task flow status change"),
    Event.Type.PULL_COMPLETE: _("Pull from URL completion"),
    Event.Type.FILE_DELETED: _("Video deletion"),
}


class EventConfigForm(forms.Form):
    """Callback Settings (docs/console.md 9). An empty sign key keeps the one that is set."""

    mode = forms.ChoiceField(
        label=_("Event notification method"),
        choices=in_words(EventConfig.Mode),
        widget=forms.RadioSelect,
        help_text=_("Normal: we send each event to your URL. Reliable: you pull events and confirm them."),
    )
    notification_url = forms.CharField(
        label=_("Callback URL"), required=False, help_text=_("For the normal callback only.")
    )
    with_earlier = forms.BooleanField(
        label=_("Send earlier events, too"),
        required=False,
        help_text=_("With the first URL only: also what happened in the days before and nobody was told."),
    )
    sign_key = forms.CharField(
        label=_("Sign key"),
        required=False,
        help_text=_("At most 32 letters and digits. Messages then carry Sign and T. Empty: stays as it is."),
    )
    clear_sign_key = forms.BooleanField(label=_("Send no Sign and T any more"), required=False)
    upload_complete = forms.BooleanField(label=_("Video upload completion"), required=False)
    delete_complete = forms.BooleanField(label=_("Video deletion"), required=False)

    @classmethod
    def showing(cls, config: EventConfig) -> "EventConfigForm":
        names = ("mode", "notification_url", "upload_complete", "delete_complete")
        return cls(initial={name: getattr(config, name) for name in names})

    def fields_to_save(self) -> EventConfigFields:
        values = self.cleaned_data
        fields = EventConfigFields(
            mode=values["mode"],
            notification_url=values["notification_url"],
            upload_complete=values["upload_complete"],
            delete_complete=values["delete_complete"],
        )
        if values["clear_sign_key"] or values["sign_key"]:
            fields["sign_key"] = "" if values["clear_sign_key"] else values["sign_key"]
        return fields


class EventFilter(FilterForm):
    search = _("Search by file ID or task ID")
    type = forms.ChoiceField(label=_("Event"), required=False, choices=[("", _("All events")), *EVENT_WORDS.items()])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *STATES])


class EventTypeForm(forms.Form):
    type = forms.ChoiceField(label=_("Event"), choices=list(EVENT_WORDS.items()))


class SpanForm(forms.Form):
    hours = forms.TypedChoiceField(label=_("Of"), choices=SPANS, coerce=int)


class SignatureForm(forms.Form):
    """What a receiver got, to see whether it comes from here unchanged."""

    body = forms.CharField(
        label=_("Body"), widget=forms.Textarea(attrs={"rows": 6}), strip=False, help_text=_("Byte by byte as it came.")
    )
    webhook_id = forms.CharField(label="webhook-id", required=False)
    webhook_timestamp = forms.CharField(label="webhook-timestamp", required=False)
    webhook_signature = forms.CharField(label="webhook-signature", required=False)
