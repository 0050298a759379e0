from django import forms

from applications.roles import Role


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(label="Role", choices=Role, coerce=Role, initial=Role.OPERATOR)


class MemberForm(RoleForm):
    """Somebody to let in. An unknown name becomes a new person."""

    username = forms.CharField(label="Name")
