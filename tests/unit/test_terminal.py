"""The first start speaks the terminal's language; what it leaves for programs is English."""

from io import StringIO
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from django.conf import LazySettings
from django.utils import translation

from config.management.commands.runconsole import Command
from config.start.first_start import Credentials
from config.start.terminal import terminal_language

CREDENTIALS = Credentials(user="admin", password="s3cret", app_id=1500000001, secret_id="AKIDx", secret_key="key")


def columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.parametrize(
    ("lang", "code"), [("ko_KR.UTF-8", "ko"), ("zh_CN.UTF-8", "zh-hans"), ("C", "en"), ("fr", "en")]
)
def test_the_terminals_language_is_one_that_pages_have(monkeypatch: pytest.MonkeyPatch, lang: str, code: str) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert terminal_language() == code


@pytest.mark.parametrize(("language", "word"), [("en", "password"), ("ko", "비밀번호"), ("zh-hans", "密码")])
def test_what_is_shown_once_stands_in_columns_in_every_language(language: str, word: str) -> None:
    with translation.override(language):
        lines = CREDENTIALS.told().splitlines()
    values = ("admin", "s3cret", "1500000001", "AKIDx", "key")
    starts = {columns(line[: line.rindex(value)]) for line, value in zip(lines, values, strict=True)}
    assert starts == {16}
    assert word in lines[1]


def test_the_file_with_the_first_password_is_english_and_the_sentence_about_it_is_not(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.ZOETROPE_DATA_DIR = tmp_path
    said = StringIO()
    with translation.override("ko"):
        Command(stdout=said)._hand_over(CREDENTIALS)
    assert "관리자 비밀번호와 첫 API 키가" in said.getvalue()
    assert "  password      s3cret\n" in (tmp_path / "first-credentials.txt").read_text()
