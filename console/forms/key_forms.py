from typing import Any, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import ApiKey, Application
from console.forms.choices import in_words


class NameForm(forms.Form):
    """What a new key or token is for."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=64, help_text=_("What it is for, say “shop website”.")
    )


class OriginsForm(forms.Form):
    """Whose pages' scripts may call the REST API."""

    origins = forms.CharField(
        label=_("Web pages that may call the REST API"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "https://shop.example"}),
        help_text=_(
            "One origin a line: scheme, host and port. Empty: scripts of other pages are kept out by browsers."
        ),
    )

    @classmethod
    def showing(cls, application: Application) -> "OriginsForm":
        return cls(initial={"origins": "\n".join(str(origin) for origin in application.allowed_origins.all())})

    def lines(self) -> list[str]:
        return [line for line in self.cleaned_data["origins"].splitlines() if line.strip()]


class AccessFields(TypedDict):
    access: str
    policy: list[Any] | None


class AccessForm(forms.Form):
    """What a key may do beside what its user's role allows."""

    access = forms.ChoiceField(label=_("Access"), choices=in_words(ApiKey.Access))
    policy = forms.JSONField(label=_("Rules"), required=False)

    def fields_to_save(self) -> AccessFields:
        return AccessFields(access=self.cleaned_data["access"], policy=self.cleaned_data["policy"])
