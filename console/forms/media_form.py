from typing import Any

from django import forms

from applications.models import Application
from media_jobs.models import Media, MediaClass

NO_CLASS = "Other"


class ClassField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **more: Any) -> None:
        super().__init__(MediaClass.objects.none(), label="Category", required=False, empty_label=NO_CLASS, **more)


class MediaForm(forms.Form):
    """The basic info of a media that can be changed (docs/console.md 7)."""

    name = forms.CharField(label="Name", help_text="At most 64 characters.")
    description = forms.CharField(
        label="Description",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="At most 128 characters.",
    )
    media_class = ClassField()
    tags = forms.CharField(label="Labels", required=False, help_text="Separated by commas; at most 16.")

    def __init__(self, values: Any = None, *, application: Application, media: Media | None = None) -> None:
        super().__init__(values, initial=_initial(media) if media else None)
        self.fields["media_class"].queryset = application.media_classes.all()  # type: ignore[attr-defined]

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
