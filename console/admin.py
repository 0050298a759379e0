"""The operator's raw view, /admin/: every table to read, to search and to filter, and the few safe actions.

For staff; nothing is added, changed or deleted by hand. What can be done goes through the services that every other
door uses, and into the audit log. Sessions aren't in it: their keys open them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.audit.entries import record
from applications.errors import Refused
from applications.models import ApiKey, User
from applications.services.keys import rotate_api_key
from applications.services.sign_ins import end_sessions
from console.words.told import told
from media_jobs.jobs.services import cancel_task, retry_task
from media_jobs.models import ProcedureTask

_ROOMS = ("applications", "templates_app", "procedures", "media_jobs", "cloudapi", "axes")
_HIDDEN = ("password", "sealed", "digest", "session_data", "token_key", "lease_token", "mac")  # beginnings of names
_MOST_COLUMNS = 9
_BOUNDED = 100  # rows of one action


class Site(admin.AdminSite):
    site_header = site_title = "Zoetrope"
    index_title = _("Raw data")
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and bool(getattr(request.user, "is_staff", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """There is one way to sign in; who has done so and still isn't let in isn't staff. Raises PermissionDenied."""
        if request.user.is_authenticated:
            raise PermissionDenied(gettext("The raw data is for staff."))
        return redirect_to_login(reverse("admin:index"), reverse("console:login"))


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # the class itself knows no brackets
    """A table as its columns tell it, without secrets."""

    show_full_result_count = False
    list_per_page = 50
    actions_on_bottom = False
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Administrators alone: a task belongs to whoever's application it is in."""
        return bool(getattr(request.user, "is_superuser", False))

    def each(
        self, request: HttpRequest, rows: QuerySet[Any], do: Callable[[Any], object], *, name: str, done: str
    ) -> None:
        """`do` for every chosen row, told to the audit log; what is refused is said."""
        for row in rows[:_BOUNDED]:
            try:
                do(row)
            except Refused as refusal:
                self.message_user(request, f"{row}: {told(refusal)}", messages.WARNING)
                continue
            record(
                user=request.user,  # type: ignore[arg-type]  # staff is somebody
                door="console",
                action=f"admin {name}",
                application=getattr(row, "application", None),
                address=request.META.get("REMOTE_ADDR", ""),
                subject=[{"id": row.pk}],
            )
            self.message_user(request, done.format(row=row), messages.SUCCESS)


class Tasks(ReadOnly):
    actions = ("retry", "cancel")

    @admin.action(description=_("Retry what failed or was cancelled"), permissions=["act"])
    def retry(self, request: HttpRequest, rows: QuerySet[ProcedureTask]) -> None:
        self.each(request, rows, lambda task: retry_task(task=task), name="retry", done=gettext("{row}: tried again."))

    @admin.action(description=_("Cancel what is left"), permissions=["act"])
    def cancel(self, request: HttpRequest, rows: QuerySet[ProcedureTask]) -> None:
        self.each(request, rows, lambda task: cancel_task(task=task), name="cancel", done=gettext("{row}: cancelled."))


class Keys(ReadOnly):
    actions = ("rotate",)

    @admin.action(description=_("Rotate: a new secret, shown once; the old one opens nothing"), permissions=["act"])
    def rotate(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        def renew(key: ApiKey) -> None:
            secret = rotate_api_key(key=key)
            said = gettext("{key}: the new SecretKey is {secret}. It is shown only now.")
            self.message_user(request, said.format(key=key, secret=secret), messages.WARNING)

        self.each(request, rows, renew, name="rotate", done=gettext("{row}: has a new secret."))


class Users(ReadOnly):
    actions = ("end_their_sessions",)

    @admin.action(description=_("End their sessions: they must sign in again"), permissions=["act"])
    def end_their_sessions(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        self.each(
            request,
            rows,
            lambda user: end_sessions(user=user),
            name="end sessions",
            done=gettext("{row}: their sessions are ended."),
        )


def _columns(model: type[models.Model]) -> dict[str, Any]:
    """What a table shows, finds and filters by: its columns without secrets, the first of them in the list."""
    shown = [field for field in model._meta.fields if not field.name.startswith(_HIDDEN)]
    plain = [field for field in shown if not isinstance(field, models.JSONField | models.TextField)]
    listed = plain[:_MOST_COLUMNS]
    return {
        "fields": [field.name for field in shown],
        "list_display": [field.name for field in listed],
        "list_filter": [field.name for field in plain if field.choices or isinstance(field, models.BooleanField)],
        "search_fields": [_lookup(field) for field in plain if _is_text(field)],
        "list_select_related": [field.name for field in listed if field.is_relation],
    }


def _is_text(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.CharField | models.UUIDField) and not field.choices


def _lookup(field: models.Field[Any, Any]) -> str:
    """What is unique or an id is found whole or by its beginning, as an index can; a name by any part."""
    if isinstance(field, models.UUIDField):
        return f"{field.name}__exact"
    return f"{field.name}__icontains" if "name" in field.name else f"{field.name}__startswith"


def _register(to: Site, kinds: Iterable[type[models.Model]]) -> Site:
    special = {ProcedureTask: Tasks, ApiKey: Keys, User: Users}
    for model in kinds:
        to.register(model, special.get(model, ReadOnly), **_columns(model))
    return to


site = _register(Site(name="admin"), [model for model in apps.get_models() if model._meta.app_label in _ROOMS])
