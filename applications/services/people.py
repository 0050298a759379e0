"""What people set for themselves, in whatever application."""

from applications.models import User


def choose_language(*, user: User, language: str) -> None:
    """`language` is one of settings.LANGUAGES; "": as the browser asks for it."""
    user.language = language
    user.save(update_fields=["language"])
