from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from console.forms.choices import offer
from media_jobs.library.selectors import classes_for


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=64)


class CategoryForm(RenameForm):
    """A new category, at the top or below another one."""

    parent_id = forms.TypedChoiceField(label=_("Below"), required=False, coerce=int, empty_value="")

    def fields_to_save(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "parent_id": self.cleaned_data["parent_id"] or 0}

    def __init__(self, *args: Any, application: Application) -> None:
        super().__init__(*args)
        offer(self, parent_id=[("", _("At the top")), *((one.pk, one.name) for one in classes_for(application))])
