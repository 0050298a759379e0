"""Addresses to fetch files from, a row each; typed in, or read from a file (docs/console.md 4)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.errors import Refused
from applications.models import Application
from console.forms.choices import offer
from console.forms.media_form import NO_CLASS
from console.sending.saving import note
from console.words.counted import grouped
from media_jobs.pulls.services import check_pull
from media_jobs.uploads.services import Wanted
from procedures.selectors import procedures_for

MOST_ROWS = 100
MOST_BYTES = 1024**2
Offered = list[tuple[object, object]]
_COLUMNS = ("url", "name", "cover_url", "class_id")


class PullRow(forms.Form):
    """One address. Rows share their inputs' names; ids differ."""

    url = forms.CharField(label=_("Address"), required=False, widget=forms.URLInput(attrs={"placeholder": "https://…"}))
    name = forms.CharField(label=_("Name"), required=False)
    cover_url = forms.CharField(label=_("Cover's address"), required=False, widget=forms.URLInput)
    class_id = forms.TypedChoiceField(label=_("Category"), required=False, empty_value="0")

    def __init__(
        self, values: Mapping[str, Any] | None, *, classes: list[tuple[object, object]], row: int | str
    ) -> None:
        super().__init__(values, auto_id=f"pull-{row}-%s")
        offer(self, class_id=classes)

    @property
    def is_empty(self) -> bool:
        return not str(self.data.get("url", "")).strip()

    def wanted(self, procedure: str) -> Wanted:
        values = self.cleaned_data
        return Wanted(name=values["name"].strip(), procedure=procedure, class_id=int(values["class_id"]))

    def check(self, application: Application, procedure: str) -> bool:
        """With what would be refused noted beside its field."""
        if not self.is_valid():
            return False
        values = self.cleaned_data
        try:
            wanted = self.wanted(procedure)
            check_pull(application=application, url=values["url"], wanted=wanted, cover_url=values["cover_url"])
        except Refused as refusal:
            note(self, refusal)
        return not self.errors


class PullForm(forms.Form):
    procedure = forms.ChoiceField(label=_("Task flow"), required=False)

    def __init__(
        self, values: QueryDict | None, *, application: Application, shown: Iterable[Mapping[str, Any]]
    ) -> None:
        super().__init__(values)
        self._application = application
        names = procedures_for(application).order_by("name").values_list("name", flat=True)
        offer(self, procedure=[("", _("No processing")), *((name, name) for name in names)])
        self._classes: list[tuple[object, object]] = [
            ("", NO_CLASS),
            *((str(one.pk), one.name) for one in application.media_classes.all()),
        ]
        cells = zip(*(values.getlist(name) for name in _COLUMNS), strict=False) if values else ()
        typed = [dict(zip(_COLUMNS, row, strict=True)) for row in cells]
        self.rows = [self._row(given, number) for number, given in enumerate([*typed, *shown][:MOST_ROWS])]

    @property
    def new_row(self) -> PullRow:
        return self._row({}, "new")

    @property
    def filled(self) -> list[PullRow]:
        return [row for row in self.rows if not row.is_empty]

    def check(self) -> bool:
        """Every row, so that all that is wrong is said at once."""
        if not self.is_valid():
            return False
        rows = [row.check(self._application, self.cleaned_data["procedure"]) for row in self.filled]
        return all(rows)

    def _row(self, given: Mapping[str, Any], number: int | str) -> PullRow:
        return PullRow(given, classes=self._classes, row=number)


def rows_in(file: Any) -> Iterator[dict[str, str]]:
    """Of a TXT or CSV: address, name, cover's address; the name and the cover may be left out, and so may a heading.

    Raises ValueError with a sentence.
    """
    if file.size > MOST_BYTES:
        raise ValueError(_("The file is larger than 1 MB."))
    try:
        text = file.read().decode("utf-8-sig")
        lines = [row for row in csv.reader(text.splitlines()) if row and row[0].strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(_("This is no text in UTF-8 with one address a line.")) from error
    if lines and "://" not in lines[0][0]:
        del lines[0]
    if not lines:
        raise ValueError(_("There is no address in this file."))
    if len(lines) > MOST_ROWS:
        raise ValueError(
            _("There are {number} addresses in this file; at most {most_rows} are pulled at once.").format(
                number=grouped(len(lines)), most_rows=MOST_ROWS
            )
        )
    for row in lines:
        yield {name: cell.strip() for name, cell in zip(_COLUMNS, row, strict=False) if name != "class_id"}
