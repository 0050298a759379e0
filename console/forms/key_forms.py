from django import forms

from applications.models import ApiKey


class NameForm(forms.Form):
    """What a new key or token is for."""

    name = forms.CharField(label="Name", required=False, max_length=64, help_text="What it is for, say “shop website”.")


class AccessForm(forms.Form):
    """What a key may do beside what its user's role allows."""

    access = forms.ChoiceField(label="Access", choices=ApiKey.Access)
    policy = forms.JSONField(label="Rules", required=False)
