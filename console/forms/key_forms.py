from typing import Any, TypedDict

from django import forms

from applications.models import ApiKey


class NameForm(forms.Form):
    """What a new key or token is for."""

    name = forms.CharField(label="Name", required=False, max_length=64, help_text="What it is for, say “shop website”.")


class AccessFields(TypedDict):
    access: str
    policy: list[Any] | None


class AccessForm(forms.Form):
    """What a key may do beside what its user's role allows."""

    access = forms.ChoiceField(label="Access", choices=ApiKey.Access)
    policy = forms.JSONField(label="Rules", required=False)

    def fields_to_save(self) -> AccessFields:
        return AccessFields(access=self.cleaned_data["access"], policy=self.cleaned_data["policy"])
