from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from console.forms.choices import offer
from media_jobs.library.covers import MAX_COVER
from media_jobs.library.services import MediaFields
from media_jobs.library.snippets import MAX_ALT
from media_jobs.models import Media, MediaClass

NO_CLASS = _("Other")


class MediaForm(forms.Form):
    """The basic info of a media that can be changed (docs/console.md 7)."""

    name = forms.CharField(label=_("Name"), help_text=_("At most 64 characters."))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("At most 128 characters."),
    )
    alt = forms.CharField(
        label=_("Alternative text"),
        required=False,
        help_text=_("What its images say to those who don't see them; at most 300 characters. Empty: the name."),
    )
    media_class = forms.ModelChoiceField(
        MediaClass.objects.none(), label=_("Category"), required=False, empty_label=NO_CLASS
    )
    tags = forms.CharField(label=_("Labels"), required=False, help_text=_("Separated by commas; at most 16."))

    def __init__(self, values: Any = None, *, application: Application, media: Media | None = None) -> None:
        super().__init__(values, initial=_initial(media) if media else None)
        offer(self, media_class=application.media_classes.all())

    def fields_to_save(self) -> MediaFields:
        values = self.cleaned_data
        return MediaFields(
            name=values["name"],
            description=values["description"],
            alt=values["alt"],
            media_class=values["media_class"],
            tags=values["tags"],
        )

    def clean_tags(self) -> list[str]:
        tags = self.cleaned_data["tags"].replace("，", ",").split(",")
        return [tag.strip() for tag in tags if tag.strip()]


class AltForm(forms.Form):
    """What one image says to those who don't see it; empty is as its media says."""

    alt = forms.CharField(label=_("Alternative text"), required=False, max_length=MAX_ALT)


class CoverForm(forms.Form):
    """A cover: of those that were made, by its job, or a picture file."""

    made = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cover = forms.FileField(
        label=_("A picture of your own"),
        required=False,
        help_text=format_lazy(_("GIF, JPEG or PNG, at most {most} MB."), most=MAX_COVER // 1024**2),
        widget=forms.FileInput(attrs={"accept": "image/gif,image/jpeg,image/png"}),
    )

    def clean_cover(self) -> Any:
        picture = self.cleaned_data["cover"]
        if picture and picture.size > MAX_COVER:
            raise forms.ValidationError(_("A cover has at most {most} MB.").format(most=MAX_COVER // 1024**2))
        return picture

    def clean(self) -> None:
        if not self.errors and not self.cleaned_data["made"] and not self.cleaned_data["cover"]:
            self.add_error("cover", _("Choose a picture."))


def _initial(media: Media) -> dict[str, Any]:
    return {
        "name": media.name,
        "description": media.description,
        "alt": media.alt,
        "media_class": media.media_class_id,
        "tags": ", ".join(tag.name for tag in media.tags.all()),
    }
