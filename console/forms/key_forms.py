from django import forms


class NameForm(forms.Form):
    """What a new key or token is for."""

    name = forms.CharField(label="Name", required=False, max_length=64, help_text="What it is for, say “shop website”.")
