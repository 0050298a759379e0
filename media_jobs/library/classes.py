"""The tree of classes that media are sorted into (docs/protocol 2.7: four levels, 500 children)."""

from applications.errors import Conflict, InvalidValue, LimitReached
from applications.models import Application
from applications.transactions import atomic, locked_row
from media_jobs.library.selectors import class_for
from media_jobs.models import MediaClass, still_there

MAX_NAME, MAX_LEVELS, MAX_CHILDREN = 64, 4, 500


class ClassNameTaken(Conflict):
    pass


class ClassTooDeep(LimitReached):
    pass


class TooManyClasses(LimitReached):
    pass


class ClassNotEmpty(Conflict):
    pass


@atomic
def create_class(*, application: Application, name: str, parent_id: int = 0) -> MediaClass:
    """Below the class `parent_id`, or at the top for 0.

    Raises InvalidValue, NotFound (the parent), ClassNameTaken, ClassTooDeep or TooManyClasses.
    """
    _check_name(name)
    owner = _locked_owner(application.pk)
    parent = class_for(owner, parent_id)
    if level_of(parent) + 1 >= MAX_LEVELS:
        raise ClassTooDeep(f"Classes have at most {MAX_LEVELS} levels.", field="parent_id")
    siblings = MediaClass.objects.filter(application=owner, parent=parent)
    if siblings.count() >= MAX_CHILDREN:
        raise TooManyClasses(f"A class has at most {MAX_CHILDREN} classes below it.")
    if siblings.filter(name=name).exists():
        raise ClassNameTaken(f"There is already a class {name} here.", field="name")
    return MediaClass.objects.create(application=owner, parent=parent, name=name)


@atomic
def rename_class(*, media_class: MediaClass, name: str) -> MediaClass:
    """Raises InvalidValue, ClassNameTaken, or NotFound when it was deleted meanwhile."""
    _check_name(name)
    owner = _locked_owner(media_class.application_id)
    siblings = MediaClass.objects.filter(application=owner, parent=media_class.parent).exclude(pk=media_class.pk)
    if siblings.filter(name=name).exists():
        raise ClassNameTaken(f"There is already a class {name} here.", field="name")
    now = locked_row(MediaClass.objects.filter(application=owner), media_class.pk, gone="This class was deleted.")
    now.name = name
    now.save(update_fields=["name"])
    return now


@atomic
def delete_class(*, media_class: MediaClass) -> None:
    """Raises ClassNotEmpty while there are classes or media in it."""
    _locked_owner(media_class.application_id)
    if media_class.children.exists() or media_class.media.filter(still_there()).exists():
        raise ClassNotEmpty("Only an empty class can be deleted: move its media and delete the classes below it first.")
    media_class.delete()


def level_of(media_class: MediaClass | None) -> int:
    """0 for a class at the top, -1 for what is above it."""
    level = -1
    while media_class is not None:
        media_class, level = media_class.parent, level + 1
    return level


def _locked_owner(pk: int) -> Application:
    return locked_row(Application.objects.all(), pk, gone="This application is gone.")


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME or len(name) > MAX_NAME:
        raise InvalidValue(f"A class name has 1 to {MAX_NAME} characters.", field="name")
