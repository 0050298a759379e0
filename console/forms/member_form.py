from typing import TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.roles import Role
from console.forms.choices import in_words


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(label=_("Role"), choices=in_words(Role), coerce=Role, initial=Role.OPERATOR)


class MemberFields(TypedDict):
    username: str
    role: Role


class MemberForm(RoleForm):
    """Somebody to let in. An unknown name becomes a new person."""

    username = forms.CharField(label=_("Name"))

    def fields_to_save(self) -> MemberFields:
        return MemberFields(username=self.cleaned_data["username"], role=self.cleaned_data["role"])
