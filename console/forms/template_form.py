from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from animator.core.framing import CENTRE, SCALE
from animator.core.playback import CUT
from applications.errors import InvalidValue
from console.forms.choices import in_words
from console.sending.saving import note
from console.words.pictures import ANCHORS, FITS, LOOPS
from templates_app import rules
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.services import copy_name

# What is always in sight; all other fields are folded away until they are needed.
_SHOWN = ("name", "comment", "format", "width", "height", "resolution_adaptive", "fps", "quality", "score")
ADVANCED = tuple(name for name in rules.FIELDS if name not in _SHOWN)


class TemplateForm(forms.Form):
    """An animated image template (docs/console.md 2.2). An empty width or height is 0: it follows the source."""

    name = forms.CharField(label=_("Template name"), required=False, help_text=_("At most 64 characters."))
    format = forms.ChoiceField(
        label=_("Image type"), choices=AnimatedImageTemplate.Format, widget=forms.RadioSelect, initial="webp"
    )
    fps = forms.IntegerField(label=_("Frame rate"), initial=10, help_text=_("1–60 frames a second."))
    quality = forms.FloatField(
        label=_("Image quality"),
        initial=75,
        help_text=_("1–100. The larger the value, the better and the larger the image."),
    )
    resolution_adaptive = forms.BooleanField(
        label=_("Long side / short side"),
        required=False,
        initial=True,
        help_text=_("For landscape and portrait videos alike: the width is the long side, the height the short one."),
    )
    width = forms.IntegerField(label=_("Width"), required=False, initial=0)
    height = forms.IntegerField(label=_("Height"), required=False, initial=0)
    effort = forms.TypedChoiceField(
        label=_("Effort"),
        coerce=int,
        choices=in_words(AnimatedImageTemplate.Effort),
        required=False,
        initial=AnimatedImageTemplate.Effort.BALANCED,
        help_text=_("How long may be tried for fewer bytes of the same look."),
    )
    score = forms.BooleanField(
        label=_("Measure how close the picture is to the source"),
        required=False,
        help_text=_(
            "Each image gets a number up to 1; at 1 it looks like the video. It takes longer: the "
            "piece of video is read a second time."
        ),
    )
    max_bytes = forms.IntegerField(
        label=_("At most so many bytes"),
        required=False,
        initial=0,
        help_text=_("No image is larger: quality, then frame rate, then size give way. 0: as large as it comes."),
    )
    least_quality = forms.FloatField(
        label=_("Least quality"), required=False, initial=0, help_text=_("It gives way no further than this. 0: to 30.")
    )
    least_fps = forms.IntegerField(
        label=_("Least frame rate"), required=False, initial=0, help_text=_("Frames a second. 0: down to 5.")
    )
    least_edge = forms.IntegerField(
        label=_("Least long side"), required=False, initial=0, help_text=_("Pixels. 0: down to 128.")
    )
    give_way = forms.CharField(
        label=_("What gives way, in this order"),
        required=False,
        help_text=_("quality,fps,size unless you say otherwise; what isn't named stays as it is."),
    )
    crop = forms.CharField(
        label=_("Crop"),
        required=False,
        help_text=_("An aspect such as 1:1 or 16:9, or x,y,width,height in pixels of the video. Empty: all of it."),
    )
    fit = forms.ChoiceField(
        label=_("If width and height have another shape"),
        choices=list(FITS.items()),
        required=False,
        initial=SCALE,
    )
    anchor = forms.ChoiceField(
        label=_("Keep when cut"),
        choices=list(ANCHORS.items()),
        required=False,
        initial=CENTRE,
    )
    background = forms.CharField(
        label=_("Colour of bars"), required=False, help_text=_("Such as #ffffff, or transparent. Empty: black.")
    )
    trim_borders = forms.BooleanField(label=_("Leave out bars around the video"), required=False)
    loop = forms.ChoiceField(
        label=_("Loop"),
        choices=list(LOOPS.items()),
        required=False,
        initial=CUT,
        help_text=_("There and back holds the whole image in memory, and so does backwards: for short ones."),
    )
    slack = forms.FloatField(
        label=_("Start and end may move by"),
        required=False,
        initial=0,
        help_text=_("To where the seam is seen least: 0.1–2 seconds. 0: half a second."),
    )
    crossfade = forms.FloatField(
        label=_("Crossfade over the seam"), required=False, initial=0, help_text=_("0.1–1 seconds. 0: none.")
    )
    loop_count = forms.IntegerField(
        label=_("Plays so often"), required=False, initial=0, help_text=_("Up to 100. 0: for ever.")
    )
    speed = forms.FloatField(label=_("Speed"), required=False, initial=1, help_text=_("0.25–4; 1 is the video's own."))
    reverse = forms.BooleanField(label=_("Backwards"), required=False)
    siblings = forms.CharField(
        label=_("Also make"),
        required=False,
        help_text=_(
            "Of the same pictures: webp, gif, avif, apng, mp4, webm, poster, poster-webp; with commas between."
        ),
    )
    within_source = forms.BooleanField(
        label=_("Never larger than the video"),
        required=False,
        help_text=_("The image gives way as for a largest size; other files that would be larger are left out."),
    )
    comment = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_give_way(self) -> str:
        return "".join(self.cleaned_data["give_way"].split())

    def clean_siblings(self) -> str:
        return "".join(self.cleaned_data["siblings"].split())

    def clean(self) -> None:
        """What is empty is as usual. Every field's own rule, so that all mistakes are shown at once."""
        for name, value in self.cleaned_data.items():
            if value in (None, "") and (usual := self.base_fields[name].initial) is not None:
                self.cleaned_data[name] = usual
        for refusal in list(rules.mistakes(self.cleaned_data)):
            note(self, refusal)

    @property
    def opens_advanced(self) -> bool:
        """Whether something in the folded part is wrong, or other than usual."""
        return any(self[name].errors or self._is_unusual(name) for name in ADVANCED)

    def _is_unusual(self, name: str) -> bool:
        value, field = self[name].value(), self.fields[name]
        return value not in (None, "") and field.has_changed(self.base_fields[name].initial, value)

    def fields_to_save(self) -> TemplateFields:
        """Raises InvalidValue without a name: a list of nameless templates tells nobody which is which."""
        values = self.cleaned_data
        if not values["name"]:
            raise InvalidValue(str(_("Give the template a name.")), field="name")
        return cast(TemplateFields, {name: values[name] for name in self.base_fields})

    @classmethod
    def showing(cls, template: AnimatedImageTemplate) -> "TemplateForm":
        values = {name: getattr(template, name) for name in cls.base_fields}
        return cls(initial=values | {"quality": f"{template.quality:g}"})

    @classmethod
    def copying(cls, template: AnimatedImageTemplate) -> "TemplateForm":
        """The values of a template that is to have a copy."""
        form = cls.showing(template)
        form.initial["name"] = copy_name(template)
        return form
