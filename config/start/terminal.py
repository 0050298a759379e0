"""In which language a command that people start speaks on their terminal."""

import os

from django.utils.translation import to_language

from animator.core.languages import language


def terminal_language() -> str:
    """One of settings.LANGUAGES, as LANGUAGE, LC_ALL, LC_MESSAGES and LANG have it."""
    return to_language(language(os.environ)) or "en"
