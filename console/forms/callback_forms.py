from django import forms

from console.forms.filter_forms import FilterForm
from media_jobs.events.services import EventConfigFields
from media_jobs.models import Event, EventConfig

STATES = [("open", "Not arrived"), ("failed", "Failing"), ("arrived", "Arrived")]
SPANS = [("1", "the last hour"), ("24", "the last day"), ("96", "the last four days")]
EVENT_WORDS = {
    Event.Type.NEW_FILE_UPLOAD: "Video upload completion",
    Event.Type.PROCEDURE_STATE_CHANGED: "Task flow status change",
    Event.Type.PULL_COMPLETE: "Pull from URL completion",
    Event.Type.FILE_DELETED: "Video deletion",
}


class EventConfigForm(forms.Form):
    """Callback Settings (docs/console.md 9). An empty sign key keeps the one that is set."""

    mode = forms.ChoiceField(
        label="Event notification method",
        choices=EventConfig.Mode,
        widget=forms.RadioSelect,
        help_text="Normal: we send each event to your URL. Reliable: you pull events and confirm them.",
    )
    notification_url = forms.CharField(label="Callback URL", required=False, help_text="For the normal callback only.")
    sign_key = forms.CharField(
        label="Sign key",
        required=False,
        help_text="At most 32 letters and digits. Messages then carry Sign and T. Empty: stays as it is.",
    )
    clear_sign_key = forms.BooleanField(label="Send no Sign and T any more", required=False)
    upload_complete = forms.BooleanField(label="Video upload completion", required=False)
    delete_complete = forms.BooleanField(label="Video deletion", required=False)

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
    search = "Search by file ID or task ID"
    type = forms.ChoiceField(label="Event", required=False, choices=[("", "All events"), *EVENT_WORDS.items()])
    state = forms.ChoiceField(label="State", required=False, choices=[("", "All states"), *STATES])


class EventTypeForm(forms.Form):
    type = forms.ChoiceField(label="Event", choices=list(EVENT_WORDS.items()))


class SpanForm(forms.Form):
    hours = forms.TypedChoiceField(label="Of", choices=SPANS, coerce=int)


class SignatureForm(forms.Form):
    """What a receiver got, to see whether it comes from here unchanged."""

    body = forms.CharField(
        label="Body", widget=forms.Textarea(attrs={"rows": 6}), strip=False, help_text="Byte by byte as it came."
    )
    webhook_id = forms.CharField(label="webhook-id", required=False)
    webhook_timestamp = forms.CharField(label="webhook-timestamp", required=False)
    webhook_signature = forms.CharField(label="webhook-signature", required=False)
