"""What the commands have in common: which application they are about."""

from django.core.management.base import CommandParser

from applications.errors import NotFound
from applications.models import Application


def add_application(parser: CommandParser) -> None:
    parser.add_argument("--application", type=int, default=0, metavar="ID", help="its number; default: the main one")


def application_of(app_id: int) -> Application:
    """0 is the primary one. Raises NotFound."""
    wanted = {"app_id": app_id} if app_id else {"is_primary": True}
    application = Application.objects.filter(**wanted, status=Application.Status.ON).first()
    if application is None:
        raise NotFound(f"There is no application {app_id}." if app_id else "There is no application yet: make run.")
    return application
