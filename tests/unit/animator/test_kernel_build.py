"""How the compiled kernel comes to be, and that nothing in it reads or writes where it must not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animator.kernel import build as building
from animator.kernel.build import KernelNotBuilt, build, compiler
from animator.kernel.recipe import flags, library_path, sources


def test_a_second_build_finds_the_library_of_the_first() -> None:
    assert build() == library_path()
    changed = library_path().stat().st_mtime_ns
    assert build().stat().st_mtime_ns == changed


def test_the_library_of_other_sources_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernel.c").write_text("int one(void) { return 1; }\n")
    monkeypatch.setattr("animator.kernel.recipe.HERE", tmp_path)
    before = library_path()
    (tmp_path / "kernel.c").write_text("int one(void) { return 2; }\n")
    assert library_path() != before


def test_a_new_build_removes_the_library_of_older_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animator.kernel.recipe.HERE", tmp_path)
    monkeypatch.setattr(building, "HERE", tmp_path)
    (tmp_path / "kernel.c").write_text("int one(void) { return 1; }\n")
    older = build()
    (tmp_path / "kernel.c").write_text("int one(void) { return 2; }\n")
    newer = build()
    assert newer.exists()
    assert not older.exists()
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".c"] == [newer.name]


def test_without_a_compiler_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(KernelNotBuilt, match="apt-get install gcc"):
        compiler()


def test_a_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animator.kernel.recipe.HERE", tmp_path)
    monkeypatch.setattr(building, "HERE", tmp_path)
    (tmp_path / "kernel.c").write_text("this is no C\n")
    with pytest.raises(KernelNotBuilt, match=r"kernel\.c"):
        build()
    assert [path.name for path in tmp_path.iterdir()] == ["kernel.c"]


def test_a_function_that_no_source_has_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a library can't be loaded, and the engine would make whole pictures without a word about why."""
    monkeypatch.setattr("animator.kernel.recipe.HERE", tmp_path)
    monkeypatch.setattr(building, "HERE", tmp_path)
    (tmp_path / "kernel.c").write_text("int missing(void);\nint one(void) { return missing(); }\n")
    with pytest.raises(KernelNotBuilt, match="missing"):
        build()
    assert [path.name for path in tmp_path.iterdir()] == ["kernel.c"]


def test_the_command_prints_where_the_library_is() -> None:
    done = subprocess.run([sys.executable, "-m", "animator.kernel.build"], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == library_path()
    assert done.stderr == ""


@pytest.mark.parametrize("sanitise", [False, True])
def test_the_kernel_compiles_without_a_warning(tmp_path: Path, sanitise: bool) -> None:
    """Not refused where it is installed: a later compiler may warn of what this one doesn't."""
    command = [*compiler(), *flags(sanitise=sanitise), "-Werror", "-o", str(tmp_path / "kernel.so")]
    done = subprocess.run([*command, *map(str, sources())], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_kernel_that_runs_is_hardened() -> None:
    assert {"-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"} <= set(flags())
    assert b"__stack_chk_fail" in library_path().read_bytes()


def test_no_clip_makes_the_kernel_touch_memory_that_is_not_its_own() -> None:
    """The kernel built with address and undefined-behaviour checks, under clips that hypothesis makes up."""
    runtime = subprocess.run(
        [*compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not os.path.isabs(runtime):
        pytest.skip("the compiler has no address sanitiser (Debian: libasan, part of gcc)")
    environment = os.environ | {
        "LD_PRELOAD": runtime,
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "ZOETROPE_KERNEL": str(build(sanitise=True)),
    }
    child = [sys.executable, "-m", "tests.unit.animator.sanitised_clips"]
    done = subprocess.run(child, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "100 clips" in done.stdout
