from django import forms
from django.utils.translation import gettext_lazy as _


class ApplicationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("At most 40 characters."))
    description = forms.CharField(
        label=_("Description"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
