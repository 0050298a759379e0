from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ApplicationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("At most 40 characters."))
    description = forms.CharField(
        label=_("Description"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class TerminationForm(forms.Form):
    """Only somebody who means this application types its name."""

    typed = forms.CharField(
        label=_("Type its name to confirm"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, data: QueryDict | None = None, *, name: str) -> None:
        super().__init__(data)
        self._name = name

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if typed != self._name.strip():
            raise forms.ValidationError(gettext("This isn't the name. Type: {name}").format(name=self._name))
        return typed
