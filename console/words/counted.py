"""Numbers in sentences, as the reader's language writes them."""

from typing import Any

from django.utils.formats import number_format


def grouped(number: int) -> str:
    """12,345"""
    return number_format(number, force_grouping=True)


def at_least(number: int) -> str:
    """5,000+"""
    return f"{grouped(number)}+"


def counted(sentences: Any, number: int) -> str:
    """Of `ngettext_lazy`'s sentences, which have {number} in them, the one for so many."""
    return str(sentences % {"count": number}).format(number=grouped(number))
