"""The engine as a package of its own: built, installed into an empty environment, and used from somewhere else."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from tests.checkout import ROOT, without_compiler

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("package")]

# The code of what pyproject.toml names for the engine is this environment's: downloading it again would take minutes.
DEPENDENCIES = ("av", "av.libs", "PIL", "pillow.libs", "numpy", "numpy.libs", "tqdm")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` makes."""
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, what the engine needs, and nothing else."""
    return _installed(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def bare(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the source package, as `pip install` builds it where no compiler is."""
    folder = tmp_path_factory.mktemp("bare")
    (source,) = dist.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    (checkout,) = folder.iterdir()
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    _run([*pip, "--wheel-dir", str(folder), str(checkout)], cwd=folder, env=without_compiler())
    (wheel,) = folder.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    return _installed(wheel, folder / "environment")


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_the_command_makes_a_picture_from_any_folder_with_the_kernel(
    environment: Path, clip: Path, tmp_path: Path, format: str
) -> None:
    record = _animate(environment, clip, tmp_path, format)
    assert (record["width"], record["frames"], record["notes"]) == (160, 5, [])
    assert _python(environment, "from animator import kernel; print(kernel.available())", cwd=tmp_path) == "True"


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_built_without_a_compiler_it_makes_the_picture_and_says_so(
    bare: Path, clip: Path, tmp_path: Path, format: str
) -> None:
    record = _animate(bare, clip, tmp_path, format)
    assert (record["width"], record["duration"]) == (160, 1.0)
    assert "kernel is not built" in " ".join(record["notes"])


def test_it_needs_no_django(environment: Path, tmp_path: Path) -> None:
    listed = "import sys, animator.__main__, animator.confine.jobs; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in _python(environment, listed, cwd=tmp_path).split()}
    assert {"animator", "av"} <= loaded
    assert not loaded & {"django", "celery", "rest_framework", "config"}
    assert _python(environment, "import importlib.util as u; print(u.find_spec('django'))", cwd=tmp_path) == "None"


def test_the_wheel_holds_the_engine_and_nothing_else(wheel: Path, environment: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        rooms = {name.partition("/")[0] for name in archive.namelist()}
        kernels = [name for name in archive.namelist() if name.endswith(".so")]
    assert {room for room in rooms if not room.endswith(".dist-info")} == {"animator"}
    assert len(kernels) == 1
    assert "-py3-none-" in wheel.name
    (facts,) = _site(environment).glob("zoetrope-*.dist-info")
    needed = PathDistribution(facts).requires or []
    names = {re.match("[a-z]+", line)[0] for line in needed if "extra ==" not in line}  # type: ignore[index]
    assert names == {"av", "numpy", "pillow", "tqdm"}


def test_its_help_speaks_of_the_command_that_was_called(environment: Path, tmp_path: Path) -> None:
    assert _run([str(environment / "bin" / "zoetrope-animate"), "--help"], cwd=tmp_path).startswith(
        "usage: zoetrope-animate "
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko_KR.UTF-8", "동영상의 한 구간으로 GIF나 WebP를 만듭니다."),
        ("zh_CN.UTF-8", "将视频的一段制作成 GIF 或 WebP。"),
    ],
)
def test_the_installed_command_speaks_the_environments_language(
    environment: Path, tmp_path: Path, language: str, words: str
) -> None:
    command = [str(environment / "bin" / "zoetrope-animate"), "--help"]
    assert words in _run(command, cwd=tmp_path, env={"LANG": language, "PYTHONUTF8": "1", "COLUMNS": "200"})


def test_the_wheel_has_compiled_translations_and_the_source_package_their_sources(wheel: Path, dist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        catalogues = [name for name in archive.namelist() if "/locale/" in name]
    assert sorted(catalogues) == [f"animator/locale/{language}/LC_MESSAGES/django.mo" for language in ("ko", "zh_Hans")]
    (source,) = dist.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        kept = [Path(name).name for name in archive.getnames() if "/locale/" in name]
    assert sorted(kept) == ["django.po", "django.po"]


def _installed(wheel: Path, folder: Path) -> Path:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], cwd=ROOT)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    _run([*pip, "--no-index", "--no-deps", str(wheel)], cwd=folder)
    for name in DEPENDENCIES:
        (_site(folder) / name).symlink_to(Path(av.__file__).parents[1] / name)
    return folder


def _site(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages")
    return found


def _animate(environment: Path, clip: Path, folder: Path, format: str) -> dict[str, Any]:
    """The record of a second of the clip, made by the installed command in `folder`."""
    (folder / "clip.mp4").unlink(missing_ok=True)
    (folder / "clip.mp4").symlink_to(clip)
    options = ["--start", "1", "--end", "2", "--width", "160", "--fps", "5", "--json"]
    command = str(environment / "bin" / "zoetrope-animate")
    record: dict[str, Any] = json.loads(_run([command, "clip.mp4", f"out.{format}", *options], cwd=folder))
    with Image.open(folder / f"out.{format}") as picture:
        assert (picture.format, picture.n_frames) == (format.upper(), record["frames"])
    return record


def _python(environment: Path, code: str, *, cwd: Path) -> str:
    return _run([str(environment / "bin" / "python"), "-c", code], cwd=cwd).strip()


def _run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
