"""The rows of a task flow's covers: each a moment of the video, in seconds or as a share of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.errors import InvalidValue
from console.words.offsets import parse_offset
from console.words.told import told
from procedures.models import ProcedureCover
from procedures.plan import SNAPSHOT_TEMPLATE, CoverStep, checked_covers

_MIDDLE = "50%"


class CoverRow(forms.Form):
    """Rows share their input's name; ids differ. An empty one is none."""

    cover_at = forms.CharField(
        label=_("Moment of the cover"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "3.5s, 50%", "autocomplete": "off"}),
    )

    def __init__(self, values: Mapping[str, Any] | None, *, row: int | str, **more: Any) -> None:
        super().__init__(values, auto_id=f"cover-{row}-%s", **more)

    def clean_cover_at(self) -> CoverStep | None:
        text = str(self.cleaned_data["cover_at"]).strip()
        if not text:
            return None
        try:
            (cover,) = checked_covers([_cover(text)])
        except InvalidValue as refusal:
            raise forms.ValidationError(told(refusal)) from None
        except ValueError:
            raise forms.ValidationError(_("Write seconds, such as 3.5 or 1:15, or a share such as 50%.")) from None
        return cover

    @property
    def asked(self) -> CoverStep | None:
        found: CoverStep | None = self.cleaned_data["cover_at"]
        return found


def covers_of(values: QueryDict | None, *, shown: Iterable[ProcedureCover]) -> list[CoverRow]:
    """As they were sent, or `shown`; for nothing one in the middle of the video."""
    if values is not None:
        return [CoverRow({"cover_at": text}, row=number) for number, text in enumerate(values.getlist("cover_at"))]
    moments = [_moment(cover) for cover in shown] or [_MIDDLE]
    return [CoverRow(None, row=number, initial={"cover_at": moment}) for number, moment in enumerate(moments)]


def _cover(text: str) -> CoverStep:
    """Raises ValueError for what is no moment."""
    share = text.replace("％", "%")
    if share.endswith("%"):
        return CoverStep(SNAPSHOT_TEMPLATE, "Percent", float(share[:-1].replace(",", ".")))
    return CoverStep(SNAPSHOT_TEMPLATE, "Time", parse_offset(text))


def _moment(cover: ProcedureCover) -> str:
    return f"{cover.position_value:g}{'%' if cover.position_type == 'Percent' else 's'}"
