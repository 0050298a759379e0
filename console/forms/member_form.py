from typing import TypedDict

from django import forms

from applications.roles import Role


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(label="Role", choices=Role, coerce=Role, initial=Role.OPERATOR)


class MemberFields(TypedDict):
    username: str
    role: Role


class MemberForm(RoleForm):
    """Somebody to let in. An unknown name becomes a new person."""

    username = forms.CharField(label="Name")

    def fields_to_save(self) -> MemberFields:
        return MemberFields(username=self.cleaned_data["username"], role=self.cleaned_data["role"])
