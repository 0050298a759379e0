from django import forms

from console.saving import note
from templates_app import rules
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields


class TemplateForm(forms.Form):
    """An animated image template (docs/console.md 2.2). An empty width or height is 0: it follows the source."""

    name = forms.CharField(label="Template name", required=False, help_text="At most 64 characters.")
    format = forms.ChoiceField(
        label="Image type", choices=AnimatedImageTemplate.Format, widget=forms.RadioSelect, initial="webp"
    )
    fps = forms.IntegerField(label="Frame rate", initial=10, help_text="1–60 frames a second.")
    quality = forms.FloatField(
        label="Image quality", initial=75, help_text="1–100. The larger the value, the better and the larger the image."
    )
    resolution_adaptive = forms.BooleanField(
        label="Long side / short side",
        required=False,
        initial=True,
        help_text="For landscape and portrait videos alike: the width is the long side, the height the short one.",
    )
    width = forms.IntegerField(label="Width", required=False, initial=0)
    height = forms.IntegerField(label="Height", required=False, initial=0)
    score = forms.BooleanField(
        label="Measure how close the picture is to the source",
        required=False,
        help_text="Each image gets a number up to 1; at 1 it looks like the video. It takes longer: the piece of video "
        "is read a second time.",
    )
    comment = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_width(self) -> int:
        return self.cleaned_data["width"] or 0

    def clean_height(self) -> int:
        return self.cleaned_data["height"] or 0

    def clean(self) -> None:
        """Every field's own rule, so that all mistakes are shown at once."""
        for refusal in list(rules.mistakes(self.cleaned_data)):
            note(self, refusal)

    def fields_to_save(self) -> TemplateFields:
        values = self.cleaned_data
        return TemplateFields(
            name=values["name"],
            comment=values["comment"],
            format=values["format"],
            width=values["width"],
            height=values["height"],
            resolution_adaptive=values["resolution_adaptive"],
            fps=values["fps"],
            quality=values["quality"],
            score=values["score"],
        )

    @classmethod
    def showing(cls, template: AnimatedImageTemplate) -> "TemplateForm":
        values = {name: getattr(template, name) for name in cls.base_fields}
        return cls(initial=values | {"quality": f"{template.quality:g}"})
