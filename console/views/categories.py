"""Category Management: the tree of classes that media are sorted into (docs/console.md 5)."""

from collections.abc import Iterator, Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.roles import Role
from console.forms.category_form import CategoryForm, RenameForm
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from media_jobs.library.classes import create_class, delete_class, rename_class
from media_jobs.library.listing import with_media_counted
from media_jobs.library.selectors import class_for, classes_for
from media_jobs.models import MediaClass


@page()
def category_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request, CategoryForm(application=request.caller.application))


@page("POST", role=Role.OPERATOR)
def create(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    form = CategoryForm(request.POST, application=application)
    if made := saved(form, lambda: create_class(application=application, **form.fields_to_save())):
        messages.success(request, _("Category {made} is created.").format(made=made))
        return redirect("console:categories")
    return _page(request, form)


@page("POST", role=Role.OPERATOR)
def rename(request: ConsoleRequest, pk: int) -> HttpResponse:
    media_class, form = _one(request, pk), RenameForm(request.POST)
    if renamed := saved(form, lambda: rename_class(media_class=media_class, name=form.cleaned_data["name"])):
        messages.success(request, _("{old} is {new} now.").format(old=media_class, new=renamed))
        return redirect("console:categories")
    return _page(request, CategoryForm(application=request.caller.application), refused={pk: form})


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    media_class = _one(request, pk)
    delete_class(media_class=media_class)
    messages.success(request, _("Category {media_class} is deleted.").format(media_class=media_class))
    return redirect("console:categories")


def _one(request: ConsoleRequest, pk: int) -> MediaClass:
    media_class = class_for(request.caller.application, pk)
    assert media_class  # 0 is in no address
    return media_class


def _page(request: ConsoleRequest, form: CategoryForm, refused: Mapping[int, RenameForm] | None = None) -> HttpResponse:
    """`refused` is the form that renames a class, by its row, with what was typed and why it can't be."""
    classes = list(with_media_counted(classes_for(request.caller.application)))
    tree = [(level, one, (refused or {}).get(one.pk)) for level, one in _in_order(classes)]
    return render(request, "console/media/categories.html", {"form": form, "tree": tree})


def _in_order(classes: list[MediaClass], parent: int | None = None, level: int = 0) -> Iterator[tuple[int, MediaClass]]:
    """Each below the one that it belongs to, with its level; there are four at most."""
    below = [one for one in classes if one.parent_id == parent]
    for one in below:
        yield level, one
        yield from _in_order(classes, one.pk, level + 1)
