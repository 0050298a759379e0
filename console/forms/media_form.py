from typing import Any

from django import forms

from applications.models import Application
from console.forms.choices import offer
from media_jobs.library.services import MediaFields
from media_jobs.models import Media, MediaClass

NO_CLASS = "Other"


class MediaForm(forms.Form):
    """The basic info of a media that can be changed (docs/console.md 7)."""

    name = forms.CharField(label="Name", help_text="At most 64 characters.")
    description = forms.CharField(
        label="Description",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="At most 128 characters.",
    )
    media_class = forms.ModelChoiceField(
        MediaClass.objects.none(), label="Category", required=False, empty_label=NO_CLASS
    )
    tags = forms.CharField(label="Labels", required=False, help_text="Separated by commas; at most 16.")

    def __init__(self, values: Any = None, *, application: Application, media: Media | None = None) -> None:
        super().__init__(values, initial=_initial(media) if media else None)
        offer(self, media_class=application.media_classes.all())

    def fields_to_save(self) -> MediaFields:
        values = self.cleaned_data
        return MediaFields(
            name=values["name"],
            description=values["description"],
            media_class=values["media_class"],
            tags=values["tags"],
        )

    def clean_tags(self) -> list[str]:
        tags = self.cleaned_data["tags"].replace("，", ",").split(",")
        return [tag.strip() for tag in tags if tag.strip()]


def _initial(media: Media) -> dict[str, Any]:
    return {
        "name": media.name,
        "description": media.description,
        "media_class": media.media_class_id,
        "tags": ", ".join(tag.name for tag in media.tags.all()),
    }
