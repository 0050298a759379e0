"""The command line speaks the environment's language; what programs read is English."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from animator.core.languages import language

KOREAN, CHINESE = {"LANG": "ko_KR.UTF-8"}, {"LANG": "zh_CN.UTF-8"}


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    plain = {
        name: value for name, value in os.environ.items() if name not in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")
    }
    command = [sys.executable, "-m", "animator", *arguments]
    return subprocess.run(
        command,
        env={**plain, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, ""),
        ({"LANG": "C"}, ""),
        ({"LANG": "C.UTF-8", "LANGUAGE": "ko"}, ""),
        ({"LANG": "en_US.UTF-8"}, ""),
        ({"LANG": "de_DE.UTF-8"}, ""),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh_SG.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh_TW.UTF-8"}, ""),
        ({"LANG": "zh_Hant_HK"}, ""),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, ""),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:ko:en"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LANGUAGE": "en:ko"}, ""),
        ({"LANG": "ko_KR.UTF-8", "LANGUAGE": ""}, "ko"),
        ({"LANG": "", "LC_ALL": ""}, ""),
    ],
)
def test_the_environment_names_the_language_as_for_every_other_program(environment: dict[str, str], found: str) -> None:
    assert language(environment) == found


@pytest.mark.parametrize(
    ("environment", "first", "words", "option"),
    [
        ({}, "usage: ", "Make a GIF or WebP of a piece of a video.", "show this help message and exit"),
        (KOREAN, "사용법: ", "동영상의 한 구간으로 GIF나 WebP를 만듭니다.", "이 도움말을 보여 주고 끝냄"),
        (CHINESE, "用法： ", "将视频的一段制作成 GIF 或 WebP。", "显示此帮助并退出"),
    ],
)
def test_help_is_in_the_environments_language(environment: dict[str, str], first: str, words: str, option: str) -> None:
    said = run("--help", environment=environment).stdout
    assert said.startswith(first)
    assert words in said
    assert option in said
    assert "--max-bytes N" in said


def test_every_option_is_described_in_korean() -> None:
    english, korean = (run("--help", environment=one).stdout for one in ({}, KOREAN))
    described = [
        line.split("  ")[-1].strip() for line in english.splitlines() if line.startswith("  -") and "   " in line
    ]
    left = [words for words in described if words in korean and words != "1-100 (75)"]
    assert len(described) > 20
    assert left == []


@pytest.mark.parametrize(
    ("arguments", "english", "korean"),
    [
        (["nothing.mp4", "out.gif"], "There is no file nothing.mp4.", "파일 nothing.mp4이(가) 없습니다."),
        (
            ["a.mp4", "out.gif", "--fps", "99"],
            "between 1 and 60, not 99.",
            "프레임 레이트은(는) 1~60의 정수여야 하며, 99",
        ),
        (["a.mp4"], "the following arguments are required: OUTPUT", "다음 인수가 필요합니다: OUTPUT"),
        (["a.mp4", "out.gif", "--fps", "x"], "invalid int value: 'x'", "int 값이 아닙니다: 'x'"),
    ],
)
def test_a_mistake_is_told_in_the_environments_language(arguments: list[str], english: str, korean: str) -> None:
    for environment, words in (({}, english), (KOREAN, korean)):
        done = run(*arguments, environment=environment)
        assert done.returncode == 2
        assert words in done.stderr


def test_a_file_that_is_no_video_is_told_in_chinese_to_people_and_in_english_to_programs(tmp_path: Path) -> None:
    picture = tmp_path / "picture.mp4"
    picture.write_bytes(b"\xff\xd8\xff\xe0" + bytes(600))
    told = run(str(picture), str(tmp_path / "out.gif"), environment=CHINESE)
    assert (told.returncode, told.stderr.strip()) == (
        1,
        "animator: 该文件是静态图片（JPEG），没有动态内容。 (SourceFileError.NoVideoMedia)",
    )
    asked = run(str(picture), str(tmp_path / "out.gif"), "--json", environment=CHINESE)
    assert "The file is a still picture (JPEG): nothing in it moves. (SourceFileError.NoVideoMedia)" in asked.stderr


def test_a_record_is_english_in_every_language(clip: Path, tmp_path: Path) -> None:
    options = ["--end", "1", "--width", "160", "--fps", "5", "--siblings", "mp4", "--background", "transparent"]
    told = {}
    for name, environment in (("en", {}), ("ko", KOREAN)):
        done = run(str(clip), str(tmp_path / f"{name}.webp"), *options, "--json", environment=environment)
        assert done.returncode == 0, done.stderr
        told[name] = json.loads(done.stdout)["notes"]
    assert told["en"] == told["ko"]
