"""Numbers in sentences, as the reader's language writes them."""

from typing import Any

from django.utils.formats import number_format

from applications.many import MANY


def grouped(number: int) -> str:
    """12,345"""
    return number_format(number, force_grouping=True)


def or_more(number: int, beyond: int = 0) -> str:
    """Of rows that were counted as far as MANY after `beyond` (applications/many.py): 4,999, and 5,000+."""
    return f"{grouped(number)}+" if number == beyond + MANY else grouped(number)


def counted(sentences: Any, number: int) -> str:
    """Of `ngettext_lazy`'s sentences, which have {number} in them, the one for so many."""
    return str(sentences % {"count": number}).format(number=grouped(number))
