from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.errors import InvalidValue
from console.forms.choice_fields import ChoiceFields, OffsetField
from console.forms.template_form import TemplateForm
from console.words.told import told
from media_jobs.models import Media
from procedures.plan import CHOICE_FIELDS, PlanStep, step
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields

FIRST_EDGE = 640  # pixels of the longer side that a picture begins with: seen within two seconds
SIMPLE = ("format", "width", "fps", "quality")
TIMES = ("start", "end", *CHOICE_FIELDS)


class FormRefused(InvalidValue):
    """A form that scripts sent: `mistakes` has a sentence for each field, "" for the form as a whole."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__(next(iter(mistakes.values())), field=next(iter(mistakes)))
        self.mistakes = dict(mistakes)


def _first_width(media: Media) -> int:
    """0, as wide as the video, unless that is more than one likes to wait for."""
    metadata = media.metadata or {}
    width, height = metadata.get("width") or 0, metadata.get("height") or 0
    if metadata.get("rotate") in (90, 270):
        width, height = height, width
    longer = max(width, height)
    return round(width * FIRST_EDGE / longer) if longer > FIRST_EDGE else 0


def _time(empty: Promise) -> forms.TextInput:
    """`empty` is what it means when nothing is typed."""
    return forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "placeholder": empty})


class StudioForm(ChoiceFields, TemplateForm):
    """A picture at the studio: whatever a template says of one, without its name, and the seconds that it shows."""

    name = None  # type: ignore[assignment]
    comment = None  # type: ignore[assignment]
    start = OffsetField(label=_("Start"), required=False, widget=_time(_("the beginning")))
    end = OffsetField(label=_("End"), required=False, widget=_time(_("the end")))

    def __init__(self, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(values, auto_id="studio-%s", **more)  # beside a template's form they are two

    @classmethod
    def opened(cls, asked: Mapping[str, str], template: AnimatedImageTemplate | None, media: Media) -> "StudioForm":
        """As an address says it, over what the template says; nonsense in an address is shown, and refused later."""
        initial: dict[str, Any] = {"width": _first_width(media)}
        if template is not None:
            initial = {**TemplateForm.showing(template).initial}
        for name, field in cls.base_fields.items():
            if name in asked:
                is_switch = isinstance(field, forms.BooleanField)
                initial[name] = asked[name] in ("on", "true", "1") if is_switch else asked[name]
        return cls(initial={name: value for name, value in initial.items() if name in cls.base_fields})

    @classmethod
    def over(cls, template: AnimatedImageTemplate, said: str) -> "StudioForm":
        """What a template says, with what `said`, the query of an address, has otherwise; a switch is on or off."""
        before = TemplateForm.showing(template).initial
        asked = {name: value for name, value in QueryDict(said).items() if name in cls.base_fields}
        off = {name for name, field in cls.base_fields.items() if isinstance(field, forms.BooleanField)}
        values = {**before, **asked}
        return cls({name: value for name, value in values.items() if name not in off or value not in (False, "off")})

    @property
    def choices(self) -> list[BoundField]:
        """What is left to the engine, and what it doesn't look at."""
        return [self[name] for name in CHOICE_FIELDS]

    @property
    def opens_choices(self) -> bool:
        return any(bound.value() for bound in self.choices)

    @property
    def simple(self) -> list[BoundField]:
        return [self[name] for name in SIMPLE]

    @property
    def folded(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name not in (*SIMPLE, *TIMES)]

    @property
    def picture(self) -> TemplateFields:
        return cast(TemplateFields, {name: self.cleaned_data[name] for name in self.fields if name not in TIMES})

    def otherwise(self, template: AnimatedImageTemplate) -> TemplateFields:
        """What isn't as a template says. Raises FormRefused."""
        if not self.is_valid():
            raise FormRefused(self.mistakes)
        changed = {name: value for name, value in self.picture.items() if getattr(template, name) != value}
        return cast(TemplateFields, changed)

    def clean(self) -> None:
        super().clean()
        self.check_pieces()

    def step(self, template: AnimatedImageTemplate) -> PlanStep:
        """What it orders: a template with what is otherwise here. Raises FormRefused."""
        otherwise, values = self.otherwise(template), self.cleaned_data
        try:
            return step(template, start=values["start"], end=values["end"], choice=self.chosen, picture=otherwise)
        except InvalidValue as refusal:
            field = refusal.field.removesuffix("_offset")
            raise FormRefused({field if field in self.fields else "": told(refusal)}) from refusal

    @property
    def mistakes(self) -> dict[str, str]:
        """The first of each field, by its name; "" stands for the form as a whole."""
        return {"" if name == "__all__" else name: str(found[0]) for name, found in self.errors.items()}
