"""What the rooms below say, in the language of whoever reads the page.

Services, the engine and rows speak English, so that programs get the same text in every language; what a page shows of
it goes through `told`, and nothing else translates it.
"""

from functools import lru_cache

from django.utils.functional import lazy
from django.utils.translation import get_language, gettext

from animator.core.sentences import Sentences
from console.words.known import SENTENCES

_sentences = Sentences(SENTENCES)


def told(said: object) -> str:
    """A refusal, a job's message, a note, a problem: as the reader's language has it; unknown text as it is."""
    return _told(str(said), get_language() or "en")


told_later = lazy(told, str)  # of what is written down before anybody reads it


@lru_cache(maxsize=4096)
def _told(said: str, language: str) -> str:
    return said if language.startswith("en") else _sentences.told(said, gettext)
